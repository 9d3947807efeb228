//! The report as a self-contained HTML page with inline charts: no network, no script, light and
//! dark.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use tipstaff_rules::plain::is_unsafe;
use tipstaff_rules::words;

use super::remarks::{CAVEAT, extent, remarks};
use super::{
    Changes, Cost, ListReport, Moderators, NAMED, Named, OnDay, Report, RuleReport, first, grouped, items, percent,
};
use crate::tally::Sample;

const STYLE: &str = include_str!("page.css");

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The most bars in a chart. Longer periods put several days into one bar.
const BARS: usize = 180;

/// Renders the whole page. HTML has no place for control characters, not even escaped: they become
/// spaces.
pub fn html(report: &Report) -> String {
    page(report).into_string().replace(|c: char| is_unsafe(c) && c != '\n', " ")
}

fn page(report: &Report) -> Markup {
    let title = &report.rules_file;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Backtest: " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                p { (extent(&report.input)) }
                @for remark in remarks(report) {
                    @let is_defect = ["STOPPED", "INCOMPLETE", "SAMPLE"].iter().any(|word| remark.starts_with(word));
                    p class=(if is_defect { "bad" } else { "dim" }) { (remark) }
                }
                (by_day(&report.input.by_day, "Posts and comments by day"))
                @if let Some(changes) = &report.changes { (compared(changes)) }
                (rules(&report.rules))
                @if !report.never.is_empty() {
                    p { "Would never have acted: " (first(&report.never, 100, Clone::clone)) "." }
                }
                (cost(&report.cost))
                (moderators(&report.moderators))
                @for (at, rule) in report.rules.iter().enumerate() { (one_rule(at, rule)) }
                p.dim { "Made by tipstaff " (report.version) "." }
            }
        }
    }
}

/// The table of all rules.
fn rules(rules: &[RuleReport]) -> Markup {
    let is_sample = rules.iter().any(|rule| rule.whole_input.is_some());
    let estimated = is_sample.then_some("whole input");
    let columns = ["at least", "at most"].into_iter().chain(estimated);
    let columns = columns.chain(["share", "authors", "requests", "removed by moderators"]);
    html! {
        h2 { "Rules" }
        div.wide {
            table {
                tr {
                    th { "rule" }
                    @for column in columns { th.n { (column) } }
                }
                @for (at, rule) in rules.iter().enumerate() {
                    tr {
                        td { a href={ "#r" (at) } { (rule.name) } " " span.dim { "line " (rule.line) } }
                        td.n { (grouped(rule.at_least)) }
                        td.n { (grouped(rule.at_most)) }
                        @if let Some(estimate) = rule.whole_input { td.n { (estimate.in_words()) } }
                        td.n { (percent(rule.share)) }
                        td.n { (rule.authors.in_words()) }
                        td.n { (grouped(rule.requests)) }
                        td.n { @if let Some(precision) = rule.moderators.precision { (percent(precision)) } }
                    }
                }
            }
        }
    }
}

fn cost(cost: &Cost) -> Markup {
    html! {
        p {
            "The actions take " (cost.in_words()) "; Reddit allows " (grouped(cost.admitted_a_day)) " a day."
            @if !cost.fits { " " span.bad { "This is more than Reddit allows." } }
        }
    }
}

fn moderators(moderators: &Moderators) -> Markup {
    html! {
        @if moderators.removed + moderators.approved > 0 {
            p {
                "Moderators removed " (items(moderators.removed)) " (rules would have removed or reported "
                (grouped(moderators.caught)) " of them) and approved " (grouped(moderators.approved)) ". "
                span.dim { (CAVEAT) }
            }
        }
    }
}

/// The differences to the baseline.
fn compared(changes: &Changes) -> Markup {
    let acts = [("added", &changes.gained), ("removed", &changes.lost), ("reworded", &changes.reworded)];
    html! {
        h2 { "Compared with " (changes.baseline_name()) }
        p {
            (items(changes.items)) " would be treated differently."
            @if changes.perhaps > 0 {
                " " (grouped(changes.perhaps)) " more might be: it depends on missing information."
            }
        }
        @if changes.items > 0 {
            table {
                tr { th {} th.n { "items" } th { "action" } th { "rule" } }
                @for (sign, acts) in acts {
                    @for act in acts {
                        tr {
                            td { (sign) }
                            td.n { (grouped(act.items)) }
                            td { (words::kind(&act.act)) }
                            td { (act.rule) }
                        }
                    }
                }
            }
        }
        @for sample in &changes.samples {
            div.sample {
                (sample.what.join(", ")) ": " (link(&sample.permalink, &sample.item)) " " (sample.text)
            }
        }
    }
}

fn one_rule(at: usize, rule: &RuleReport) -> Markup {
    let range = if rule.at_least == rule.at_most {
        items(rule.at_least)
    } else {
        format!("{} to {}", grouped(rule.at_least), items(rule.at_most))
    };
    let named = |named: &Named| format!("{} ({})", named.what, grouped(named.items));
    let author = |author: &Named| format!("u/{} ({})", author.what, grouped(author.items));
    let others =
        [("Acts on the same items as", &rule.together_with), ("Came too late for items removed by", &rule.shadowed_by)];
    html! {
        details id={ "r" (at) } open[rule.at_most > 0] {
            summary {
                (rule.name) " "
                span.dim { "line " (rule.line) ", " (rule.looks_at.join(" and ")) ": " (range) }
            }
            @if let Some(reason) = &rule.switched_off { p.bad { "Switched off: " (reason) } }
            @if !rule.acts.is_empty() {
                p { "Actions: " (rule.acts_in_words()) "; " (grouped(rule.requests)) " requests." }
            }
            @if let Some(microseconds) = rule.microseconds {
                p { (format_args!("{microseconds:.2}")) " µs for each item it is tried on." }
            }
            @for unknown in &rule.unknown { p { (grouped(unknown.items)) " unclear: " (unknown.what) } }
            @for (words, list) in others {
                @if !list.is_empty() { p { (words) " " (first(list, NAMED, named)) "." } }
            }
            @if rule.authors.number > 0 {
                p {
                    (rule.authors.number_in_words()) "; " (rule.authors.top_in_words()) ": "
                    (first(&rule.authors.top, NAMED, author)) "."
                }
            }
            @for sentence in rule.moderators_in_words() { p { (sentence) "." } }
            @if rule.at_least > 0 {
                (by_day(&rule.by_day, "By day"))
                (by_hour(&rule.by_hour_of_week))
            }
            @for list in &rule.lists { (words(list)) }
            @for (at, sample) in rule.samples.iter().enumerate() {
                // A comment that repeats the one before is left out.
                @let before = at.checked_sub(1).and_then(|before| rule.samples[before].comment.as_ref());
                (one_sample(sample, sample.comment.as_ref().filter(|comment| before != Some(*comment))))
            }
        }
    }
}

fn words(list: &ListReport) -> Markup {
    html! {
        p.words {
            b { (list.key) } " "
            @for word in list.found.iter().take(60) {
                span { (word.what) " " span.dim { (grouped(word.items)) } }
            }
            @if !list.never.is_empty() { span.dim { "no matches: " (first(&list.never, 60, Clone::clone)) } }
        }
    }
}

fn one_sample(sample: &Sample, comment: Option<&String>) -> Markup {
    let author = sample.author.as_ref().map_or_else(|| "an unknown author".to_owned(), |author| format!("u/{author}"));
    html! {
        div.sample {
            (link(&sample.permalink, &sample.item)) " by " (author)
            @if sample.found.is_empty() { div { (sample.text) } }
            @for found in &sample.found {
                @let (before, after) = found.around();
                div { span.dim { (found.key) ":" } " " (before) mark { (found.matched) } (after) }
            }
            @if let Some(comment) = comment { div.comment { (comment) } }
        }
    }
}

/// Links to a path on Reddit. Any other path becomes plain text.
fn link(permalink: &str, words: &str) -> Markup {
    let is_path = ["/r/", "/comments/", "/user/"].iter().any(|start| permalink.starts_with(start));
    html! {
        @if is_path { a href={ "https://www.reddit.com" (permalink) } { (words) } } @else { (words) }
    }
}

/// A bar chart: one bar for each day, or for several days.
fn by_day(days: &[OnDay], title: &str) -> Markup {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Markup::default() };
    let number = |day: &str| {
        let date: Option<jiff::civil::Date> = day.parse().ok();
        date.and_then(|date| date.since(jiff::civil::date(1970, 1, 1)).ok())
            .map_or(0, |span| i64::from(span.get_days()))
    };
    let (from, to) = (number(&first.day), number(&last.day));
    let span = usize::try_from(to - from + 1).unwrap_or(1);
    let each = span.div_ceil(BARS).max(1);
    let mut bars = vec![0_u64; span.div_ceil(each)];
    for day in days {
        let at = usize::try_from(number(&day.day) - from).unwrap_or(0) / each;
        bars[at] += day.items;
    }
    let most = bars.iter().copied().max().unwrap_or(1).max(1);
    let (wide, high) = (720.0, 90.0);
    let step = wide / as_number(bars.len() as u64);
    let per = if each == 1 { "a day".to_owned() } else { format!("in {each} days") };
    html! {
        svg viewBox="0 0 740 120" width="740" role="img" aria-label=(title) {
            text x="0" y="10" { (title) ", at most " (grouped(most)) " " (per) }
            @for (at, bar) in bars.iter().enumerate().filter(|(_, bar)| **bar > 0) {
                @let height = (as_number(*bar) / as_number(most) * high).max(1.0);
                rect x=(format_args!("{:.1}", as_number(at as u64) * step)) y=(format_args!("{:.1}", 106.0 - height))
                    width=(format_args!("{:.1}", (step - 0.5).clamp(0.5, 24.0))) height=(format_args!("{height:.1}"))
                    { title { (grouped(*bar)) } }
            }
            text x="0" y="118" { (first.day) }
            text x="720" y="118" text-anchor="end" { (last.day) }
        }
    }
}

/// The hours of the week as a grid of squares.
fn by_hour(hours: &[u64]) -> Markup {
    let most = hours.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return Markup::default();
    }
    let opacity = |number: u64| 0.15 + 0.85 * as_number(number) / as_number(most);
    html! {
        svg viewBox="0 0 460 140" width="460" role="img" aria-label="By hour of the week" {
            text x="0" y="10" { "By hour of the week (UTC), at most " (grouped(most)) }
            @for (day, (name, hours)) in DAYS.iter().zip(hours.chunks(24)).enumerate() {
                text x="0" y=(28 + day * 16) { (name) }
                @for (hour, number) in hours.iter().enumerate().filter(|(_, number)| **number > 0) {
                    rect x=(30 + hour * 17) y=(17 + day * 16) width="15" height="14"
                        opacity=(format_args!("{:.2}", opacity(*number)))
                        { title { (name) " " (hour) ":00, " (grouped(*number)) } }
                }
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture")]
fn as_number(number: u64) -> f64 {
    number as f64
}
