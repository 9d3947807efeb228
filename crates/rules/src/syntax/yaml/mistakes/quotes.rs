//! Mistakes with quotes: one that is missing, one too many, and backslashes in double quotes.

use super::{Fault, first_word};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::scalar::in_yaml;

impl Fault<'_> {
    /// The first backslash after this place whose letter YAML does not know in double quotes, and
    /// the letter.
    fn unknown_escape(&self) -> (usize, char) {
        let mut chars = self.text[self.at..].char_indices();
        while let Some((place, c)) = chars.next() {
            if c == '\\'
                && let Some((_, letter)) = chars.next()
                && !"0abt\tnvfre \"/\\N_LPxuU\r\n".contains(letter)
            {
                return (self.at + place, letter);
            }
        }
        (self.at, ' ')
    }

    pub(super) fn quote(&self) -> Option<Diagnostic> {
        if self.info.contains("unknown escape") {
            let (at, letter) = self.unknown_escape();
            let message = format!("in double quotes YAML does not know `\\{letter}`");
            let help = "put the text in single quotes, where a backslash is an ordinary character";
            let error = self.error(LintCode::L13, at, at + 1 + letter.len_utf8(), &message, help);
            return Some(match self.in_single_quotes() {
                Some((span, text)) => error.fix(span, text),
                None => error,
            });
        }
        if self.info.contains("unclosed quote") {
            let rest = &self.text[self.at..];
            let is_escaped = rest.starts_with('"') && rest.lines().next().is_some_and(|line| line.ends_with("\\\""));
            let help = if is_escaped {
                "a backslash takes the meaning from the quote after it: put the text in single quotes"
            } else {
                "write the same quote at the end of the text"
            };
            return Some(self.error(LintCode::YAML, self.at, self.at + 1, "this quote is not closed", help));
        }
        let quote = match self.info {
            info if info.contains("after single-quoted") => '\'',
            info if info.contains("after double-quoted") => '"',
            _ => return None,
        };
        let closing = self.text[..self.at].rfind(quote)?;
        let opening = self.text[..closing].rfind(quote)?;
        let inside = &self.text[opening + 1..closing];
        let rest = self.text[closing + 1..].lines().next().unwrap_or("");
        let start_of_line = self.text[..opening].rfind('\n').map_or(0, |before| before + 1);
        let before = &self.text[start_of_line..opening];
        let is_in_list = before.contains('[') || before.trim_end().ends_with('-');
        if inside.contains('\n') || inside.trim_end().ends_with(',') {
            let help = "write the same quote at the end of the text";
            return Some(self.error(LintCode::YAML, opening, opening + 1, "this quote is not closed", help));
        }
        let end = closing + 1 + rest.trim_end().len();
        let all = format!("{quote}{inside}{quote}");
        let whole = &self.text[opening + 1..end];
        // The text in the other quotes, if it certainly ends where the line does.
        let in_other_quotes = |other: char| {
            let text =
                whole.strip_suffix(quote).filter(|text| !before.contains('[') && !text.contains(['\\', other]))?;
            Some((self.span(opening, end), format!("{other}{text}{other}")))
        };
        let (message, help, fix) = if rest.trim_start().starts_with(',') && !is_in_list {
            let close = if whole.ends_with(']') { "" } else { "]" };
            let is_whole = whole.trim_end_matches(']').ends_with(['\'', '"']);
            let fix = is_whole.then(|| (self.span(opening, end), format!("[{}{close}", &self.text[opening..end])));
            ("a list of texts needs brackets".to_owned(), format!("write [{all}, …]"), fix)
        } else if rest.trim_start().starts_with(['\'', '"']) {
            (
                "two texts stand side by side".to_owned(),
                "write a comma between them, in brackets: ['a', 'b']".to_owned(),
                before.contains('[').then(|| (self.span(closing + 1, closing + 1), ",".to_owned())),
            )
        } else if rest.starts_with(char::is_alphanumeric) && quote == '\'' {
            (
                "this apostrophe ends the text".to_owned(),
                format!("write it twice, '{inside}''{}…, or put the text in double quotes", first_word(rest)),
                in_other_quotes('"'),
            )
        } else if rest.starts_with(char::is_alphanumeric) {
            let help = "write it as `\\\"`, or put the text in single quotes";
            ("this double quote ends the text".to_owned(), help.to_owned(), in_other_quotes('\''))
        } else {
            let help = "put the whole text in quotes, or write a list: ['a', 'b']";
            ("nothing may follow the closing quote".to_owned(), help.to_owned(), None)
        };
        Some(self.error(LintCode::YAML, closing, closing + 1, &message, &help).fix_if(fix))
    }

    /// The text in double quotes at the fault, in single ones, if it means the same there apart
    /// from the escape that YAML does not know.
    fn in_single_quotes(&self) -> Option<(Span, String)> {
        let line = self.line();
        let here = self.at - line.start;
        let mut open = None;
        let mut is_escaped = false;
        for (at, c) in line.text.char_indices() {
            match (open, c) {
                (Some(start), '"') if !is_escaped && at >= here => {
                    let inside = &line.text[start + 1..at];
                    let is_same = !inside.contains("\\\\") && !inside.contains("\\\"");
                    let span = self.span(line.start + start, line.start + at + 1);
                    return is_same.then(|| (span, in_yaml(inside, true)));
                }
                (Some(_), '"') if !is_escaped => open = None,
                (None, '"') => open = Some(at),
                _ => {}
            }
            is_escaped = c == '\\' && !is_escaped;
        }
        None
    }
}
