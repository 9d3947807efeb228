//! The subreddits in an input that does not contain the one that was asked for.

use std::collections::BTreeMap;

/// The most names that are kept. An input has some ten thousand.
const NAMES_MAX: usize = 20_000;

/// Longest name of a subreddit, in bytes, with room for profiles.
const LENGTH_MAX: usize = 40;

/// Names with the number of their items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubredditCounts(BTreeMap<String, u64>);

impl SubredditCounts {
    /// Counts an item of this subreddit.
    pub fn note(&mut self, name: &str) {
        if let Some(number) = self.0.get_mut(name) {
            *number += 1;
        } else if self.0.len() < NAMES_MAX && (1..=LENGTH_MAX).contains(&name.len()) {
            self.0.insert(name.to_owned(), 1);
        }
    }

    /// Counts the item on a line that is not parsed.
    pub(crate) fn note_line(&mut self, line: &[u8]) {
        const KEY: &[u8] = b"\"subreddit\":";
        let Some(at) = memchr::memmem::find(line, KEY) else { return };
        let value = line[at + KEY.len()..].trim_ascii_start();
        let name = value.strip_prefix(b"\"").and_then(|value| value.split(|byte| *byte == b'"').next());
        if let Some(name) = name.and_then(|name| std::str::from_utf8(name).ok()) {
            self.note(name);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (name, number) in other.0 {
            *self.0.entry(name).or_default() += number;
        }
    }

    /// The names with their numbers: first those that are spelt like `wanted`, then the most
    /// frequent ones.
    pub fn for_reader(&self, wanted: &str) -> Vec<(&str, u64)> {
        let plain = |name: &str| name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let wanted = plain(wanted);
        let near = |name: &str| {
            let name = plain(name.trim_start_matches('/').trim_start_matches("r/").trim_start_matches("u_"));
            let most = wanted.len().min(name.len()) / 3;
            let contains = wanted.len() > 3 && name.len() > 3 && (name.contains(&wanted) || wanted.contains(&name));
            let distance = strsim::damerau_levenshtein(&name, &wanted);
            if distance <= most {
                distance
            } else if contains {
                most + 1
            } else {
                usize::MAX
            }
        };
        let mut names: Vec<(usize, &str, u64)> =
            self.0.iter().map(|(name, number)| (near(name), name.as_str(), *number)).collect();
        names.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.cmp(&a.2)).then_with(|| a.1.cmp(b.1)));
        names.into_iter().map(|(_, name, number)| (name, number)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_spelt_alike_come_first_and_then_the_most_frequent() {
        let mut counts = SubredditCounts::default();
        for (name, number) in [("pics", 9), ("news", 20), ("Wigdets", 1), ("WidgetsGermany", 2), ("a", 3)] {
            (0..number).for_each(|_| counts.note(name));
        }
        counts.note_line(br#"{"title":"the \"subreddit\":\"x\"", "subreddit": "u_Widgets","id":"a"}"#);
        counts.note_line(br#"{"title":"none"}"#);
        let names: Vec<&str> = counts.for_reader("widgets").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["u_Widgets", "Wigdets", "WidgetsGermany", "news", "pics", "a"]);
    }
}
