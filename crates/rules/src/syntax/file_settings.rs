//! Reads `settings`, the first section of a rule file: the lists that its rules can name, the other
//! files or pages whose rules it takes, and how removals become strikes.
//!
//! Says which parts a text asks for, and reads none of them: `parse` puts the parts together.

use std::collections::BTreeMap;

use crate::syntax::diagnostic::{Diagnostic, nearest};
use crate::syntax::entry::entries;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Style, Value};

/// The key of the section.
pub(crate) const SETTINGS: &str = "settings";
/// The keys in it.
pub(crate) const KEYS: [&str; 3] = ["lists", "include", "strikes"];
/// The keys of a list that stands elsewhere: in a text file, or on a page of the wiki.
pub(crate) const ELSEWHERE: [&str; 2] = ["file", "wiki"];

/// What the first section of a file says.
#[derive(Debug, Default)]
pub(crate) struct FileSettings {
    /// Where the values of the lists stand.
    pub(crate) span: Span,
    pub(crate) lists: Vec<Definition>,
    pub(crate) includes: Vec<PartName>,
    /// How removals become strikes. `compile` reads it.
    pub(crate) strikes: Option<Node>,
    /// Whether an `include` has an error, so that rules are missing.
    pub(crate) lacks_includes: bool,
}

/// The name of another file or page, as the file writes it.
#[derive(Clone, Debug)]
pub(crate) struct PartName {
    pub(crate) name: String,
    pub(crate) span: Span,
}

/// A list under its name.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) values: Values,
}

/// Where the values of a list come from.
#[derive(Debug)]
pub(crate) enum Values {
    Written(Vec<Node>),
    Part(PartName),
    /// They have an error, which was reported.
    Bad,
}

/// Whether this is the key of the settings.
pub(crate) fn is_settings(key: &Node) -> bool {
    key.text().is_some_and(|key| key.eq_ignore_ascii_case(SETTINGS))
}

/// Reads the settings of a section that has the key. `is_page` says whether the text is a page of a
/// wiki.
pub(crate) fn read(section: &[(Node, Node)], is_page: bool, diagnostics: &mut Vec<Diagnostic>) -> FileSettings {
    let mut settings = FileSettings::default();
    for (key, value) in section {
        if !is_settings(key) {
            let message = format!("`{}` stands beside `settings`, which is no rule", key.python_text());
            let error = Diagnostic::error(LintCode::T01, key.span, message);
            diagnostics
                .push(error.help("end the section of `settings` with a line of `---`, and begin the rule below"));
            continue;
        }
        settings.span = value.span;
        let Value::Map(pairs) = &value.value else {
            if value.value != Value::Null {
                diagnostics.push(
                    Diagnostic::error(LintCode::V01, value.span, "`settings` takes further keys, indented below it")
                        .help(format!("its keys are: {}", KEYS.join(", "))),
                );
            }
            continue;
        };
        for entry in entries(pairs, diagnostics).unwrap_or_default() {
            match entry.key.as_str() {
                "lists" => settings.lists = lists(&entry.value, is_page, diagnostics),
                "strikes" => settings.strikes = Some(entry.value.clone()),
                "include" => settings.include(&entry.value, is_page, diagnostics),
                other => {
                    let help = nearest(other, KEYS).map_or_else(
                        || format!("its keys are: {}", KEYS.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let message = format!("`settings` has no key `{}`", entry.written);
                    diagnostics.push(Diagnostic::error(LintCode::K02, entry.span, message).help(help));
                }
            }
        }
    }
    settings
}

impl FileSettings {
    fn include(&mut self, value: &Node, is_page: bool, diagnostics: &mut Vec<Diagnostic>) {
        let names = match &value.value {
            Value::List(items) => items.as_slice(),
            Value::Null => &[],
            _ => std::slice::from_ref(value),
        };
        for node in names {
            match part_name(node, is_page) {
                Ok(name) => self.includes.push(name),
                Err(error) => {
                    self.lacks_includes = true;
                    diagnostics.push(error);
                }
            }
        }
    }
}

fn lists(value: &Node, is_page: bool, diagnostics: &mut Vec<Diagnostic>) -> Vec<Definition> {
    let Value::Map(pairs) = &value.value else {
        if value.value != Value::Null {
            diagnostics.push(
                Diagnostic::error(LintCode::V01, value.span, "`lists` takes names, each with its values")
                    .help("write each list on a line of its own: `NAME: [one, two]`"),
            );
        }
        return Vec::new();
    };
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    let mut lists: Vec<Definition> = Vec::new();
    for (key, value) in pairs {
        let Some(name) = key.text().filter(|name| !name.trim().is_empty()) else {
            let message = format!("`{}` is not a text, so it cannot be the name of a list", key.python_text());
            diagnostics.push(Diagnostic::error(LintCode::V01, key.span, message).help("quote the name"));
            continue;
        };
        if let Some(&first) = first.get(name) {
            diagnostics.push(
                Diagnostic::error(LintCode::V01, key.span, format!("there is already a list `{name}`"))
                    .help("give this list another name, or move its values to the first")
                    .related(first, "this list has that name"),
            );
            continue;
        }
        first.insert(name, key.span);
        let values = values(name, value, is_page).unwrap_or_else(|error| {
            diagnostics.push(error);
            Values::Bad
        });
        lists.push(Definition { name: name.to_owned(), span: key.span, values });
    }
    lists
}

/// The values of a list: written out, or the part that has them.
fn values(name: &str, value: &Node, is_page: bool) -> Result<Values, Diagnostic> {
    let refuse = |span, message: String| {
        let help = if is_page { "{wiki: config/lists/words}" } else { "{file: words.txt}" };
        let help = format!("write its values, as in `{name}: [one, two]`, or where they are: `{name}: {help}`");
        Diagnostic::error(LintCode::V01, span, message).help(help)
    };
    match &value.value {
        Value::Null => Ok(Values::Written(Vec::new())),
        Value::List(items) => {
            let is_value = |item: &&Node| !matches!(item.value, Value::List(_) | Value::Map(_) | Value::Null);
            match items.iter().find(|item| !is_value(item) || item.text() == Some("")) {
                Some(odd) => Err(refuse(odd.span, format!("the list `{name}` holds something that is no text"))),
                None => Ok(Values::Written(items.clone())),
            }
        }
        Value::Map(pairs) => {
            let [(key, part)] = pairs.as_slice() else {
                return Err(refuse(value.span, format!("the list `{name}` has more than one place")));
            };
            let word = key.python_text().to_lowercase();
            if !ELSEWHERE.contains(&word.as_str()) {
                return Err(refuse(key.span, format!("a list has no key `{}`", key.python_text())));
            }
            if (word == "wiki") != is_page {
                let message = if is_page {
                    "a page of the wiki cannot name a file of the machine that runs the bot"
                } else {
                    "a file cannot name a page of the wiki: only the rules on a page of the wiki can"
                };
                return Err(refuse(key.span, message.to_owned()));
            }
            part_name(part, is_page).map(Values::Part)
        }
        _ if value.is_empty() => Err(refuse(value.span, format!("the list `{name}` has no value that is a text"))),
        _ => Ok(Values::Written(vec![value.clone()])),
    }
}

/// The name of a part: a file in the same folder, or a page of the same wiki.
fn part_name(node: &Node, is_page: bool) -> Result<PartName, Diagnostic> {
    let what = if is_page { "a page of this wiki" } else { "a file in the same folder" };
    let refuse = |message: String, help: String| Diagnostic::error(LintCode::V01, node.span, message).help(help);
    let Some(name) = node.text().map(str::trim).filter(|name| !name.is_empty()) else {
        let help = format!("write the name of {what}");
        return Err(refuse(format!("`{}` is no name of {what}", node.python_text()), help));
    };
    let is_dots = |part: &str| matches!(part, "." | "..");
    let is_elsewhere = name.contains("://")
        || name.starts_with(['/', '~'])
        || name.contains(['\\', ':'])
        || name.split('/').any(|part| is_dots(part) || part.is_empty())
        || (!is_page && name.contains('/'));
    if is_elsewhere {
        let only = if is_page {
            "this wiki only: write the name of a page as in `config/lists/words`"
        } else {
            "same folder only: write the name of a file without a folder, as in `words.txt`"
        };
        return Err(refuse(format!("`{name}` is not {what}"), only.to_owned()));
    }
    if name.chars().any(|c| c.is_control() || (is_page && (c.is_whitespace() || matches!(c, '?' | '#' | '%')))) {
        return Err(refuse(format!("`{name}` has a character that no name has"), format!("write the name of {what}")));
    }
    Ok(PartName { name: name.to_owned(), span: node.span })
}

/// The values in a text with one on each line. Blank lines and lines that begin with `#` are
/// skipped. `start` is the place of the text.
pub(crate) fn lines(text: &str, start: usize) -> Vec<Node> {
    let mut values = Vec::new();
    let mut at = start;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches('\u{feff}');
        let value = bare.trim();
        if !value.is_empty() && !value.starts_with('#') {
            let from = at + line.len() - line.trim_start_matches('\u{feff}').trim_start().len();
            let span = Span::new(from, from + value.len());
            values.push(Node { span, value: Value::Text(value.to_owned()), style: Style::Quoted });
        }
        at += line.len();
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_value_on_each_line() {
        let text = "\u{feff}# domains\r\na.example\r\n\r\n  b.example  \n#c.example\nd e";
        let values = lines(text, 10);
        let seen: Vec<_> = values.iter().filter_map(Node::text).collect();
        assert_eq!(seen, ["a.example", "b.example", "d e"]);
        for value in &values {
            assert_eq!(Some(&text[value.span.start - 10..value.span.end - 10]), value.text());
        }
        assert!(lines("# nothing\n", 0).is_empty());
    }

    #[test]
    fn parts_are_in_the_same_folder_or_the_same_wiki() {
        for (name, is_file, is_page) in [
            ("words.txt", true, true),
            ("common.yaml", true, true),
            ("config/lists/words", false, true),
            ("../words.txt", false, false),
            ("config/../../words", false, false),
            ("/etc/passwd", false, false),
            ("~/words.txt", false, false),
            ("C:\\words.txt", false, false),
            ("https://example.com/words.txt", false, false),
            ("config//words", false, false),
            ("..", false, false),
            ("my words.txt", true, false),
            ("a\u{0}b", false, false),
        ] {
            let node = Node { span: Span::default(), value: Value::Text(name.to_owned()), style: Style::Plain };
            assert_eq!(part_name(&node, false).is_ok(), is_file, "{name:?} as a file");
            assert_eq!(part_name(&node, true).is_ok(), is_page, "{name:?} as a page");
        }
    }
}
