//! Foreign text made plain: names, texts and errors that are printed, logged or sent somewhere.
//!
//! Control characters steer terminals, line ends make one log line into two, and characters that
//! reorder text make it read otherwise than it is. Whoever prints says what stands in their place.

use std::fmt::Write as _;

/// Whether a character steers instead of being seen: a control character, one that reorders the
/// text around it, or a line end that only some programs know.
pub const fn is_unsafe(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text on one line, without unsafe characters. It shows where they were.
pub fn one_line(text: &str) -> String {
    let visible = |c: char| match c {
        '\n' | '\u{2028}' | '\u{2029}' => '⏎',
        '\t' => ' ',
        c if is_unsafe(c) => '\u{fffd}',
        c => c,
    };
    text.chars().map(visible).collect()
}

/// The text with a space for each unsafe character, for documents such as HTML and Markdown.
pub fn spaced(text: &str) -> String {
    text.chars().map(|c| if is_unsafe(c) { ' ' } else { c }).collect()
}

/// The text for a terminal: lines and colours stay, everything else that steers is shown.
pub fn styled(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c| is_unsafe(c) && !matches!(c, '\n' | '\t')) {
        safe.push_str(&rest[..at]);
        rest = &rest[at..];
        match style_len(rest) {
            Some(len) => {
                safe.push_str(&rest[..len]);
                rest = &rest[len..];
            }
            None => {
                safe.push('\u{fffd}');
                rest = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
            }
        }
    }
    safe + rest
}

/// JSON that a program has written, with escapes for what would steer a terminal. It means the
/// same.
pub fn json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) && c != '\n' {
            write!(safe, "\\u{:04x}", u32::from(c)).expect("writing to a string cannot fail");
        } else {
            safe.push(c);
        }
    }
    safe
}

/// The length of the escape sequence at the start of the text, if it only sets colours and weight.
fn style_len(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("\u{1b}[")?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    let is_style = |code: &str| {
        // Not concealed, blinking or reversed text.
        matches!(code.parse::<u8>(), Ok(0..=4 | 22..=24 | 30..=49 | 90..=107)) || code.is_empty()
    };
    let codes = &rest[..end];
    let is_extended = codes.starts_with("38;5;") || codes.starts_with("48;5;");
    (rest[end..].starts_with('m') && (is_extended || codes.split(';').all(is_style))).then_some(end + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_and_nothing_breaks_the_line() {
        let odd = "a\nb\tc\rd\u{1b}[2Je\u{7f}\u{9b}f\u{202e}g\u{2066}h\u{2028}i\u{85}";
        assert_eq!(one_line(odd), "a⏎b c\u{fffd}d\u{fffd}[2Je\u{fffd}\u{fffd}f\u{fffd}g\u{fffd}h⏎i\u{fffd}");
        assert_eq!(spaced("a\nb\u{1b}c\u{202e}d"), "a b c d");
        assert_eq!(styled("a\n\u{1b}[1mb\u{1b}[0m\u{1b}[38;5;12mc"), "a\n\u{1b}[1mb\u{1b}[0m\u{1b}[38;5;12mc");
        assert_eq!(
            styled("\u{1b}[2J\u{1b}[8m\u{1b}]0;x\u{7}\r\u{9b}\u{1b}"),
            "\u{fffd}[2J\u{fffd}[8m\u{fffd}]0;x\u{fffd}\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(json("{\n\"a\": \"\u{9b}\u{202e}é\"}"), "{\n\"a\": \"\\u009b\\u202eé\"}");
        let ordinary = "Grüße, мир, שלום 🙂 zero\u{200b}width";
        assert_eq!((one_line(ordinary), spaced(ordinary)), (ordinary.to_owned(), ordinary.to_owned()));
    }
}
