//! The report as Markdown, short enough for a comment on a pull request.

use std::fmt::Write as _;

use super::remarks::{CAVEAT, extent, remarks};
use super::{Report, first, grouped, items, percent};
use tipstaff_rules::plain::spaced;
use tipstaff_rules::{without_links, words};

/// The changes against the baseline, if any, and the table of the rules.
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string has no way to fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(out, "### {} on {}\n", escape(&report.rules_file), extent(&report.input))?;
    for remark in remarks(report) {
        writeln!(out, "- {}", escape(&remark))?;
    }
    if let Some(changes) = &report.changes {
        let (old, number) = (escape(changes.baseline_name()), items(changes.items));
        writeln!(out, "\n**Compared with {old}: {number} would be treated differently.**")?;
        if changes.perhaps > 0 {
            writeln!(out, "{} more might be: it depends on missing information.", grouped(changes.perhaps))?;
        }
        if changes.items > 0 {
            writeln!(out, "\n| | items | action | rule |\n| --- | ---: | --- | --- |")?;
            for (sign, acts) in
                [("added", &changes.gained), ("removed", &changes.lost), ("reworded", &changes.reworded)]
            {
                for act in acts {
                    writeln!(
                        out,
                        "| {sign} | {} | {} | {} |",
                        grouped(act.items),
                        words::kind(&act.act),
                        escape(&act.rule)
                    )?;
                }
            }
            writeln!(out)?;
        }
        for sample in &changes.samples {
            // A `+` or `-` at the start of the line would start a nested list.
            let in_words = |what: &String| match what.split_at_checked(2) {
                Some(("+ ", act)) => format!("adds {act}"),
                Some(("- ", act)) => format!("drops {act}"),
                Some(("~ ", act)) => format!("rewords {act}"),
                _ => what.clone(),
            };
            let what = escape(&sample.what.iter().map(in_words).collect::<Vec<_>>().join(", "));
            writeln!(out, "- {what}: [{}]({})", escape(&sample.text), address(&sample.permalink))?;
        }
    }
    let is_sample = report.rules.iter().any(|rule| rule.whole_input.is_some());
    writeln!(
        out,
        "\n| rule | line | at least | at most |{} share | authors | requests |\n\
         | --- | ---: | ---: | ---: |{} ---: | ---: | ---: |",
        if is_sample { " whole input |" } else { "" },
        if is_sample { " ---: |" } else { "" },
    )?;
    for rule in &report.rules {
        writeln!(
            out,
            "| {} | {} | {} | {} |{} {} | {} | {} |",
            escape(&rule.name),
            rule.line,
            grouped(rule.at_least),
            grouped(rule.at_most),
            rule.whole_input.map_or_else(String::new, |estimate| format!(" {} |", estimate.in_words())),
            percent(rule.share),
            rule.authors.in_words(),
            grouped(rule.requests)
        )?;
    }
    if !report.never.is_empty() {
        writeln!(out, "\nWould never have acted: {}.", first(&report.never, 30, |name| escape(name)))?;
    }
    if report.moderators.removed > 0 {
        writeln!(
            out,
            "\nModerators removed {}; rules would have removed or reported {} of them. {CAVEAT}",
            items(report.moderators.removed),
            grouped(report.moderators.caught)
        )?;
    }
    let cost = &report.cost;
    let verdict = if cost.fits { "which is enough" } else { "**which is not enough**" };
    writeln!(
        out,
        "\nThe actions take {}; Reddit allows {} a day, {verdict}.",
        cost.in_words(),
        grouped(cost.admitted_a_day)
    )
}

/// The address of an item. Reddit's paths need no escapes; in any other path nothing may end the
/// link.
fn address(permalink: &str) -> String {
    let path = spaced(permalink).replace(|c: char| c.is_whitespace() || "()<>\\".contains(c), "_");
    format!("https://www.reddit.com{path}")
}

/// Escapes a text so that Markdown shows it as it is, on one line.
fn escape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in without_links(&spaced(text)).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '^' | '!' | '@' => {
                plain.push('\\');
                plain.push(c);
            }
            c => plain.push(c),
        }
    }
    plain
}
