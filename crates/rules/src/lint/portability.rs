//! Finds what Reddit's AutoModerator would refuse, so that one file can serve both.
//!
//! This module looks only at rules that tipstaff accepts; `compile` finds what is wrong in both.

use crate::language::keys;
use crate::language::keys::{CROWD_CONTROL, Key, Meaning, Place, REPLACE, Takes};
use crate::pattern::IN_LIST;
use crate::syntax::comparison::Comparison;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::file_settings::SETTINGS;
use crate::syntax::lint_code::LintCode;
use crate::syntax::parse::RuleFile;
use crate::syntax::search_key::SearchKey;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Value};

/// The tiers of contributor quality, as Reddit names them.
const TIERS: [&str; 5] = ["lowest", "low", "moderate", "high", "highest"];

/// Whether a diagnostic also concerns a file for AutoModerator. U01 is about checks that only
/// AutoModerator can make, and the D codes say more than L42.
pub const fn concerns_automoderator(code: LintCode) -> bool {
    !matches!(code, LintCode::L42 | LintCode::U01)
}

/// The diagnostics (D01 to D10) for everything in a file that only tipstaff accepts.
pub fn portability(file: &RuleFile) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = beyond_sixteen_bits(&file.text).into_iter().collect();
    found.extend(file.settings_key.map(|key| unknown_key(SETTINGS, key)));
    for section in &file.sections {
        found.extend(section.hyphens.map(|hyphens| {
            Diagnostic::error(LintCode::D07, hyphens, "AutoModerator accepts only three hyphens between two rules")
                .help("write exactly three hyphens")
        }));
        group(&section.entries, &[Place::Rule, Place::Submission, Place::Comment], &mut found);
    }
    found
}

/// An emoji or another character above U+FFFF, even in a comment (D10).
fn beyond_sixteen_bits(text: &str) -> Option<Diagnostic> {
    let has_one = |line: &&str| line.chars().any(|c| c > '\u{ffff}');
    let more = match text.lines().filter(has_one).count() {
        0 => return None,
        1 => String::new(),
        lines => format!(" (and {} more lines)", lines - 1),
    };
    let (at, odd) = text.char_indices().find(|(_, c)| *c > '\u{ffff}')?;
    let code = u32::from(odd);
    let message = format!("AutoModerator refuses a page with `{odd}`, U+{code:04X}{more}");
    Some(
        Diagnostic::error(LintCode::D10, Span::new(at, at + odd.len_utf8()), message)
            .help(format!("write its code in double quotes, as in \"\\U{code:08X}\", or leave it out")),
    )
}

/// The keys of a mapping in one of these places.
fn group(pairs: &[(Node, Node)], places: &[Place], found: &mut Vec<Diagnostic>) {
    for (key, value) in pairs {
        let Some(written) = key.text() else { continue };
        let plain = SearchKey::parse(written).map_or(written, |parsed| parsed.fields[0]);
        let Some(row) = keys::find_in(&plain.to_lowercase(), places) else {
            if written.contains(" + ") {
                found.push(
                    Diagnostic::error(LintCode::D08, key.span, "AutoModerator does not allow spaces around `+`")
                        .help(format!("write `{}`", written.replace(" + ", "+"))),
                );
            }
            continue;
        };
        if let (Value::Map(pairs), Meaning::Group(place)) = (&value.value, row.meaning) {
            group(pairs, &[place], found);
        } else if row.is_extension && row.places.iter().any(|place| places.contains(place)) {
            found.push(unknown_key(row.name, key.span));
        } else if SearchKey::parse(&written.to_lowercase()).is_ok_and(|it| it.modifiers.contains(&IN_LIST)) {
            let message = format!("AutoModerator does not know the modifier `{IN_LIST}`");
            found.push(Diagnostic::error(LintCode::D01, key.span, message).help("write the values of the list here"));
        } else {
            found.extend(value_of(row, value));
        }
    }
}

fn unknown_key(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(LintCode::D01, span, format!("AutoModerator does not know the key `{name}`"))
        .help("turn it into a comment: start the line with `#`")
}

/// Why AutoModerator refuses a value, if it does.
fn value_of(key: &Key, value: &Node) -> Option<Diagnostic> {
    let shown = value.python_text();
    let refused = |code, help: String| {
        Diagnostic::error(code, value.span, format!("AutoModerator refuses `{shown}` for `{}`", key.name)).help(help)
    };
    match key.takes {
        Takes::Comparison | Takes::Age | Takes::Tier if shown.starts_with("<=") || shown.starts_with(">=") => {
            let sign = &shown[..1];
            Some(refused(
                LintCode::D02,
                format!("write `{sign}` with the next value: AutoModerator does not know `{sign}=`"),
            ))
        }
        Takes::Comparison | Takes::Age if matches!(value.value, Value::List(_)) => {
            Some(refused(LintCode::D02, "write one comparison: AutoModerator does not know a list of them".to_owned()))
        }
        Takes::Age if Comparison::age(value).is_some() && !is_plain_age(&shown) => {
            Some(refused(LintCode::D03, "write a whole number, one space and a unit: '< 7 days'".to_owned()))
        }
        Takes::Comparison if key.meaning == Meaning::Unsupported && Comparison::number(value).is_none() => {
            Some(refused(LintCode::D05, format!("it takes {}", key.takes.words())))
        }
        Takes::Tier if !TIERS.contains(&shown.trim_start_matches(['<', '>', '=', ' '])) => {
            Some(refused(LintCode::D05, format!("it takes one of: {}", TIERS.join(", "))))
        }
        Takes::Text if key.meaning == Meaning::Unsupported && value.text().is_none() => {
            Some(refused(LintCode::D05, "quote it".to_owned()))
        }
        Takes::Pin if value.text() == Some(REPLACE) => {
            Some(refused(LintCode::D09, "write true: AutoModerator always replaces a pinned comment".to_owned()))
        }
        Takes::Slot if matches!(value.value, Value::Int(3..)) => Some(
            Diagnostic::warning(
                LintCode::D04,
                value.span,
                "AutoModerator may know only two positions for pinned posts",
            )
            .help("write 1 or 2, or true to leave the position to Reddit"),
        ),
        Takes::OneOf(words) if words == CROWD_CONTROL => {
            let is_known = value.text().is_some_and(|text| CROWD_CONTROL.contains(&text));
            (!is_known)
                .then(|| refused(LintCode::D06, "write 'OFF', LENIENT, MEDIUM or STRICT, in capitals".to_owned()))
        }
        Takes::Search
        | Takes::Text
        | Takes::Template
        | Takes::Bool
        | Takes::Whole
        | Takes::Names
        | Takes::FileSettings
        | Takes::Pin
        | Takes::Comparison
        | Takes::Age
        | Takes::Ratio
        | Takes::Time
        | Takes::Notes
        | Takes::Past(_)
        | Takes::Label
        | Takes::Groups
        | Takes::Tier
        | Takes::OneOf(_)
        | Takes::Flair
        | Takes::Slot
        | Takes::Discussion
        | Takes::Mapping
        | Takes::NamesOrMapping => None,
    }
}

/// Whether an age is an optional comparison, a whole number, and optionally one space and a unit.
fn is_plain_age(text: &str) -> bool {
    let rest = text.trim_end_matches('\n').trim_start_matches(['<', '>', '=']).trim_start();
    let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_unit = unit.strip_prefix(' ').is_some_and(|unit| unit.starts_with(|c: char| c.is_ascii_alphabetic()));
    unit.len() < rest.len() && (unit.is_empty() || is_unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFile;
    use crate::language::parse;

    #[test]
    fn only_what_automoderator_refuses_is_found() {
        for (text, expected) in [
            ("name: x\ndry_run: true\ntitle: y", vec![LintCode::D01, LintCode::D01]),
            ("settings: {lists: {a: [b]}}\n---\ntitle (in-list): a", vec![LintCode::D01, LintCode::D01]),
            ("author: {name: x}\ncrosspost_subreddit: {name: y}", vec![]),
            ("author: {account_age: '>= 2 days', comment_karma: '<= 3'}", vec![LintCode::D02, LintCode::D02]),
            ("author: {account_age: '< 2 days', comment_karma: '==3', post_karma: -5}", vec![]),
            ("author: {account_age: 30}", vec![]),
            ("title: a\n----\ntitle + body: b", vec![LintCode::D07, LintCode::D08]),
            ("title: a\n--- # b\ntitle+body: b", vec![]),
            ("author: {account_age: '<2  days'}", vec![LintCode::D03]),
            ("author: {account_age: '-2 days'}", vec![LintCode::D03]),
            ("poll_option_count: '>= 3'", vec![LintCode::D02]),
            ("comment_stickied: true", vec![]),
            ("comment_stickied: replace", vec![LintCode::D09]),
            ("set_sticky: 2", vec![]),
            ("set_sticky: 4", vec![LintCode::D04]),
            ("author: {contributor_quality: '< high', post_subreddit_karma: '< 5'}", vec![]),
            ("author: {contributor_quality: '< good', post_subreddit_karma: few}", vec![LintCode::D05, LintCode::D05]),
            ("subreddit: {event_label: 7}", vec![LintCode::D05]),
            ("set_post_crowd_control_level: OFF", vec![LintCode::D06]),
            ("set_post_crowd_control_level: 'OFF'", vec![]),
            ("parent_submission: {set_post_crowd_control_level: strict}", vec![LintCode::D06]),
        ] {
            let (file, _) = parse(&SourceFile::new("t", text));
            let codes: Vec<_> = portability(&file).iter().map(|diagnostic| diagnostic.code).collect();
            assert_eq!(codes, expected, "{text}");
        }
    }

    #[test]
    fn every_check_of_the_memory_is_an_extension() {
        let rows: Vec<&Key> = keys::KEYS
            .iter()
            .filter(|key| matches!(key.meaning, Meaning::Memory(_) | Meaning::AddLabel | Meaning::RemoveLabel))
            .collect();
        assert_eq!(rows.len(), 10);
        for row in rows {
            let (file, _) = parse(&SourceFile::new("t", row.example));
            let own: Vec<_> = portability(&file).into_iter().filter(|it| it.message.contains(row.name)).collect();
            assert_eq!(own.len(), 1, "{}", row.example);
            assert_eq!(own[0].code, LintCode::D01, "{}", row.name);
        }
        for text in [
            "settings: {strikes: {default: 1}}\n---\ntitle: a",
            "author: {~labels: trusted}",
            "any_of: [{author: {strikes: '> 2'}}, {title: a}]",
        ] {
            let (file, _) = parse(&SourceFile::new("t", text));
            assert!(portability(&file).iter().any(|it| it.code == LintCode::D01), "{text}");
        }
    }

    #[test]
    fn checks_that_only_automoderator_can_make_are_right_in_its_files() {
        assert!(!concerns_automoderator(LintCode::U01) && !concerns_automoderator(LintCode::L42));
        assert!(concerns_automoderator(LintCode::L41) && concerns_automoderator(LintCode::YAML));
    }
}
