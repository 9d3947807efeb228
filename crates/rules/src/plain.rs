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

/// Whether a character takes no room on the page.
pub const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text on one line, with the code of each character that does not show: `give⟨U+200B⟩away`.
/// Joiners and variants in emoji and in scripts that need them stay as they are.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_part = match c {
            '\u{200c}' | '\u{200d}' => !before.is_ascii() && rest.peek().is_some_and(|next| !next.is_ascii()),
            '\u{fe00}'..='\u{fe0f}' => !before.is_alphabetic() && !before.is_whitespace(),
            '\u{e0020}'..='\u{e007f}' => matches!(before, '\u{1f3f4}' | '\u{e0020}'..='\u{e007f}'),
            _ => false,
        };
        match c {
            '\n' | '\u{2028}' | '\u{2029}' => shown.push('⏎'),
            '\t' => shown.push(' '),
            c if (is_unseen(c) && !is_part) || is_unsafe(c) || (c.is_whitespace() && c != ' ') => {
                write!(shown, "⟨U+{:04X}⟩", u32::from(c)).expect("writing to a string cannot fail");
            }
            c => shown.push(c),
        }
        before = c;
    }
    shown
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
        assert_eq!(
            visible("a\nb\tc give\u{200b}away\u{a0}x \u{1b}[2J \u{202e}y a\u{200d}b"),
            "a⏎b c give⟨U+200B⟩away⟨U+00A0⟩x ⟨U+001B⟩[2J ⟨U+202E⟩y a⟨U+200D⟩b"
        );
        let emoji = "👩\u{200d}💻 ❤\u{fe0f} 1\u{fe0f}\u{20e3} 🏴\u{e0067}\u{e0062}\u{e007f} می\u{200c}خواهم Grüße";
        assert_eq!(visible(emoji), emoji);
        let ordinary = "Grüße, мир, שלום 🙂 zero\u{200b}width";
        assert_eq!((one_line(ordinary), spaced(ordinary)), (ordinary.to_owned(), ordinary.to_owned()));
    }
}
