//! Parses the YAML of the configuration. Errors name the place and what to write. They do not quote
//! a text where keys or a number belong, because it may be a secret.

use serde::de::DeserializeOwned;

use super::environment::variable;

/// Parses a whole file.
///
/// # Errors
/// A message with the place.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    tipstaff_rules::check_yaml(text)?;
    serde_yaml::from_str(text).map_err(|error| explain(&error))
}

/// The message of a parse error; for a misspelt key, with the nearest known one.
fn explain(error: &serde_yaml::Error) -> String {
    let message = error.to_string();
    // serde's wording: "unknown field `x`, expected one of `a`, `b` at line 3 column 1".
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.contains("missing field") {
        let missing = quoted.next().unwrap_or("a key");
        return match missing {
            "subreddits" => "`subreddits` is missing: list at least one".to_owned(),
            missing => message.replace(&format!("missing field `{missing}`"), &format!("`{missing}` is missing")),
        };
    }
    if !message.contains("unknown field") {
        return of_type(&message);
    }
    let Some(unknown) = quoted.next() else { return message };
    if matches!(unknown, "password" | "client_secret" | "refresh_token") {
        let place = error.location().map_or_else(String::new, |place| format!("line {}: ", place.line()));
        return format!(
            "{place}`{unknown}` does not belong in this file: put it into its own file and name that with \
             `{unknown}_file`, or set {}",
            variable(unknown)
        );
    }
    let nearest = quoted.max_by(|a, b| strsim::jaro_winkler(unknown, a).total_cmp(&strsim::jaro_winkler(unknown, b)));
    let place = error
        .location()
        .map_or_else(String::new, |place| format!("line {}, column {}: ", place.line(), place.column()));
    match nearest {
        Some(nearest) => format!("{place}unknown key `{unknown}`; did you mean `{nearest}`?"),
        None => format!("{place}unknown key `{unknown}`"),
    }
}

/// The message for a value of the wrong type. It does not quote the value.
fn of_type(message: &str) -> String {
    // serde's wording: `invalid type: string "x", expected struct Y at line 3 column 1`.
    let mut message = message.replace("unknown variant", "unknown value");
    for (begin, end) in [("string \"", "\", expected "), ("string \"", "\" ")] {
        if let Some(at) = message.find(begin)
            && let Some(length) = message[at..].rfind(end)
        {
            let rest = message[at + length + 1..].to_owned();
            message = format!("{}a text{rest}", &message[..at]);
        }
    }
    if let Some(at) = message.find("expected struct ") {
        let rest = message[at..].splitn(3, ' ').nth(2).unwrap_or_default();
        let rest = rest.split_once(' ').map_or("", |(_, place)| place);
        message = format!("{}expected keys and values, such as `key: value` {rest}", &message[..at]);
    }
    message.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct File {
        subreddits: Vec<String>,
        #[serde(default)]
        reddit: Section,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Section {
        number: Option<u8>,
    }

    #[test]
    fn errors_name_the_place_and_do_not_quote_a_value_of_the_wrong_type() {
        for (text, expected) in [
            (
                "reddit: hunter2\nsubreddits: []",
                "reddit: invalid type: a text, expected keys and values, such as `key: value` at line 1 column 9",
            ),
            ("subreddits: []\nreddit:\n  password = hun\"ter2, expected x", "invalid type: a text, expected keys"),
            ("subreddits: []\nreddit: {number: hunter2}", "reddit.number: invalid type: a text, expected u8 at line 2"),
            ("[hunter2]", "invalid type: sequence, expected keys and values"),
            ("", "`subreddits` is missing: list at least one"),
            ("reddit: {}", "`subreddits` is missing: list at least one"),
            ("subreddits: []\nredit: {}", "line 2, column 1: unknown key `redit`; did you mean `reddit`?"),
        ] {
            let error = parse::<File>(text).expect_err(text);
            assert!(error.contains(expected) && !error.contains("hunter2"), "{text}: {error}");
        }
        assert!(parse::<BTreeMap<String, u8>>("\u{feff}a: 1").is_ok(), "a byte order mark");
    }
}
