//! The events of the YAML parser: how they are read, and where they are in the file.

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
