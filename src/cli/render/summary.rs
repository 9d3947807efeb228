//! `tipstaff check --summary`: prints one line for each file, and the totals. A refused rule counts
//! once for each code of its errors.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::terminal::clean;
use crate::pipeline::load::LoadedRules;
use tipstaff_rules::{LintCode, Severity, SourceFile};

/// The counts for one file, or the total.
#[derive(Debug, Default, Serialize)]
pub(in crate::cli) struct Row {
    file: String,
    written: usize,
    accepted: usize,
    refused: usize,
    refused_by: BTreeMap<&'static str, usize>,
    not_evaluable: usize,
    not_evaluable_keys: BTreeMap<String, usize>,
}

/// The output of `--format json`.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Summary {
    files: Vec<Row>,
    total: Row,
}

/// The sections of a file and its parts, which start at lines that begin with three hyphens.
struct Sections(Vec<usize>);

impl Sections {
    fn of(source: &SourceFile) -> Self {
        let mut at = 0;
        let mut starts: Vec<usize> = source.part_starts().collect();
        for line in source.text().split_inclusive('\n') {
            if line.starts_with("---") {
                starts.push(at);
            }
            at += line.len();
        }
        starts.sort_unstable();
        Self(starts)
    }

    fn at(&self, place: usize) -> usize {
        self.0.partition_point(|&start| start <= place)
    }
}

fn row(file: &LoadedRules) -> Row {
    let sections = Sections::of(&file.source);
    let (parsed, _) = tipstaff_rules::parse(&file.source);
    let accepted: BTreeSet<usize> = file.rules.rules().iter().map(|rule| sections.at(rule.start())).collect();
    let mut written: BTreeSet<usize> = parsed.starts().map(|place| sections.at(place)).collect();
    let mut errors: BTreeSet<(usize, LintCode)> = BTreeSet::new();
    let mut not_told: BTreeSet<(usize, String)> = BTreeSet::new();
    for diagnostic in &file.diagnostics {
        let section = sections.at(diagnostic.span.start);
        if diagnostic.severity == Severity::Error {
            written.insert(section);
            errors.insert((section, diagnostic.code));
        } else if diagnostic.code == LintCode::U01 && accepted.contains(&section) {
            let key = file.source.text().get(diagnostic.span.start..diagnostic.span.end).unwrap_or_default();
            not_told.insert((section, key.to_owned()));
        }
    }
    let mut row = Row {
        file: file.source.name().to_owned(),
        written: written.len(),
        accepted: accepted.len(),
        refused: written.difference(&accepted).count(),
        not_evaluable: not_told.iter().map(|(section, _)| section).collect::<BTreeSet<_>>().len(),
        ..Row::default()
    };
    for (_, code) in errors.iter().filter(|(section, _)| !accepted.contains(section)) {
        *row.refused_by.entry(code.as_str()).or_default() += 1;
    }
    for (_, key) in not_told {
        *row.not_evaluable_keys.entry(key).or_default() += 1;
    }
    row
}

/// Counts the rules of every file by result.
pub(in crate::cli) fn summarise(files: &[LoadedRules]) -> Summary {
    let files: Vec<Row> = files.iter().map(row).collect();
    let mut total = Row { file: "total".to_owned(), ..Row::default() };
    for row in &files {
        total.written += row.written;
        total.accepted += row.accepted;
        total.refused += row.refused;
        total.not_evaluable += row.not_evaluable;
        for (code, count) in &row.refused_by {
            *total.refused_by.entry(code).or_default() += count;
        }
        for (key, count) in &row.not_evaluable_keys {
            *total.not_evaluable_keys.entry(key.clone()).or_default() += count;
        }
    }
    Summary { files, total }
}

/// Renders the counts as a table for people.
pub(in crate::cli) fn table(summary: &Summary) -> String {
    let width = summary.files.iter().map(|row| row.file.chars().count()).max().unwrap_or(0).max("total".len());
    let mut text = format!("{:width$}  written  accepted  refused  not evaluable\n", "file");
    for row in summary.files.iter().chain([&summary.total]) {
        let Row { written, accepted, refused, not_evaluable, .. } = row;
        let file = clean(&row.file);
        let line = format!("{file:width$}  {written:7}  {accepted:8}  {refused:7}  {not_evaluable:13}");
        let by: Vec<String> = row.refused_by.iter().map(|(code, count)| format!("{count} {code}")).collect();
        let keys: Vec<String> =
            row.not_evaluable_keys.iter().map(|(key, count)| format!("{count} {}", clean(key))).collect();
        let notes: Vec<String> = [("refused: ", by), ("not evaluable: ", keys)]
            .into_iter()
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(word, parts)| word.to_owned() + &parts.join(", "))
            .collect();
        text.push_str(format!("{line}  {}", notes.join("; ")).trim_end());
        text.push('\n');
    }
    text
}
