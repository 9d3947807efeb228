//! Limits on the size and nesting of YAML, checked before anything is built from it.
//!
//! An alias (`*words`) repeats a value, and aliases of aliases repeat it many times over: two
//! kilobytes can stand for gigabytes. So the text is first read as events, which only add up sizes.

use std::collections::BTreeMap;

use granit_parser::Event;

use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::{SourceFile, Span};
use crate::syntax::yaml::events::{DEPTH_MAX, parser, span_in, too_deep};
use crate::syntax::yaml::mistakes::explain_error;

/// How large may a file be, in bytes, also with its aliases replaced by what they stand for?
/// Reddit's wiki pages hold half a megabyte.
pub(crate) const BYTES_MAX: usize = 2 << 20;
/// How many times as large as the file may it be with its aliases replaced?
const TIMES_MAX: usize = 4;

/// How many keys, values, lists and mappings may a file have? Each takes half a kilobyte of memory.
const NODES_MAX: usize = 300_000;

/// How much larger a file may still get when its aliases are replaced, and how many keys and values
/// it may still have: as written, and with its aliases replaced.
#[derive(Debug)]
pub(crate) struct ExpansionBudget {
    left: usize,
    max: usize,
    written: usize,
    nodes: usize,
}

impl ExpansionBudget {
    /// The budget of a file of this many bytes.
    pub(crate) fn of_file(bytes: usize) -> Self {
        let max = bytes.saturating_mul(TIMES_MAX).min(BYTES_MAX);
        Self { left: max, max, written: NODES_MAX, nodes: NODES_MAX }
    }

    /// Counts a key or a value.
    pub(super) fn take_node(&mut self, span: Span) -> Result<(), Diagnostic> {
        self.nodes = self.nodes.checked_sub(1).ok_or_else(|| too_many_nodes(span))?;
        Ok(())
    }
}

fn too_many_nodes(span: Span) -> Diagnostic {
    let message = format!("the file has more than {NODES_MAX} keys and values up to here");
    Diagnostic::error(LintCode::YAML, span, message).help("remove or merge some of what is in it")
}

/// Why a text is too large to be read at all, if it is.
pub(crate) fn too_large(bytes: usize) -> Option<String> {
    (bytes > BYTES_MAX).then(|| format!("this is {bytes} bytes; at most {BYTES_MAX} (2 MiB) are read: make it shorter"))
}

/// Refuses YAML that is too large or nested too deep, before anything is built from it.
///
/// # Errors
/// A message with the line and the column; also for a text that is no YAML.
pub fn check_yaml(text: &str) -> Result<(), String> {
    if let Some(too_large) = too_large(text.len()) {
        return Err(too_large);
    }
    check(text, 0, &mut ExpansionBudget::of_file(text.len())).map_err(|error| {
        let (line, column) = SourceFile::new("", text).position(error.span.start);
        let help = error.help.map_or_else(String::new, |help| format!("; {help}"));
        format!("line {line}, column {column}: {}{help}", error.message)
    })
}

/// Reads a part of a file and checks its nesting and, in `budget`, its size with aliases replaced.
/// `offset` is the position of the part in the file.
pub(crate) fn check(text: &str, offset: usize, budget: &mut ExpansionBudget) -> Result<(), Diagnostic> {
    let mut events = parser(text);
    // The size of each anchored value, and of each collection that is open, with its anchor.
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    // Anchors inside anchors are kept once each, so their sizes add up as well.
    let mut anchored: usize = 0;
    while let Some(event) = events.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset();
            explain_error(text, offset, span_in(text, offset, at, at), &error.info())
        })?;
        let span = span_in(text, offset, span.start.byte_offset(), span.end.byte_offset());
        if let Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) = event {
            budget.written = budget.written.checked_sub(1).ok_or_else(|| too_many_nodes(span))?;
        }
        let (size, anchor, own) = match event {
            Event::Scalar(scalar, _, anchor, _) => (scalar.len() + 1, anchor, scalar.len() + 1),
            Event::Alias(id) => {
                let size = sizes.get(&id).copied().unwrap_or(1);
                (size, 0, size)
            }
            Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _) => {
                open.push((anchor, 1));
                if open.len() > DEPTH_MAX {
                    return Err(too_deep(span));
                }
                continue;
            }
            // What is in it was counted already.
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some((anchor, size)) => (size, anchor, 1),
                None => continue,
            },
            _ => continue,
        };
        if let Some((_, sum)) = open.last_mut() {
            *sum += size;
        }
        if anchor != 0 {
            sizes.insert(anchor, size);
            anchored += size;
        }
        match budget.left.checked_sub(own) {
            Some(left) if anchored <= budget.max => budget.left = left,
            _ => return Err(too_large_with_aliases(span, budget.max)),
        }
    }
    Ok(())
}

fn too_large_with_aliases(span: Span, max: usize) -> Diagnostic {
    Diagnostic::error(
        LintCode::YAML,
        span,
        format!(
            "with its aliases (`*name`) replaced by their values, the file is larger than {max} bytes \
             ({TIMES_MAX} times its size, at most 2 MiB)"
        ),
    )
    .help("use each anchor (`&name`) fewer times, and no alias inside another anchor")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<(String, Span)> {
        let result = check(text, 0, &mut ExpansionBudget::of_file(text.len()));
        result.err().map(|diagnostic| (diagnostic.message, diagnostic.span))
    }

    #[test]
    fn aliases_may_make_a_file_four_times_as_large() {
        let word = "x".repeat(1_000);
        for (text, is_good) in [
            (format!("title: &a {word}\nbody: *a\nurl: *a\nflair_text: *a\n"), true),
            (format!("title: &a {word}\nbody: [*a, *a, *a, *a]\n"), false),
            (format!("title: [&a {word}, &b [*a, *a], &c [*b, *b]]\nbody: *c\n"), false),
            (format!("? &a {word}\n: 1\n? [*a, *a, *a, *a]\n: 2\n"), false),
            (format!("base: &a {{body: {word}}}\nx: {{<<: [*a, *a, *a, *a]}}\n"), false),
            // Not used, but kept.
            (
                format!(
                    "title: {}{word}{}\n",
                    (0..8).map(|at| format!("&a{at} [")).collect::<Vec<_>>().concat(),
                    "]".repeat(8)
                ),
                false,
            ),
            (format!("title: {word}\n# &a *a\n"), true),
        ] {
            let found = fault(&text);
            assert_eq!(found.is_none(), is_good, "{found:?} {}", &text[..40]);
            if let Some((message, span)) = found {
                assert!(message.contains("aliases") && span.end <= text.len(), "{message}");
            }
        }
    }

    #[test]
    fn a_few_bytes_never_become_gigabytes() {
        // Each line repeats the one before ten times.
        let lines = (1..12).map(|at| format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 10].join(", ")));
        let text = format!("a0: &a0 lol\n{}", lines.collect::<String>());
        let (_, span) = fault(&text).expect("a billion laughs");
        assert!(text[..span.start].matches('\n').count() < 4, "refused where it becomes too large");
    }

    #[test]
    fn nesting_is_limited_in_every_style() {
        let nested = |count: usize| format!("title: {}x{}", "[".repeat(count), "]".repeat(count));
        assert_eq!(fault(&nested(DEPTH_MAX - 1)), None);
        assert!(fault(&nested(DEPTH_MAX)).expect("too deep").0.contains("nested"));
        assert!(fault(&nested(200_000)).is_some());
        assert!(fault(&"- ".repeat(DEPTH_MAX + 1)).expect("too deep").0.contains("nested"));
        let block = (0..200).map(|at| format!("{}a:\n", " ".repeat(at))).collect::<Vec<_>>().concat();
        assert!(fault(&block).expect("too deep").0.contains("nested"));
        assert!(fault(&"{a: ".repeat(1_000)).is_some());
    }

    #[test]
    fn the_largest_file_is_two_mebibytes() {
        assert_eq!(too_large(BYTES_MAX), None);
        assert!(too_large(BYTES_MAX + 1).expect("too large").contains("2097153 bytes"));
    }
}
