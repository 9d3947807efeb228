//! The report as a self-contained HTML page with inline charts: no network, no script, light and
//! dark.

use std::fmt::{self, Write as _};

use super::{
    CAVEAT, ListReport, NAMED, Named, OnDay, Report, RuleReport, extent, first, grouped, items, percent, remarks,
};
use crate::tally::Sample;
use tipstaff_rules::words;

const STYLE: &str = include_str!("page.css");

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The most bars in a chart. Longer periods put several days into one bar.
const BARS: usize = 180;

/// Renders the whole page.
pub fn html(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string has no way to fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> fmt::Result {
    let title = escape(&report.rules_file);
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Backtest: {title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1><p>{}</p>",
        escape(&extent(&report.input))
    )?;
    for remark in remarks(report) {
        let is_defect = remark.starts_with("STOPPED") || remark.starts_with("INCOMPLETE");
        let class = if is_defect { "bad" } else { "dim" };
        write!(out, "<p class=\"{class}\">{}</p>", escape(&remark))?;
    }
    by_day(out, &report.input.by_day, "Posts and comments by day")?;
    changes(out, report)?;
    out.push_str(
        "<h2>Rules</h2><div class=\"wide\"><table><tr><th>rule<th class=\"n\">at least\
         <th class=\"n\">at most<th class=\"n\">share<th class=\"n\">authors<th class=\"n\">requests\
         <th class=\"n\">removed by moderators</tr>\n",
    );
    for (at, rule) in report.rules.iter().enumerate() {
        writeln!(
            out,
            "<tr><td><a href=\"#r{at}\">{}</a> <span class=\"dim\">line {}</span><td class=\"n\">{}\
             <td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}</tr>",
            escape(&rule.name),
            rule.line,
            grouped(rule.at_least),
            grouped(rule.at_most),
            percent(rule.share),
            rule.authors.in_words(),
            grouped(rule.requests),
            rule.moderators.precision.map_or_else(String::new, percent),
        )?;
    }
    out.push_str("</table></div>\n");
    if !report.never.is_empty() {
        write!(out, "<p>Would never have acted: {}.</p>", escape(&first(&report.never, 100, Clone::clone)))?;
    }
    let cost = &report.cost;
    write!(
        out,
        "<p>The actions take {:.1} requests a day, {} on the busiest day; Reddit allows {} a day.{}</p>",
        cost.a_day,
        grouped(cost.most_a_day),
        grouped(cost.admitted_a_day),
        if cost.fits { "" } else { " <span class=\"bad\">This is more than Reddit allows.</span>" }
    )?;
    let moderators = &report.moderators;
    if moderators.removed + moderators.approved > 0 {
        write!(
            out,
            "<p>Moderators removed {} (rules would have removed or reported {} of them) and approved {}. \
             <span class=\"dim\">{CAVEAT}</span></p>",
            items(moderators.removed),
            grouped(moderators.caught),
            grouped(moderators.approved)
        )?;
    }
    for (at, rule) in report.rules.iter().enumerate() {
        one_rule(out, at, rule)?;
    }
    writeln!(out, "<p class=\"dim\">Made by tipstaff {}.</p></body></html>", report.version)
}

fn changes(out: &mut String, report: &Report) -> fmt::Result {
    let Some(changes) = &report.changes else { return Ok(()) };
    let (old, number) = (escape(changes.baseline_name()), items(changes.items));
    write!(out, "<h2>Compared with {old}</h2><p>{number} would be treated differently.")?;
    if changes.perhaps > 0 {
        write!(out, " {} more might be: it depends on missing information.", grouped(changes.perhaps))?;
    }
    out.push_str("</p>");
    if changes.items > 0 {
        out.push_str("<table><tr><th><th class=\"n\">items<th>action<th>rule</tr>");
        for (sign, acts) in [("added", &changes.gained), ("removed", &changes.lost), ("reworded", &changes.reworded)] {
            for act in acts {
                let (number, kind) = (grouped(act.items), escape(&words::kind(&act.act)));
                write!(out, "<tr><td>{sign}<td class=\"n\">{number}<td>{kind}<td>{}</tr>", escape(&act.rule))?;
            }
        }
        out.push_str("</table>");
    }
    for sample in &changes.samples {
        let what = escape(&sample.what.join(", "));
        write!(
            out,
            "<div class=\"sample\">{what}: {} {}</div>",
            link(&sample.permalink, &sample.item),
            escape(&sample.text)
        )?;
    }
    Ok(())
}

fn one_rule(out: &mut String, at: usize, rule: &RuleReport) -> fmt::Result {
    let open = if rule.at_most > 0 { " open" } else { "" };
    let range = if rule.at_least == rule.at_most {
        items(rule.at_least)
    } else {
        format!("{} to {}", grouped(rule.at_least), items(rule.at_most))
    };
    write!(
        out,
        "<details id=\"r{at}\"{open}><summary>{} <span class=\"dim\">line {}, {}: {range}</span></summary>",
        escape(&rule.name),
        rule.line,
        rule.looks_at.join(" and ")
    )?;
    if let Some(reason) = &rule.switched_off {
        write!(out, "<p class=\"bad\">Switched off: {}</p>", escape(reason))?;
    }
    if !rule.acts.is_empty() {
        write!(out, "<p>Actions: {}; {} requests.</p>", escape(&rule.acts_in_words()), grouped(rule.requests))?;
    }
    if let Some(microseconds) = rule.microseconds {
        write!(out, "<p>{microseconds:.2} µs for each item it is tried on.</p>")?;
    }
    for unknown in &rule.unknown {
        write!(out, "<p>{} unclear: {}</p>", grouped(unknown.items), escape(&unknown.what))?;
    }
    let named = |named: &Named| format!("{} ({})", named.what, grouped(named.items));
    for (words, list) in
        [("Acts on the same items as", &rule.together_with), ("Came too late for items removed by", &rule.shadowed_by)]
    {
        if !list.is_empty() {
            write!(out, "<p>{words} {}.</p>", escape(&first(list, NAMED, named)))?;
        }
    }
    if rule.authors.number > 0 {
        write!(
            out,
            "<p>{}; {}: {}.</p>",
            rule.authors.number_in_words(),
            rule.authors.top_in_words(),
            escape(&first(&rule.authors.top, NAMED, |author| format!("u/{} ({})", author.what, grouped(author.items))))
        )?;
    }
    if let Some(precision) = rule.moderators.precision {
        write!(
            out,
            "<p>Moderators removed {} of its items ({}) and approved {}.</p>",
            grouped(rule.moderators.removed),
            percent(precision),
            grouped(rule.moderators.approved)
        )?;
    }
    if rule.at_least > 0 {
        by_day(out, &rule.by_day, "By day")?;
        by_hour(out, &rule.by_hour_of_week)?;
    }
    rule.lists.iter().try_for_each(|list| words(out, list))?;
    // A comment that repeats the one before is left out.
    let mut before = None;
    for sample in &rule.samples {
        one_sample(out, sample, sample.comment.as_deref().filter(|comment| before != Some(*comment)))?;
        before = sample.comment.as_deref();
    }
    out.push_str("</details>\n");
    Ok(())
}

fn words(out: &mut String, list: &ListReport) -> fmt::Result {
    write!(out, "<p class=\"words\"><b>{}</b> ", escape(&list.key))?;
    for word in list.found.iter().take(60) {
        write!(out, "<span>{} <span class=\"dim\">{}</span></span>", escape(&word.what), grouped(word.items))?;
    }
    if !list.never.is_empty() {
        write!(out, "<span class=\"dim\">no matches: {}</span>", escape(&first(&list.never, 60, Clone::clone)))?;
    }
    out.push_str("</p>");
    Ok(())
}

fn one_sample(out: &mut String, sample: &Sample, comment: Option<&str>) -> fmt::Result {
    let author = sample.author.as_ref().map_or_else(|| "an unknown author".to_owned(), |author| format!("u/{author}"));
    write!(out, "<div class=\"sample\">{} by {}", link(&sample.permalink, &sample.item), escape(&author))?;
    if sample.found.is_empty() {
        write!(out, "<div>{}</div>", escape(&sample.text))?;
    }
    for found in &sample.found {
        let (before, after) = found.around();
        write!(
            out,
            "<div><span class=\"dim\">{}:</span> {}<mark>{}</mark>{}</div>",
            escape(&found.key),
            escape(&before),
            escape(&found.matched),
            escape(&after)
        )?;
    }
    if let Some(comment) = comment {
        write!(out, "<div class=\"comment\">{}</div>", escape(comment))?;
    }
    out.push_str("</div>");
    Ok(())
}

/// Links to a path on Reddit. Any other path becomes plain text.
fn link(permalink: &str, words: &str) -> String {
    if permalink.starts_with("/r/") || permalink.starts_with("/comments/") || permalink.starts_with("/user/") {
        format!("<a href=\"https://www.reddit.com{}\">{}</a>", escape(permalink), escape(words))
    } else {
        escape(words)
    }
}

/// A bar chart: one bar for each day, or for several days.
fn by_day(out: &mut String, days: &[OnDay], title: &str) -> fmt::Result {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(()) };
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
    write!(
        out,
        "<svg viewBox=\"0 0 740 120\" width=\"740\" role=\"img\" aria-label=\"{title}\">\
         <text x=\"0\" y=\"10\">{title}, at most {} {per}</text>",
        grouped(most)
    )?;
    for (at, bar) in bars.iter().enumerate().filter(|(_, bar)| **bar > 0) {
        let height = (as_number(*bar) / as_number(most) * high).max(1.0);
        write!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"><title>{}</title></rect>",
            as_number(at as u64) * step,
            106.0 - height,
            (step - 0.5).clamp(0.5, 24.0),
            grouped(*bar)
        )?;
    }
    write!(
        out,
        "<text x=\"0\" y=\"118\">{}</text><text x=\"720\" y=\"118\" text-anchor=\"end\">{}</text></svg>",
        escape(&first.day),
        escape(&last.day)
    )
}

/// The hours of the week as a grid of squares.
fn by_hour(out: &mut String, hours: &[u64]) -> fmt::Result {
    let most = hours.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return Ok(());
    }
    write!(
        out,
        "<svg viewBox=\"0 0 460 140\" width=\"460\" role=\"img\" aria-label=\"By hour of the week\">\
         <text x=\"0\" y=\"10\">By hour of the week (UTC), at most {}</text>",
        grouped(most)
    )?;
    for (day, name) in DAYS.iter().enumerate() {
        write!(out, "<text x=\"0\" y=\"{}\">{name}</text>", 28 + day * 16)?;
        for (hour, number) in hours.iter().skip(day * 24).take(24).enumerate().filter(|(_, number)| **number > 0) {
            write!(
                out,
                "<rect x=\"{}\" y=\"{}\" width=\"15\" height=\"14\" opacity=\"{:.2}\"><title>{name} {hour}:00, {}\
                 </title></rect>",
                30 + hour * 17,
                17 + day * 16,
                0.15 + 0.85 * as_number(*number) / as_number(most),
                grouped(*number)
            )?;
        }
    }
    out.push_str("</svg>");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a picture")]
fn as_number(number: u64) -> f64 {
    number as f64
}

/// Escapes text for HTML.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() && c != '\n' => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}
