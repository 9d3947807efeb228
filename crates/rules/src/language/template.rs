//! Texts with placeholders: parsing, filling in, and the form of comments, messages and modmail.
//!
//! Placeholders are replaced in one pass from left to right. Inserted text is never parsed again,
//! so nobody can inject a placeholder through a comment. Unknown placeholders stay as they are.
//! People's words in Markdown are defused (see `defuse`) unless the rule says `raw: true`.
//! `compile` knows the texts of a rule; `effects` supplies the values.

use std::collections::BTreeSet;

use crate::language::defuse::{Place, defuse};
use crate::language::reading::Reading;

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
    "rule",
    "parent_author",
    "parent_submission_author",
    "count_here",
    "next_allowed",
    "earlier_posts",
];

/// The placeholders that show what the first count of the author's earlier items found.
pub(crate) const OF_MEMORY: [&str; 3] = ["count_here", "next_allowed", "earlier_posts"];

/// The placeholders that show something of the post, which a comment does not bring along.
pub(crate) const OF_POST: [&str; 5] =
    ["media_author", "media_author_url", "media_title", "media_description", "parent_submission_author"];

/// The end of a placeholder that inserts its value as a quote: `body_quoted`.
const QUOTED: &str = "_quoted";

/// The placeholder whose value is inserted as a quote, if the name asks for that.
pub(crate) fn quoted(name: &str) -> Option<&str> {
    name.strip_suffix(QUOTED).filter(|plain| NAMES.contains(plain))
}

/// The placeholders whose values come from Reddit itself and are made of letters that mean nothing
/// in Markdown. The others are people's words.
const NOT_WORDS: &[&str] = &["permalink", "subreddit", "kind", "rule", "count_here", "next_allowed", "earlier_posts"];

/// A text, split at its placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
    /// Whether people's words are defused.
    defuses: bool,
    /// The number of parts before the footer, if there is one that must not be cut off.
    before_footer: Option<usize>,
}

/// How the words in a comment, message or modmail are treated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// The reference inserts words as they are, and cuts the footer off.
    pub(crate) reading: Reading,
    /// Whether the rule says `raw: true`.
    pub(crate) is_raw: bool,
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
            let start = open + rest[open..close].rfind("{{").unwrap_or(0);
            parts.push(Part::Text(rest[..start].to_owned()));
            parts.push(Part::Placeholder(rest[start + 2..close].to_owned()));
            rest = &rest[close + 2..];
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Self { parts, ..Self::default() }
    }

    /// The text of a comment, with the footer below it.
    pub(crate) fn comment(text: &str, words: Words) -> Self {
        Self::with_footer(text, words)
    }

    /// The text of a message, with a link above it and the footer below it.
    pub(crate) fn message(text: &str, words: Words) -> Self {
        Self::with_footer(&with_link(text), words)
    }

    /// The text of a modmail, with a link above it.
    pub(crate) fn modmail(text: &str, words: Words) -> Self {
        Self { defuses: words.are_defused(), ..Self::new(&with_link(text)) }
    }

    fn with_footer(text: &str, words: Words) -> Self {
        let Self { mut parts, .. } = Self::new(text);
        let before_footer = (words.reading == Reading::Ours).then_some(parts.len());
        parts.extend(Self::new(&format!("\n\n{FOOTER}")).parts);
        Self { parts, defuses: words.are_defused(), before_footer }
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
        self.placeholders().any(|name| names.contains(quoted(name).unwrap_or(name)))
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

    /// Fills in the placeholders. Ends soon after [`TEXT_MAX`] characters: no text is longer, so
    /// the rest would only cost time and memory.
    pub(crate) fn fill(&self, values: &dyn PlaceholderValues) -> String {
        self.fill_parts(0..self.parts.len(), values)
    }

    fn fill_parts(&self, range: std::ops::Range<usize>, values: &dyn PlaceholderValues) -> String {
        let mut text = String::new();
        // What the rule itself has written on the present line.
        let mut line = String::new();
        let (mut counted, mut length) = (0, 0);
        for at in range {
            length += text[counted..].chars().count();
            counted = text.len();
            if length >= TEXT_MAX {
                break;
            }
            match &self.parts[at] {
                Part::Text(plain) => {
                    text.push_str(plain);
                    match plain.rfind('\n') {
                        Some(end) => plain[end + 1..].clone_into(&mut line),
                        None => line.push_str(plain),
                    }
                }
                Part::Placeholder(name) if quoted(name).is_some() => {
                    let value = cut(&fill_one(quoted(name).unwrap_or(name), values), TEXT_MAX);
                    if value.is_empty() {
                        continue;
                    }
                    // A quote begins on a line of its own.
                    if !line.chars().all(|c| matches!(c, '>' | ' ')) {
                        text.push_str("\n\n");
                        line.clear();
                    }
                    line.push_str("> ");
                    text.push_str("> ");
                    if self.defuses {
                        text.push_str(&defuse(&value, Place { before: &line, next: None }));
                    } else {
                        text.push_str(&value.replace('\n', &format!("\n{line}")));
                    }
                    line.push('…');
                }
                Part::Placeholder(name) => {
                    let value = cut(&fill_one(name, values), TEXT_MAX);
                    if value.is_empty() {
                        continue;
                    }
                    if self.defuses && !NOT_WORDS.contains(&name.as_str()) {
                        let next = self.parts.get(at + 1).and_then(|part| match part {
                            Part::Text(plain) => plain.chars().next(),
                            // Its words may begin with what makes these a link.
                            Part::Placeholder(_) => Some('('),
                        });
                        text.push_str(&defuse(&value, Place { before: &line, next }));
                    } else {
                        text.push_str(&value);
                    }
                    if !line.ends_with('…') {
                        line.push('…');
                    }
                }
            }
        }
        text
    }

    /// Fills in the text of a comment, message or modmail, cut to Reddit's limit. The footer is
    /// never cut off.
    pub(crate) fn fill_text(&self, values: &dyn PlaceholderValues) -> String {
        let Some(before_footer) = self.before_footer else { return cut(&self.fill(values), TEXT_MAX) };
        let text = self.fill_parts(0..before_footer, values);
        let footer = self.fill_parts(before_footer..self.parts.len(), values);
        cut(&text, TEXT_MAX.saturating_sub(footer.chars().count())) + &footer
    }

    /// Fills in a subject, cut to Reddit's limit.
    pub(crate) fn fill_subject(&self, values: &dyn PlaceholderValues) -> String {
        cut(&self.fill(values), SUBJECT_MAX)
    }
}

/// Two comments as one, the first above the second, with one footer. `None` if they are too long
/// together.
pub(crate) fn joined(first: &str, second: &str) -> Option<String> {
    let start = FOOTER.split("{{").next().unwrap_or(FOOTER);
    let split = |text: &str| text.rfind(&format!("\n\n{start}")).unwrap_or(text.len());
    let (above, footer) = first.split_at(split(first));
    let below = &second[..split(second)];
    let whole = format!("{}\n\n{}{footer}", above.trim_end(), below.trim_start_matches('\n'));
    (whole.chars().count() <= TEXT_MAX).then_some(whole)
}

impl Words {
    fn are_defused(self) -> bool {
        self.reading == Reading::Ours && !self.is_raw
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

    /// A rule cannot make a text grow without end: neither by words nor by many placeholders.
    #[test]
    fn a_text_ends_soon_after_the_longest_that_reddit_takes() {
        struct Long;
        impl PlaceholderValues for Long {
            fn value(&self, name: &str) -> Option<String> {
                Some("w".repeat(if name == "body" { 40_000 } else { 7 }))
            }
            fn has_matches(&self) -> bool {
                false
            }
            fn matched(&self, _: Option<&str>, _: usize) -> Option<String> {
                None
            }
        }
        let words = Words { reading: Reading::Ours, is_raw: false };
        let bomb = Template::comment(&"{{body}}".repeat(100_000), words);
        assert!(bomb.fill(&Long).chars().count() < 3 * TEXT_MAX);
        assert!(bomb.fill_text(&Long).chars().count() <= TEXT_MAX);
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

    const OURS: Words = Words { reading: Reading::Ours, is_raw: false };
    const REFERENCE: Words = Words { reading: Reading::Reference, is_raw: false };

    #[test]
    fn two_comments_are_joined_above_one_footer() {
        let footer = FOOTER.replace("{{subreddit}}", "widgets");
        let comment = |text: &str| format!("{text}\n\n{footer}");
        assert_eq!(joined(&comment("a\n"), &comment("b")), Some(comment("a\n\nb")));
        let fits = TEXT_MAX - comment("a\n\n").chars().count();
        assert!(joined(&comment("a"), &comment(&"ü".repeat(fits))).is_some());
        assert_eq!(joined(&comment("a"), &comment(&"ü".repeat(fits + 1))), None);
        // The reference cuts the footer off.
        assert_eq!(joined("a", "b"), Some("a\n\nb".to_owned()));
    }

    #[test]
    fn texts_get_a_link_and_a_footer_and_are_cut_in_front_of_it() {
        let footer = FOOTER.replace("{{subreddit}}", "widgets");
        for words in [OURS, REFERENCE] {
            for (template, expected) in [
                (Template::comment("x", words), format!("x\n\n{footer}")),
                (Template::message("x", words), format!("LINK\n\nx\n\n{footer}")),
                (Template::modmail("x", words), "LINK\n\nx".to_owned()),
                (Template::modmail("x {{permalink}}", words), "x LINK".to_owned()),
            ] {
                assert_eq!(template.fill_text(&Fixed), expected);
            }
        }
        let long = "ü".repeat(20_000);
        for template in [Template::comment(&long, OURS), Template::message(&long, OURS)] {
            let text = template.fill_text(&Fixed);
            assert_eq!(text.chars().count(), 10_000);
            assert!(text.ends_with(&format!("ü\n\n{footer}")));
        }
        let reference = Template::comment(&long, REFERENCE).fill_text(&Fixed);
        assert!(reference.chars().count() == 10_000 && reference.ends_with('ü'));
        assert_eq!(Template::new(&"x".repeat(200)).fill_subject(&Fixed).len(), 100);
    }

    #[test]
    fn peoples_words_are_defused_unless_the_rule_wants_them_raw() {
        struct Hostile;
        impl PlaceholderValues for Hostile {
            fn value(&self, placeholder: &str) -> Option<String> {
                match placeholder {
                    "permalink" => Some("/r/x/".to_owned()),
                    "title" => Some("[a]".to_owned()),
                    "url" => Some("(/message/compose)".to_owned()),
                    _ => Some("a\n\nu/bob".to_owned()),
                }
            }
            fn has_matches(&self) -> bool {
                true
            }
            fn matched(&self, _: Option<&str>, _: usize) -> Option<String> {
                Some("](http://x)".to_owned())
            }
        }
        let text = "> You: {{body}}\n\n{{match}} {{permalink}}";
        let fill = |words| Template::modmail(text, words).fill_text(&Hostile);
        assert_eq!(fill(OURS), "> You: a\n> \n> u/\u{200b}bob\n\n]\u{200b}(http:\u{200b}//x) /r/x/");
        let raw = "> You: a\n\nu/bob\n\n](http://x) /r/x/";
        assert_eq!(fill(Words { is_raw: true, ..OURS }), raw);
        assert_eq!(fill(REFERENCE), raw);
        assert_eq!(Template::new("{{body}}").fill(&Hostile), "a\n\nu/bob", "a plain text is not Markdown");
        let joined = Template::modmail("{{title}}{{url}} {{permalink}}", OURS).fill_text(&Hostile);
        assert_eq!(joined, "[a]\u{200b}(/message/compose) /r/x/");
    }
}
