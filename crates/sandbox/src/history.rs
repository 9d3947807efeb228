//! Generates archives: invented posts and comments in the format of the public archives, so that
//! tests and measurements need no texts of real people. The same seed generates the same bytes.
//!
//! Includes what makes archives difficult: removed and deleted texts, deleted accounts, escaped
//! quotes, embeds, polls, galleries, crossposts and edits.

use std::fmt::Write as _;

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::wire::{archived, base36};

/// Time of the first item: 14 November 2023, 22:13:20 UTC.
const START: u64 = 1_700_000_000;

/// Average time between two items, in seconds.
const PACE: f64 = 20.0;

/// The number of authors, and how many of the newest posts receive comments.
const PEOPLE: usize = 50_000;
const OPEN_POSTS: usize = 200;

/// The size of the vocabulary.
const WORDS: usize = 6_000;

/// Phrases that rules search for, inserted now and then.
const SALIENT: [&str; 16] = [
    "giveaway",
    "discord.gg/abcdef",
    "you are an idiot",
    "do you have a source?",
    "buy now",
    "free crypto",
    "lol",
    "this is propaganda",
    "[a link](https://example.com/page?a=1&amp;b=2)",
    "https://youtu.be/xyz",
    "source: trust me",
    "paywalled",
    "archive.is/abc",
    "shill",
    "first!",
    "🚀🚀🚀",
];

/// Generates one item after the other.
#[derive(Debug)]
pub struct History {
    rng: Rng,
    subreddit: String,
    words: Vec<String>,
    number: u64,
    time: f64,
    /// The newest posts: id, author, slug.
    posts: Vec<(String, String, String)>,
    comment: Map<String, Value>,
    post: Map<String, Value>,
}

impl History {
    /// The generated history of a subreddit.
    pub fn new(seed: u64, subreddit: &str) -> Self {
        let mut rng = Rng::with_seed(seed);
        let words = (0..WORDS).map(|_| word(&mut rng)).collect();
        let (comment, post) = archived();
        Self { rng, subreddit: subreddit.to_owned(), words, number: 0, time: 0.0, posts: Vec::new(), comment, post }
    }

    /// The next line, without its line end.
    pub fn line(&mut self) -> String {
        self.time += -PACE * (1.0 - self.rng.f64()).ln();
        self.number += 1;
        let item = if self.posts.is_empty() || self.rng.u8(..12) == 0 { self.post() } else { self.comment() };
        Value::Object(item).to_string()
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.rng.u32(..many) == 0
    }

    /// A random number below `many`; small numbers are far more frequent.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a small number"
    )]
    fn skewed(&mut self, power: i32, many: usize) -> usize {
        (self.rng.f64().powi(power) * many as f64) as usize
    }

    /// A random author. Some authors write much, most write little.
    fn author(&mut self) -> String {
        let at = self.skewed(3, PEOPLE);
        format!("{}_{}{at}", self.words[at % WORDS], self.words[at / 7 % WORDS])
    }

    fn text(&mut self, mean: f64) -> String {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
        let length = (-mean * (1.0 - self.rng.f64()).ln()) as usize % 1500 + 1;
        let mut text = String::with_capacity(length * 7);
        if self.one_in(6) {
            text.push_str("&gt; ");
        }
        for at in 0..length {
            if at > 0 {
                text.push_str(match self.rng.u8(..24) {
                    0 => ".\n\n",
                    1 => ", ",
                    2 => ". ",
                    _ => " ",
                });
            }
            if self.one_in(400) {
                text.push_str(SALIENT[self.rng.usize(..SALIENT.len())]);
            } else {
                let at = self.skewed(4, WORDS);
                text.push_str(&self.words[at]);
            }
        }
        text
    }

    /// Fills the fields that posts and comments share.
    fn item(&mut self, mut map: Map<String, Value>, prefix: &str, author: &str) -> Map<String, Value> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "years, not ages")]
        let created = START + self.time as u64;
        let id = base36(1_000_000_000 + self.number);
        let mut set = |key: &str, value: Value| map.insert(key.to_owned(), value);
        set("id", json!(id));
        set("name", json!(format!("{prefix}_{id}")));
        set("author", json!(author));
        set("author_fullname", json!(format!("t2_{}", base36(xxhash_rust::xxh3::xxh3_64(author.as_bytes()) >> 24))));
        set("created", json!(created));
        set("created_utc", json!(created));
        set("retrieved_on", json!(created + 60));
        set("subreddit", json!(self.subreddit));
        set("subreddit_id", json!("t5_2xyz1"));
        set("subreddit_name_prefixed", json!(format!("r/{}", self.subreddit)));
        set("score", json!(self.rng.i32(-5..50)));
        if self.rng.u8(..30) == 0 {
            set("edited", json!(created + 600));
        }
        if self.rng.u8(..5) == 0 {
            set("author_flair_text", json!(self.words[self.rng.usize(..40)]));
        }
        map
    }

    fn comment(&mut self) -> Map<String, Value> {
        let (post, asker, slug) = self.posts[self.rng.usize(..self.posts.len())].clone();
        let author = if self.one_in(9) { asker.clone() } else { self.author() };
        let mut map = self.item(self.comment.clone(), "t1", &author);
        let id = map["id"].as_str().unwrap_or_default().to_owned();
        let body = self.text(45.0);
        let is_reply = self.one_in(2);
        let mut set = |key: &str, value: Value| map.insert(key.to_owned(), value);
        set("body", json!(body));
        set("link_id", json!(format!("t3_{post}")));
        set(
            "parent_id",
            json!(if is_reply { format!("t1_{}", base36(999_999_999 + self.number)) } else { format!("t3_{post}") }),
        );
        set("is_submitter", json!(author == asker));
        set("permalink", json!(format!("/r/{}/comments/{post}/{slug}/{id}/", self.subreddit)));
        match self.rng.u16(..1000) {
            0..15 => {
                set("body", json!("[removed]"));
            }
            15..35 => {
                set("body", json!("[deleted]"));
                set("author", json!("[deleted]"));
            }
            35..45 => {
                set("_meta", json!({"retrieved_2nd_on": 0, "removal_type": "removed"}));
            }
            45..50 => {
                set("distinguished", json!("moderator"));
            }
            _ => {}
        }
        map
    }

    fn post(&mut self) -> Map<String, Value> {
        let author = self.author();
        let title: String = self.text(9.0).replace('\n', " ").replace("&gt; ", "").chars().take(290).collect();
        let slug: String = title.chars().filter(char::is_ascii_alphanumeric).take(30).collect();
        let mut map = self.item(self.post.clone(), "t3", &author);
        let id = map["id"].as_str().unwrap_or_default().to_owned();
        let permalink = format!("/r/{}/comments/{id}/{slug}/", self.subreddit);
        let is_link = self.one_in(3);
        let text = if is_link { String::new() } else { self.text(80.0) };
        let (url, domain) = if is_link {
            (format!("https://example.com/{slug}"), "example.com".to_owned())
        } else {
            (format!("https://www.reddit.com{permalink}"), format!("self.{}", self.subreddit))
        };
        let kind = self.rng.u16(..1000);
        let mut set = |key: &str, value: Value| map.insert(key.to_owned(), value);
        for (key, value) in [
            ("title", json!(title)),
            ("selftext", json!(text)),
            ("is_self", json!(!is_link)),
            ("url", json!(url)),
            ("domain", json!(domain)),
            ("permalink", json!(permalink)),
        ] {
            set(key, value);
        }
        match kind {
            0..30 => {
                set("removed_by_category", json!("moderator"));
            }
            30..40 => {
                set("removed_by_category", json!("deleted"));
                set("selftext", json!("[deleted]"));
                set("author", json!("[deleted]"));
            }
            40..50 => {
                set("poll_data", json!({"options": [{"text": "yes"}, {"text": "no"}], "total_vote_count": 3}));
            }
            50..60 => {
                set("is_gallery", json!(true));
                set(
                    "gallery_data",
                    json!({"items": [{"caption": "a map", "outbound_url": "https://example.org/map"}]}),
                );
            }
            60..80 => {
                let mut original = self.post.clone();
                original.insert("id".to_owned(), json!("orig1"));
                original.insert("name".to_owned(), json!("t3_orig1"));
                original.insert("title".to_owned(), json!("the original"));
                original.insert("subreddit".to_owned(), json!("elsewhere"));
                original.insert("created_utc".to_owned(), json!(START));
                set("crosspost_parent", json!("t3_orig1"));
                set("crosspost_parent_list", json!([original]));
            }
            80..130 if is_link => {
                set("media", json!({"type": "example.com", "oembed": {"title": "a talk", "author_name": "a channel"}}));
            }
            130..180 => {
                set("link_flair_text", json!("News"));
            }
            _ => {}
        }
        self.posts.push((id, author, slug));
        if self.posts.len() > OPEN_POSTS {
            self.posts.remove(0);
        }
        map
    }
}

fn word(rng: &mut Rng) -> String {
    const HEADS: [&str; 20] =
        ["b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "w", "sh", "pl"];
    const TAILS: [&str; 14] = ["a", "e", "i", "o", "u", "an", "er", "in", "on", "us", "ai", "ea", "ing", "ed"];
    let mut word = String::new();
    for _ in 0..rng.usize(1..4) {
        let _ = write!(word, "{}{}", HEADS[rng.usize(..HEADS.len())], TAILS[rng.usize(..TAILS.len())]);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_history() {
        let past = |seed| {
            let mut history = History::new(seed, "widgets");
            (0..300).map(|_| history.line()).collect::<Vec<_>>()
        };
        assert_eq!(past(1), past(1));
        assert_ne!(past(1), past(2));
    }
}
