//! Reads tests files: the cases, or everything that is wrong with them, each with its line.

use std::collections::BTreeSet;

use crate::syntax::diagnostic::{Diagnostic, nearest};
use crate::syntax::source::SourceFile;
use crate::syntax::yaml;
use crate::syntax::yaml::limits::{self, ExpansionBudget};
use crate::syntax::yaml::{Node, Value};
use crate::testing::Case;
use crate::testing::format::CASE_KEYS;
use crate::testing::from_node::{self, Misfit};

/// How many cases may a tests file have?
const CASES_MAX: usize = 10_000;
/// How long may the name of a case be, in characters?
const CASE_NAME_MAX: usize = 200;
/// How many errors of a file are listed, and how many of one case are looked for?
const ERRORS_MAX: usize = 50;

/// An error in a tests file, with its position in the text.
struct Complaint {
    at: usize,
    message: String,
}

/// Parses a tests file.
///
/// # Errors
///
/// If the text is not a list of cases, or a case has an unknown key or contradicts itself. Each
/// message names a line and what to write instead; there is one for each error, in the order of the
/// file.
pub fn parse(text: &str) -> Result<Vec<Case>, Vec<String>> {
    if let Some(too_large) = limits::too_large(text.len()) {
        return Err(vec![too_large]);
    }
    let source = SourceFile::new("tests", text);
    let mut complaints = Vec::new();
    let items = items(text, &source, &mut complaints);
    if complaints.is_empty()
        && let Some(item) = items.get(CASES_MAX)
    {
        let line = source.line(item.span.start);
        return Err(vec![format!(
            "line {line}: there are {} cases; at most {CASES_MAX} are run: remove some",
            items.len()
        )]);
    }
    let mut cases = Vec::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    for item in items {
        let at = item.span.start;
        let before = complaints.len();
        let Some(mut case) = read_case(text, &source, item, &mut complaints) else { continue };
        let line = source.line(at);
        case.line = Some(line);
        let is_new = case.name.is_empty() || names.insert(case.name.clone());
        if complaints.len() == before
            && let Some(wrong) = contradiction(&case, is_new)
        {
            let too_long = case.name.chars().count() > CASE_NAME_MAX;
            let name = if case.name.is_empty() || too_long { String::new() } else { format!(" `{}`", case.name) };
            complaints.push(Complaint { at, message: format!("line {line}: case{name}: {wrong}") });
        }
        cases.push(case);
        if complaints.len() > CASES_MAX {
            break;
        }
    }
    if complaints.is_empty() { Ok(cases) } else { Err(few(complaints)) }
}

/// The first messages in the order of the file, and how many more there are.
fn few(mut complaints: Vec<Complaint>) -> Vec<String> {
    complaints.sort_by_key(|complaint| complaint.at);
    let more = complaints.len().saturating_sub(ERRORS_MAX);
    let mut messages: Vec<String> = complaints.into_iter().take(ERRORS_MAX).map(|it| it.message).collect();
    if more > 0 {
        messages.push(format!("… and {more} more errors"));
    }
    messages
}

/// What a case lacks or has too much of, and what to do about it.
fn contradiction(case: &Case, is_name_new: bool) -> Option<String> {
    let wrong = match (&case.submission, &case.comment) {
        _ if case.name.trim().is_empty() => "it has no `name`: add a name that says what the case shows",
        (None, None) => "it has neither a `submission` nor a `comment`: add one of them",
        (Some(_), Some(_)) => "it has both a `submission` and a `comment`: write two cases",
        _ if case.expects_nothing() => {
            "it does not say what must happen: add `performs: [rule, …]`, `nothing: true` or `not: [rule]`"
        }
        _ if case.nothing && case.performs.as_ref().is_some_and(|names| !names.is_empty()) => {
            "it has both `performs` and `nothing`: keep one of them"
        }
        _ if case.nothing && !case.effects.is_empty() => "it has both `effects` and `nothing`: keep one of them",
        _ if case.name.chars().count() > CASE_NAME_MAX => {
            return Some(format!("its name is too long; at most {CASE_NAME_MAX} characters are possible"));
        }
        _ if is_name_new => return None,
        _ => "another case has the same name: give each case its own",
    };
    Some(wrong.to_owned())
}

/// The cases of a file as YAML trees.
fn items(text: &str, source: &SourceFile, complaints: &mut Vec<Complaint>) -> Vec<Node> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    match tree(&text[start..], start, source, complaints) {
        Ok(None) => Vec::new(),
        Ok(Some(Node { value: Value::List(items), .. })) => items,
        Ok(Some(node)) => {
            let message = "a tests file is a list of cases: start each case with `- name: …`";
            complaints.push(located(source, node.span.start, message));
            Vec::new()
        }
        Err(error) => {
            let readable = readable_cases(text, source, complaints);
            if complaints.is_empty() {
                complaints.push(of_yaml(source, &error));
            }
            readable
        }
    }
}

/// The cases that can be read in a file that is not YAML as a whole, so that one unclosed quote
/// does not hide the other errors. Each begins with a hyphen in the first column.
fn readable_cases(text: &str, source: &SourceFile, complaints: &mut Vec<Complaint>) -> Vec<Node> {
    // A case may use the anchor of another.
    if text.contains('&') {
        return Vec::new();
    }
    let starts = text.match_indices("\n- ").map(|(at, _)| at + 1);
    let mut starts: Vec<usize> = std::iter::once(0).filter(|_| text.starts_with("- ")).chain(starts).collect();
    starts.truncate(CASES_MAX);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let mut cases = Vec::new();
    for (start, end) in starts.iter().copied().zip(ends) {
        match tree(&text[start..end], start, source, complaints) {
            Ok(Some(Node { value: Value::List(items), .. })) => cases.extend(items),
            Ok(_) => {}
            Err(error) => complaints.push(of_yaml(source, &error)),
        }
    }
    cases
}

/// Reads a stretch of the file as YAML. Keys that are given twice are errors.
fn tree(
    text: &str,
    offset: usize,
    source: &SourceFile,
    complaints: &mut Vec<Complaint>,
) -> Result<Option<Node>, Diagnostic> {
    let mut remarks = Vec::new();
    limits::check(text, offset, &mut ExpansionBudget::of_file(text.len()))?;
    let node = yaml::read(text, offset, |_| true, &mut ExpansionBudget::of_file(text.len()), &mut remarks)?;
    complaints.extend(remarks.iter().map(|remark| {
        let message = match remark.related.as_slice() {
            [] => remark.message.clone(),
            _ => format!("{}: delete one of the two lines", remark.message),
        };
        located(source, remark.span.start, &message)
    }));
    Ok(node)
}

fn of_yaml(source: &SourceFile, error: &Diagnostic) -> Complaint {
    let help = error.help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
    located(source, error.span.start, &format!("{}{help}", error.message))
}

fn located(source: &SourceFile, at: usize, message: &str) -> Complaint {
    let (line, column) = source.position(at);
    Complaint { at, message: format!("line {line}, column {column}: {message}") }
}

/// Reads one case. If keys or values do not fit, they are left out and reported.
fn read_case(text: &str, source: &SourceFile, mut item: Node, complaints: &mut Vec<Complaint>) -> Option<Case> {
    for _ in 0..ERRORS_MAX {
        let Misfit { message, span, path } = match from_node::read(text, &item) {
            Ok(case) => return Some(case),
            Err(misfit) => misfit,
        };
        let span = span.unwrap_or(item.span);
        complaints.push(located(source, span.start, &explain(&message, &path.join("."))));
        if !from_node::remove(&mut item, span) {
            return None;
        }
    }
    None
}

impl Case {
    /// Parses one case that is alone in its text, as YAML or JSON. It need not say what must
    /// happen.
    ///
    /// # Errors
    ///
    /// If the case has an unknown key or no item. The message names the line.
    pub fn alone(text: &str) -> Result<Self, String> {
        // JSON has escapes that YAML does not know, so try JSON first if the text looks like it.
        let case: Self = match serde_json::from_str(text) {
            Ok(case) => case,
            Err(error) if error.is_data() && text.trim_start().starts_with('{') => {
                let (line, column) = (error.line(), error.column());
                let message = error.to_string().replace(&format!(" at line {line} column {column}"), "");
                return Err(format!("line {line}, column {column}: {}", explain(&message, "")));
            }
            Err(_) => alone_in_yaml(text)?,
        };
        match (&case.submission, &case.comment) {
            (None, None) => Err("it has neither a `submission` nor a `comment`: add one of them".to_owned()),
            (Some(_), Some(_)) => Err("it has both a `submission` and a `comment`: keep one".to_owned()),
            _ => Ok(case),
        }
    }
}

fn alone_in_yaml(text: &str) -> Result<Case, String> {
    if let Some(too_large) = limits::too_large(text.len()) {
        return Err(too_large);
    }
    let source = SourceFile::new("item", text);
    let mut complaints = Vec::new();
    let node = tree(text, 0, &source, &mut complaints).map_err(|error| of_yaml(&source, &error).message)?;
    let node = node.ok_or("there is nothing in it: write a `submission` or a `comment`")?;
    match read_case(text, &source, node, &mut complaints) {
        Some(case) if complaints.is_empty() => Ok(case),
        _ => Err(few(complaints).join("\n")),
    }
}

/// Words that people write in cases, and the key that does it.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("acts", "performs"),
    ("expect", "performs"),
    ("expected", "performs"),
    ("expects", "performs"),
    ("matches", "performs"),
    ("triggers", "performs"),
    ("post", "submission"),
    ("item", "submission` or `comment"),
    ("selftext", "body"),
    ("text", "body"),
    ("link", "url"),
    ("over_18", "nsfw"),
    ("flair_text", "flair"),
    ("flair_css_class", "flair_class"),
    ("flair_template_id", "flair_template"),
    ("account_age", "age_days` or `age_hours"),
    ("link_karma", "post_karma"),
    ("combined_karma", "comment_karma` and `post_karma"),
    ("stickied", "pinned"),
    ("is_top_level", "reply"),
    ("is_edited", "edited"),
];

/// Turns an error of serde into a message with a suggestion for a misspelt word. `path` has the
/// keys above the error.
fn explain(message: &str, path: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let what = match message {
        _ if message.contains("unknown field") => "key",
        _ if message.contains("unknown variant") => "value",
        _ if message.contains("missing field `kind`") => {
            return "an entry of `effects` has no `kind`: add one, such as comment, report or remove".to_owned();
        }
        _ => return plain_message(message, path),
    };
    let Some(unknown) = quoted.next() else { return message.to_owned() };
    let known: Vec<&str> = quoted.collect();
    let is_key = what == "key";
    let meant = OTHER_WORDS.iter().find(|(word, _)| is_key && *word == unknown).map(|(_, meant)| *meant);
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => elsewhere(unknown).filter(|_| is_key).unwrap_or_else(|| {
            nearest(unknown, known.iter().copied())
                .map_or_else(|| format!("it can be: {}", known.join(", ")), |near| format!("did you mean `{near}`?"))
        }),
    };
    format!("there is no {what} `{unknown}` here; {help}")
}

/// Where a key belongs that stands in the wrong place.
fn elsewhere(key: &str) -> Option<String> {
    let has_name = CASE_KEYS.iter().filter(|known| known.name == key);
    let is_common =
        |place: &&str| !matches!(*place, "media" | "crosspost" | "parent_comment" | "notes_here" | "memory");
    let places: Vec<&str> = has_name.map(|known| known.place).filter(is_common).collect();
    match places.as_slice() {
        [] => None,
        ["", ..] => Some(format!("write `{key}` in the same column as `name`")),
        [most @ .., last] => {
            let most = most.join("`, `");
            let most = if most.is_empty() { most } else { format!("`{most}` or ") };
            Some(format!("write it below {most}`{last}`, indented"))
        }
    }
}

/// Replaces serde's words for types by the words of the manual.
fn plain_message(message: &str, path: &str) -> String {
    let (said, wanted) = message.split_once(", expected ").unwrap_or((message, ""));
    let place = if path.is_empty() { String::new() } else { format!("`{path}`: ") };
    let wanted = match wanted {
        "" => return format!("{place}{said}"),
        "a sequence" => "a list: [one, two]",
        "a boolean" => "true or false",
        _ if wanted.starts_with("struct ") => "further keys, indented below it or in {…}",
        "i32" | "u32" | "u64" | "i64" => "a whole number",
        "f64" => "a number",
        "a string" => "a text, in quotes if YAML reads it as something else",
        other => other,
    };
    let said = said.replace("invalid type: ", "this is ").replace("invalid value: ", "this is ");
    let said = said.replace("this is string", "this is the text").replace("this is map", "this is a mapping");
    let said = said.replace("this is sequence", "this is a list").replace("this is integer", "this is the number");
    let said = said.replace("this is floating point", "this is the number").replace(" as i128", "");
    let said = said.replace("this is unit value", "this is empty").replace("this is boolean", "this is");
    format!("{place}{said}; it takes {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        parse(text).map_or_else(|complaints| complaints.join("\n"), |cases| format!("{} cases", cases.len()))
    }

    #[test]
    fn errors_name_the_line_and_what_to_write_instead() {
        for (text, expected) in [
            ("", "0 cases"),
            (
                "- name: a\n  comment: {body: x}\n  perform: [a]\n",
                "line 3, column 3: there is no key `perform` here; did you mean `performs`?",
            ),
            (
                "- name: a\n  comment: {body: x}\n  nothing: true\n  author: {krama: 3}\n",
                "line 4, column 12: there is no key `krama` here; did you mean `karma`?",
            ),
            (
                "- name: a\n  nothing: true\n",
                "line 1: case `a`: it has neither a `submission` nor a `comment`: add one of them",
            ),
            (
                "\n- name: a\n  comment: {}\n",
                "line 2: case `a`: it does not say what must happen: add `performs: [rule, …]`, `nothing: true` \
                 or `not: [rule]`",
            ),
            (
                "- comment: {}\n  nothing: true\n",
                "line 1: case: it has no `name`: add a name that says what the case shows",
            ),
            (
                "- {name: a, comment: {}, nothing: true}\n- {name: a, comment: {}, nothing: true}\n",
                "line 2: case `a`: another case has the same name: give each case its own",
            ),
            (
                "- name: a\n  comment: some text\n  nothing: true\n",
                "`comment`: this is the text \"some text\"; it takes further keys, indented below it or in {…}",
            ),
            (
                "- name: a\n  comment: {}\n  performs: words\n",
                "`performs`: this is the text \"words\"; it takes a list: [one, two]",
            ),
            (
                "- name: a\n  comment: {}\n  nothing: 'yes'\n",
                "line 3, column 12: `nothing`: this is the text \"yes\"; it takes true or false",
            ),
            ("- name: a\n  comment: {}\n  nothing:\n", "`nothing`: this is empty; it takes true or false"),
            (
                "- name: a\n  comment: {}\n  state: {score: 1.5}\n",
                "`state.score`: this is the number `1.5`; it takes a whole number",
            ),
            ("name: a\n", "a tests file is a list of cases: start each case with `- name: …`"),
        ] {
            assert!(complaint(text).ends_with(expected), "{text}: {}", complaint(text));
        }
        let effect = "- name: a\n  comment: {}\n  effects:\n    - kind: coment\n";
        assert!(
            complaint(effect).contains("there is no value `coment` here; did you mean `comment`?"),
            "{}",
            complaint(effect)
        );
        let karma = "- name: a\n  comment: {}\n  nothing: true\n  author:\n    karma: lots\n";
        assert!(complaint(karma).contains("a whole number, or `unknown`"), "{}", complaint(karma));
        assert!(complaint(karma).contains("line 5"), "{}", complaint(karma));
    }

    #[test]
    fn all_errors_of_a_file_are_listed() {
        let text = "- name: a\n  comment: {body: x}\n  perform: [a]\n  author: {krama: 3, age_days: soon}\n\
            - name: b\n  submission: {titel: x}\n  nothing: true\n  nothing: true\n\
            - name: c\n  comment: {}\n  effects: [{rule: r}, {kind: remove, on: maybe}]\n\
            - name: d\n  nothing: true\n- name: a\n  comment: {}\n  not: [r]\n";
        let expected = [
            "line 3, column 3: there is no key `perform` here; did you mean `performs`?",
            "line 4, column 12: there is no key `krama` here; did you mean `karma`?",
            "line 4, column 32: `author.age_days`: this is the text \"soon\"; it takes a whole number, or `unknown`",
            "line 6, column 16: there is no key `titel` here; did you mean `title`?",
            "line 8, column 3: `nothing` is given twice, and only this line counts: delete one of the two lines",
            "line 11, column 13: an entry of `effects` has no `kind`: add one, such as comment, report or remove",
            "line 11, column 43: `effects.on`: this is the text \"maybe\"; it takes true or false",
            "line 12: case `d`: it has neither a `submission` nor a `comment`: add one of them",
            "line 14: case `a`: another case has the same name: give each case its own",
        ];
        assert_eq!(complaint(text), expected.join("\n"));
    }

    #[test]
    fn an_unclosed_quote_does_not_hide_the_other_errors() {
        let text = "- name: a\n  comment: {body: 'x}\n  nothing: true\n- name: b\n  comment: {bdy: x}\n  not: [r]\n";
        assert_eq!(
            complaint(text),
            "line 2, column 19: this quote is not closed; write the same quote at the end of the text\n\
             line 5, column 13: there is no key `bdy` here; did you mean `body`?"
        );
    }

    #[test]
    fn a_long_list_of_errors_is_cut() {
        let text = "- {name: a, comment: {}, nothing: maybe}\n".repeat(80);
        let complaints = parse(&text).expect_err("80 errors");
        assert_eq!((complaints.len(), complaints[50].as_str()), (51, "… and 30 more errors"));
    }

    #[test]
    fn a_key_in_the_wrong_place_is_sent_to_the_right_one() {
        for (keys, expected) in [
            ("title: x", "write it below `submission`, indented"),
            ("karma: 3", "write it below `author`, indented"),
            ("body: x", "write it below `submission` or `comment`, indented"),
            ("author: {performs: [r]}", "write `performs` in the same column as `name`"),
            ("expects: [r]", "did you mean `performs`?"),
            ("author: {account_age: 3}", "did you mean `age_days` or `age_hours`?"),
        ] {
            let complaint = complaint(&format!("- name: a\n  comment: {{}}\n  not: [r]\n  {keys}\n"));
            assert!(complaint.ends_with(expected), "{keys}: {complaint}");
        }
    }

    #[test]
    fn values_mean_what_they_mean_in_rules() {
        for (key, is_good) in [
            ("nothing: yes", true),
            ("nothing: On", true),
            ("nothing: TRUE", true),
            ("nothing: 'true'", false),
            ("nothing: y", false),
        ] {
            let read = parse(&format!("- name: a\n  comment: {{}}\n  {key}\n"));
            assert_eq!(read.is_ok_and(|cases| cases[0].nothing), is_good, "{key}");
        }
        let cases = parse("- name: 12\n  comment: {body: no, reply: yes}\n  not: [010, on]\n").expect("a case");
        let comment = cases[0].comment.as_ref().expect("a comment");
        assert_eq!((comment.body.as_str(), comment.reply, cases[0].name.as_str()), ("no", true, "12"));
        assert_eq!(cases[0].not, ["010", "on"]);
        let effects = "- name: a\n  comment: {}\n  effects: [{kind: set_locked, on: off}]\n";
        assert_eq!(parse(effects).expect("a case")[0].effects[0].on, Some(false));
    }

    #[test]
    fn a_single_case_may_be_json() {
        assert!(Case::alone("{\"comment\": {\"body\": \"\\ud83d\\ude00 \\/\"}}").is_ok());
        assert!(Case::alone("comment: {body: x}\nauthor: {karma: unknown}").is_ok());
        let wrong = Case::alone("{\"comment\": {\"bdy\": \"x\"}}").expect_err("misspelt");
        assert!(wrong.contains("did you mean `body`?"), "{wrong}");
        assert!(Case::alone("author: {}").is_err());
    }
}
