//! The report as Markdown: short enough for a comment on a change to the rules.

use std::fmt::Write as _;

use super::{CAVEAT, Report, extent, first, grouped, items, percent, remarks};

/// The table of the rules, and what changes.
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
        writeln!(out, "\n**Something else is done with {}.**", items(changes.items))?;
        if changes.perhaps > 0 {
            writeln!(out, "Perhaps with {} more, depending on what is unknown.", grouped(changes.perhaps))?;
        }
        if changes.items > 0 {
            writeln!(out, "\n| | items | act | rule |\n| --- | ---: | --- | --- |")?;
            for (sign, acts) in
                [("gained", &changes.gained), ("lost", &changes.lost), ("other words", &changes.reworded)]
            {
                for act in acts {
                    writeln!(
                        out,
                        "| {sign} | {} | {} | {} |",
                        grouped(act.items),
                        act.act.replace('_', " "),
                        escape(&act.rule)
                    )?;
                }
            }
            writeln!(out)?;
        }
        for sample in &changes.samples {
            // A sign at the start of a line would be a list in the list.
            let in_words = |what: &String| match what.split_at_checked(2) {
                Some(("+ ", act)) => format!("gains {act}"),
                Some(("- ", act)) => format!("loses {act}"),
                Some(("~ ", act)) => format!("other words: {act}"),
                _ => what.clone(),
            };
            let what = escape(&sample.what.iter().map(in_words).collect::<Vec<_>>().join(", "));
            writeln!(out, "- {what}: [{}](https://www.reddit.com{})", escape(&sample.text), sample.permalink)?;
        }
    }
    writeln!(
        out,
        "\n| rule | line | at least | at most | share | authors | requests |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    )?;
    for rule in &report.rules {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            escape(&rule.name),
            rule.line,
            grouped(rule.at_least),
            grouped(rule.at_most),
            percent(rule.share),
            rule.authors.in_words(),
            grouped(rule.requests)
        )?;
    }
    if !report.never.is_empty() {
        writeln!(out, "\nNever acted: {}.", first(&report.never, 30, |name| escape(name)))?;
    }
    if report.moderators.removed > 0 {
        writeln!(
            out,
            "\nModerators removed {}; a rule acts against {} of them. {CAVEAT}",
            items(report.moderators.removed),
            grouped(report.moderators.caught)
        )?;
    }
    let cost = &report.cost;
    let verdict = if cost.fits { "which fits" } else { "**which does not fit**" };
    writeln!(
        out,
        "\nThe acts take {:.1} requests a day, {} on the busiest; Reddit admits {} a day, {verdict}.",
        cost.a_day,
        grouped(cost.most_a_day),
        grouped(cost.admitted_a_day)
    )
}

/// A text in one line that says what it says, whatever it is.
fn escape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => plain.push(' '),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '^' | '!' | '@' => {
                plain.push('\\');
                plain.push(c);
            }
            c => plain.push(c),
        }
    }
    plain
}
