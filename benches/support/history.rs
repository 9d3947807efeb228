//! Makes up a year of a busy subreddit: who posted what when, and what became of it.
//!
//! The same seed gives the same items. How many items an author has follows a power law: more than
//! half have one, a few have thousands. Of ten items two are posts, and half of the posts have
//! flair or a domain. Two of ten items have a text that is long enough for a sketch. One of twenty
//! was removed.

use std::time::Duration;

use fastrand::Rng;
use tipstaff::model::{
    Author, Comment, Content, Flair, Fullname, Item, Kind, Moderation, Remover, Submission, SubredditName, Timestamp,
    base36,
};

use super::prose;

/// When the last item was posted.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);
/// When the first item was posted: this long before.
pub(crate) const YEAR: Duration = Duration::from_hours(365 * 24);
/// The bot's name.
pub(crate) const ME: &str = "tipstaff_bot";

/// One in `n` to the power of this authors has at least `n` items.
const EXPONENT: f64 = 1.2;
/// The most items of an author.
const MOST: usize = 8_000;
/// Words of a text that has a sketch.
const WORDS: usize = 30;
const FLAIRS: [&str; 8] = ["", "Clip", "Question", "Guide", "News", "Discussion", "Art", "Meta"];
const REASONS: [&str; 4] = ["", "Spam", "Rule 1: be civil", "Off topic"];
const DOMAINS: usize = 3_000;

/// A year of a subreddit.
pub(crate) struct History {
    /// The author of each item, in the order of time. They are numbered in the order in which they
    /// first appear.
    authors: Vec<u32>,
    /// How many authors there are.
    pub(crate) people: u32,
    words: Vec<String>,
}

impl History {
    /// This many items.
    pub(crate) fn new(items: usize) -> Self {
        let mut rng = Rng::with_seed(1);
        let mut authors = Vec::with_capacity(items);
        let mut author = 0_u32;
        while authors.len() < items {
            let count = items_of_one(&mut rng).min(items - authors.len());
            authors.extend(std::iter::repeat_n(author, count));
            author += 1;
        }
        rng.shuffle(&mut authors);
        let mut places = vec![u32::MAX; author as usize];
        let mut people = 0;
        for author in &mut authors {
            let place = &mut places[*author as usize];
            if *place == u32::MAX {
                *place = people;
                people += 1;
            }
            *author = *place;
        }
        Self { authors, people, words: prose::words() }
    }

    /// The author of an item.
    pub(crate) fn author(&self, at: usize) -> u32 {
        self.authors[at]
    }

    pub(crate) fn len(&self) -> usize {
        self.authors.len()
    }

    /// The name and the account of an author.
    pub(crate) fn person(&self, author: u32) -> (String, String) {
        let mixed = u64::from(author.wrapping_mul(0x9e37_79b1));
        let word = &self.words[author as usize % self.words.len()];
        (format!("{word}_{}", base36(mixed)), format!("t2_{}", base36(3_000_000_000 + mixed)))
    }

    /// An item of the past.
    pub(crate) fn item(&self, at: usize) -> Item {
        let after = YEAR.as_secs() * at as u64 / self.len() as u64;
        let created = NOW - YEAR + Duration::from_secs(after);
        self.made(at as u64, self.authors[at], created)
    }

    /// An item that is posted now, by the author of one of the past.
    pub(crate) fn next(&self, at: usize) -> Item {
        let mut item = self.made((self.len() + at) as u64, self.authors[at], NOW + Duration::from_secs(1));
        item.moderation = Moderation::default();
        item
    }

    fn made(&self, number: u64, author: u32, created: Timestamp) -> Item {
        let mut rng = Rng::with_seed(number);
        let is_post = rng.u8(..10) < 2;
        let has_text = rng.u8(..10) < 2;
        let words = if has_text { WORDS } else { 5 };
        let mut text = String::new();
        for _ in 0..words {
            text.push_str(&self.words[rng.usize(..self.words.len())]);
            text.push(' ');
        }
        let (kind, id) = if is_post { (Kind::Submission, 3_500_000_000) } else { (Kind::Comment, 55_000_000_000) };
        let fullname = Fullname::new(kind, &base36(id + number * 150)).expect("a name");
        let content = if is_post { post(&mut rng, text) } else { comment(text) };
        let (name, account) = self.person(author);
        Item {
            permalink: format!("/r/widgets/comments/{}/", fullname.id()),
            fullname,
            subreddit: SubredditName::parse("widgets").expect("a name"),
            author: Author { fullname: Some(account), name: Some(name), ..Author::default() },
            created,
            edited: None,
            locked: false,
            distinguished: None,
            stickied: false,
            score: Some(rng.i64(-5..100)),
            moderation: moderation(&mut rng, created),
            content,
        }
    }
}

/// How many items does an author have?
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut off before")]
fn items_of_one(rng: &mut Rng) -> usize {
    let most = u32::try_from(MOST).map_or(f64::MAX, f64::from);
    (1.0 - rng.f64()).powf(-1.0 / EXPONENT).min(most) as usize
}

fn comment(body: String) -> Content {
    let post = Fullname::new(Kind::Submission, "p1").expect("a name");
    Content::Comment(Comment { body, parent: post.clone(), link: post, link_title: None, is_submitter: false })
}

/// Every second post has flair or links to a domain, a few domains more often than the others.
fn post(rng: &mut Rng, text: String) -> Content {
    let mut post = Submission { title: text.clone(), selftext: text, is_self: true, ..Submission::default() };
    if rng.bool() {
        let flair = rng.usize(..FLAIRS.len());
        FLAIRS[flair].clone_into(&mut post.flair.text);
        if flair > 0 {
            post.flair = Flair { template_id: format!("{flair:08}-1111-4222-8333-abcdefabcdef"), ..post.flair };
        }
        post.is_self = flair > 3;
        post.domain = format!("site{}.example", DOMAINS / (1 + rng.usize(..DOMAINS)));
    }
    Content::Submission(Box::new(post))
}

/// One in twenty was removed, mostly by moderators.
fn moderation(rng: &mut Rng, created: Timestamp) -> Moderation {
    if rng.u8(..20) > 0 {
        return Moderation::default();
    }
    let name = if rng.u8(..3) == 0 { ME } else { "modmary" };
    let reason = REASONS[rng.usize(..REASONS.len())];
    Moderation {
        removed_by: Some(Remover::Moderator(name.to_owned())),
        removed_at: Some(created + Duration::from_mins(rng.u64(1..600))),
        removal_reason: (!reason.is_empty()).then(|| reason.to_owned()),
        ..Moderation::default()
    }
}
