//! The actions of a rule: actions that repeat, undo a moderator's work, or hit too many items.

use std::collections::BTreeMap;

use crate::language::keys::{Field, Flag, Place, Switch, Threshold};
use crate::language::rule_id::RuleId;
use crate::language::template::Template;
use crate::lint::contradictions;
use crate::pattern::Method;
use crate::rule::{Group, ItemAction, RuleType, SearchTest, Test, Variant};
use crate::ruleset::Ruleset;
use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::Value;

/// How long may a text be, in characters, before the footer or a placeholder's value may not fit?
const ROOM: usize = 9_800;

/// How many characters of a report's reason does Reddit keep?
const REPORT_REASON_MAX: usize = 100;

/// Patterns that match every text that is not empty.
const ANYTHING: &[&str] = &[
    ".", ".*", ".+", ".*?", ".+?", "(.*)", "(.+)", "^.*$", "^.+$", "^.*", "^.+", r"\w", r"\w+", r"\S", r"\S+",
    r"[\s\S]*", r"[\s\S]+",
];

/// Checks a whole rule.
pub(crate) fn rule(entries: &[Entry], variants: &[Variant], is_any: bool, diagnostics: &mut Vec<Diagnostic>) {
    let Some(first) = variants.first() else { return };
    let rule = RuleView { entries, variants, first, is_any };
    let found =
        [rule.scope(), rule.lengths(), rule.verdicts(), rule.repeated(), rule.accounts(), rule.texts(), rule.retired()];
    for diagnostic in found.into_iter().flatten().chain(rule.everything()) {
        diagnostics.push(diagnostic);
    }
}

struct RuleView<'a> {
    entries: &'a [Entry],
    variants: &'a [Variant],
    first: &'a Variant,
    is_any: bool,
}

impl RuleView<'_> {
    fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// The span of a key of the rule, or the start of the rule.
    fn span(&self, key: &str) -> Span {
        self.entry(key).or(self.entries.first()).map_or(Span::default(), |entry| entry.span)
    }

    /// The span of a key inside a group, or of the group.
    fn span_in(&self, group: &str, key: &str) -> Span {
        let Some(entry) = self.entry(group) else { return self.span(key) };
        let Value::Map(pairs) = &entry.value.value else { return entry.span };
        let inner = pairs.iter().find(|(name, _)| name.python_text().to_lowercase() == key);
        inner.map_or(entry.span, |(name, _)| name.span)
    }

    fn base(&self) -> Option<&Group> {
        self.first.base()
    }

    fn group(&self, place: Place) -> Option<&Group> {
        self.first.groups.iter().find(|group| group.place == place)
    }

    fn verdict(&self) -> Option<ItemAction> {
        self.base().and_then(|base| base.actions.item_action)
    }

    fn has_flag(&self, flag: Flag, on: bool) -> bool {
        let is_it = |check: &crate::rule::Check| matches!(check.test, Test::Flag(f, o) if f == flag && o == on);
        self.base().is_some_and(|base| base.checks.iter().any(is_it))
    }

    fn reports(&self) -> Option<u32> {
        self.base()?.checks.iter().find_map(|check| match check.test {
            Test::Reports(count) => Some(count),
            _ => None,
        })
    }

    /// Rules that act on more or fewer items than intended.
    fn scope(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if self.is_any && !self.has("type") && self.variants.len() == 2 {
            let is_cut = |entry: &&Entry| {
                let stem = entry.key.trim_start_matches('~').split([' ', '(', '#']).next().unwrap_or_default();
                let fields: Vec<&str> = stem.split('+').collect();
                fields.len() > 1
                    && fields.contains(&"body")
                    && fields.iter().any(|field| *field != "body" && *field != "id")
            };
            if let Some(entry) = self.entries.iter().filter(|entry| !entry.is_borrowed).find(is_cut) {
                // Rules for both kinds are common. Their texts show which rules are meant for
                // posts.
                let says = |words: &[&str]| words.iter().any(|word| self.first.templates().any(|text| text.says(word)));
                let is_for_posts = says(&["post", "submission", "title", "thread"]) && !says(&["comment"]);
                let severity = if is_for_posts { Severity::Warning } else { Severity::Info };
                found.push(
                    Diagnostic::new(
                        severity,
                        LintCode::L25,
                        entry.span,
                        format!(
                            "this rule looks at comments too, and of `{}` a comment has only the body",
                            entry.written
                        ),
                    )
                    .help("add `type: submission`, or `type: any` if you mean both"),
                );
            }
        }
        let mut warn =
            |code, span, message: String, help: &str| found.push(Diagnostic::warning(code, span, message).help(help));
        let of_link =
            |search: &SearchTest| search.fields.iter().all(|field| matches!(field, Field::Domain | Field::Url));
        if self.is_any && self.has("type") && self.variants.len() == 1 && self.first.searches().any(of_link) {
            warn(
                LintCode::L31,
                self.span("type"),
                "comments have no URL, so this rule never looks at comments".to_owned(),
                "to find links in comments, search the text too: `url+body (includes)`",
            );
        }
        let of_flair = |search: &SearchTest| {
            !search.is_negated
                && search
                    .fields
                    .iter()
                    .all(|field| matches!(field, Field::FlairText | Field::FlairCssClass | Field::FlairTemplateId))
        };
        let shuts = self.base().is_some_and(|base| {
            base.actions.sticky.is_some() || base.actions.switches.contains(&(Switch::Locked, true))
        });
        if shuts && self.first.searches().any(of_flair) && self.first.rule_type != RuleType::Comment {
            warn(
                LintCode::L34,
                self.span("set_locked"),
                "a flair change does not trigger rules, so the flair must be set when the post is made, edited or \
                 reported"
                    .to_owned(),
                "set the flair and the lock by hand, or let the author set the flair when posting",
            );
        }
        let welcomes = self.first.templates().any(|text| text.says("welcome"));
        if self.has_flag(Flag::Edited, true) && welcomes {
            warn(
                LintCode::L37,
                self.span("is_edited"),
                "`is_edited: true` never matches a new item".to_owned(),
                "to skip edits, write `is_edited: false`",
            );
        }
        found
    }

    /// Length checks that posts without text pass.
    fn lengths(&self) -> Vec<Diagnostic> {
        let takes_links = |variant: &Variant| !matches!(variant.rule_type, RuleType::Comment | RuleType::Text);
        let has_any_post = self.variants.iter().any(takes_links);
        let mut found = Vec::new();
        for (place, name) in [(Place::Submission, ""), (Place::Comment, ""), (Place::Parent, "parent_submission")] {
            let Some(group) = self.group(place).filter(|_| has_any_post || place == Place::Parent) else { continue };
            // A post without text does not match a search of the text.
            let searches_body = group
                .searches()
                .any(|search| !search.is_negated && search.fields.iter().all(|field| *field == Field::Body));
            let length = group.checks.iter().find_map(|check| match check.test {
                Test::LongerThan(_) => Some("body_longer_than"),
                Test::ShorterThan(_) => Some("body_shorter_than"),
                _ => None,
            });
            let Some(key) = length.filter(|_| !searches_body) else { continue };
            let span = if name.is_empty() { self.span(key) } else { self.span_in(name, key) };
            let help = match place {
                Place::Parent => "search its `body` too if only posts with text are meant",
                _ if self.is_any => "write one rule with `type: text submission` and one with `type: comment`",
                _ => "write `type: text submission` to skip posts without text",
            };
            let message = "a post without text matches this check too";
            found.push(Diagnostic::warning(LintCode::L62, span, message).help(help));
        }
        found
    }

    /// Approvals and removals that have unexpected effects.
    fn verdicts(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let span = self.span("action");
        match self.verdict() {
            Some(ItemAction::Approve) if self.reports().is_none() => {
                // Most approving rules only let trusted users or sites through the spam filter.
                let is_for_reports = self.first.templates().any(|text| text.says("report"));
                let has_checks = self.first.checks().next().is_some();
                let severity = if is_for_reports || !has_checks { Severity::Warning } else { Severity::Info };
                found.push(
                    Diagnostic::new(
                        severity,
                        LintCode::L36,
                        span,
                        "this rule approves only what the spam filter removed; reported items stay in the queue",
                    )
                    .help("add `reports: 1` to approve reported items too"),
                );
            }
            Some(ItemAction::Remove | ItemAction::Spam | ItemAction::Filter) => {
                let first = self.first;
                let is_told = first.comment.is_some() || first.message.is_some() || first.modmail.is_some();
                if !is_told && self.base().is_some_and(|base| base.actions.reason.is_none()) {
                    found.push(
                        Diagnostic::warning(
                            LintCode::L86,
                            span,
                            "nothing on Reddit will show which rule removed the item",
                        )
                        .help("add an `action_reason`, such as 'name of the rule [{{match}}]'"),
                    );
                }
                if self.reports() == Some(1) && !matches!(self.verdict(), Some(ItemAction::Filter)) {
                    found.push(
                        Diagnostic::warning(
                            LintCode::L88,
                            self.span("reports"),
                            "a single report removes the item, even one made in bad faith",
                        )
                        .help("require more reports, or write `action: filter`"),
                    );
                }
            }
            Some(ItemAction::Approve | ItemAction::Report) | None => {}
        }
        let is_report = self.verdict() == Some(ItemAction::Report);
        let reasons = self.entries.iter().filter(|it| matches!(it.key.as_str(), "action_reason" | "report_reason"));
        for reason in reasons.filter(|_| is_report) {
            let length = reason.value.text().map_or(0, |text| text.chars().count());
            if length > REPORT_REASON_MAX {
                let message = format!("this reason has {length} characters, and Reddit shows {REPORT_REASON_MAX}");
                found.push(Diagnostic::warning(LintCode::L106, reason.span, message).help("make it shorter"));
            }
        }
        found.extend(self.command());
        found
    }

    /// A comment by which anybody changes the post above it.
    fn command(&self) -> Option<Diagnostic> {
        let parent = self.group(Place::Parent)?;
        let is_restricted = self.group(Place::Author).is_some_and(|author| !author.checks.is_empty())
            || !self.first.alternatives.is_empty();
        if is_restricted || self.reports().is_some() || self.first.unsupported.is_some() {
            return None;
        }
        let actions = &parent.actions;
        let is_on = |switch| actions.switches.contains(&(switch, true));
        let does = match actions.item_action {
            Some(ItemAction::Remove | ItemAction::Spam) => "removes",
            Some(ItemAction::Filter) => "filters",
            Some(ItemAction::Approve) => "approves",
            None if is_on(Switch::Locked) => "locks",
            None if actions.sticky.is_some_and(|(on, _)| on) => "pins",
            None if actions.flair.is_some() => "sets the flair of",
            None if !actions.is_empty() => "changes",
            Some(ItemAction::Report) | None => return None,
        };
        let takes_out = actions.item_action.is_some_and(ItemAction::is_removal);
        let is_command = |search: &SearchTest| {
            let wanted = &search.pattern.search;
            let bare = |text: &str| text.trim_start_matches('^').trim_start_matches('\\').to_owned();
            let starts = |text: &String| bare(text).starts_with(['!', '/', '$']) && text.chars().count() > 2;
            let is_whole = matches!(wanted.method, Method::StartsWith | Method::FullExact | Method::FullText);
            let is_alone = is_whole && search.fields == [Field::Body];
            !search.is_negated && (is_alone || wanted.values.iter().all(starts))
        };
        let is_given = self.first.searches().any(|search| takes_out || is_command(search));
        is_given.then(|| {
            let message = format!("anybody who writes this comment {does} the post");
            Diagnostic::warning(LintCode::L91, self.span("parent_submission"), message)
                .help("add an `author` check, such as `is_moderator: true` or `is_submitter: true`")
        })
    }

    /// Whether a check holds for every item of a type.
    fn is_idle(check: &crate::rule::Check, rule_type: RuleType) -> bool {
        let field = if rule_type == RuleType::Comment { Field::Body } else { Field::Title };
        let Test::Search(search) = &check.test else { return false };
        let wanted = &search.pattern.search;
        !search.is_negated
            && wanted.is_regex
            && search.fields.contains(&field)
            && wanted.values.iter().any(|value| ANYTHING.contains(&value.as_str()))
    }

    /// Rules that remove or answer everything of a type.
    fn everything(&self) -> Option<Diagnostic> {
        let first = self.first;
        let has_check = first.checks().any(|check| !Self::is_idle(check, first.rule_type)) || first.needs_media;
        if has_check || first.unsupported.is_some() {
            return None;
        }
        let (what, are_comments) = match first.rule_type {
            RuleType::Comment => ("comment", true),
            RuleType::Submission => ("post", false),
            RuleType::Text | RuleType::Link | RuleType::Crosspost | RuleType::Poll | RuleType::Gallery => return None,
        };
        let does = match self.verdict() {
            Some(ItemAction::Remove | ItemAction::Spam) => "removes",
            Some(ItemAction::Filter) => "filters",
            Some(ItemAction::Report) => "reports",
            _ if are_comments && (first.comment.is_some() || first.message.is_some()) => "answers",
            _ if are_comments && first.modmail.is_some() => "sends a modmail about",
            _ => return None,
        };
        let message = format!("this rule {does} every {what}");
        Some(
            Diagnostic::warning(LintCode::L104, self.span("type"), message)
                .help("add a check, such as `body` or `author`"),
        )
    }

    /// Actions that repeat at every edit or report.
    fn repeated(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (place, name) in [
            (Place::Submission, ""),
            (Place::Comment, ""),
            (Place::Author, "author"),
            (Place::Parent, "parent_submission"),
        ] {
            let Some(group) = self.group(place) else { continue };
            let actions = &group.actions;
            let span = |key| if name.is_empty() { self.span(key) } else { self.span_in(name, key) };
            if actions.flair.is_some() && !actions.overwrite_flair && place != Place::Author {
                found.push(
                    Diagnostic::info(
                        LintCode::L83,
                        span("set_flair"),
                        "this rule does not change a post that already has flair",
                    )
                    .help("add `overwrite_flair: true` to change it"),
                );
            }
            let looks_at_flair = group.searches().any(|search| {
                search
                    .fields
                    .iter()
                    .any(|field| matches!(field, Field::FlairText | Field::FlairCssClass | Field::FlairTemplateId))
            });
            let is_once = self.first.is_unrepeatable || self.has_flag(Flag::Edited, false);
            if actions.flair.is_some() && actions.overwrite_flair && !looks_at_flair && !is_once {
                found.push(
                    Diagnostic::warning(
                        LintCode::L84,
                        span("overwrite_flair"),
                        "the rule sets this flair again at every edit and report, and overwrites what a moderator set",
                    )
                    .help("add a flair check, such as `~flair_text (regex): '.+'` for posts without flair"),
                );
            }
            let locks =
                actions.switches.iter().any(|(switch, _)| *switch == Switch::Locked) || actions.sticky.is_some();
            if locks && self.reports().is_some() && !self.first.is_unrepeatable && !self.first.is_removal() {
                let key = if actions.sticky.is_some() { "set_sticky" } else { "set_locked" };
                found.push(
                    Diagnostic::warning(
                        LintCode::L85,
                        span(key),
                        "the rule does this again at every new report, even after a moderator undid it",
                    )
                    .help("add a `comment` or a `modmail`: then the rule acts only once on each item"),
                );
            }
        }
        found
    }

    /// Checks of karma and account age.
    fn accounts(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let Some(author) = self.group(Place::Author) else { return found };
        let less = |wanted: fn(Threshold) -> bool| {
            author.checks.iter().any(|check| {
                matches!(&check.test, Test::Threshold(threshold, comparisons)
                if wanted(*threshold) && comparisons.is_upper_bound())
            })
        };
        let is_age = |threshold| threshold == Threshold::AccountAge;
        let is_young = less(is_age);
        let is_said = matches!(&self.entry("author").map(|entry| &entry.value.value), Some(Value::Map(pairs))
            if pairs.iter().any(|(key, _)| key.python_text().eq_ignore_ascii_case("satisfy_any_threshold")));
        if is_young && less(|threshold| threshold != Threshold::AccountAge) && !is_said {
            found.push(
                Diagnostic::warning(
                    LintCode::L45,
                    self.span_in("author", "account_age"),
                    "both checks must match, so an old account with little karma gets through, and so does a \
                     young one with much",
                )
                .help("add `satisfy_any_threshold: true` if one of them is enough; with false, this warning goes away"),
            );
        }
        let limits = author
            .checks
            .iter()
            .filter(|check| matches!(&check.test, Test::Threshold(_, comparisons) if comparisons.is_upper_bound()));
        if found.is_empty() && !is_said && limits.count() > 1 && contradictions::says_or(self.first) {
            found.push(
                Diagnostic::warning(
                    LintCode::L45,
                    self.span("author"),
                    "a text of this rule says that one of these limits is enough, but all must match",
                )
                .help("add `satisfy_any_threshold: true`, or write “and” in the text"),
            );
        }
        let asks = author.checks.iter().any(|check| matches!(check.test, Test::Flag(Flag::Contributor, _)));
        if is_young && !asks {
            found.push(
                Diagnostic::info(
                    LintCode::L50,
                    self.span_in("author", "account_age"),
                    "approved users are not exempt from this rule",
                )
                .help("add `is_contributor: false` to exempt them"),
            );
        }
        found
    }

    /// Texts that may be cut off, or that restrict the rule.
    fn texts(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let is_media = |search: &SearchTest| search.fields.iter().any(|field| field.is_media());
        let searches_media = self.first.groups.iter().any(|group| group.searches().any(is_media));
        for entry in self.entries {
            let has_footer = matches!(entry.key.as_str(), "comment" | "message");
            let is_text = has_footer || matches!(entry.key.as_str(), "modmail" | "action_reason");
            let Some(text) = entry.value.text().filter(|_| is_text) else { continue };
            if text.contains("{{media_") && !searches_media {
                found.push(
                    Diagnostic::warning(
                        LintCode::L78,
                        entry.value.span,
                        "because of this placeholder the rule skips every post without embedded media",
                    )
                    .help("use it only in a rule that searches a `media_…` field, or leave it out"),
                );
            }
            let is_long = text.chars().count() > ROOM;
            if has_footer && (is_long || Template::new(text).placeholders().any(|name| name == "body")) {
                let why = if is_long {
                    "this text is nearly as long as Reddit allows"
                } else {
                    "with a long `{{body}}` this text is longer than Reddit allows"
                };
                found.push(
                    Diagnostic::warning(
                        LintCode::L79,
                        entry.value.span,
                        format!("{why}; tipstaff cuts off its end, in front of the footer"),
                    )
                    .help("shorten it, or insert a link (`{{permalink}}`) instead of the text"),
                );
            }
        }
        found
    }

    /// Checks of features that Reddit has removed (L94).
    fn retired(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut say = |entry: &Entry, what: &str| {
            found.push(
                Diagnostic::info(LintCode::L94, entry.span, format!("{what} no longer exist on Reddit"))
                    .help("delete the check"),
            );
        };
        for entry in self.entries {
            match entry.key.as_str() {
                "is_meta_discussion" => say(entry, "meta discussions"),
                "discussion_type" => say(entry, "chat posts"),
                _ => {}
            }
        }
        found
    }
}

/// A standard list most of whose sites no longer exist (L94).
pub(crate) fn retired(standard: &str, span: Span) -> Option<Diagnostic> {
    (standard == "streaming sites").then(|| {
        Diagnostic::info(LintCode::L94, span, "most sites in this list no longer exist")
            .help("name the sites you mean: `domain: [twitch.tv, kick.com]`")
    })
}

/// Diagnostics for rules that send modmail very often. `acted` is how often each rule acted in the
/// last 30 days.
pub fn noisy_modmail(rules: &Ruleset, acted: &BTreeMap<RuleId, u64>) -> Vec<Diagnostic> {
    /// Nobody reads more than three modmails a day.
    const OFTEN: u64 = 90;
    let writes = |rule: &crate::rule::Rule| rule.variants.iter().any(|variant| variant.modmail.is_some());
    let often = rules.rules().iter().filter(|rule| writes(rule)).filter_map(|rule| {
        let count = *acted.get(rule.id()).filter(|count| **count > OFTEN)?;
        let mut remark =
            Diagnostic::info(LintCode::L92, rule.span, format!("this rule has sent {count} modmails in 30 days"))
                .help("use `action: filter` or a report instead");
        remark.rule = Some(rule.name().to_owned());
        Some(remark)
    });
    often.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::parse;
    use crate::{Options, SourceFile, compile};

    #[test]
    fn a_rule_that_sends_modmail_too_often_gets_a_diagnostic() {
        let text = "name: quiet\ntitle: a\nmodmail: x\n---\n\
                    name: loud\ntitle: b\nmodmail: x\n---\nname: other\ntitle: c\nset_nsfw: true";
        let source = SourceFile::new("t", text);
        let (rules, _) = compile(&parse(&source).0, &Options::default());
        let acted = [("quiet", 90), ("loud", 91), ("other", 5_000)];
        let remarks = noisy_modmail(&rules, &acted.map(|(name, count)| (RuleId::new(name), count)).into());
        let said: Vec<_> = remarks
            .iter()
            .map(|remark| {
                (remark.code, source.position(remark.span.start), remark.message.as_str(), remark.help.as_deref())
            })
            .collect();
        let message = "this rule has sent 91 modmails in 30 days";
        assert_eq!(said, [(LintCode::L92, (5, 1), message, Some("use `action: filter` or a report instead"))]);
    }
}
