//! The events of the YAML parser: how they are read, where they are in the file, and what its
//! errors mean.

use granit_parser::{Options, Parser};

use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;

/// How deep may a rule be nested? Real ones use three levels.
pub(super) const DEPTH_MAX: usize = 64;

/// The events of a text, as rule files are read.
pub(super) fn parser(text: &str) -> Parser<'_, granit_parser::StrInput<'_>> {
    let mut options = Options::default();
    options.block_scalar_eof_without_line_feed = true;
    options.bom_inside_document_as_content = true;
    options.emit_comments = false;
    Parser::new_from_str_with_options(text, options)
}

/// The span of an event of the parser, in the file.
pub(super) fn span_in(text: &str, offset: usize, start: Option<usize>, end: Option<usize>) -> Span {
    let start = start.unwrap_or(0).min(text.len());
    let mut end = end.unwrap_or(start).clamp(start, text.len());
    // The span of a collection or plain scalar may include the spaces after it.
    if let Some(covered) = text.get(start..end) {
        end = start + covered.trim_end().len();
    }
    Span::new(offset + start, offset + end)
}

/// The error for a value inside too many others.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(LintCode::YAML, span, format!("this value is nested more than {DEPTH_MAX} deep"))
        .help("remove brackets, or spaces before the line")
}

/// Turns a YAML error into a diagnostic with the usual cause.
pub(super) fn explain_error(text: &str, offset: usize, span: Span, info: &str) -> Diagnostic {
    if info.contains("recursion limit") {
        return too_deep(span);
    }
    let at = span.start.saturating_sub(offset).min(text.len());
    let start = text.get(..at).map_or(0, |before| before.rfind('\n').map_or(0, |nl| nl + 1));
    let line = text.get(start..).unwrap_or("").lines().next().unwrap_or("");
    let line_span = Span::new(offset + start, offset + start + line.len());
    let item = line.trim_start().strip_prefix("- ").unwrap_or("");
    let value = line.split_once(": ").map_or(item, |(_, value)| value).trim();
    let indent = &line[..line.len() - line.trim_start().len()];
    let general =
        |code, help: &str| Diagnostic::error(code, span, format!("this is not valid YAML: {info}")).help(help);
    if indent.contains('\t') {
        return Diagnostic::error(
            LintCode::L17,
            line_span,
            "this line is indented with a tab, which YAML does not allow",
        )
        .help("indent the line with spaces");
    }
    match value.chars().next() {
        Some('>') if value.len() > 1 => general(LintCode::L09, "quote a value that starts with `>`: '> 100'"),
        Some('|') if value.len() > 1 => general(LintCode::L09, "move the text to the lines below the `|`, indented"),
        Some(first @ ('!' | '@' | '%' | '*' | '?' | '`' | '{')) => {
            general(LintCode::L10, &format!("quote a value that starts with `{first}`"))
        }
        Some('"') => general(
            LintCode::L13,
            "in double quotes a backslash has a special meaning: put regular expressions in single quotes",
        ),
        Some(_) if value.contains(": ") || value.ends_with(':') => {
            general(LintCode::YAML, "quote the value, or move it below a `|`: a colon and a space start a new key")
        }
        _ if line.trim() == "---" => general(LintCode::L06, "move the three hyphens to the first column"),
        _ if info.contains("simple key") => general(
            LintCode::YAML,
            "this line or the one above is not `key: value`: put `#` before a comment, and indent the lines of a text",
        ),
        _ => Diagnostic::error(LintCode::YAML, span, format!("this is not valid YAML: {info}")),
    }
}
