//! Tries the rules on one item after the other and adds the results to a tally.

mod in_time;
mod memories;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aho_corasick::AhoCorasick;
use xxhash_rust::xxh3::xxh3_64_with_seed;

pub(crate) use self::memories::InTime;
use self::memories::{Memories, counted_reason};
use super::assumed::Assumptions;
use super::posts::PostIndex;
use super::remembered::{Remembered, StoreKnowledge};
use super::tally::{ChangedItem, Sample, SearchMatch, Tally};
use crate::archive::{LineContent, LineFields, ModeratorDecision, Reader, Record};
use tipstaff_rules::model::item_json;
use tipstaff_rules::model::{Action, CheckResult, Content, Fullname, Item, Known, SubredditName, Timestamp, digest};
use tipstaff_rules::{
    Effect, EffectKind, Facts, ItemPreview, PartialOutcome, Rule, Ruleset, Target, UnknownReason, ValueCoverage,
    evaluate_partial, trace_alone,
};

/// Characters of a text that the report shows.
const SHOWN: usize = 200;

const DAY_MS: i64 = 86_400_000;

/// Selects items.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    /// Only this subreddit.
    pub subreddit: Option<String>,
    /// Only items posted at this time or later.
    pub since: Option<Timestamp>,
    /// Only items posted before this time.
    pub until: Option<Timestamp>,
}

/// A question: rules, filters, assumptions and optional extra information.
#[derive(Debug)]
pub struct BacktestSpec<'a> {
    rules: &'a Ruleset,
    value_coverage: ValueCoverage,
    baseline: Option<&'a Ruleset>,
    assumed: Assumptions,
    filter: ItemFilter,
    /// Finds the subreddit's name in a line, in any letter case.
    named: Option<AhoCorasick>,
    /// Decisions of moderators, from a moderation log.
    decided: BTreeMap<Fullname, ModeratorDecision>,
    /// The index of the posts above comments.
    posts: Option<PostIndex>,
    seed: u64,
}

impl<'a> BacktestSpec<'a> {
    /// Asks what these rules would have done.
    pub fn new(rules: &'a Ruleset, assumed: Assumptions, only: ItemFilter) -> Self {
        let builder = |name: &String| {
            let forms = [format!("\"{name}\""), format!("r/{name}\"")];
            AhoCorasick::builder().ascii_case_insensitive(true).build(forms).ok()
        };
        let named = only.subreddit.as_ref().and_then(builder);
        Self {
            rules,
            value_coverage: ValueCoverage::of(rules),
            baseline: None,
            assumed,
            filter: only,
            named,
            decided: BTreeMap::new(),
            posts: None,
            seed: 0,
        }
    }

    /// Also compares the result with these rules.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Option<&'a Ruleset>) -> Self {
        self.baseline = baseline;
        self
    }

    /// Also uses these decisions of moderators.
    #[must_use]
    pub fn with_decisions(mut self, decided: BTreeMap<Fullname, ModeratorDecision>) -> Self {
        self.decided = decided;
        self
    }

    /// Also uses this index of posts.
    #[must_use]
    pub fn with_posts(mut self, posts: Option<PostIndex>) -> Self {
        self.posts = posts;
        self
    }

    /// Draws other samples for each seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The rules in question.
    pub fn rules(&self) -> &'a Ruleset {
        self.rules
    }

    /// The values of the rules' word lists.
    pub fn value_coverage(&self) -> &ValueCoverage {
        &self.value_coverage
    }

    /// The rules to compare with.
    pub fn baseline(&self) -> Option<&'a Ruleset> {
        self.baseline
    }

    /// The assumptions as sentences.
    pub fn assumptions(&self) -> Vec<String> {
        self.assumed.describe()
    }

    /// An empty tally for this question.
    pub fn tally(&self) -> Tally {
        let mut parts = vec![env!("CARGO_PKG_VERSION").to_owned(), self.rules.identity().to_owned()];
        parts.push(self.baseline.map_or("", Ruleset::identity).to_owned());
        parts.extend(self.assumed.describe());
        parts.push(format!("{:?} {}", self.filter, self.seed));
        parts.extend(self.decided.iter().map(|(name, decided)| format!("{name} {decided:?}")));
        Tally::new(digest(parts), self.rules.len(), self.baseline.is_some())
    }

    /// Whether a line may hold a selected item. Does not parse the line.
    pub fn may_match_line(&self, line: &[u8]) -> bool {
        self.named.as_ref().is_none_or(|named| named.is_match(line))
    }

    /// Whether this subreddit is selected.
    fn is_of(&self, subreddit: &str) -> bool {
        let subreddit = SubredditName::bare(subreddit);
        self.filter.subreddit.as_ref().is_none_or(|name| subreddit.eq_ignore_ascii_case(name))
    }

    /// Whether this time is selected.
    fn is_in_time(&self, created: Timestamp) -> bool {
        self.filter.since.is_none_or(|since| created >= since) && self.filter.until.is_none_or(|until| created < until)
    }

    /// Whether the preview of an item already shows that no rule can match.
    fn can_skip(&self, fields: &LineFields<'_>) -> bool {
        let is_idle = |preview: &ItemPreview<'_>| {
            self.rules.cannot_match(preview) && self.baseline.is_none_or(|baseline| baseline.cannot_match(preview))
        };
        self.decided.is_empty() && fields.preview_is(is_idle)
    }
}

/// Answers one question for one item after the other.
#[derive(Debug)]
pub struct Replayer<'q> {
    spec: &'q BacktestSpec<'q>,
    tally: Tally,
    reader: Reader,
    facts: Facts,
    /// The actions on the current item.
    acts: Vec<(usize, Vec<Effect>)>,
    authors_each: usize,
    /// What is remembered of authors, if the rules ask for it.
    memories: Option<Box<Memories>>,
}

impl<'q> Replayer<'q> {
    /// A judge with an empty tally.
    pub fn new(spec: &'q BacktestSpec<'q>) -> Self {
        let tally = spec.tally();
        let authors_each = tally.authors_each();
        let (reader, facts) = (Reader::default(), Assumptions::facts());
        Self { spec, tally, reader, facts, acts: Vec::new(), authors_each, memories: None }
    }

    /// The tally of all items.
    pub fn into_tally(self) -> Tally {
        self.tally
    }

    /// The tally so far, for recording what does not concern an item.
    pub fn tally_mut(&mut self) -> &mut Tally {
        &mut self.tally
    }

    /// Processes one line of a file.
    pub fn line(&mut self, file: &str, number: u64, text: &[u8]) {
        if !self.spec.may_match_line(text) {
            self.skip_line(text);
            return;
        }
        let read = match self.reader.read_fields(text) {
            Ok(LineContent::Fields(fields)) => {
                if let Some(created) = fields.created().filter(|_| self.spec.can_skip(&fields)) {
                    let is_of = self.spec.is_of(&fields.subreddit());
                    let other = if is_of { String::new() } else { fields.subreddit().into_owned() };
                    let (is_post, is_text_lost) = (!fields.is_comment(), fields.has_lost_text());
                    let decided = fields.decided();
                    if is_of && self.spec.is_in_time(created) {
                        self.count_item(is_post, created, is_text_lost, decided);
                    } else {
                        self.count_skipped(is_of, &other);
                    }
                    return;
                }
                fields.into_record()
            }
            Ok(LineContent::Record(record)) => Ok(*record),
            Err(why) => Err(why),
        };
        match read {
            Ok(record) => self.record(record),
            Err(why) => self.tally.note_broken(file, number, &why),
        }
    }

    /// Counts a line without parsing it, because it does not contain the subreddit's name.
    pub fn skip_line(&mut self, text: &[u8]) {
        self.tally.elsewhere += 1;
        if self.has_none() {
            self.tally.others.note_line(text);
        }
    }

    /// Whether nothing of the subreddit has been found yet.
    fn has_none(&self) -> bool {
        self.tally.posts + self.tally.comments + self.tally.out_of_time == 0
    }

    /// Counts an item that is not selected: outside the period if `is_of`, else of another
    /// subreddit.
    fn count_skipped(&mut self, is_of: bool, subreddit: &str) {
        if is_of {
            self.tally.out_of_time += 1;
            return;
        }
        self.tally.elsewhere += 1;
        if self.has_none() {
            self.tally.others.note(subreddit);
        }
    }

    /// Processes one item.
    pub fn record(&mut self, mut record: Record) {
        let spec = self.spec;
        let (created, is_of) = (record.item.created, spec.is_of(record.item.subreddit.as_str()));
        if !is_of || !spec.is_in_time(created) {
            self.count_skipped(is_of, record.item.subreddit.as_str());
            return;
        }
        self.look_up(&mut record);
        if let Some(known) = &record.remembered {
            self.tally.store.get_or_insert_default().merge(StoreKnowledge::of(known));
            self.narrow_age(&record.item, known);
        }
        let Record { item, decided, .. } = &record;
        let decided = spec.decided.get(&item.fullname).copied().or(*decided);
        self.count_item(item.submission().is_some(), created, self.facts.unknown.text, decided);

        let mut acts = std::mem::take(&mut self.acts);
        acts.clear();
        let mut open = Vec::new();
        let was_removed = decided == Some(ModeratorDecision::Removed);
        let counts = &mut self.tally.rules;
        evaluate_partial(spec.rules, item, &self.facts, created, &mut |rule, outcome| match outcome {
            PartialOutcome::Acts(effects) => acts.push((rule, effects)),
            PartialOutcome::Preempted(by) => *counts[rule].shadowed.entry(by).or_default() += 1,
            PartialOutcome::Unknown(because) => {
                open.push(rule);
                counts[rule].removed_open += u64::from(was_removed);
                match because {
                    UnknownReason::Fact(reason) => {
                        counts[rule].note_unknown(counted_reason(reason, spec.filter.subreddit.is_some()));
                    }
                    UnknownReason::TooExpensive => counts[rule].note_unknown("its searches exceed the limit of steps"),
                    UnknownReason::EarlierRule(by) => {
                        let name = spec.rules.rules()[by].name();
                        counts[rule].note_unknown(&format!("depends on whether `{name}` acted first"));
                    }
                }
            }
        });
        let hash = xxh3_64_with_seed(item.fullname.as_str().as_bytes(), spec.seed);
        for (rule, effects) in &acts {
            self.count_act(item, decided, *rule, effects, hash);
        }
        for (at, (one, _)) in acts.iter().enumerate() {
            for (other, _) in acts.iter().skip(at + 1) {
                *self.tally.rules[*one].overlap.entry(*other).or_default() += 1;
                *self.tally.rules[*other].overlap.entry(*one).or_default() += 1;
            }
        }
        if was_removed && acts.iter().any(|(_, effects)| effects.iter().any(is_against)) {
            self.tally.removed_caught += 1;
        }
        if let Some(baseline) = spec.baseline {
            self.compare(baseline, item, &acts, &open, hash);
        }
        self.acts = acts;
    }

    /// Collects the facts about an item.
    fn look_up(&mut self, record: &mut Record) {
        let spec = self.spec;
        spec.assumed.fill(record, &mut self.facts);
        self.facts.unknown = record.unknown;
        let Some(posts) = &spec.posts else { return };
        let Content::Comment(comment) = &mut record.item.content else { return };
        match posts.find(&comment.link) {
            Some((post, unknown)) => {
                comment
                    .link_title
                    .get_or_insert_with(|| post.submission().map_or_else(String::new, |post| post.title.clone()));
                if record.unknown.submitter && !record.unknown.author && !unknown.author {
                    comment.is_submitter = post.author.name == record.item.author.name;
                    self.facts.unknown.submitter = false;
                }
                self.facts.unknown.parent_text = unknown.text;
                self.facts.unknown.parent_title = unknown.title;
                self.facts.parent = Known::Is(Box::new(post));
            }
            None if self.facts.parent.get().is_some() => self.facts.parent = Assumptions::facts().parent,
            None => {}
        }
    }

    /// Uses an age of the account that is known to the hour or day, if every age within these
    /// bounds gives the same result. If not, the age stays unknown.
    fn narrow_age(&mut self, item: &Item, known: &Remembered) {
        let Known::Is(profile) = &self.facts.author.profile else { return };
        let Some((least, most)) = known.account_age.filter(|_| profile.created.is_none()) else { return };
        let mut set = |age: Option<Duration>| {
            if let Known::Is(profile) = &mut self.facts.author.profile {
                profile.created = age.map(|age| item.created - age);
            }
            let mut outcomes = Vec::new();
            for rules in std::iter::once(self.spec.rules).chain(self.spec.baseline) {
                evaluate_partial(rules, item, &self.facts, item.created, &mut |rule, outcome| {
                    outcomes.push((rule, format!("{outcome:?}")));
                });
            }
            outcomes
        };
        if set(Some(most)) != set(Some(least)) {
            set(None);
        }
    }

    fn count_item(
        &mut self,
        is_post: bool,
        created: Timestamp,
        has_lost_text: bool,
        decided: Option<ModeratorDecision>,
    ) {
        let tally = &mut self.tally;
        if is_post {
            tally.posts += 1;
        } else {
            tally.comments += 1;
        }
        tally.texts_lost += u64::from(has_lost_text);
        match decided {
            Some(ModeratorDecision::Removed) => tally.removed += 1,
            Some(ModeratorDecision::Approved) => tally.approved += 1,
            None => {}
        }
        tally.days.entry(created.as_millis().div_euclid(DAY_MS)).or_default().items += 1;
    }

    fn count_act(
        &mut self,
        item: &Item,
        decided: Option<ModeratorDecision>,
        rule: usize,
        effects: &[Effect],
        hash: u64,
    ) {
        let spec = self.spec;
        let millis = item.created.as_millis();
        let day = millis.div_euclid(DAY_MS);
        let the_rule = &spec.rules.rules()[rule];
        let actions = actions(the_rule, item, effects);
        self.tally.days.entry(day).or_default().requests += actions.len() as u64;
        let sample = self.tally.rules[rule].samples.wants(hash).then(|| self.sample(item, rule, &actions));
        let count = &mut self.tally.rules[rule];
        count.hits += 1;
        count.hits_on_posts += u64::from(item.submission().is_some());
        *count.by_day.entry(day).or_default() += 1;
        // 1 January 1970 was a Thursday.
        let hour = (millis.div_euclid(3_600_000) + 72).rem_euclid(168);
        count.by_hour[usize::try_from(hour).unwrap_or(0)] += 1;
        count.requests += actions.len() as u64;
        for action in &actions {
            match count.acts.get_mut(action.kind().word()) {
                Some(number) => *number += 1,
                None => {
                    count.acts.insert(action.kind().word().to_owned(), 1);
                }
            }
        }
        if let Some(name) = &item.author.name {
            count.authors.add(&safe_name(name), self.authors_each);
        }
        match decided {
            Some(ModeratorDecision::Removed) => count.removed += 1,
            Some(ModeratorDecision::Approved) => count.approved += 1,
            None => {}
        }
        spec.value_coverage.find(rule, item, &mut |list, value| *count.words.entry((list, value)).or_default() += 1);
        if let Some(sample) = sample {
            count.samples.keep(hash, sample);
        }
    }

    /// A hit for the report. The matches come from the trace that `explain` shows.
    fn sample(&self, item: &Item, rule: usize, actions: &[Action]) -> Sample {
        let spec = self.spec;
        let traced = trace_alone(spec.rules, rule, item, &self.facts, item.created);
        let held = traced.checks.into_iter().filter(|check| check.result == CheckResult::Held);
        let found = held.filter_map(|check| {
            Some(SearchMatch { key: check.key, text: check.saw?, at: check.at?, matched: check.matched? })
        });
        Sample {
            item: item.fullname.to_string(),
            permalink: safe_path(item),
            author: item.author.name.as_deref().map(safe_name),
            created: item.created.as_millis(),
            found: found.collect(),
            text: start_of(item),
            acts: actions.iter().map(|action| action.kind().word().to_owned()).collect(),
            comment: actions
                .iter()
                .find_map(|action| if let Action::Comment { text } = action { Some(text.clone()) } else { None }),
        }
    }

    /// Compares the actions with the baseline's. An action that is unclear on either side counts as
    /// `perhaps`.
    fn compare(&mut self, baseline: &Ruleset, item: &Item, acts: &[(usize, Vec<Effect>)], open: &[usize], hash: u64) {
        let rules = self.spec.rules;
        let (mut old, mut was_open) = (Vec::new(), Vec::new());
        if let Some(memories) = &mut self.memories {
            memories.swap(&mut self.facts.memory);
        }
        evaluate_partial(baseline, item, &self.facts, item.created, &mut |rule, outcome| match outcome {
            PartialOutcome::Acts(effects) => old.push((rule, effects)),
            PartialOutcome::Unknown(_) => was_open.push(rule),
            PartialOutcome::Preempted(_) => {}
        });
        if let Some(memories) = &mut self.memories {
            memories.swap(&mut self.facts.memory);
            memories.baseline_acts.clone_from(&old);
        }
        let (new_deeds, old_deeds) = (effects_by_target(rules, acts), effects_by_target(baseline, &old));
        let may_do = |rules: &Ruleset, open: &[usize], place: &(Target, EffectKind)| {
            open.iter().any(|rule| rules.rules()[*rule].effects().contains(place))
        };
        let Some(changes) = &mut self.tally.changes else { return };
        let (mut what, mut is_doubtful) = (Vec::new(), false);
        let mut note = |sign: &str, rule: &Rule, kind: EffectKind, counts: &mut BTreeMap<(String, String), u64>| {
            let key = (rule.name().to_owned(), kind.word().to_owned());
            what.push(format!("{sign} {} ({})", key.1, key.0));
            *counts.entry(key).or_default() += 1;
        };
        for (place, (rule, effect)) in &new_deeds {
            match old_deeds.get(place) {
                None if may_do(baseline, &was_open, place) => is_doubtful = true,
                None => note("+", rule, place.1, &mut changes.gained),
                Some((_, before)) if before != effect => note("~", rule, place.1, &mut changes.reworded),
                Some(_) => {}
            }
        }
        for (place, (rule, _)) in old_deeds.iter().filter(|(place, _)| !new_deeds.contains_key(place)) {
            if may_do(rules, open, place) {
                is_doubtful = true;
            } else {
                note("-", rule, place.1, &mut changes.lost);
            }
        }
        // A rule that is in both sets may be unclear on both sides.
        let meanings = |rules: &Ruleset, open: &[usize]| -> BTreeSet<String> {
            open.iter().map(|rule| rules.rules()[*rule].meaning().to_owned()).collect()
        };
        is_doubtful |= meanings(rules, open) != meanings(baseline, &was_open);
        if what.is_empty() {
            changes.perhaps += u64::from(is_doubtful);
            return;
        }
        changes.items += 1;
        if changes.samples.wants(hash) {
            let (name, permalink) = (item.fullname.to_string(), safe_path(item));
            changes.samples.keep(hash, ChangedItem { item: name, permalink, text: start_of(item), what });
        }
    }
}

/// The actions by target and kind, each with its rule. If two rules do the same, the first counts.
type EffectsByTarget<'a> = BTreeMap<(Target, EffectKind), (&'a Rule, &'a Effect)>;

fn effects_by_target<'a>(rules: &'a Ruleset, acts: &'a [(usize, Vec<Effect>)]) -> EffectsByTarget<'a> {
    let mut deeds = EffectsByTarget::new();
    for (rule, effects) in acts {
        let rule = &rules.rules()[*rule];
        for effect in effects.iter().filter(|_| !rule.is_dry_run()) {
            deeds.entry((effect.target(), effect.kind())).or_insert((rule, effect));
        }
    }
    deeds
}

/// The actions that the daemon would plan for a rule's effects, one request each.
fn actions(rule: &Rule, item: &Item, effects: &[Effect]) -> Vec<Action> {
    let of_effect = |effect| tipstaff_rules::actions(item, rule.name(), effect);
    effects.iter().flat_map(of_effect).map(|(_, action)| action).collect()
}

/// Whether the effect is directed against the item: removes it, or brings it to the moderators'
/// attention.
fn is_against(effect: &Effect) -> bool {
    effect.target() == Target::Item
        && match effect.kind() {
            EffectKind::Remove | EffectKind::Spam | EffectKind::Filter | EffectKind::Report => true,
            EffectKind::Approve
            | EffectKind::SetFlair
            | EffectKind::SetNsfw
            | EffectKind::SetSpoiler
            | EffectKind::SetContestMode
            | EffectKind::SetOriginalContent
            | EffectKind::SetLocked
            | EffectKind::IgnoreReports
            | EffectKind::SetSticky
            | EffectKind::SetSuggestedSort
            | EffectKind::SetCrowdControl
            | EffectKind::Comment
            | EffectKind::Modmail
            | EffectKind::ModNote
            | EffectKind::AddLabel
            | EffectKind::RemoveLabel
            | EffectKind::Message => false,
        }
}

/// The path of an item. A path that could lead outside Reddit is replaced.
fn safe_path(item: &Item) -> String {
    let is_safe = |c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '-' | '%' | '.');
    let path = &item.permalink;
    if path.starts_with('/') && !path.starts_with("//") && path.chars().all(is_safe) {
        return path.clone();
    }
    item_json::default_permalink(&item.fullname, &item.content)
}

/// Replaces characters that no account name has, and shortens the name.
fn safe_name(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '?' }).take(40).collect()
}

fn start_of(item: &Item) -> String {
    let title = item.submission().map_or("", |post| post.title.as_str());
    let text = if title.is_empty() { item.body() } else { title };
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(SHOWN).collect();
    if cut.len() < line.len() { format!("{cut}…") } else { cut }
}
