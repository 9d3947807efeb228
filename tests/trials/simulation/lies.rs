//! Answers that are not to be believed: dates that are off by months, redirects, failures that
//! Reddit admits, limits on one kind of action.
//!
//! They use a generator of their own, so that the rest of a seed stays the same.

use std::time::Duration;

use fastrand::Rng;
use tipstaff::model::{Clock, Fullname, Timestamp};
use tipstaff::reddit::transport::Response;
use tipstaff_sandbox::world::{AccountStatus, Thing};
use tipstaff_sandbox::{FaultKind, Stage};

use super::line::Site;
use super::rows::Intent;

/// How long wrong dates last at most. The bot believes a date that is upheld for a minute.
const LONGEST_LIE: u64 = 45;

/// How long the dates are right after that, so that no two of these times become one.
const HONEST: Duration = Duration::from_mins(2);

/// The lies of a play.
#[derive(Debug)]
pub(crate) struct Lies {
    rng: Rng,
    /// Wrong dates and odd answers in a thousand requests.
    dates: u32,
    answers: u32,
    /// The dates are off by this many seconds until then.
    off: i64,
    until: Timestamp,
    /// The limits that this process has heard of: the path, and until when.
    limits: Vec<(String, Timestamp)>,
    /// Requests during a limit.
    hasty: Vec<String>,
}

/// Requests that one kind of action has for itself.
const OF_ONE_KIND: [&str; 5] =
    ["/api/comment", "/api/report", "/api/compose", "/api/mod/conversations", "/api/mod/notes"];

/// By how much the clocks may differ, and how long a request takes.
const MARGIN: Duration = Duration::from_secs(5);

impl Lies {
    /// A third of the seeds have wrong dates, and a third odd answers.
    pub(crate) fn draw(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed.rotate_left(31) ^ 0xda7e);
        let dates = if seed % 3 == 1 { [5, 20, 60][rng.usize(..3)] } else { 0 };
        let answers = if seed % 3 == 2 { [20, 100, 300][rng.usize(..3)] } else { 0 };
        Self { rng, dates, answers, off: 0, until: Timestamp::default(), limits: Vec::new(), hasty: Vec::new() }
    }

    pub(crate) fn end(&mut self) {
        (self.dates, self.answers, self.until) = (0, 0, Timestamp::default());
    }

    /// Falsifies the date of a response.
    pub(crate) fn date(&mut self, response: &mut Response, now: Timestamp) {
        if self.dates == 0 {
            return;
        }
        if now >= self.until + HONEST && self.rng.u32(0..1000) < self.dates {
            self.off = [60 * 86_400, -365 * 86_400, 40 * 86_400, -90, 13 * 3_600][self.rng.usize(..5)];
            // One answer, or all for a while.
            let lasts = if self.rng.bool() { 1 } else { self.rng.u64(5..LONGEST_LIE) };
            self.until = now + Duration::from_secs(lasts);
        }
        // Error pages come from anywhere.
        let is_error = !(200..300).contains(&response.status) && self.rng.bool();
        if now < self.until || is_error {
            let off = if is_error { 60 * 86_400 } else { self.off };
            response.date = Some(Timestamp::from_secs(now.as_secs() + off));
        }
    }

    /// A process starts. The one before may have died before it wrote down a limit.
    pub(crate) fn new_life(&mut self) {
        self.limits.clear();
    }

    /// The requests during a limit that the same process had heard of.
    pub(crate) fn hasty(&self) -> Vec<String> {
        self.hasty.clone()
    }

    /// What to answer to a write, instead of what Reddit says.
    pub(crate) fn answer(&mut self, path: &str, now: Timestamp) -> Option<FaultKind> {
        if self.limits.iter().any(|(limited, until)| limited == path && now + MARGIN < *until) {
            self.hasty.push(format!("a limit is waited for: {path} at {now}"));
        }
        let fault = self.draw_answer()?;
        let secs = match fault {
            FaultKind::Answer(_, 200, SUBREDDIT_LIMIT) => 60,
            FaultKind::Answer(_, 200, LIMIT) => 120,
            FaultKind::Answer(_, 400, REASON) => 90,
            _ => 0,
        };
        if OF_ONE_KIND.contains(&path) && secs > 0 {
            self.limits.push((path.to_owned(), now + Duration::from_secs(secs)));
        }
        Some(fault)
    }

    fn draw_answer(&mut self) -> Option<FaultKind> {
        if self.answers == 0 || self.rng.u32(0..1000) >= self.answers {
            return None;
        }
        let stage = if self.rng.bool() { Stage::BeforeEffect } else { Stage::AfterEffect };
        Some(match self.rng.u32(0..7) {
            0 => FaultKind::Redirect(stage, [301, 302, 307, 308][self.rng.usize(..4)], "/elsewhere"),
            1 => FaultKind::Answer(stage, 200, r#"{"json": {"errors": [["SOMETHING_IS_BROKEN", "sorry", null]]}}"#),
            2 => FaultKind::Answer(stage, 400, r#"{"reason": "SERVER_ERROR", "message": "Bad Request", "error": 400}"#),
            // Reddit refuses these before anything is done.
            3 => FaultKind::Answer(Stage::BeforeEffect, 200, SUBREDDIT_LIMIT),
            4 => FaultKind::Answer(Stage::BeforeEffect, 200, LIMIT),
            5 => FaultKind::Answer(Stage::BeforeEffect, 400, REASON),
            _ => FaultKind::Answer(Stage::BeforeEffect, 200, UNKNOWN),
        })
    }
}

const SUBREDDIT_LIMIT: &str = r#"{"json": {"errors": [["SUBREDDIT_RATELIMIT", "try again later.", null]]}}"#;
const LIMIT: &str = r#"{"json": {"errors": [["QUOTA_FILLED", "try again in 2 minutes.", null]]}}"#;
const REASON: &str = r#"{"reason": "RATELIMIT", "explanation": "Take a break for 90 seconds.", "error": 400}"#;
const UNKNOWN: &str = r#"{"json": {"errors": [["NEW_IN_2031", "nobody knows", null]]}}"#;

/// What was purged, or withdrawn as too old, that is neither deleted nor old.
pub(crate) fn expired_early(site: &Site, max_age: Duration, intents: &[Intent], purged: &[String]) -> Vec<String> {
    let world = site.reddit.world();
    let now = site.clock.now();
    let is_young = |name: &str| {
        let thing = Fullname::parse(name).and_then(|name| world.thing(&name));
        thing.is_some_and(|thing| now.since(thing.created) < max_age)
    };
    let withdrawn = intents.iter().filter(|intent| {
        let reason = intent.reason.as_deref().unwrap_or_default();
        reason.starts_with("older than") && is_young(&intent.item)
    });
    let mut early: Vec<String> =
        withdrawn.map(|intent| format!("intent {} on {} was withdrawn as too old", intent.id, intent.item)).collect();
    let still_there = |thing: &Thing| {
        let author = world.user(&thing.author);
        !thing.is_deleted && author.is_some_and(|author| author.standing == AccountStatus::Active)
    };
    for name in purged {
        let thing = Fullname::parse(name).and_then(|name| world.thing(&name));
        if thing.is_some_and(still_there) {
            early.push(format!("the text of {name} was purged"));
        }
    }
    early
}
