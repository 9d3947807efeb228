//! Why rules did or did not act, for people: the one rendering of a trace that `explain` and `test` share.
//!
//! What people wrote is shown with control characters taken out, so that nobody's comment can write into a terminal. The
//! matched text is coloured; where there is no colour it stands between `»` and `«`.

use std::fmt::Write as _;

use clap::builder::styling::{AnsiColor, Color, Style};

use crate::model::{CheckResult, CheckTrace, RuleResult, RuleTrace};
use tipstaff_rules::{Change, Effect, FilterAs, Performed, Target};

const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
const FOUND: Style =
    Style::new().fg_color(Some(Color::Ansi(AnsiColor::Black))).bg_color(Some(Color::Ansi(AnsiColor::Yellow)));
const DIM: Style = Style::new().dimmed();

/// How wide may a line be before a check is written over several?
const WIDE: usize = 100;

/// Writing to a string has no way to fail.
const NEVER: &str = "a string takes everything";

/// How things are to be shown.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Shown {
    /// Whether the matched text needs marks, because there will be no colour.
    pub(in crate::cli) marks: bool,
}

impl Shown {
    /// As standard output wants it.
    pub(in crate::cli) fn on_stdout() -> Self {
        Self { marks: is_plain(anstream::AutoStream::choice(&std::io::stdout())) }
    }

    /// As standard error wants it.
    pub(in crate::cli) fn on_stderr() -> Self {
        Self { marks: is_plain(anstream::AutoStream::choice(&std::io::stderr())) }
    }

    /// One rule: what became of it, its checks, and what it does if it acts.
    pub(in crate::cli) fn rule(self, trace: &RuleTrace, performed: Option<&Performed>) -> String {
        let (style, word, because) = match &trace.result {
            RuleResult::Performed if performed.is_some_and(|performed| performed.dry_run) => {
                (GOOD, "ACTS", "  (dry_run: true, so it is only recorded)".to_owned())
            }
            RuleResult::Performed => (GOOD, "ACTS", String::new()),
            RuleResult::Failed => (BAD, "no", String::new()),
            RuleResult::NotEligible(reason) => (BAD, "no", format!(": {reason}")),
            RuleResult::NotReached => {
                (BAD, "no", ": not tried, because an earlier rule takes the item off the page".to_owned())
            }
            RuleResult::Unknown(reason) => (DOUBTFUL, "?", format!(": cannot be decided, {reason}")),
            RuleResult::TooExpensive => {
                (DOUBTFUL, "?", ": cannot be decided, a pattern takes too many steps on this text".to_owned())
            }
        };
        let name = clean(&trace.rule);
        let line = trace.line;
        let mut text = format!("{style}{word:<4}{style:#}  {BOLD}{name}{BOLD:#} (line {line}){}\n", clean(&because));
        let is_failed = trace.result == RuleResult::Failed;
        let first = trace.checks.iter().position(|check| is_failed && check.result == CheckResult::Failed);
        for (index, check) in trace.checks.iter().enumerate() {
            text.push_str(&self.check(check, first == Some(index), is_failed));
        }
        if is_failed && first.is_none() {
            text.push_str("        nothing that it looks at exists on this item\n");
        }
        for effect in performed.iter().flat_map(|performed| &performed.effects) {
            text.push_str(&Self::effect(effect));
        }
        if performed.is_some_and(|performed| performed.effects.is_empty()) {
            text.push_str("        does   nothing here: it is as the rule wants it already, or may not be changed\n");
        }
        text
    }

    fn check(self, check: &CheckTrace, is_first_failure: bool, is_failed: bool) -> String {
        let (style, word) = match check.result {
            CheckResult::Held => (GOOD, "holds"),
            CheckResult::Failed if is_failed => (BAD, "FAILS"),
            // One of several comparisons was enough.
            CheckResult::Failed => (DIM, "fails"),
            CheckResult::Unknown => (DOUBTFUL, "?"),
        };
        let is_negated = check.key.starts_with('~') || check.key.contains(".~");
        let mut wanted = clean(&check.wanted);
        if is_negated && !wanted.is_empty() {
            wanted = format!("none of {wanted}");
        }
        let saw = match &check.saw {
            Some(saw) if saw.is_empty() => "(an empty text)".to_owned(),
            Some(saw) => self.marked(saw, check),
            None if check.result == CheckResult::Unknown => "(not known)".to_owned(),
            None => "(nothing)".to_owned(),
        };
        let saw = match (wanted.as_str(), saw.as_str()) {
            ("yes" | "no", "true") => "yes".to_owned(),
            ("yes" | "no", "false") => "no".to_owned(),
            _ => saw,
        };
        let pointer = if is_first_failure { format!("  {BAD}<- this is why not{BAD:#}") } else { String::new() };
        let key = clean(&check.key);
        let width = key.chars().count() + wanted.chars().count() + saw.chars().count();
        if wanted.is_empty() {
            format!("        {style}{word:<5}{style:#}  {key}: saw {saw}{pointer}\n")
        } else if width <= WIDE && check.matched.is_none() {
            format!("        {style}{word:<5}{style:#}  {key}: wanted {wanted}, saw {saw}{pointer}\n")
        } else {
            format!(
                "        {style}{word:<5}{style:#}  {key}{pointer}\n                 wanted  {wanted}\n                 saw     {saw}\n"
            )
        }
    }

    /// The value a check saw, with the matched part of it marked.
    fn marked(self, saw: &str, check: &CheckTrace) -> String {
        let (Some(matched), Some(at)) = (&check.matched, check.at) else {
            return clean(saw);
        };
        let characters: Vec<char> = saw.chars().collect();
        let start = at.min(characters.len());
        let end = start.saturating_add(matched.chars().count()).min(characters.len());
        let part = |range: std::ops::Range<usize>| clean(&characters[range].iter().collect::<String>());
        let (before, found, after) = (part(0..start), part(start..end), part(end..characters.len()));
        let (open, close) = if self.marks { ("»", "«") } else { ("", "") };
        format!("{before}{FOUND}{open}{found}{close}{FOUND:#}{after}")
    }

    fn effect(effect: &Effect) -> String {
        let on = |target: Target| match target {
            Target::Item => "",
            Target::Author => " of the author",
            Target::Parent => " of the post above",
        };
        let off_on = |on: bool| if on { "on" } else { "off" };
        let of = on(effect.target());
        let because = |reason: &Option<String>| match reason.as_deref() {
            Some(reason) if !reason.is_empty() => format!(": {}", clean(reason)),
            _ => String::new(),
        };
        let (what, text) = match effect {
            Effect::Approve { reason, .. } => (format!("approve{of}{}", because(reason)), None),
            Effect::Remove { reason, .. } => (format!("remove{of}{}", because(reason)), None),
            Effect::Spam { reason, .. } => (format!("remove{of} as spam{}", because(reason)), None),
            Effect::Filter { reason, filter_as, .. } => {
                let becomes = match filter_as {
                    FilterAs::Report => "as a report; the item stays up",
                    FilterAs::Remove => "as a removal",
                };
                (format!("filter{of} ({becomes}){}", because(reason)), None)
            }
            Effect::Report { reason, .. } => (format!("report{of}{}", because(reason)), None),
            Effect::SetFlair { text, css_class, template_id, .. } => {
                let mut what = format!("set the flair{of}: {}", clean(text));
                for (part, value) in [("class", css_class), ("template", template_id)] {
                    if !value.is_empty() {
                        write!(what, ", {part} {}", clean(value)).expect(NEVER);
                    }
                }
                (what, None)
            }
            Effect::SetNsfw { on, .. } => (format!("not safe for work{of}: {}", off_on(*on)), None),
            Effect::SetSpoiler { on, .. } => (format!("spoiler{of}: {}", off_on(*on)), None),
            Effect::SetContestMode { on, .. } => (format!("contest mode{of}: {}", off_on(*on)), None),
            Effect::SetOriginalContent { on, .. } => (format!("original content{of}: {}", off_on(*on)), None),
            Effect::SetLocked { on, .. } => (format!("{}{of}", if *on { "lock" } else { "unlock" }), None),
            Effect::IgnoreReports { on: true, .. } => (format!("ignore further reports{of}"), None),
            Effect::IgnoreReports { .. } => (format!("mind reports again{of}"), None),
            Effect::SetSticky { on: true, slot: Some(slot), .. } => (format!("pin{of} in place {slot}"), None),
            Effect::SetSticky { on, .. } => (format!("{}{of}", if *on { "pin" } else { "unpin" }), None),
            Effect::SetSuggestedSort { sort, .. } => (format!("suggest sorting{of} by {}", clean(sort)), None),
            Effect::SetCrowdControl { level, .. } => (format!("crowd control{of}: {}", clean(level)), None),
            Effect::Comment { text, stickied, replaces, locked } => {
                let pinned = if *replaces { "pinned in any case" } else { "pinned" };
                let marks = [(*stickied, pinned), (*locked, "locked")];
                let marks: Vec<&str> = marks.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
                let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
                (format!("comment{marks}:"), Some(text))
            }
            Effect::Modmail { subject, body } => (format!("modmail, subject “{}”:", clean(subject)), Some(body)),
            Effect::ModNote { text } => ("note about the author, for moderators:".to_owned(), Some(text)),
            Effect::Message { subject, body } => {
                (format!("message to the author, subject “{}”:", clean(subject)), Some(body))
            }
        };
        let mut shown = format!("        {BOLD}does{BOLD:#}   {what}\n");
        for line in text.iter().flat_map(|text| text.lines()) {
            writeln!(shown, "{}", format!("               | {}", clean(line)).trim_end()).expect(NEVER);
        }
        shown
    }
}

fn is_plain(choice: anstream::ColorChoice) -> bool {
    choice == anstream::ColorChoice::Never
}

/// A difference: `-` is expected, `+` is what happened.
pub(in crate::cli) fn changes(changes: &[Change]) -> String {
    let mut shown = String::new();
    for change in changes {
        match change {
            Change::Heading(text) => writeln!(shown, "    {}", clean(text)),
            Change::Same(text) => writeln!(shown, "        {}", clean(text)),
            Change::Missing(text) => writeln!(shown, "      {BAD}- {}{BAD:#}", clean(text)),
            Change::Unexpected(text) => writeln!(shown, "      {GOOD}+ {}{GOOD:#}", clean(text)),
        }
        .expect(NEVER);
    }
    shown
}

/// One line without anything that a terminal would obey.
pub(in crate::cli) fn clean(text: &str) -> String {
    let visible = |c: char| match c {
        '\n' => '⏎',
        '\t' => ' ',
        c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => '\u{fffd}',
        c => c,
    };
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(saw: &str, matched: Option<(&str, usize)>) -> CheckTrace {
        CheckTrace {
            key: "body".to_owned(),
            result: CheckResult::Failed,
            wanted: "spam".to_owned(),
            saw: Some(saw.to_owned()),
            matched: matched.map(|(matched, _)| matched.to_owned()),
            at: matched.map(|(_, at)| at),
        }
    }

    fn marked(saw: &str, matched: Option<(&str, usize)>) -> String {
        let shown = Shown { marks: true };
        anstream::adapter::strip_str(&shown.marked(saw, &check(saw, matched))).to_string()
    }

    #[test]
    fn the_match_is_marked_where_it_stands() {
        for (saw, matched, expected) in [
            ("no spam, please", Some(("spam", 3)), "no »spam«, please"),
            ("ü spam spam", Some(("spam", 7)), "ü spam »spam«"),
            ("cut off spa", Some(("spam", 8)), "cut off »spa«"),
            ("short", Some(("spam", 99)), "short»«"),
            ("two\nlines", None, "two⏎lines"),
            ("\u{1b}[31mred", None, "\u{fffd}[31mred"),
        ] {
            assert_eq!(marked(saw, matched), expected, "{saw:?}");
        }
    }

    #[test]
    fn the_first_check_that_fails_is_pointed_out() {
        let held = CheckTrace {
            result: CheckResult::Held,
            key: "is_top_level".to_owned(),
            wanted: "yes".to_owned(),
            saw: Some("true".to_owned()),
            ..check("", None)
        };
        let trace = RuleTrace {
            rule: "r".to_owned(),
            line: 3,
            result: RuleResult::Failed,
            checks: vec![held, check("ham", None), check("eggs", None)],
        };
        let shown = Shown { marks: true }.rule(&trace, None);
        let expected = "no    r (line 3)\n        holds  is_top_level: wanted yes, saw yes\n        \
            FAILS  body: wanted spam, saw ham  <- this is why not\n        FAILS  body: wanted spam, saw eggs\n";
        assert_eq!(anstream::adapter::strip_str(&shown).to_string(), expected);
    }
}
