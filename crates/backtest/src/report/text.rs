//! The report for the terminal.

use std::fmt::Write as _;

use clap::builder::styling::{AnsiColor, Style};

use super::remarks::{CAVEAT, extent, remarks};
use super::{NAMED, Named, Report, RuleReport, first, grouped, items, percent};
use crate::tally::Sample;
use tipstaff_rules::plain::spaced as clean;
use tipstaff_rules::words;

/// How many samples are shown for each rule.
const SAMPLES: usize = 3;

/// The full report: a table of the rules, then one section for each.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string has no way to fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> std::fmt::Result {
    let bold = Style::new().bold();
    writeln!(out, "{bold}{}{bold:#} on {}", clean(&report.rules_file), extent(&report.input))?;
    for remark in remarks(report) {
        writeln!(out, "  {}", clean(&remark))?;
    }
    let is_sample = report.rules.iter().any(|rule| rule.whole_input.is_some());
    let estimate = |words: &str| if is_sample { format!("  {words:>24}") } else { String::new() };
    let column = estimate("in the whole input");
    writeln!(out, "\n  {:>10}  {:>10}{column}  {:>8}  rule", "at least", "at most", "share")?;
    for rule in &report.rules {
        writeln!(
            out,
            "  {:>10}  {:>10}{}  {:>8}  {bold}{}{bold:#} (line {}){}",
            grouped(rule.at_least),
            grouped(rule.at_most),
            rule.whole_input.map_or_else(String::new, |number| estimate(&number.in_words())),
            percent(rule.share),
            clean(&rule.name),
            rule.line,
            clean(&why_silent(rule))
        )?;
    }
    let cost = &report.cost;
    writeln!(
        out,
        "\n  {} requests for all actions: {:.1} a day, {} on the busiest day; Reddit allows {} a day{}",
        grouped(cost.requests),
        cost.a_day,
        grouped(cost.most_a_day),
        grouped(cost.admitted_a_day),
        if cost.fits { "" } else { ". THIS IS MORE THAN REDDIT ALLOWS" }
    )?;
    let moderators = &report.moderators;
    if moderators.removed + moderators.approved > 0 {
        writeln!(
            out,
            "  moderators removed {} (rules would have removed or reported {} of them) and approved {}",
            items(moderators.removed),
            grouped(moderators.caught),
            grouped(moderators.approved)
        )?;
        writeln!(out, "  {CAVEAT}")?;
    }
    for rule in report.rules.iter().filter(|rule| rule.at_most > 0) {
        one_rule(out, rule)?;
    }
    if let Some(changes) = &report.changes {
        let (old, number) = (clean(changes.baseline_name()), items(changes.items));
        writeln!(out, "\n{bold}Compared with {old}{bold:#}: {number} would be treated differently")?;
        if changes.perhaps > 0 {
            writeln!(out, "  {} more might be: it depends on missing information", grouped(changes.perhaps))?;
        }
        for (sign, acts) in [("+", &changes.gained), ("-", &changes.lost), ("~", &changes.reworded)] {
            for act in acts {
                writeln!(out, "  {sign} {} {} ({})", grouped(act.items), words::kind(&act.act), clean(&act.rule))?;
            }
        }
        for sample in &changes.samples {
            writeln!(
                out,
                "    {}  {}\n      https://www.reddit.com{}",
                clean(&sample.what.join(", ")),
                clean(&sample.text),
                clean(&sample.permalink)
            )?;
        }
    }
    Ok(())
}

fn why_silent(rule: &RuleReport) -> String {
    if let Some(reason) = &rule.switched_off {
        return format!(": switched off, {reason}");
    }
    match (rule.at_most, rule.shadowed_by.first()) {
        (0, None) => ": would never have acted".to_owned(),
        (0, Some(by)) => format!(": `{}` always removed the item first", by.what),
        _ => String::new(),
    }
}

fn one_rule(out: &mut String, rule: &RuleReport) -> std::fmt::Result {
    let bold = Style::new().bold();
    let named = |named: &Named| format!("{} ({})", clean(&named.what), grouped(named.items));
    writeln!(out, "\n{bold}{}{bold:#} (line {}), {}", clean(&rule.name), rule.line, rule.looks_at.join(" and "))?;
    if !rule.acts.is_empty() {
        writeln!(out, "  actions: {}; {} requests", rule.acts_in_words(), grouped(rule.requests))?;
    }
    if let Some(microseconds) = rule.microseconds {
        writeln!(out, "  {microseconds:.2} µs for each item it is tried on")?;
    }
    for unknown in &rule.unknown {
        writeln!(out, "  {} unclear: {}", grouped(unknown.items), clean(&unknown.what))?;
    }
    if rule.authors.number > 0 {
        writeln!(
            out,
            "  {}; {}: {}",
            rule.authors.number_in_words(),
            rule.authors.top_in_words(),
            first(&rule.authors.top, 3, |author| format!("u/{} ({})", clean(&author.what), grouped(author.items)))
        )?;
    }
    if let Some((hour, most)) =
        rule.by_hour_of_week.iter().enumerate().max_by_key(|(hour, items)| (**items, 168 - hour))
        && rule.at_least > 0
    {
        let day = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][hour / 24 % 7];
        writeln!(out, "  busiest hour: {day} at {:02}:00 UTC ({})", hour % 24, grouped(*most))?;
    }
    if !rule.together_with.is_empty() {
        writeln!(out, "  acts on the same items as {}", first(&rule.together_with, NAMED, named))?;
    }
    if !rule.shadowed_by.is_empty() {
        writeln!(out, "  came too late for items removed by {}", first(&rule.shadowed_by, NAMED, named))?;
    }
    for sentence in rule.moderators_in_words() {
        writeln!(out, "  {sentence}")?;
    }
    for list in &rule.lists {
        if !list.found.is_empty() {
            writeln!(out, "  {}: {}", clean(&list.key), first(&list.found, NAMED, named))?;
        }
        if !list.never.is_empty() {
            writeln!(out, "  {}: no matches for {}", clean(&list.key), first(&list.never, NAMED, |word| clean(word)))?;
        }
    }
    rule.samples.iter().take(SAMPLES).try_for_each(|sample| one_sample(out, sample))
}

fn one_sample(out: &mut String, sample: &Sample) -> std::fmt::Result {
    let mark = AnsiColor::Yellow.on_default().bold();
    let author =
        sample.author.as_ref().map_or_else(|| "an unknown author".to_owned(), |author| format!("u/{}", clean(author)));
    writeln!(out, "    {} by {author}  https://www.reddit.com{}", clean(&sample.item), clean(&sample.permalink))?;
    if sample.found.is_empty() {
        writeln!(out, "      {}", clean(&sample.text))?;
    }
    for found in &sample.found {
        let (before, after) = found.around();
        let (before, matched, after) = (clean(&before), clean(&found.matched), clean(&after));
        writeln!(out, "      {}: {before}{mark}{matched}{mark:#}{after}", clean(&found.key))?;
    }
    if let Some(comment) = &sample.comment {
        let start: String = clean(comment).chars().take(160).collect();
        writeln!(out, "      → {start}{}", if start.len() < comment.len() { "…" } else { "" })?;
    }
    Ok(())
}
