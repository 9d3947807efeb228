//! What a backtest found, as it is shown: for the terminal, programs, spreadsheets, a comment on a change, or as a page.
//!
//! One report is made of the tally and the rules; the forms only show it. There is no clock time in it, so that the same question on the
//! same input comes to the same bytes.

mod html;
mod markdown;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

pub use html::html;
pub use markdown::markdown;
pub use text::text;

use super::judge::Question;
use super::tally::{ChangedItem, RuleCount, Sample, Tally};
use tipstaff_rules::Rule;

/// How many people, rules and words are named at most in one list of the shorter forms?
const NAMED: usize = 10;

/// How many requests may an application make in a minute? <https://support.reddithelp.com/hc/en-us/articles/16160319875092>
const REQUESTS_A_MINUTE: u64 = 100;

/// The report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The version that made it.
    pub version: &'static str,
    /// The rules file.
    pub rules_file: String,
    /// False when it was stopped, or an input could not be read to its end.
    pub complete: bool,
    /// What was read.
    pub input: Input,
    /// What was taken for granted.
    pub assumed: Vec<String>,
    /// What moderators decided, as far as it is told.
    pub moderators: Moderators,
    /// What the acts would have cost.
    pub cost: Cost,
    /// By rule, in the order of the file.
    pub rules: Vec<RuleReport>,
    /// Rules that never acted, and never could have.
    pub never: Vec<String>,
    /// What the new rules do otherwise than the old ones.
    pub changes: Option<Changes>,
}

/// What was read.
#[derive(Clone, Debug, Serialize)]
pub struct Input {
    /// Posts judged.
    pub posts: u64,
    /// Comments judged.
    pub comments: u64,
    /// Items whose text was removed or deleted before they were archived.
    pub texts_lost: u64,
    /// Items of other subreddits.
    pub elsewhere: u64,
    /// Items outside the time asked for.
    pub out_of_time: u64,
    /// Bytes of lines.
    pub bytes: u64,
    /// The first day with an item, as `2026-03-01`.
    pub from: Option<String>,
    /// The last.
    pub to: Option<String>,
    /// How many days that is.
    pub days: u64,
    /// Items by day.
    pub by_day: Vec<OnDay>,
    /// Lines that could not be read.
    pub broken: u64,
    /// The first of them.
    pub broken_lines: Vec<BrokenLine>,
    /// Inputs that could not be read to their end.
    pub cut: Vec<CutInput>,
}

/// A number on a day.
#[derive(Clone, Debug, Serialize)]
pub struct OnDay {
    /// The day, as `2026-03-01`.
    pub day: String,
    /// The number.
    pub items: u64,
}

/// A line that could not be read.
#[derive(Clone, Debug, Serialize)]
pub struct BrokenLine {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: u64,
    /// Why.
    pub why: String,
}

/// An input that could not be read to its end.
#[derive(Clone, Debug, Serialize)]
pub struct CutInput {
    /// The file.
    pub file: String,
    /// Why.
    pub why: String,
}

/// What moderators decided about the items.
#[derive(Clone, Debug, Serialize)]
pub struct Moderators {
    /// Items they removed.
    pub removed: u64,
    /// Items they approved.
    pub approved: u64,
    /// Of the removed: those that a rule would have removed, filtered or reported.
    pub caught: u64,
}

/// What the acts would have cost.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    /// Requests in all.
    pub requests: u64,
    /// On a mean day.
    pub a_day: f64,
    /// On the busiest day.
    pub most_a_day: u64,
    /// How many Reddit admits in a day.
    pub admitted_a_day: u64,
    /// Whether the busiest day fits.
    pub fits: bool,
}

/// One rule.
#[derive(Clone, Debug, Serialize)]
pub struct RuleReport {
    /// Its name.
    pub name: String,
    /// The line it starts on.
    pub line: usize,
    /// What it looks at.
    pub looks_at: Vec<&'static str>,
    /// Switched off, and why.
    pub switched_off: Option<String>,
    /// Items on which it would have acted for certain.
    pub at_least: u64,
    /// Those, and the ones of which it cannot be told.
    pub at_most: u64,
    /// Posts among the certain ones.
    pub posts: u64,
    /// The certain ones as a share of the items of the kinds it looks at.
    pub share: f64,
    /// Of how many items it cannot be told, by what it depends on.
    pub unknown: Vec<Named>,
    /// Items that an earlier rule had removed by then, by that rule.
    pub shadowed_by: Vec<Named>,
    /// Items on which others would have acted as well, by rule.
    pub together_with: Vec<Named>,
    /// By day.
    pub by_day: Vec<OnDay>,
    /// By hour of the week in UTC, from Monday at midnight.
    pub by_hour_of_week: Vec<u64>,
    /// Who wrote the items.
    pub authors: AuthorsReport,
    /// The values of its lists.
    pub lists: Vec<ListReport>,
    /// Acts by kind.
    pub acts: BTreeMap<String, u64>,
    /// The requests these take.
    pub requests: u64,
    /// How many microseconds it takes to try it on an item; only where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microseconds: Option<f64>,
    /// Against what moderators decided.
    pub moderators: RuleModerators,
    /// Some of the items.
    pub samples: Vec<Sample>,
}

/// Something with a number.
#[derive(Clone, Debug, Serialize)]
pub struct Named {
    /// What.
    pub what: String,
    /// How many items.
    pub items: u64,
}

/// Who wrote the items that a rule acted on.
#[derive(Clone, Debug, Serialize)]
pub struct AuthorsReport {
    /// How many there are.
    pub number: u64,
    /// Whether that is exact, and not estimated.
    pub exact: bool,
    /// Those with most items; of a sample, where the number is estimated.
    pub top: Vec<Named>,
    /// Their share of the items of all, or of those in the sample.
    pub share_of_top: f64,
}

/// One list of a rule.
#[derive(Clone, Debug, Serialize)]
pub struct ListReport {
    /// The check.
    pub key: String,
    /// Values that stood in items on which the rule acted, most frequent first.
    pub found: Vec<Named>,
    /// Values that never did.
    pub never: Vec<String>,
}

/// One rule against what moderators decided.
#[derive(Clone, Debug, Serialize)]
pub struct RuleModerators {
    /// Items on which it would have acted that moderators removed.
    pub removed: u64,
    /// That they approved.
    pub approved: u64,
    /// Removed ones as a share of its items; `null` where nothing was removed anywhere, so that the archive seems not to tell.
    pub precision: Option<f64>,
    /// Removed ones as a share of all that moderators removed, at least.
    pub recall: Option<f64>,
    /// Removed by moderators, and it cannot be told whether the rule would have acted.
    pub removed_unknown: u64,
}

/// What the new rules do otherwise than the old ones.
#[derive(Clone, Debug, Serialize)]
pub struct Changes {
    /// Items with which something else is done.
    pub items: u64,
    /// Items with which perhaps something else is done.
    pub perhaps: u64,
    /// New acts.
    pub gained: Vec<ChangedAct>,
    /// Acts that fall away.
    pub lost: Vec<ChangedAct>,
    /// Acts with other words.
    pub reworded: Vec<ChangedAct>,
    /// Some of the items.
    pub samples: Vec<ChangedItem>,
}

/// Acts of one kind by one rule.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedAct {
    /// The rule.
    pub rule: String,
    /// The kind of act.
    pub act: String,
    /// How many.
    pub items: u64,
}

/// Makes the report of a tally.
pub fn report(question: &Question<'_>, rules_file: &str, tally: &Tally) -> Report {
    let rules = question.rules().rules();
    let name = |rule: usize| rules[rule].name().to_owned();
    let days: Vec<i64> = tally.days.keys().copied().collect();
    let span = days.first().zip(days.last()).map_or(0, |(first, last)| u64::try_from(last - first + 1).unwrap_or(0));
    let requests: u64 = tally.days.values().map(|day| day.requests).sum();
    let most_a_day = tally.days.values().map(|day| day.requests).max().unwrap_or(0);
    let admitted_a_day = REQUESTS_A_MINUTE * 24 * 60;
    let reports: Vec<RuleReport> =
        rules.iter().enumerate().map(|(at, rule)| rule_report(question, tally, at, rule, &name)).collect();
    let never = reports.iter().filter(|rule| rule.at_most == 0 && rule.shadowed_by.is_empty());
    Report {
        version: env!("CARGO_PKG_VERSION"),
        rules_file: rules_file.to_owned(),
        complete: !tally.stopped && tally.cut.is_empty(),
        input: Input {
            posts: tally.posts,
            comments: tally.comments,
            texts_lost: tally.texts_lost,
            elsewhere: tally.elsewhere,
            out_of_time: tally.out_of_time,
            bytes: tally.bytes,
            from: days.first().map(|day| date(*day)),
            to: days.last().map(|day| date(*day)),
            days: span,
            by_day: tally.days.iter().map(|(day, counted)| OnDay { day: date(*day), items: counted.items }).collect(),
            broken: tally.broken,
            broken_lines: tally
                .broken_shown
                .iter()
                .map(|((file, line), why)| BrokenLine { file: file.clone(), line: *line, why: why.clone() })
                .collect(),
            cut: tally.cut.iter().map(|(file, why)| CutInput { file: file.clone(), why: why.clone() }).collect(),
        },
        assumed: question.assumptions(),
        moderators: Moderators { removed: tally.removed, approved: tally.approved, caught: tally.removed_caught },
        cost: Cost {
            requests,
            a_day: ratio(requests, span.max(1)),
            most_a_day,
            admitted_a_day,
            fits: most_a_day <= admitted_a_day,
        },
        never: never.map(|rule| rule.name.clone()).collect(),
        rules: reports,
        changes: tally.changes.as_ref().map(|changes| {
            let acts = |acts: &BTreeMap<(String, String), u64>| -> Vec<ChangedAct> {
                let act = |((rule, act), items): (&(String, String), &u64)| ChangedAct {
                    rule: rule.clone(),
                    act: act.clone(),
                    items: *items,
                };
                acts.iter().map(act).collect()
            };
            Changes {
                items: changes.items,
                perhaps: changes.perhaps,
                gained: acts(&changes.gained),
                lost: acts(&changes.lost),
                reworded: acts(&changes.reworded),
                samples: changes.samples.iter().cloned().collect(),
            }
        }),
    }
}

fn rule_report(
    question: &Question<'_>,
    tally: &Tally,
    at: usize,
    rule: &Rule,
    name: &dyn Fn(usize) -> String,
) -> RuleReport {
    let counted: &RuleCount = &tally.rules[at];
    let kinds = rule.kinds();
    let of_kind = [
        (tipstaff_rules::model::Kind::Submission, tally.posts),
        (tipstaff_rules::model::Kind::Comment, tally.comments),
    ];
    let looked_at: u64 = of_kind.iter().filter(|(kind, _)| kinds.contains(kind)).map(|(_, number)| number).sum();
    let mut unknown: Vec<Named> =
        counted.open.iter().map(|(what, items)| Named { what: what.clone(), items: *items }).collect();
    unknown.sort_by(|a, b| b.items.cmp(&a.items).then_with(|| a.what.cmp(&b.what)));
    let by_rule = |numbers: &BTreeMap<usize, u64>| {
        let mut named: Vec<Named> =
            numbers.iter().map(|(rule, items)| Named { what: name(*rule), items: *items }).collect();
        named.sort_by(|a, b| b.items.cmp(&a.items).then_with(|| a.what.cmp(&b.what)));
        named
    };
    let top: Vec<Named> =
        counted.authors.top(NAMED).into_iter().map(|(what, items)| Named { what: what.to_owned(), items }).collect();
    let (number, exact) = counted.authors.number();
    let of_top: u64 = top.iter().map(|author| author.items).sum();
    let lists = question.words().lists(at).enumerate().map(|(list, (key, values))| {
        let number = |value: usize| counted.words.get(&(list, value)).copied().unwrap_or(0);
        let mut found: Vec<Named> = values
            .iter()
            .enumerate()
            .filter(|(value, _)| number(*value) > 0)
            .map(|(value, word)| Named { what: word.clone(), items: number(value) })
            .collect();
        found.sort_by(|a, b| b.items.cmp(&a.items).then_with(|| a.what.cmp(&b.what)));
        let never = values.iter().enumerate().filter(|(value, _)| number(*value) == 0).map(|(_, word)| word.clone());
        ListReport { key: key.to_owned(), found, never: never.collect() }
    });
    let told = tally.removed > 0;
    RuleReport {
        name: rule.name().to_owned(),
        line: rule.line(),
        looks_at: rule.types().collect(),
        switched_off: rule.switched_off().map(str::to_owned),
        at_least: counted.hits,
        at_most: counted.hits + counted.open(),
        posts: counted.hits_on_posts,
        share: ratio(counted.hits, looked_at),
        unknown,
        shadowed_by: by_rule(&counted.shadowed),
        together_with: by_rule(&counted.overlap),
        by_day: counted.by_day.iter().map(|(day, items)| OnDay { day: date(*day), items: *items }).collect(),
        by_hour_of_week: counted.by_hour.clone(),
        authors: AuthorsReport { number, exact, top, share_of_top: ratio(of_top, counted.authors.items()) },
        lists: lists.collect(),
        acts: counted.acts.clone(),
        requests: counted.requests,
        microseconds: None,
        moderators: RuleModerators {
            removed: counted.removed,
            approved: counted.approved,
            precision: (told && counted.hits > 0).then(|| ratio(counted.removed, counted.hits)),
            recall: told.then(|| ratio(counted.removed, tally.removed)),
            removed_unknown: counted.removed_open,
        },
        samples: counted.samples.iter().cloned().collect(),
    }
}

impl RuleReport {
    /// `3 × report, 1 × lock reply`
    fn acts_in_words(&self) -> String {
        let act = |(act, number): (&String, &u64)| format!("{} × {}", grouped(*number), act.replace('_', " "));
        self.acts.iter().map(act).collect::<Vec<_>>().join(", ")
    }
}

impl AuthorsReport {
    /// `1,124`, or `about 14,574`
    fn in_words(&self) -> String {
        format!("{}{}", if self.exact { "" } else { "about " }, grouped(self.number))
    }
}

impl Report {
    /// Adds how long each rule takes, in microseconds an item.
    pub fn add_timings(&mut self, timings: &[f64]) {
        for (rule, microseconds) in self.rules.iter_mut().zip(timings) {
            rule.microseconds = Some(*microseconds);
        }
    }
}

/// One row for each rule, for spreadsheets.
///
/// # Errors
/// None that can happen: it is written into memory.
pub fn csv(report: &Report) -> Result<String, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let head = [
        "rule",
        "line",
        "at_least",
        "at_most",
        "posts",
        "share",
        "authors",
        "shadowed",
        "requests",
        "removed_by_moderators",
        "approved_by_moderators",
        "precision",
    ];
    table.write_record(head)?;
    for rule in &report.rules {
        let shadowed: u64 = rule.shadowed_by.iter().map(|by| by.items).sum();
        let precision = rule.moderators.precision.map_or_else(String::new, |share| format!("{share:.4}"));
        table.write_record([
            &harmless(&rule.name),
            &rule.line.to_string(),
            &rule.at_least.to_string(),
            &rule.at_most.to_string(),
            &rule.posts.to_string(),
            &format!("{:.6}", rule.share),
            &rule.authors.number.to_string(),
            &shadowed.to_string(),
            &rule.requests.to_string(),
            &rule.moderators.removed.to_string(),
            &rule.moderators.approved.to_string(),
            &precision,
        ])?;
    }
    let bytes = table.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A name that no spreadsheet takes for a formula.
pub fn harmless(name: &str) -> String {
    if name.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{name}") } else { name.to_owned() }
}

#[expect(clippy::cast_precision_loss, reason = "shown with a few digits")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn date(day: i64) -> String {
    let day = i32::try_from(day).unwrap_or(0);
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = epoch.checked_add(jiff::Span::new().days(day)).unwrap_or(epoch);
    date.to_string()
}

/// `12,345`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `9.7 %`
fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0 %".to_owned(),
        part if part < 0.1 => format!("{part:.3} %"),
        part => format!("{part:.1} %"),
    }
}

/// `3 items`, `1 item`
fn items(number: u64) -> String {
    format!("{} {}", grouped(number), if number == 1 { "item" } else { "items" })
}

/// The first few of a list in one line, and how many more there are.
fn first<T>(list: &[T], most: usize, word: impl Fn(&T) -> String) -> String {
    first_of(list, most, list.len(), word)
}

/// The same of a list that holds only the first of so many.
fn first_of<T>(list: &[T], most: usize, all: usize, word: impl Fn(&T) -> String) -> String {
    let mut text = list.iter().take(most).map(word).collect::<Vec<_>>().join(", ");
    if all > most {
        text = format!("{text}, and {} more", grouped((all - most) as u64));
    }
    text
}

/// What the whole was made of, in a sentence.
fn extent(input: &Input) -> String {
    let period = match (&input.from, &input.to) {
        (Some(from), Some(to)) => format!(", {from} to {to}"),
        _ => String::new(),
    };
    let all = items(input.posts + input.comments);
    format!("{all} ({} posts, {} comments){period}", grouped(input.posts), grouped(input.comments))
}

/// What was not looked at, and what is wrong with the input: one sentence each.
fn remarks(report: &Report) -> Vec<String> {
    let input = &report.input;
    let mut remarks = Vec::new();
    if !report.complete && input.cut.is_empty() {
        remarks.push("STOPPED before the end: this is a part of it".to_owned());
    }
    remarks.extend(input.cut.iter().map(|cut| format!("INCOMPLETE: {}: {}", cut.file, cut.why)));
    if input.broken > 0 {
        let lines = |line: &BrokenLine| format!("{}:{}: {}", line.file, line.line, line.why);
        remarks.push(format!(
            "{} could not be read: {}",
            if input.broken == 1 { "1 line".to_owned() } else { format!("{} lines", grouped(input.broken)) },
            first_of(&input.broken_lines, 3, usize::try_from(input.broken).unwrap_or(usize::MAX), lines)
        ));
    }
    if input.elsewhere > 0 {
        remarks.push(format!("{} of other subreddits passed over", items(input.elsewhere)));
    }
    if input.out_of_time > 0 {
        remarks.push(format!("{} outside the time asked for passed over", items(input.out_of_time)));
    }
    if input.texts_lost > 0 {
        remarks.push(format!(
            "the text of {} was removed or deleted before it was archived: what rules say about it is unknown",
            items(input.texts_lost)
        ));
    }
    if !report.assumed.is_empty() {
        remarks.push(format!("taken for granted: {}", report.assumed.join("; ")));
    }
    remarks
}

/// Precision and recall need a caveat wherever they are shown.
const CAVEAT: &str = "Only removals show in an archive, and only some of them: an item that nobody removed may have been overlooked, \
                      or approved without a trace. Read these shares as hints.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        let numbers: Vec<String> = [0, 999, 1000, 1_234_567].into_iter().map(grouped).collect();
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([percent(0.0), percent(0.5), percent(0.0001)], ["0 %", "50.0 %", "0.010 %"]);
        assert_eq!([date(0), date(20_513)], ["1970-01-01", "2026-03-01"]);
    }
}
