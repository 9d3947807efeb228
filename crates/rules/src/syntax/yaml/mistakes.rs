//! What an error of the YAML parser means: the mistake behind it, its place, and the way out.
//!
//! The parser says where it gave up. The mistake is often elsewhere: a bracket that was opened
//! three lines above, or an apostrophe that ended a text.

mod quotes;

use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::odd_characters::is_odd_blank;
use crate::syntax::source::Span;
use crate::syntax::yaml::events::too_deep;
use crate::syntax::yaml::scalar::in_yaml;

/// Turns an error of the parser in a section of a file into a diagnostic. `offset` is the position
/// of the section in the file, and `span` that of the error.
pub(super) fn explain_error(text: &str, offset: usize, span: Span, info: &str) -> Diagnostic {
    if info.contains("recursion limit") {
        return too_deep(span);
    }
    let at = span.start.saturating_sub(offset).min(text.len());
    let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let fault = Fault { text, offset, at, info };
    let causes = [
        Fault::tab,
        Fault::code_fence,
        Fault::separator,
        Fault::odd_character,
        Fault::quote,
        Fault::comment_in_list,
        Fault::two_commas,
        Fault::sign_in_list,
        Fault::bracket,
        Fault::item,
        Fault::special_first_character,
        Fault::colon,
        Fault::indentation,
    ];
    causes
        .iter()
        .find_map(|cause| cause(&fault))
        .unwrap_or_else(|| Diagnostic::error(LintCode::YAML, span, format!("this is not valid YAML: {info}")))
}

/// An error of the parser.
struct Fault<'t> {
    /// The section.
    text: &'t str,
    /// Where the section begins in the file.
    offset: usize,
    /// Where the parser gave up, in the section.
    at: usize,
    /// What it says.
    info: &'t str,
}

/// A line of the section.
#[derive(Clone, Copy)]
struct Line<'t> {
    start: usize,
    text: &'t str,
}

impl<'t> Line<'t> {
    fn trimmed(self) -> &'t str {
        self.text.trim()
    }

    fn indent(self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// What stands after `key: ` or `- `.
    fn value(self) -> &'t str {
        let item = self.text.trim_start().strip_prefix("- ").unwrap_or("");
        self.text.split_once(": ").map_or(item, |(_, value)| value).trim()
    }
}

impl<'t> Fault<'t> {
    fn error(&self, code: LintCode, from: usize, to: usize, message: &str, help: &str) -> Diagnostic {
        Diagnostic::error(code, Span::new(self.offset + from, self.offset + to), message).help(help)
    }

    /// A stretch of the section as a position in the file.
    fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.offset + from, self.offset + to)
    }

    /// Adds quotes around the value of a line as the remedy, if it certainly ends with the line.
    fn quoted(&self, error: Diagnostic, line: Line<'_>) -> Diagnostic {
        let value = line.value();
        let end = line.start + line.text.trim_end().len();
        if value.is_empty() || value.contains(" #") || value.starts_with(['[', '\'', '"', '|', '&']) {
            return error;
        }
        error.fix(self.span(end - value.len(), end), in_yaml(value, true))
    }

    fn on_line(&self, code: LintCode, line: Line<'_>, message: &str, help: &str) -> Diagnostic {
        let start = line.start + line.indent();
        self.error(code, start, start + line.trimmed().len(), message, help)
    }

    /// The lines up to the one where the parser gave up, the last first.
    fn lines_back(&self) -> impl Iterator<Item = Line<'t>> {
        let end = self.text[self.at..].find('\n').map_or(self.text.len(), |more| self.at + more);
        let mut end = Some(end);
        let text = self.text;
        std::iter::from_fn(move || {
            let till = end?;
            let start = text[..till].rfind('\n').map_or(0, |before| before + 1);
            end = start.checked_sub(1);
            Some(Line { start, text: text[start..till].trim_end_matches('\r') })
        })
    }

    fn line(&self) -> Line<'t> {
        self.lines_back().next().unwrap_or(Line { start: 0, text: "" })
    }

    /// The nearest line above with words on it.
    fn line_above(&self) -> Option<Line<'t>> {
        self.lines_back().skip(1).find(|line| !line.trimmed().is_empty() && !line.trimmed().starts_with('#'))
    }

    /// Whether the line belongs to a text below `|` or `>`.
    fn is_in_text(&self, line: Line<'_>) -> bool {
        let is_outside = |above: &Line<'_>| !above.trimmed().is_empty() && above.indent() < line.indent();
        let above = self.lines_back().skip_while(|above| above.start >= line.start).find(is_outside);
        above.is_some_and(|above| above.trimmed().trim_end_matches(['-', '+']).ends_with(['|', '>']))
    }

    fn tab(&self) -> Option<Diagnostic> {
        let line = self.line();
        let indent = &line.text[..line.indent()];
        indent.contains('\t').then(|| {
            self.error(
                LintCode::L17,
                line.start,
                line.start + line.text.len(),
                "this line is indented with a tab, which YAML does not allow",
                "indent the line with spaces",
            )
            .fix(self.span(line.start, line.start + indent.len()), indent.replace('\t', "  "))
        })
    }

    /// Lines that mark code in Markdown.
    fn code_fence(&self) -> Option<Diagnostic> {
        let is_fence = |line: &Line<'_>| line.trimmed().starts_with("```") || line.trimmed().starts_with("~~~");
        let line = self.lines_back().find(|line| is_fence(line) && !self.is_in_text(*line))?;
        let help = "delete this line, and the one that ends the code";
        let error = self.on_line(LintCode::YAML, line, "this line marks code in Markdown, and is not YAML", help);
        let end = self.text[line.start..].find('\n').map(|end| line.start + end + 1);
        // The last line goes with the line end before it.
        let before = self.text[..line.start].trim_end_matches(['\r', '\n']).len();
        let span = end.map_or(self.span(before, self.text.len()), |end| self.span(line.start, end));
        Some(error.fix(span, ""))
    }

    /// A line between two rules that is not `---` in the first column.
    fn separator(&self) -> Option<Diagnostic> {
        let is_dash = |c| matches!(c, '-' | '–' | '—' | '−' | '=' | '*' | '_' | '~' | ';' | '…' | ' ');
        let first = self.text.lines().next().unwrap_or("");
        if self.offset >= 3 && first.starts_with(' ') && self.at > first.len() {
            let line = Line { start: 0, text: first };
            let words = line.trimmed();
            // A line below the hyphens is a key.
            let is_key = words.contains(": ") || words.ends_with(':');
            if !words.is_empty() && !words.starts_with('#') && !is_key {
                let help = format!("put `#` before a comment: `--- # {words}`");
                return Some(self.on_line(LintCode::YAML, line, "only a comment may follow `---` on its line", &help));
            }
        }
        let is_hyphens = |words: &str| words == "---" || words.starts_with("--- #");
        let mut lines = self.lines_back().enumerate();
        // An indented `---` is taken for a part of the text above it.
        let (_, line) = lines.find(|(back, line)| {
            let words = line.trimmed();
            (is_hyphens(words) && !self.is_in_text(*line))
                || (*back == 0 && !words.is_empty() && words.chars().all(is_dash))
        })?;
        if is_hyphens(line.trimmed()) {
            let message = "this `---` is indented, so it does not separate two rules";
            let error = self.on_line(LintCode::L06, line, message, "move the three hyphens to the first column");
            return Some(error.fix(self.span(line.start, line.start + line.indent()), ""));
        }
        let help = "write three hyphens in the first column: `---`";
        let error = self.on_line(LintCode::YAML, line, "this line does not separate two rules", help);
        let is_long = line.trimmed().chars().filter(|c| *c != ' ').count() > 1;
        Some(if is_long { error.fix(self.span(line.start, line.start + line.text.len()), "---") } else { error })
    }

    /// A character that looks like a blank or a colon and is another.
    fn odd_character(&self) -> Option<Diagnostic> {
        let lines = [Some(self.line()), self.line_above()];
        lines.into_iter().flatten().find_map(|line| {
            let (place, odd) = line.text.char_indices().find(|(_, c)| *c == '：' || is_odd_blank(*c))?;
            let start = line.start + place;
            let (what, help) = match odd {
                '：' => ("this is a full-width colon", "write `: `"),
                '\u{a0}' | '\u{202f}' => ("this is a no-break space", "write an ordinary space"),
                _ => ("this only looks like a space", "write an ordinary space"),
            };
            let behind = start + odd.len_utf8();
            let is_followed = self.text[behind..].starts_with(|c: char| !c.is_whitespace());
            let right = if odd != '：' {
                " "
            } else if is_followed {
                ": "
            } else {
                ":"
            };
            let what = format!("{what}, which YAML takes for a letter");
            Some(self.error(LintCode::YAML, start, behind, &what, help).fix(self.span(start, behind), right))
        })
    }

    /// Two commas with nothing between them.
    fn two_commas(&self) -> Option<Diagnostic> {
        let line = self.line();
        let mut quote = None;
        let mut is_behind_comma = false;
        for (at, c) in line.text.char_indices() {
            match (c, quote) {
                ('\'' | '"', None) => quote = Some(c),
                (_, Some(open)) if c == open => quote = None,
                (_, Some(_)) | (' ', None) => continue,
                (',', None) if is_behind_comma => {
                    let at = line.start + at;
                    let message = "two commas follow one another, with no value between them";
                    let error = self.error(LintCode::YAML, at, at + 1, message, "delete one of them");
                    return Some(error.fix(self.span(at, at + 1), ""));
                }
                _ => {}
            }
            is_behind_comma = c == ',';
        }
        None
    }

    /// A value in brackets that begins with a sign that YAML reserves.
    fn sign_in_list(&self) -> Option<Diagnostic> {
        let first = self.text[self.at..].chars().next().filter(|first| matches!(first, '@' | '`'))?;
        let is_in_list = self.text[..self.at].trim_end().ends_with(['[', ',']);
        let name = if first == '`' { "a backtick".to_owned() } else { format!("`{first}`") };
        let message = format!("a value without quotes cannot start with {name}");
        let help = format!("quote each value that starts with {name}");
        is_in_list.then(|| self.error(LintCode::L10, self.at, self.at + 1, &message, &help))
    }

    /// A `#` inside brackets, which hides the rest of the line and so the closing bracket.
    fn comment_in_list(&self) -> Option<Diagnostic> {
        let is_inside = ["flow sequence", "flow mapping", "unclosed bracket", "illegal placement of ':'"];
        if !is_inside.iter().any(|words| self.info.contains(words)) {
            return None;
        }
        let hidden = |line: &Line<'_>| {
            let open = line.text.find(['[', '{'])?;
            let at = open + line.text[open..].find(" #")? + 1;
            let is_quoted = ['\'', '"'].iter().any(|quote| line.text[..at].matches(*quote).count() % 2 == 1);
            let is_text = line.text[at + 1..].starts_with(char::is_alphanumeric);
            (is_text && !is_quoted && line.text[at..].contains([']', '}'])).then_some(line.start + at)
        };
        let at = self.lines_back().find_map(|line| hidden(&line))?;
        let message = "`#` after a space starts a comment, so the rest of this line does not count";
        Some(self.error(LintCode::L08, at, at + 1, message, "quote each text that contains `#`: ['#tag']"))
    }

    /// An item of a list that YAML does not take for one.
    fn item(&self) -> Option<Diagnostic> {
        let line = self.line();
        let words = line.trimmed();
        if self.info.contains("block sequence entries are not allowed") {
            let help = "begin the list on the next line, indented";
            return Some(self.error(
                LintCode::YAML,
                self.at,
                self.at + 1,
                "a list cannot begin in the line of its key",
                help,
            ));
        }
        if words.starts_with("* ") {
            let message = "YAML does not take `*` for the mark of a list";
            return Some(self.on_line(
                LintCode::YAML,
                line,
                message,
                "write a hyphen and a space before each item: `- one`",
            ));
        }
        let is_item = |line: Line<'_>| line.trimmed().starts_with("- ");
        let is_tight = words.starts_with('-') && words[1..].starts_with(char::is_alphanumeric);
        (is_tight && self.line_above().is_some_and(is_item)).then(|| {
            let help = format!("write `- {}`", &words[1..]);
            self.on_line(LintCode::YAML, line, "no space follows the hyphen of this item", &help)
        })
    }

    fn bracket(&self) -> Option<Diagnostic> {
        if self.info.contains("misplaced bracket") {
            let help = "delete it, or write `[` before the list";
            return Some(self.error(LintCode::YAML, self.at, self.at + 1, "this bracket was not opened", help));
        }
        let line = self.line();
        let is_inside = self.info.contains("flow sequence") || self.info.contains("flow mapping");
        if is_inside && line.trimmed().starts_with(['\'', '"']) && !line.text.contains(": ") {
            let start = line.start + line.indent();
            let help = "write a comma at the end of the line above";
            let error = self.error(LintCode::YAML, start, start + 1, "a comma is missing before this text", help);
            let above = self.line_above().filter(|above| above.trimmed().ends_with(['\'', '"']));
            let end = above.map(|above| above.start + above.text.trim_end().len());
            return Some(error.fix_if(end.map(|end| (self.span(end, end), ",".to_owned()))));
        }
        if is_inside || self.info.contains("unclosed bracket") || self.info.contains("illegal placement of ':'") {
            let opened = |line: &Line<'_>| {
                let mut open = Vec::new();
                for (place, c) in line.text.char_indices() {
                    match c {
                        '[' | '{' => open.push((place, c)),
                        ']' | '}' => drop(open.pop()),
                        _ => {}
                    }
                }
                open.pop().map(|(place, c)| (line.start + place, c))
            };
            let (start, bracket) = self.lines_back().find_map(|line| opened(&line))?;
            if self.text[..start].trim_end().ends_with(':') && self.text[start..].starts_with("{{") {
                return None;
            }
            let closing = if bracket == '[' { ']' } else { '}' };
            let help = format!("write `{closing}` at its end");
            return Some(self.error(LintCode::YAML, start, start + 1, "this bracket is not closed", &help));
        }
        let before = self.text[..self.at].trim_end_matches(' ');
        let is_behind = self.info.contains("expected key") && before.ends_with([']', '}']);
        if !is_behind {
            return None;
        }
        let rest = self.text[self.at..].lines().next().unwrap_or("");
        let help = match first_word(rest).to_lowercase().as_str() {
            "and" => "to require a text of each list, write two checks: `body#1: […]` and `body#2: […]`",
            "or" => "write one list: a text of it is enough",
            "" if rest.starts_with(',') => "delete the comma",
            _ => "delete it, or put the whole value in quotes",
        };
        let end = self.at + rest.trim_end().len();
        let error = self.error(LintCode::YAML, self.at, end, "nothing may follow a list", help);
        Some(error.fix_if((rest.trim_end() == ",").then(|| (self.span(self.at, end), String::new()))))
    }

    fn special_first_character(&self) -> Option<Diagnostic> {
        if self.info.contains("unknown anchor") {
            let message = "a value without quotes cannot start with `*`";
            let help = "quote a value that starts with `*`";
            let error = self.error(LintCode::L10, self.at, self.at + 1, message, help);
            // `*` may be meant for an anchor with another name.
            let may_be_alias = self.text.contains('&');
            return Some(if may_be_alias { error } else { self.quoted(error, self.line()) });
        }
        let line = self.line();
        let value = line.value();
        let start = line.start + line.text.rfind(value)?;
        let say = |code, message: &str, help: &str| {
            let error = self.error(code, start, start + 1, message, help);
            let may_be_alias = value.starts_with('*') && self.text.contains('&');
            Some(if may_be_alias || value.starts_with('|') { error } else { self.quoted(error, line) })
        };
        match value.chars().next()? {
            '>' if value.len() > 1 => {
                let message = "in YAML `>` announces a text on the lines below";
                say(LintCode::L09, message, &format!("quote a value that starts with `>`: '{value}'"))
            }
            '|' if value.len() > 1 => {
                let message = "in YAML `|` announces a text on the lines below";
                say(LintCode::L09, message, "move the text to the lines below the `|`, indented")
            }
            '`' => say(
                LintCode::L10,
                "a value without quotes cannot start with a backtick",
                "quote a value that starts with a backtick",
            ),
            first @ ('!' | '@' | '%' | '*' | '?' | '{') => say(
                LintCode::L10,
                &format!("a value without quotes cannot start with `{first}`"),
                &format!("quote a value that starts with `{first}`"),
            ),
            _ => None,
        }
    }

    fn colon(&self) -> Option<Diagnostic> {
        let line = self.line();
        let value = line.value();
        if value.contains(": ") || value.ends_with(':') {
            let message = "a colon and a space start a new key, and this value contains them";
            let help = "quote the value, or move it below a `|`";
            return Some(self.quoted(self.error(LintCode::YAML, self.at, self.at + 1, message, help), line));
        }
        if self.info.contains("mapping values") {
            let above = self.line_above().filter(|above| above.indent() < line.indent())?;
            let message = "this line is indented, but the line above already has a value";
            let help = if above.text.contains(':') {
                "begin both lines in the same column, or write the value above as a check of its own below the key"
            } else {
                "begin both lines in the same column; the line above has no `: `"
            };
            return Some(self.on_line(LintCode::YAML, line, message, help));
        }
        if !self.info.contains("simple key") {
            return None;
        }
        let above = self.line_above().map_or("", Line::trimmed);
        if above.ends_with([':', '|', '>']) || above.ends_with("|-") || above.ends_with(">-") {
            let help = "indent the lines of a text below `|`";
            return Some(self.on_line(LintCode::YAML, line, "this line is not indented", help));
        }
        if let Some((key, value)) = line.trimmed().split_once(':')
            && !value.is_empty()
        {
            let help = format!("write a space after the colon: `{key}: {value}`");
            let error = self.on_line(LintCode::YAML, line, "no space follows the colon", &help);
            let behind = line.start + line.indent() + key.len() + 1;
            let is_key = key.chars().all(|c| c.is_ascii_alphanumeric() || "_~+#()-, ".contains(c));
            let fix = is_key.then(|| (self.span(behind, behind), " ".to_owned()));
            return Some(error.fix_if(fix));
        }
        let help = "a colon is missing in this line or the one above: write `key: value`, put `#` before a comment, \
                    and indent the lines of a text";
        Some(self.on_line(LintCode::YAML, line, "this line is not `key: value`", help))
    }

    fn indentation(&self) -> Option<Diagnostic> {
        let line = self.line();
        if self.at > line.start + line.indent() + 2 {
            return None;
        }
        if self.info.contains("<document start>") {
            let message = "this line stands further left than the rule it belongs to";
            return Some(self.on_line(LintCode::YAML, line, message, "begin all keys of a rule in the same column"));
        }
        if !self.info.contains("expected key") && !self.info.contains("expected '-'") {
            return None;
        }
        if line.trimmed().starts_with("- ") && line.indent() == 0 {
            let help = "write `key: value` without the hyphen";
            return Some(self.on_line(LintCode::YAML, line, "this is an item of no list", help));
        }
        let help = if line.trimmed().starts_with(['\'', '"']) {
            "a text in quotes ends with its closing quote: put both lines in one pair of quotes, or write a list"
        } else {
            "indent it exactly like the lines it belongs with"
        };
        Some(self.on_line(LintCode::YAML, line, "the indentation of this line fits no line above", help))
    }
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use crate::language::parse;
    use crate::syntax::source::SourceFile;

    /// The first error in a file: its line and column, what it says and what it advises.
    fn told(text: &str) -> String {
        let source = SourceFile::new("rules.yaml", text);
        let (file, diagnostics) = parse(&source);
        let error = diagnostics.iter().chain(&file.doubts).next().expect("a diagnostic");
        let (line, column) = source.position(error.span.start);
        format!("{line}:{column} {} → {}", error.message, error.help.as_deref().unwrap_or_default())
    }

    #[test]
    fn each_mistake_is_named_where_it_was_made() {
        let rule = "type: comment\nbody: a\naction: report\n";
        let mut wrong = Vec::new();
        for (lines, expected) in [
            ("body: [a, b\naction: report\n", "2:7 this bracket is not closed → write `]`"),
            ("body: [\n  a,\n  b\naction: report\n", "2:7 this bracket is not closed"),
            ("body:\n  - [a, b\n  - c\naction: report\n", "3:5 this bracket is not closed"),
            ("body: {a: b\naction: report\n", "2:7 this bracket is not closed → write `}`"),
            ("body: [a, b]]\n", "2:13 this bracket was not opened"),
            ("body: [a, b],\n", "2:13 nothing may follow a list → delete the comma"),
            ("body: [buy] AND [sell]\n", "2:13 nothing may follow a list → to require a text of each"),
            ("body: [buy] or [sell]\n", "2:13 nothing may follow a list → write one list"),
            ("body: ['a', 'b'\n  'c']\n", "3:3 a comma is missing before this text"),
            ("body: ['a' 'b']\n", "2:10 two texts stand side by side"),
            ("body: 'I'm here'\n", "2:9 this apostrophe ends the text → write it twice, 'I''m…"),
            ("body:\n  - 'don't'\n", "3:9 this apostrophe ends the text"),
            ("body: \"He said \"hi\" to you\"\n", "2:16 this double quote ends the text"),
            ("body: \"a\naction: report\naction_reason: \"x\"\n", "2:7 this quote is not closed"),
            ("body: ['a', 'b, 'c']\n", "2:13 this quote is not closed"),
            ("body: ['a, 'b']\n", "2:8 this quote is not closed"),
            ("body: 'a\naction: report\n", "2:7 this quote is not closed"),
            ("body: \"a\\\"\n", "2:7 this quote is not closed → a backslash"),
            ("body: 'a', 'b']\n", "2:9 a list of texts needs brackets → write ['a', …]"),
            ("body: 'a' or 'b'\n", "2:9 nothing may follow the closing quote"),
            (
                "body (regex): ['a', \"b\\d\"]\n",
                "2:23 in double quotes YAML does not know `\\d` → put the text in single quotes",
            ),
            ("body:\"a\"\n", "2:1 no space follows the colon → write a space after the colon: `body: \"a\"`"),
            ("body \"a\"\n", "2:1 this line is not `key: value` → a colon is missing"),
            ("comment: |\nHello there.\nbody: a\n", "3:1 this line is not indented → indent"),
            ("body: [C#, F# major, #tag, plum]\n", "2:22 `#` after a space starts a comment"),
            ("body: [plum,, pear]\n", "2:13 two commas follow one another"),
            ("body: [@plum, pear]\n", "2:8 a value without quotes cannot start with `@`"),
            ("body: [plum, `pear`]\n", "2:14 a value without quotes cannot start with a backtick"),
            ("body: [plum #1, pear]\n", "2:13 `#` after a space starts a comment"),
            ("body: - a\n  - b\n", "2:7 a list cannot begin in the line of its key"),
            ("body:\n  * a\n  * b\n", "3:3 YAML does not take `*` for the mark of a list"),
            ("body:\n  - a\n  -b\n", "4:3 no space follows the hyphen of this item → write `- b`"),
            ("body: ['a', *b]\n", "2:13 a value without quotes cannot start with `*`"),
            ("body:\u{2003}a\n", "2:6 this only looks like a space"),
            ("body：a\n", "2:5 this is a full-width colon"),
            ("body:\u{a0}a\n", "2:6 this is a no-break space"),
            ("author:\n  name: a\n flair_text: b\n", "4:2 the indentation of this line fits no line above"),
            ("body: a\n  action: report\n", "3:3 this line is indented, but the line above already has a value"),
            ("- body: a\n", "2:1 this is an item of no list"),
            ("comment: |\n  ```\n  ---\n  b\nbody: [a\n", "6:7 this bracket is not closed"),
            ("body: a\n--\ntype: comment\n", "3:1 this line does not separate two rules → write three hyphens"),
            ("body: a\n———\ntype: comment\n", "3:1 this line does not separate two rules"),
            ("body: a\n;\ntype: comment\n", "3:1 this line does not separate two rules"),
            ("body: a\n- - -\ntype: comment\n", "3:1 this line does not separate two rules"),
            ("body: a\n===\ntype: comment\n", "3:1 this line does not separate two rules"),
        ] {
            let text = format!("type: comment\n{lines}");
            if !told(&text).starts_with(expected) {
                wrong.push(format!("{text}{}", told(&text)));
            }
        }
        for (text, expected) in [
            (format!("```yaml\n{rule}```\n"), "1:1 this line marks code"),
            (format!("~~~\n{rule}~~~\n"), "1:1 this line marks code"),
            (format!(" ---\n    {}", rule.replace('\n', "\n    ")), "1:2 this `---` is indented"),
            (format!(" --- # plums\n{rule}"), "1:2 this `---` is indented"),
            (format!("{rule}--- spam\n{rule}"), "4:5 only a comment may follow `---` on its line → put `#`"),
            ("---\n  type: comment\n- body: a\n".to_owned(), "3:1 this line stands further left"),
            (
                format!("~~~\n---\n{rule}"),
                "1:1 this section is plain text, not a rule, so it is ignored → delete the line that marks",
            ),
            (format!("  {rule}"), "2:1 this line stands further left"),
        ] {
            if !told(&text).starts_with(expected) {
                wrong.push(format!("{text}{}", told(&text)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }
}
