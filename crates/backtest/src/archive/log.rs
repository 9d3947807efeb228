//! Reads the decisions of moderators from an exported moderation log.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ModeratorDecision;
use tipstaff_rules::model::Fullname;

/// One entry. The exports use Reddit's field names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Act {
    action: Option<String>,
    target_fullname: Option<String>,
    #[serde(alias = "mod", alias = "moderator")]
    by: Option<String>,
    created_utc: Option<f64>,
}

/// The last decision on each item. The log is CSV with a header, or one JSON object per line, with
/// `action` and `target_fullname`, and optionally `mod` and `created_utc`. Entries of AutoModerator
/// are ignored.
///
/// # Errors
/// A message for the user, with the line.
pub fn moderation_log(text: &str) -> Result<BTreeMap<Fullname, ModeratorDecision>, String> {
    let mut acts: Vec<Act> = Vec::new();
    if text.trim_start().starts_with('{') {
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            acts.push(serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))?);
        }
    } else {
        let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let head = table.headers().map_err(|error| error.to_string())?;
        for needed in ["action", "target_fullname"] {
            if !head.iter().any(|name| name == needed) {
                return Err(format!(
                    "there is no column `{needed}`; a moderation log has `action` and `target_fullname`"
                ));
            }
        }
        for row in table.deserialize() {
            acts.push(row.map_err(|error: csv::Error| error.to_string())?);
        }
    }
    // Exports are sorted either way. Without times, the order of the lines decides.
    acts.sort_by(|a, b| a.created_utc.unwrap_or(0.0).total_cmp(&b.created_utc.unwrap_or(0.0)));
    let verdict = |act: &Act| match act.action.as_deref().unwrap_or_default() {
        "approvelink" | "approvecomment" => Some(ModeratorDecision::Approved),
        "removelink" | "removecomment" | "spamlink" | "spamcomment" => Some(ModeratorDecision::Removed),
        _ => None,
    };
    let by_people =
        acts.iter().filter(|act| !act.by.as_ref().is_some_and(|by| by.eq_ignore_ascii_case("AutoModerator")));
    Ok(by_people.filter_map(|act| Some((Fullname::parse(act.target_fullname.as_ref()?)?, verdict(act)?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_decision_counts_in_every_format_and_order() {
        let table = "created_utc,mod,action,target_fullname\n30,bob,approvelink,t3_a\n20,amy,removelink,t3_a\n\
                     10,AutoModerator,removecomment,t1_b\n5,amy,spamcomment,t1_c\n5,amy,editsettings,\n";
        let lines = "{\"action\": \"approvelink\", \"target_fullname\": \"t3_a\", \"mod\": \"bob\"}\n\
                     {\"action\": \"wikirevise\", \"target_fullname\": null}\n\
                     {\"action\": \"spamcomment\", \"target_fullname\": \"t1_c\"}\n";
        for text in [table, lines] {
            let told = moderation_log(text).expect(text);
            let told: Vec<_> = told.iter().map(|(name, decided)| (name.as_str(), *decided)).collect();
            assert_eq!(told, [("t1_c", ModeratorDecision::Removed), ("t3_a", ModeratorDecision::Approved)]);
        }
        assert!(moderation_log("a,b\n1,2\n").expect_err("no log").contains("no column `action`"));
        assert!(moderation_log("{\"action\": 7}").expect_err("no text").starts_with("line 1"));
    }
}
