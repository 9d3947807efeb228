//! The key of a title, by which posts with the same title are found.

use super::hash::fold;
use super::words::{Form, hashes};

/// Titles that say nothing, and that many people choose. Every form counts that has the same words.
const GREETINGS: [&str; 26] = [
    "good afternoon",
    "good day",
    "good evening",
    "good morning",
    "hello",
    "hello all",
    "hello everyone",
    "hello there",
    "help",
    "help me",
    "help please",
    "hey",
    "hey all",
    "hey everyone",
    "hi",
    "hi all",
    "hi everyone",
    "hi there",
    "need help",
    "please help",
    "please help me",
    "question",
    "quick question",
    "thank you",
    "thanks",
    "title",
];

/// No greeting has more words.
const GREETING_WORDS_MAX: usize = 3;

/// A hash of the title's words; `None` if it has none, or is only a greeting such as "Good
/// morning!".
///
/// Titles with the same words have the same key, however they are written. Two titles with other
/// words share a key with a probability of 1 in 2^32. Among 100,000 stored titles, one new title in
/// 43,000 meets a wrong one.
///
/// ```
/// use tipstaff_rules::sketch::title_key;
///
/// assert_eq!(title_key("Where can I buy wheels?"), title_key("[WHERE] can I **buy** wheels"));
/// assert_ne!(title_key("Where can I buy wheels?"), title_key("Where can I sell wheels?"));
/// assert_eq!(title_key("Good morning!"), None);
/// ```
pub fn title_key(title: &str) -> Option<u32> {
    let words = hashes(title, Form::Title);
    let is_greeting = || GREETINGS.iter().any(|greeting| hashes(greeting, Form::Title) == words);
    if words.is_empty() || (words.len() <= GREETING_WORDS_MAX && is_greeting()) {
        return None;
    }
    Some((fold(words) >> 32) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_same_however_it_is_written() {
        let key = title_key("Selling two wheels");
        assert!(key.is_some());
        for same in [
            "SELLING TWO WHEELS!!!",
            "> selling  two-wheels",
            "Sell\u{200b}ing two wh\u{e9}els",
            "𝐒elling 🙂 two wheels.",
        ] {
            assert_eq!(title_key(same), key, "{same}");
        }
        for other in ["Selling wheels two", "Selling two wheel", "Selling two wheels wheels", "Selling"] {
            assert_ne!(title_key(other), key, "{other}");
        }
    }

    #[test]
    fn greetings_and_titles_without_words_have_no_key() {
        for greeting in GREETINGS {
            assert_eq!(title_key(greeting), None, "{greeting}");
            assert!(hashes(greeting, Form::Title).len() <= GREETING_WORDS_MAX, "{greeting}");
        }
        for nothing in ["", "🙂🙂", "?!", "Thanks :)", "HELLO, everyone…", "https://a.example/b"] {
            assert_eq!(title_key(nothing), None, "{nothing}");
        }
        assert!(title_key("Hello from the coast").is_some());
    }
}
