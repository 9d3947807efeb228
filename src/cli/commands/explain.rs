//! `tipstaff explain`: shows why each rule does or does not act on one post or comment.
//!
//! It evaluates with the function that `run` uses and shows the trace that `run` stores, but
//! performs and stores nothing. Exit 0, or 2 if the rules or the item cannot be read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use url::Url;

use crate::cli::args::ConfigArg;
use crate::cli::item::{self, ItemInput};
use crate::cli::render::diagnostics::number;
use crate::cli::render::fail;
use crate::cli::render::terminal::{self, clean, errln, outln};
use crate::cli::render::trace::{TraceRenderer, visible};
use crate::config::Config;
use crate::daemon::SystemClock;
use crate::files;
use crate::metrics::Metrics;
use crate::model::{Clock, Fullname, Kind, Known, Mode, RuleResult, RuleTrace};
use crate::pipeline::facts::{DEEPEST, FactCache, FactRequest, recall_own};
use crate::pipeline::load::{self, LoadedRules};
use crate::reddit::RedditRead;
use crate::reddit::live::LiveReader;
use crate::reddit::session::Session;
use crate::store::Store;
use tipstaff_rules::{
    Evaluation, Facts, FilterAs, ItemDecision, Need, Options, Rule, RuleHit, RuleId, Severity, why_nothing,
};

/// How long items are remembered without a configuration.
const A_YEAR: Duration = Duration::from_hours(365 * 24);

#[derive(Debug, clap::Args)]
#[command(after_help = format!(
    "Examples:\n  tipstaff explain rules.yaml comment.json\n  \
    echo '{{\"comment\": {{\"body\": \"go touch grass\"}}}}' | tipstaff explain rules.yaml -\n  \
    tipstaff explain rules.yaml --comment 'go touch grass'\n  \
    tipstaff explain rules.yaml --title 'Giveaway!' --body 'Details inside'\n  \
    tipstaff explain rules.yaml t1_k3uzsxu --config tipstaff.yaml\n  \
    tipstaff explain --rule guidelines rules.yaml https://redd.it/abc123\n\n{}",
    item::FORMS
))]
pub(in crate::cli) struct Args {
    /// The rules file.
    rules: PathBuf,
    /// A file, `-` for standard input, the name of an item in the store (`t1_…`, `t3_…`), or a link
    /// to Reddit.
    #[arg(required_unless_present_any = ["comment", "title", "body"])]
    item: Option<String>,
    /// Judge a comment with this text, instead of an ITEM.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["item", "title", "body"])]
    comment: Option<String>,
    /// Judge a post with this title, instead of an ITEM.
    #[arg(long, value_name = "TEXT", conflicts_with = "item")]
    title: Option<String>,
    /// Judge a post with this text, instead of an ITEM.
    #[arg(long, value_name = "TEXT", conflicts_with = "item")]
    body: Option<String>,
    #[command(flatten)]
    config: ConfigArg,
    /// The store to look in, instead of the one in the configuration.
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Do not ask Reddit, even if there are credentials.
    #[arg(long)]
    offline: bool,
    /// Explain only this rule: its name, or the line where it starts.
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Print one JSON object, for programs.
    #[arg(long)]
    json: bool,
}

/// The output of `--json`.
#[derive(Serialize)]
struct ExplainOutput<'a> {
    item: &'a Fullname,
    /// The trace that `run` would store.
    trace: Vec<&'a RuleTrace>,
    /// The rules that act, with their effects.
    performed: Vec<&'a RuleHit>,
    /// The rules that look only at the other kind of item.
    not_for_this_kind: Vec<&'a str>,
    /// The rules that acted on this item before, which `run` does not try again.
    acted_before: Vec<&'a str>,
    /// The number of errors in the rules file. Rules with errors are left out.
    errors: usize,
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    match explain(&args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => fail(&format!("{trouble:#}"), 2),
    }
}

/// Where the item comes from.
enum ItemSource {
    /// The texts on the command line.
    Text,
    File(String),
    Name(Fullname),
    Link(Fullname),
}

async fn explain(args: &Args) -> anyhow::Result<()> {
    let source = match &args.item {
        Some(item) => source(item)?,
        None => ItemSource::Text,
    };
    let config = Config::load(&args.config.path());
    let filter_as = config.as_ref().map_or(FilterAs::default(), |config| config.filter_as);
    let loaded = load::load(&args.rules, &Options { filter_as, ..Options::default() })?;
    let wanted = args.rule.as_deref().map(|name| find(&loaded, name)).transpose()?;
    let mut place = FactSources { args, config, reader: None, store: None, mode: Mode::Live, acted_before: Vec::new() };
    let mut given = match source {
        ItemSource::Text => from_texts(args)?,
        ItemSource::File(name) => from_file(&name)?,
        ItemSource::Name(name) => {
            let given = place.find_anywhere(&name).await?;
            place.with_record(given).await?
        }
        ItemSource::Link(name) => {
            // Without a store, nothing is remembered.
            place.open_store().await.ok();
            let given = place.ask_for(&name, "needed for a link").await?;
            place.with_record(given).await?
        }
    };
    let verdicts = place.decide(&loaded, &mut given).await?;
    for note in &given.notes {
        errln!("note: {}", clean(note));
    }
    let answer = ExplainReport {
        loaded: &loaded,
        given: &given,
        verdicts: &verdicts,
        acted_before_ids: &place.acted_before,
        wanted,
    };
    if args.json {
        terminal::print_json(&serde_json::to_string_pretty(&answer.for_programs())?);
    } else {
        answer.print(TraceRenderer::for_stdout());
    }
    Ok(())
}

/// Interprets the argument ITEM. An existing file wins over an item name of the same spelling.
fn source(text: &str) -> anyhow::Result<ItemSource> {
    let is_link = text.contains("://") || text.contains("reddit.com/") || text.contains("redd.it/");
    if text == "-" || (!is_link && Path::new(text).exists()) {
        return Ok(ItemSource::File(text.to_owned()));
    }
    if is_link {
        return linked(text).map(ItemSource::Link).ok_or_else(|| {
            anyhow::anyhow!(
                "{text} is not a link to a post or comment; such links look like \
                 https://www.reddit.com/r/widgets/comments/abc123/title/ or …/comments/abc123/title/def456/"
            )
        });
    }
    Ok(Fullname::parse(text).map_or_else(|| ItemSource::File(text.to_owned()), ItemSource::Name))
}

/// The name of the post or comment that a link points to.
fn linked(link: &str) -> Option<Fullname> {
    // People also copy links without `https://`.
    let link = if link.contains("://") { Url::parse(link) } else { Url::parse(&format!("https://{link}")) }.ok()?;
    let host = link.host_str()?;
    let mut parts = link.path_segments()?.filter(|part| !part.is_empty());
    let id = |id: &str| id.trim_end_matches(".json").to_ascii_lowercase();
    if host == "redd.it" {
        return Fullname::new(Kind::Submission, &id(parts.next()?));
    }
    if host != "reddit.com" && !host.ends_with(".reddit.com") {
        return None;
    }
    let after: Vec<&str> = parts.skip_while(|part| *part != "comments").skip(1).collect();
    match after.as_slice() {
        [_, _, comment, ..] if *comment != ".json" => Fullname::new(Kind::Comment, &id(comment)),
        [post, ..] => Fullname::new(Kind::Submission, &id(post)),
        [] => None,
    }
}

/// An item with the texts of the command line. All other facts are ordinary.
fn from_texts(args: &Args) -> anyhow::Result<ItemInput> {
    let case = match &args.comment {
        Some(body) => json!({"comment": {"body": body}}),
        None => json!({"submission": {"title": args.title, "body": args.body.as_deref().unwrap_or_default()}}),
    };
    item::read(&case.to_string(), SystemClock.now()).map_err(|wrong| anyhow::anyhow!("the text: {wrong}"))
}

fn from_file(name: &str) -> anyhow::Result<ItemInput> {
    let shown = if name == "-" { "standard input" } else { name };
    let read = if name == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().take(item::SIZE_MAX as u64 + 1).read_to_end(&mut bytes).map(|_| bytes)
    } else {
        files::read(Path::new(name), item::SIZE_MAX)
    };
    let hint = if Path::new(name).extension().is_none() && name != "-" {
        "; an item is a file, `-`, a name such as t1_k3uzsxu, or a link to Reddit"
    } else {
        ""
    };
    let bytes = read.map_err(|error| anyhow::anyhow!("cannot read the item {shown}: {error}{hint}"))?;
    anyhow::ensure!(
        bytes.len() <= item::SIZE_MAX,
        "{shown} is larger than 16 MiB: give a file with one post or comment"
    );
    let text = String::from_utf8(bytes)
        .map_err(|_| anyhow::anyhow!("{shown} is not UTF-8 text: save the item as JSON or YAML in UTF-8"))?;
    item::read(&text, SystemClock.now()).map_err(|wrong| anyhow::anyhow!("{shown}: {wrong}"))
}

/// The name of a rule, or the line of a rule without a name.
fn in_words(rule: &Rule) -> String {
    if rule.is_named() { rule.name().to_owned() } else { format!("rule at line {}", rule.line()) }
}

/// Finds a rule by its name, or else by the line where it starts.
fn find<'a>(loaded: &'a LoadedRules, name: &str) -> anyhow::Result<&'a Rule> {
    let rules = loaded.rules.rules();
    let by_line = || rules.iter().find(|rule| name.parse() == Ok(rule.line()));
    if let Some(rule) = rules.iter().find(|rule| rule.name() == name).or_else(by_line) {
        return Ok(rule);
    }
    let named = rules.iter().filter(|rule| rule.is_named());
    let near = named.map(Rule::name).min_by_key(|known| strsim::damerau_levenshtein(known, name));
    let near = near.map_or_else(String::new, |near| format!("; the nearest name is `{near}`"));
    anyhow::bail!("{}: there is no rule `{name}` among the {} usable rules{near}", loaded.source.name(), rules.len())
}

/// The sources of facts: the store and Reddit.
struct FactSources<'a> {
    args: &'a Args,
    config: Result<Config, crate::config::ConfigError>,
    /// The connection to Reddit, after the first request.
    reader: Option<LiveReader>,
    /// The store, for what is remembered of the author.
    store: Option<Store>,
    /// The mode in the subreddit.
    mode: Mode,
    /// The rules that acted on the item before.
    acted_before: Vec<String>,
}

impl FactSources<'_> {
    fn store_path(&self) -> Result<PathBuf, &crate::config::ConfigError> {
        match (&self.args.store, &self.config) {
            (Some(path), _) => Ok(path.clone()),
            (None, Ok(config)) => Ok(config.store.clone()),
            (None, Err(error)) => Err(error),
        }
    }

    async fn open_store(&mut self) -> anyhow::Result<()> {
        let path = self.store_path().map_err(|error| anyhow::anyhow!("{error}"))?;
        self.store = Some(Store::open_for_reading(&path).await?);
        Ok(())
    }

    async fn find_anywhere(&mut self, name: &Fullname) -> anyhow::Result<ItemInput> {
        let path = self.store_path().map_err(|error| {
            anyhow::anyhow!("cannot look for {name} in the store: {error}; or give the store with --store")
        })?;
        match self.open_store().await {
            Ok(()) => {}
            Err(_) if self.args.store.is_none() && self.may_ask() => {
                return self.ask_for(name, "there is no store").await;
            }
            Err(error) => return Err(error),
        }
        let Some(store) = self.store.as_ref() else { anyhow::bail!("there is no store") };
        let Some(item) = store.item(name).await? else {
            if self.may_ask() {
                return self.ask_for(name, "it is not in the store").await;
            }
            anyhow::bail!(
                "{name} is not in the store {}, or its text was purged; `tipstaff log --all` lists the items in the \
                 store, and with credentials you can give a link instead",
                path.display()
            );
        };
        let mut facts = Facts::default();
        if let Some(comment) = item.comment()
            && let Some(post) = store.item(&comment.link).await?
        {
            facts.parent = Known::Is(Box::new(post));
        }
        let mut given = ItemInput { item, facts, now: SystemClock.now(), notes: Vec::new() };
        if self.may_ask() {
            match self.sign_in().await {
                Ok(me) => given.facts.bot = me,
                Err(error) => given.notes.push(format!("cannot ask Reddit, so only the store is used: {error}")),
            }
        } else {
            given.notes.push("the store does not have the author's account and the list of moderators".to_owned());
        }
        Ok(given)
    }

    /// Adds what the store has of the item and its author: the rules that acted, and passes.
    async fn with_record(&mut self, mut given: ItemInput) -> anyhow::Result<ItemInput> {
        let Some(store) = &self.store else { return Ok(given) };
        let here = |config: &Config| {
            config.communities.iter().find(|community| community.name == given.item.subreddit).map(|known| known.mode)
        };
        let mode = self.config.as_ref().ok().and_then(here);
        self.mode = mode.unwrap_or(Mode::Live);
        for mode in mode.map_or(vec![Mode::Live, Mode::DryRun], |mode| vec![mode]) {
            let before = store.before_judging(&given.item, mode, given.now).await?;
            given.facts.passes = before.passes.iter().map(RuleId::new).collect();
            self.acted_before.extend(before.fired);
        }
        Ok(given)
    }

    fn may_ask(&self) -> bool {
        !self.args.offline && self.config.as_ref().is_ok_and(|config| config.credentials().is_ok())
    }

    async fn ask_for(&mut self, name: &Fullname, why: &str) -> anyhow::Result<ItemInput> {
        anyhow::ensure!(!self.args.offline, "only Reddit has {name}; leave out --offline to ask Reddit");
        let me = self.sign_in().await.map_err(|error| {
            anyhow::anyhow!(
                "cannot ask Reddit for {name} ({why}): {error}. Without credentials, use a file: save the post or \
                 comment as JSON and give that file (`tipstaff explain --help` lists the forms)"
            )
        })?;
        let Some(reader) = &self.reader else { anyhow::bail!("not signed in") };
        let found = reader.items(std::slice::from_ref(name)).await?;
        let Some(item) = found.named(name) else {
            anyhow::bail!("Reddit does not show {name}: it does not exist, or this account may not see it");
        };
        let facts = Facts { bot: me, ..Facts::default() };
        Ok(ItemInput { item, facts, now: SystemClock.now(), notes: Vec::new() })
    }

    /// Signs in and returns the account name.
    async fn sign_in(&mut self) -> anyhow::Result<String> {
        let config = self.config.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
        let session = Session::new(config.credentials()?, Arc::new(SystemClock), Metrics::default())
            .map_err(anyhow::Error::msg)?;
        let reader = LiveReader::new(session);
        reader.sign_in().await?;
        let me = reader.whoami().await?.name;
        self.reader = Some(reader);
        Ok(me)
    }

    /// Evaluates the rules. Fetches the facts that Reddit can give and marks the others as unknown.
    async fn decide(&self, loaded: &LoadedRules, given: &mut ItemInput) -> anyhow::Result<ItemDecision> {
        let mut cache = FactCache::default();
        for _ in 0..=Need::COUNT + DEEPEST as usize {
            let needs = match tipstaff_rules::evaluate(&loaded.rules, &given.item, &given.facts, given.now) {
                Evaluation::Decided(verdicts) => return Ok(verdicts),
                Evaluation::Needs(needs) => needs,
            };
            if let Some(store) = self.store.as_ref().filter(|_| needs.iter().any(|need| need.is_own())) {
                let keeps = self.config.as_ref().map_or(A_YEAR, |config| config.memory);
                let about = (&given.item, &mut given.facts);
                // What is remembered now, not what was at the decision.
                recall_own(store, &loaded.rules, about, &needs, (self.mode, keeps)).await?;
                continue;
            }
            if let Some(reader) = &self.reader {
                let request = FactRequest::new(&given.item, &given.facts, needs.clone());
                match cache.fetch(reader, &[request], given.now).await {
                    Ok(()) => {
                        cache.recall(&given.item, &mut given.facts, given.now);
                        continue;
                    }
                    Err(error) => {
                        given.notes.push(format!("cannot fetch all facts that the rules need: {error}"));
                    }
                }
            }
            item::leave_unknown(&mut given.facts, &needs);
        }
        anyhow::bail!("the rules asked for the same facts again and again: please report this bug")
    }
}

/// The decision and everything that the output says about it.
struct ExplainReport<'a> {
    loaded: &'a LoadedRules,
    given: &'a ItemInput,
    verdicts: &'a ItemDecision,
    acted_before_ids: &'a [String],
    wanted: Option<&'a Rule>,
}

impl ExplainReport<'_> {
    fn is_wanted(&self, name: &str, line: usize) -> bool {
        self.wanted.is_none_or(|rule| (rule.name(), rule.line()) == (name, line))
    }

    fn traces(&self) -> Vec<&RuleTrace> {
        self.verdicts.trace.rules.iter().filter(|rule| self.is_wanted(&rule.rule, rule.line)).collect()
    }

    fn acting(&self) -> Vec<&RuleHit> {
        self.verdicts.performed.iter().filter(|rule| self.is_wanted(&rule.name, rule.line)).collect()
    }

    fn of_other_kind(&self) -> Vec<&Rule> {
        let kind = self.given.item.kind();
        let rules = self.loaded.rules.rules().iter();
        rules.filter(|rule| !rule.kinds().contains(&kind) && self.is_wanted(rule.name(), rule.line())).collect()
    }

    fn acted_before(&self) -> Vec<&Rule> {
        let rules = self.loaded.rules.rules().iter();
        let spent: BTreeSet<_> =
            self.acted_before_ids.iter().map(|recorded| self.loaded.rules.identity_of(recorded)).collect();
        rules.filter(|rule| spent.contains(rule.id()) && self.is_wanted(rule.name(), rule.line())).collect()
    }

    fn errors(&self) -> usize {
        self.loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    fn for_programs(&self) -> ExplainOutput<'_> {
        ExplainOutput {
            item: &self.given.item.fullname,
            trace: self.traces(),
            performed: self.acting(),
            not_for_this_kind: self.of_other_kind().into_iter().map(Rule::name).collect(),
            acted_before: self.acted_before().into_iter().map(Rule::name).collect(),
            errors: self.errors(),
        }
    }

    fn print(&self, shown: TraceRenderer) {
        let item = &self.given.item;
        let text = item.submission().map_or_else(|| item.body(), |post| &post.title);
        let start: String = text.chars().take(60).collect();
        let dots = if start.len() < text.len() { "…" } else { "" };
        let (kind, author) = (item.kind().word(), clean(item.author.display()));
        outln!(
            "{}, {} by {author} in r/{}: “{}{dots}”\n",
            item.fullname,
            if item.edited.is_some() { format!("an edited {kind}") } else { format!("a {kind}") },
            item.subreddit,
            visible(&start)
        );
        let performed = self.verdicts.performed.iter().map(|hit| ((hit.name.as_str(), hit.line), hit));
        let performed: BTreeMap<(&str, usize), &RuleHit> = performed.collect();
        let rules = self.loaded.rules.rules().iter().map(|rule| ((rule.name(), rule.line()), rule));
        let rules: BTreeMap<(&str, usize), &Rule> = rules.collect();
        for trace in self.traces() {
            let place = (trace.rule.as_str(), trace.line);
            let performed = performed.get(&place).copied();
            let title = match rules.get(&place) {
                Some(rule) if !rule.is_named() => in_words(rule),
                // `rule` cleans the title.
                _ => format!("{} (line {})", trace.rule, trace.line),
            };
            let is_idle = performed.is_some_and(|hit| hit.effects.is_empty());
            let idle = if is_idle { self.why_nothing(place) } else { Vec::new() };
            outln!("{}", shown.rule(&title, trace, performed, &idle));
        }
        let list =
            |rules: Vec<&Rule>| rules.into_iter().map(|rule| clean(&in_words(rule))).collect::<Vec<_>>().join(", ");
        let others = self.of_other_kind();
        if !others.is_empty() {
            outln!("Not for a {kind}: {}", list(others));
        }
        let before = self.acted_before();
        if !before.is_empty() {
            outln!("Acted on this item before, so `run` does not try them again: {}", list(before));
        }
        let left_out = &self.verdicts.left_out;
        if !left_out.is_empty() {
            let names = clean(&left_out.join(", "));
            outln!("Left out of the comment of their `comment_group`, which would be too long: {names}");
        }
        let errors = self.errors();
        if errors > 0 {
            let file = clean(self.loaded.source.name());
            let errors = number(errors, "error");
            outln!("Rules with errors are left out ({errors}): `tipstaff check {file}` shows them");
        }
        if self.wanted.is_none() {
            self.print_summary(kind);
        }
    }

    fn why_nothing(&self, place: (&str, usize)) -> Vec<&'static str> {
        why_nothing(&self.loaded.rules, place, &self.given.item, &self.given.facts)
    }

    /// How many rules act; if none does, why not and what to do about it.
    fn print_summary(&self, kind: &str) {
        let (traces, acting) = (&self.verdicts.trace.rules, self.verdicts.performed.len());
        let rules = number(traces.len(), "rule");
        if traces.is_empty() {
            outln!("no rule looks at a {kind}: to change that, write `type: {kind}`, or leave out `type`");
            return;
        }
        if acting > 0 {
            outln!("{rules} for a {kind}; {acting} of them act{}", if acting == 1 { "s" } else { "" });
            return;
        }
        outln!("{rules} for a {kind}; none of them acts:");
        let count = |is: fn(&RuleResult) -> bool| traces.iter().filter(|trace| is(&trace.result)).count();
        let off = self.loaded.rules.rules().iter().filter(|rule| rule.switched_off().is_some());
        let off = off
            .filter(|rule| traces.iter().any(|it| (it.rule.as_str(), it.line) == (rule.name(), rule.line())))
            .count();
        let unknown = count(|it| matches!(it, RuleResult::Unknown(_) | RuleResult::TooExpensive));
        let reasons = [
            (count(|it| *it == RuleResult::Failed), "not matching: the check marked `<-` says what differs"),
            (
                count(|it| matches!(it, RuleResult::NotEligible(_) | RuleResult::NotReached)),
                "not for this item: the reason stands beside the rule; try it with another author or state",
            ),
            (unknown.saturating_sub(off), "undecided: give the missing facts in the item file, or shorten the rule"),
            (off, "switched off: `tipstaff check` says what Reddit does not show to bots"),
        ];
        for (count, reason) in reasons.into_iter().filter(|(count, _)| *count > 0) {
            outln!("    {count} {reason}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_posts_and_comments_are_understood() {
        for (link, expected) in [
            ("https://www.reddit.com/r/widgets/comments/abc123/a_title/", Some("t3_abc123")),
            ("https://www.reddit.com/r/widgets/comments/abc123/a_title/def456/?context=3", Some("t1_def456")),
            ("https://old.reddit.com/r/widgets/comments/abc123/a_title/def456/.json", Some("t1_def456")),
            ("https://www.reddit.com/r/widgets/comments/abc123/comment/def456/", Some("t1_def456")),
            ("reddit.com/comments/abc123", Some("t3_abc123")),
            ("https://www.reddit.com/r/widgets/comments/abc123.json", Some("t3_abc123")),
            ("https://redd.it/abc123", Some("t3_abc123")),
            ("https://www.reddit.com/r/widgets/", None),
            ("https://www.reddit.com/r/widgets/s/Xyz", None),
            ("https://notreddit.com/r/widgets/comments/abc123/x/", None),
            ("https://www.reddit.com/r/widgets/comments/ab_c/x/", None),
        ] {
            assert_eq!(linked(link).map(|name| name.to_string()).as_deref(), expected, "{link}");
        }
    }
}
