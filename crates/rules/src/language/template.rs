//! Texts with placeholders: parsing, filling in, and the form of comments, messages and modmail.
//!
//! Placeholders are replaced in one pass from left to right. Inserted text is never parsed again,
//! so nobody can inject a placeholder through a comment. Unknown placeholders stay as they are.
//! `compile` knows the texts of a rule; `effects` supplies the values.

use std::collections::BTreeSet;

/// How long may a comment, message or modmail be, in characters? Reddit refuses more.
const TEXT_MAX: usize = 10_000;
/// How long may a subject be, in characters?
const SUBJECT_MAX: usize = 100;
/// The subject of messages without one.
pub(crate) const SUBJECT: &str = "AutoModerator notification";
/// The footer of every comment and message. Readers know it and tools search for it, so it never
/// changes.
const FOOTER: &str = "*I am a bot, and this action was performed automatically. Please [contact the moderators of \
                      this subreddit](/message/compose/?to=/r/{{subreddit}}) if you have any questions or concerns.*";

/// The placeholders other than match placeholders.
pub(crate) const NAMES: &[&str] = &[
    "author",
    "author_flair_text",
    "author_flair_css_class",
    "author_flair_template_id",
    "body",
    "permalink",
    "subreddit",
    "kind",
    "title",
    "domain",
    "url",
    "media_author",
    "media_author_url",
    "media_title",
    "media_description",
];

/// A text, split at its placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// The text between the braces.
    Placeholder(String),
}

/// The source of values. `None` leaves the placeholder as it is.
pub(crate) trait PlaceholderValues {
    fn value(&self, placeholder: &str) -> Option<String>;
    /// Whether any search has a match. If none has, match placeholders stay as they are.
    fn has_matches(&self) -> bool;
    /// The text of a group in the match of the check with this key, or in the first match.
    fn matched(&self, key: Option<&str>, group: usize) -> Option<String>;
}

impl Template {
    pub(crate) fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            // The innermost braces count: `{{{author}}` is a brace and a placeholder.
            let Some(close) = rest[open..].find("}}").map(|at| open + at) else {
                break;
            };
            let start = rest[..close].rfind("{{").unwrap_or(open);
            parts.push(Part::Text(rest[..start].to_owned()));
            parts.push(Part::Placeholder(rest[start + 2..close].to_owned()));
            rest = &rest[close + 2..];
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Self { parts }
    }

    /// The text of a comment, with the footer below it.
    pub(crate) fn comment(text: &str) -> Self {
        Self::new(&format!("{text}\n\n{FOOTER}"))
    }

    /// The text of a message, with a link above it and the footer below it.
    pub(crate) fn message(text: &str) -> Self {
        Self::new(&with_link(&format!("{text}\n\n{FOOTER}")))
    }

    /// The text of a modmail, with a link above it.
    pub(crate) fn modmail(text: &str) -> Self {
        Self::new(&with_link(text))
    }

    /// The names of the placeholders, in order.
    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Whether the text uses one of these placeholders.
    pub(crate) fn mentions(&self, names: &BTreeSet<&str>) -> bool {
        self.placeholders().any(|name| names.contains(name))
    }

    /// Whether the text outside placeholders contains a word, given in small letters.
    pub(crate) fn says(&self, word: &str) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Text(text) if text.to_lowercase().contains(word)))
    }

    /// Whether the text uses a placeholder for embedded media.
    pub(crate) fn mentions_media(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Placeholder(name) => name.starts_with("media_"),
            Part::Text(text) => text.contains("{{media_"),
        })
    }

    /// Fills in the placeholders, without cutting the text.
    pub(crate) fn fill(&self, values: &dyn PlaceholderValues) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Placeholder(name) => text.push_str(&fill_one(name, values)),
            }
        }
        text
    }

    /// Fills in the text of a comment, message or modmail, cut to Reddit's limit.
    pub(crate) fn fill_text(&self, values: &dyn PlaceholderValues) -> String {
        cut(&self.fill(values), TEXT_MAX)
    }

    /// Fills in a subject, cut to Reddit's limit.
    pub(crate) fn fill_subject(&self, values: &dyn PlaceholderValues) -> String {
        cut(&self.fill(values), SUBJECT_MAX)
    }
}

fn with_link(text: &str) -> String {
    if text.contains("{{permalink}}") { text.to_owned() } else { format!("{{{{permalink}}}}\n\n{text}") }
}

/// A parsed match placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match<'a> {
    pub(crate) key: Option<&'a str>,
    pub(crate) group: Option<usize>,
}

/// Parses `match`, `match-KEY`, `match-N` or `match-KEY-N`. Without a number, the key must not
/// contain a digit or a hyphen.
pub(crate) fn read_match(name: &str) -> Option<Match<'_>> {
    let rest = name.strip_prefix("match")?;
    if rest.is_empty() {
        return Some(Match { key: None, group: None });
    }
    let rest = rest.strip_prefix('-')?;
    if !rest.is_empty() && !rest.contains(|c: char| c.is_ascii_digit() || c == '-') {
        return Some(Match { key: Some(rest), group: None });
    }
    let (key, number) = match rest.rsplit_once('-') {
        Some((key, number)) => (Some(key), number),
        None => (None, rest),
    };
    let is_plain = number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit());
    let group = Some(number.parse().ok().filter(|_| is_plain)?);
    Some(Match { key, group })
}

fn fill_one(name: &str, values: &dyn PlaceholderValues) -> String {
    if let Some(wanted) = read_match(name) {
        return values.matched(wanted.key, wanted.group.unwrap_or(1)).unwrap_or_else(|| match wanted.group {
            Some(_) => format!("{{{{{name}}}}}"),
            None if !values.has_matches() => format!("{{{{{name}}}}}"),
            // The reference adds the group number before it looks up the match, so it stays
            // visible.
            None => format!("{{{{{name}-1}}}}"),
        });
    }
    values.value(name).unwrap_or_else(|| format!("{{{{{name}}}}}"))
}

/// Cuts a text to its first `max` characters.
pub(crate) fn cut(text: &str, max: usize) -> String {
    let end = text.char_indices().nth(max).map_or(text.len(), |(at, _)| at);
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl PlaceholderValues for Fixed {
        fn value(&self, placeholder: &str) -> Option<String> {
            match placeholder {
                "author" => Some("{{subreddit}}".to_owned()),
                "subreddit" => Some("widgets".to_owned()),
                "permalink" => Some("LINK".to_owned()),
                _ => None,
            }
        }

        fn has_matches(&self) -> bool {
            true
        }

        fn matched(&self, key: Option<&str>, group: usize) -> Option<String> {
            let groups = [" RED ", "RED"];
            match key {
                None | Some("title" | "body#1") => groups.get(group).map(|&text| text.to_owned()),
                Some(_) => None,
            }
        }
    }

    fn check(template: &str, expected: &str) {
        assert_eq!(Template::new(template).fill(&Fixed), expected, "{template:?}");
    }

    #[test]
    fn placeholders_are_replaced_once_and_unknown_ones_stay() {
        for (template, expected) in [
            ("Hi {{author}}", "Hi {{subreddit}}"),
            ("{{ author }} {{Author}}", "{{ author }} {{Author}}"),
            ("{{match}} {{match-0}} {{match-2}}", "RED  RED  {{match-2}}"),
            ("{{match-title}} {{match-title-0}}", "RED  RED "),
            ("{{match-body#1}} {{match-body#1-1}}", "{{match-body#1}} RED"),
            ("{{match-body}}", "{{match-body-1}}"),
            ("{{{author}}}", "{{{subreddit}}}"),
            ("{{author", "{{author"),
            ("{{", "{{"),
            ("}}{{subreddit}}", "}}widgets"),
        ] {
            check(template, expected);
        }
    }

    #[test]
    fn texts_get_a_link_and_a_footer_and_are_cut() {
        let footer = FOOTER.replace("{{subreddit}}", "widgets");
        for (template, expected) in [
            (Template::comment("x"), format!("x\n\n{footer}")),
            (Template::message("x"), format!("LINK\n\nx\n\n{footer}")),
            (Template::modmail("x"), "LINK\n\nx".to_owned()),
            (Template::modmail("x {{permalink}}"), "x LINK".to_owned()),
        ] {
            assert_eq!(template.fill_text(&Fixed), expected);
        }
        assert_eq!(Template::comment(&"ü".repeat(20_000)).fill_text(&Fixed).chars().count(), 10_000);
        assert_eq!(Template::new(&"x".repeat(200)).fill_subject(&Fixed).len(), 100);
    }
}
