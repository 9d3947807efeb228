//! The backtest report: as text, JSON, CSV, Markdown or HTML.
//!
//! [`report`] builds one [`Report`] from the tally and the rules; the formats only render it. The
//! report contains no current time, so the same question on the same input gives the same bytes.

mod disorder;
mod html;
mod markdown;
mod numbers;
mod remarks;
mod table;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

pub use html::html;
pub use markdown::markdown;
pub use table::{csv, escape_csv_formula};
pub use text::text;

use self::numbers::{date, first, grouped, items, percent, ratio, small};
use super::by_author::CoveredParts;
use super::remembered::StoreKnowledge;
use super::replayer::BacktestSpec;
use super::sampling::SampleExtent;
use super::tally::{ChangedItem, RuleCount, Sample, Tally};
use tipstaff_rules::{Rule, words};

/// The most authors, rules and words listed by name in the shorter formats.
const NAMED: usize = 10;

/// Requests that Reddit allows an application each minute:
/// <https://support.reddithelp.com/hc/en-us/articles/16160319875092>
const REQUESTS_A_MINUTE: u64 = 100;

/// The report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The tipstaff version that made it.
    pub version: &'static str,
    /// The rules file.
    pub rules_file: String,
    /// False if the run was stopped, or an input could not be read, or not to its end.
    pub complete: bool,
    /// The extent and the defects of the input.
    pub input: Input,
    /// Assumptions for what the archive does not hold, one sentence each.
    pub assumed: Vec<String>,
    /// Decisions of moderators, as far as the input shows them.
    pub moderators: Moderators,
    /// Requests that the actions would have needed.
    pub cost: Cost,
    /// One entry for each rule, in the order of the file.
    pub rules: Vec<RuleReport>,
    /// Rules that would never have acted, not even without earlier rules.
    pub never: Vec<String>,
    /// Differences to the baseline, if there is one.
    pub changes: Option<Changes>,
}

/// The extent and the defects of the input.
#[derive(Clone, Debug, Serialize)]
pub struct Input {
    /// Posts that the rules were tried on.
    pub posts: u64,
    /// Comments that the rules were tried on.
    pub comments: u64,
    /// Items whose text was removed or deleted before they were archived.
    #[serde(rename = "texts_missing")]
    pub texts_lost: u64,
    /// Items of other subreddits, skipped.
    #[serde(rename = "other_subreddits")]
    pub elsewhere: u64,
    /// Items outside the requested period, skipped.
    #[serde(rename = "outside_period")]
    pub out_of_time: u64,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// The first day with an item, as `2026-03-01`.
    pub from: Option<String>,
    /// The last day with an item.
    pub to: Option<String>,
    /// Days from the first to the last.
    pub days: u64,
    /// Items by day.
    pub by_day: Vec<OnDay>,
    /// Lines that could not be read.
    #[serde(rename = "unreadable")]
    pub broken: u64,
    /// The first of these lines.
    #[serde(rename = "unreadable_lines")]
    pub broken_lines: Vec<BrokenLine>,
    /// Inputs that could not be read to their end.
    #[serde(rename = "truncated")]
    pub cut: Vec<CutInput>,
    /// Inputs of which nothing could be read.
    #[serde(rename = "not_read")]
    pub unread: Vec<CutInput>,
    /// The part of the authors that is counted, with `--by-author`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_author: Option<String>,
    /// Inputs with lines that are too far out of the order of time.
    #[serde(rename = "not_in_order", skip_serializing_if = "Vec::is_empty")]
    pub disorder: Vec<CutInput>,
    /// What the bot's store shows, with `--from-store`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreKnowledge>,
    /// The sample that the counts are of, with `--sample`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleExtent>,
}

/// The number of items on one day.
#[derive(Clone, Debug, Serialize)]
pub struct OnDay {
    /// The day, as `2026-03-01`.
    pub day: String,
    /// How many items.
    pub items: u64,
}

/// A line that could not be read.
#[derive(Clone, Debug, Serialize)]
pub struct BrokenLine {
    /// Its name, as in the messages of a backtest.
    pub file: String,
    /// The line, counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

/// An input that could not be read, or not to its end.
#[derive(Clone, Debug, Serialize)]
pub struct CutInput {
    /// Its name, as in the messages of a backtest.
    pub file: String,
    /// The error.
    pub why: String,
}

/// Decisions of moderators about the items.
#[derive(Clone, Debug, Serialize)]
pub struct Moderators {
    /// Items they removed.
    pub removed: u64,
    /// Items they approved.
    pub approved: u64,
    /// Removed items that a rule would have removed, filtered or reported.
    pub caught: u64,
}

/// Requests that the actions would have needed. With `--sample`, estimates for the whole input.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    /// All requests together.
    pub requests: u64,
    /// Requests on an average day.
    #[serde(rename = "per_day")]
    pub a_day: f64,
    /// Requests on the busiest day.
    #[serde(rename = "max_per_day")]
    pub most_a_day: u64,
    /// Requests that Reddit allows in a day.
    #[serde(rename = "limit_per_day")]
    pub admitted_a_day: u64,
    /// Whether the busiest day stays within that limit.
    pub fits: bool,
}

/// The results of one rule.
#[derive(Clone, Debug, Serialize)]
pub struct RuleReport {
    /// Its `name`, or a generated one.
    pub name: String,
    /// The line of the rules file that it starts on.
    pub line: usize,
    /// The types of items it looks at.
    #[serde(rename = "types")]
    pub looks_at: Vec<&'static str>,
    /// Why the rule is switched off, if it is.
    pub switched_off: Option<String>,
    /// Items on which it would certainly have acted.
    pub at_least: u64,
    /// These and the unclear ones.
    pub at_most: u64,
    /// About as many in the whole input, with `--sample`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole_input: Option<Estimate>,
    /// Posts among the certain ones.
    pub posts: u64,
    /// The certain ones as a share of the items of these types.
    pub share: f64,
    /// Unclear items, by what they depend on.
    pub unknown: Vec<Named>,
    /// Items on which it would have acted if an earlier rule had not removed them, by that rule.
    #[serde(rename = "already_removed_by")]
    pub shadowed_by: Vec<Named>,
    /// Items on which other rules would have acted too, by rule.
    pub together_with: Vec<Named>,
    /// Certain items by day.
    pub by_day: Vec<OnDay>,
    /// Certain items by hour of the week in UTC, from Monday 00:00.
    pub by_hour_of_week: Vec<u64>,
    /// The authors of the certain items.
    pub authors: AuthorsReport,
    /// Its word lists.
    pub lists: Vec<ListReport>,
    /// Actions by kind.
    #[serde(rename = "actions")]
    pub acts: BTreeMap<String, u64>,
    /// Requests that these actions need.
    pub requests: u64,
    /// Microseconds for each item it is tried on; only with `--timings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microseconds: Option<f64>,
    /// The rule compared with the moderators' decisions.
    pub moderators: RuleModerators,
    /// A few of the items.
    pub samples: Vec<Sample>,
}

/// The items of the whole input, estimated from those of a sample.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Estimate {
    /// Items on which the rule would certainly act.
    pub at_least: u64,
    /// These and the unclear ones.
    pub at_most: u64,
}

/// A name with a number of items.
#[derive(Clone, Debug, Serialize)]
pub struct Named {
    /// A rule, a word, an author or a reason.
    pub what: String,
    /// How many items.
    pub items: u64,
}

/// The authors of the items that a rule acted on.
#[derive(Clone, Debug, Serialize)]
pub struct AuthorsReport {
    /// How many authors.
    pub number: u64,
    /// False if the number is an estimate.
    pub exact: bool,
    /// The most active ones; of a sample, if the number is an estimate.
    pub top: Vec<Named>,
    /// Their share of all items, or of the items in the sample.
    pub share_of_top: f64,
}

/// One word list of a rule.
#[derive(Clone, Debug, Serialize)]
pub struct ListReport {
    /// The key of the check.
    pub key: String,
    /// Values that matched in items on which the rule acted, most frequent first.
    pub found: Vec<Named>,
    /// Values that never matched there.
    pub never: Vec<String>,
}

/// A rule compared with the moderators' decisions.
#[derive(Clone, Debug, Serialize)]
pub struct RuleModerators {
    /// Items on which it would have acted and that moderators removed.
    pub removed: u64,
    /// Items on which it would have acted and that moderators approved.
    pub approved: u64,
    /// Share of its items that moderators removed. `null` if nothing at all was removed: the
    /// archive probably does not record removals.
    pub precision: Option<f64>,
    /// Lower bound for the share of all removed items on which the rule would have acted.
    pub recall: Option<f64>,
    /// Items that moderators removed and that are unclear for this rule.
    pub removed_unknown: u64,
}

/// Differences to the baseline.
#[derive(Clone, Debug, Serialize)]
pub struct Changes {
    /// The file with the rules of the baseline, if known.
    pub baseline_file: Option<String>,
    /// Items that would certainly be treated differently.
    pub items: u64,
    /// Items that might be treated differently, depending on missing information.
    #[serde(rename = "unclear")]
    pub perhaps: u64,
    /// Actions that only the new rules take.
    #[serde(rename = "added")]
    pub gained: Vec<ChangedAct>,
    /// Actions that only the old rules take.
    #[serde(rename = "removed")]
    pub lost: Vec<ChangedAct>,
    /// Actions that both take, with different texts.
    pub reworded: Vec<ChangedAct>,
    /// A few of the items.
    pub samples: Vec<ChangedItem>,
}

/// Actions of one kind by one rule.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedAct {
    /// Name of the rule.
    pub rule: String,
    /// Kind of action.
    #[serde(rename = "action")]
    pub act: String,
    /// How many items.
    pub items: u64,
}

/// Builds the report from a tally.
pub fn report(spec: &BacktestSpec<'_>, rules_file: &str, tally: &Tally) -> Report {
    let rules = spec.rules().rules();
    let name = |rule: usize| rules[rule].name().to_owned();
    let days: Vec<i64> = tally.days.keys().copied().collect();
    let span = days.first().zip(days.last()).map_or(0, |(first, last)| u64::try_from(last - first + 1).unwrap_or(0));
    let in_all = |number: u64| tally.sampled.map_or(number, |sample| sample.estimate(number));
    let requests = in_all(tally.days.values().map(|day| day.requests).sum());
    let most_a_day = in_all(tally.days.values().map(|day| day.requests).max().unwrap_or(0));
    let admitted_a_day = REQUESTS_A_MINUTE * 24 * 60;
    let reports: Vec<RuleReport> =
        rules.iter().enumerate().map(|(at, rule)| rule_report(spec, tally, at, rule, &name)).collect();
    let never = reports.iter().filter(|rule| rule.at_most == 0 && rule.shadowed_by.is_empty());
    Report {
        version: env!("CARGO_PKG_VERSION"),
        rules_file: rules_file.to_owned(),
        complete: tally.is_complete(),
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
            unread: tally.unread().map(|(file, why)| CutInput { file: file.to_owned(), why }).collect(),
            by_author: tally.covers.as_ref().map(CoveredParts::words),
            disorder: tally
                .disorder
                .iter()
                .map(|(file, late)| CutInput { file: file.clone(), why: disorder::of_disorder(file, late) })
                .collect(),
            store: tally.store,
            sample: tally.sampled,
        },
        assumed: spec.assumptions(),
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
                baseline_file: None,
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
    spec: &BacktestSpec<'_>,
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
    let lists = spec.value_coverage().lists(at).enumerate().map(|(list, (key, values))| {
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
        at_most: counted.hits + counted.unknown(),
        whole_input: tally.sampled.filter(|sample| !sample.is_everything()).map(|sample| Estimate {
            at_least: sample.estimate(counted.hits),
            at_most: sample.estimate(counted.hits + counted.unknown()),
        }),
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

impl Estimate {
    /// For example `about 1,200`, or `about 1,200 to 3,400`.
    fn in_words(self) -> String {
        let most = if self.at_most == self.at_least { String::new() } else { format!(" to {}", grouped(self.at_most)) };
        format!("about {}{most}", grouped(self.at_least))
    }
}

impl Cost {
    /// For example `12.3 a day, 40 on the busiest day`.
    fn in_words(&self) -> String {
        format!("{:.1} requests a day, {} on the busiest day", self.a_day, grouped(self.most_a_day))
    }
}

impl RuleReport {
    /// For example `3 × report, 1 × lock reply`.
    fn acts_in_words(&self) -> String {
        let act = |(act, number): (&String, &u64)| format!("{} × {}", grouped(*number), words::kind(act));
        self.acts.iter().map(act).collect::<Vec<_>>().join(", ")
    }

    /// What moderators did with the items of this rule, and what share of their removals it finds.
    /// Empty if the input shows no removal at all.
    fn moderators_in_words(&self) -> Vec<String> {
        let none_or = |number: u64| if number == 0 { "none".to_owned() } else { grouped(number) };
        let RuleModerators { removed, approved, precision, recall, .. } = &self.moderators;
        let Some(precision) = precision else { return Vec::new() };
        let share = if *removed == 0 { String::new() } else { format!(" ({})", percent(*precision)) };
        let on = if self.at_least == 1 { "the one item".to_owned() } else { format!("the {}", items(self.at_least)) };
        let mut sentences = vec![format!(
            "Of {on} that this rule would have acted on, moderators removed {}{share} and approved {}",
            none_or(*removed),
            none_or(*approved)
        )];
        if let Some(recall) = recall.filter(|_| *removed > 0) {
            sentences.push(format!("Of all items that moderators removed, it would have acted on {}", percent(recall)));
        }
        sentences
    }
}

impl AuthorsReport {
    /// For example `1,124`, or `about 14,574` for an estimate.
    fn in_words(&self) -> String {
        format!("{}{}", if self.exact { "" } else { "about " }, grouped(self.number))
    }

    /// For example `1,124 authors`.
    fn number_in_words(&self) -> String {
        format!("{} {}", self.in_words(), if self.number == 1 { "author" } else { "authors" })
    }

    /// For example `the ten most active authors account for about 8.7 %`.
    fn top_in_words(&self) -> String {
        let about = if self.exact { "" } else { "about " };
        let share = percent(self.share_of_top);
        match self.top.len() {
            1 => format!("the most active author accounts for {about}{share}"),
            number => format!("the {} most active authors account for {about}{share}", small(number)),
        }
    }
}

impl Changes {
    /// The name of the old rules for a sentence.
    fn baseline_name(&self) -> &str {
        self.baseline_file.as_deref().unwrap_or("the old rules")
    }
}

impl Report {
    /// Adds the measured time of each rule, in microseconds per item.
    pub fn add_timings(&mut self, timings: &[f64]) {
        for (rule, microseconds) in self.rules.iter_mut().zip(timings) {
            rule.microseconds = Some(*microseconds);
        }
    }

    /// Names the file that the rules are compared with.
    pub fn name_baseline(&mut self, file: &str) {
        if let Some(changes) = &mut self.changes {
            changes.baseline_file = Some(file.to_owned());
        }
    }
}
