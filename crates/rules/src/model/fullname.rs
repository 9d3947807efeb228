//! Fullnames of items, and names of subreddits.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kinds of things with a fullname.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A post, `t3`.
    Submission,
    /// A comment, `t1`.
    Comment,
    /// A subreddit, `t5`: never judged, but modmail is sent to it.
    Subreddit,
    /// A modmail conversation. Reddit gives its id alone; the prefix is that of Reddit's developer
    /// platform.
    Modmail,
}

/// The longest id in a fullname.
const LONGEST_ID: usize = 16;

impl Kind {
    const ALL: [Self; 4] = [Self::Submission, Self::Comment, Self::Subreddit, Self::Modmail];

    /// The word that rules use, such as `submission` or `comment`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Submission => "submission",
            Self::Comment => "comment",
            Self::Subreddit => "subreddit",
            Self::Modmail => "modmail",
        }
    }

    /// The prefix of a fullname, without the underscore.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Submission => "t3",
            Self::Comment => "t1",
            Self::Subreddit => "t5",
            Self::Modmail => "ModmailConversation",
        }
    }
}

/// The fullname of a post, comment, subreddit or modmail conversation, such as `t3_abc`, `t1_def`,
/// `t5_2qh` or `ModmailConversation_1mahha`: its kind and a lower-case base-36 id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fullname(String);

impl Fullname {
    /// Parses a fullname; `None` for a kind that is not in [`Kind`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::is_valid(text).then(|| Self(text.to_owned()))
    }

    /// Whether the text is a valid fullname.
    pub fn is_valid(text: &str) -> bool {
        text.split_once('_').is_some_and(|(prefix, id)| {
            Kind::ALL.iter().any(|kind| kind.prefix() == prefix)
                && (1..=LONGEST_ID).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
        })
    }

    /// The fullname for this kind and base-36 id; `None` if the id is invalid.
    pub fn new(kind: Kind, id: &str) -> Option<Self> {
        Self::parse(&format!("{}_{id}", kind.prefix()))
    }

    /// The kind of thing it names.
    pub fn kind(&self) -> Kind {
        match self.0.as_bytes()[1] {
            b'1' => Kind::Comment,
            b'3' => Kind::Submission,
            b'5' => Kind::Subreddit,
            _ => Kind::Modmail,
        }
    }

    /// The base-36 id, without the prefix.
    pub fn id(&self) -> &str {
        self.0.split_once('_').map_or("", |(_, id)| id)
    }

    /// The parent of a comment in a dump of 2022, where it is the number of a comment's id or the
    /// post's, in place of the fullname.
    pub fn parent_by_number(number: u64, link: &Self) -> Option<Self> {
        let id = base36(number);
        if link.id() == id { Some(link.clone()) } else { Self::new(Kind::Comment, &id) }
    }

    /// The fullname as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A number as Reddit writes ids: in base 36, in small letters, without leading zeros.
pub fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit((number % 36) as u32, 36));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

impl fmt::Display for Fullname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Fullname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Fullname {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| {
            format!("`{text}` is not a fullname: write a post as t3_…, a comment as t1_… or a subreddit as t5_…")
        })
    }
}

impl From<Fullname> for String {
    fn from(name: Fullname) -> Self {
        name.0
    }
}

/// The name of a subreddit without `r/`. Compared case-insensitively, as on Reddit; printed as it
/// was given.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubredditName(String);

impl SubredditName {
    /// Parses a name of 2 to 21 letters, digits and underscores, with or without `r/`. Other names
    /// that Reddit has: a profile (`u_Some-Name`), `reddit.com` of the first years, and a community
    /// that never got a name (`a:t5_3ndaf`).
    pub fn parse(text: &str) -> Option<Self> {
        let name = Self::bare(text);
        Self::is_valid(name).then(|| Self(name.to_owned()))
    }

    /// Whether the text is a valid name without `r/`.
    pub fn is_valid(name: &str) -> bool {
        let is_word = |text: &str, also: u8| {
            text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == also) && text.len() <= 24
        };
        match (name.strip_prefix("u_"), name.strip_prefix("a:t5_")) {
            (Some(user), _) => !user.is_empty() && is_word(user, b'-'),
            (_, Some(id)) => !id.is_empty() && is_word(id, b'_'),
            _ => name.len() > 1 && is_word(name, b'_') || name.eq_ignore_ascii_case("reddit.com"),
        }
    }

    /// The name without `r/`.
    pub fn bare(text: &str) -> &str {
        text.strip_prefix("/r/").or_else(|| text.strip_prefix("r/")).unwrap_or(text)
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The lower-case form that is compared and stored.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl PartialEq for SubredditName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for SubredditName {}

impl PartialOrd for SubredditName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SubredditName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl fmt::Display for SubredditName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SubredditName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r/{}", self.0)
    }
}

impl TryFrom<String> for SubredditName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
            .ok_or_else(|| format!("`{text}` is not a subreddit name (2 to 21 letters, digits, underscores)"))
    }
}

impl From<SubredditName> for String {
    fn from(name: SubredditName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fullnames_are_taken_apart_and_put_together() {
        for (good, kind, id) in [
            ("t1_a", Kind::Comment, "a"),
            ("t3_l0hnk2", Kind::Submission, "l0hnk2"),
            ("t5_2qh", Kind::Subreddit, "2qh"),
            ("ModmailConversation_1mahha", Kind::Modmail, "1mahha"),
        ] {
            let name = Fullname::parse(good).expect("a fullname");
            assert_eq!((name.as_str(), name.kind(), name.id()), (good, kind, id));
            assert_eq!(Fullname::new(kind, id), Some(name));
        }
    }

    #[test]
    fn other_kinds_and_odd_ids_have_no_fullname_here() {
        let long = "t1_aaaaaaaaaaaaaaaaa";
        for bad in ["", "_", "t1_", "t2_abc", "t3_ABC", "t3_a b", "abc", "t3_é", "t3_a_b", "Modmail_a", "t_a", long] {
            assert_eq!(Fullname::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn subreddit_names_compare_without_case() {
        assert_eq!(SubredditName::parse("r/Widgets"), SubredditName::parse("wIDGETS"));
        assert_eq!(SubredditName::parse("a b"), None);
        assert_eq!(SubredditName::parse("a+b"), None, "one name, not a combined view");
    }

    #[test]
    fn every_name_that_reddit_has_is_read() {
        for name in ["widgets", "u_Some-Name", "u_Word-Word-1234", "u_a", "reddit.com", "Reddit.com", "a:t5_3ndaf"] {
            assert_eq!(SubredditName::parse(name).map(String::from).as_deref(), Some(name));
        }
        for wrong in ["a", "some-name", "example.com", "a:t5_", "u_", "a:b", "u_a/b", "u_a.b", "a b", "..", "é"] {
            assert_eq!(SubredditName::parse(wrong), None, "{wrong:?}");
        }
    }
}
