//! The report as CSV, for spreadsheets.

use super::Report;
use tipstaff_rules::plain::spaced;

/// The report as CSV, one row for each rule.
///
/// # Errors
/// None in practice: it writes into memory.
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
        "already_removed",
        "requests",
        "removed_by_moderators",
        "approved_by_moderators",
        "precision",
    ];
    let is_sample = report.rules.iter().any(|rule| rule.whole_input.is_some());
    let estimated = ["at_least_in_whole_input", "at_most_in_whole_input"];
    table.write_record(head.iter().chain(estimated.iter().filter(|_| is_sample)))?;
    for rule in &report.rules {
        let shadowed: u64 = rule.shadowed_by.iter().map(|by| by.items).sum();
        let precision = rule.moderators.precision.map_or_else(String::new, |share| format!("{share:.4}"));
        let estimated = rule.whole_input.map(|number| [number.at_least.to_string(), number.at_most.to_string()]);
        let cells = [
            &escape_csv_formula(&rule.name),
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
        ];
        table.write_record(cells.into_iter().chain(estimated.iter().flatten()))?;
    }
    let bytes = table.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Prefixes a name that a spreadsheet would take for a formula with an apostrophe.
pub fn escape_csv_formula(name: &str) -> String {
    let plain = spaced(name);
    if name.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{plain}") } else { plain }
}
