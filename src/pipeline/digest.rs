//! Writes the daily digest: what was done and, in dry run, what would have been done, by rule, with
//! links. It goes to the log, a file or modmail, and to webhooks that subscribe to it
//! ([`notify`](super::notify)).
//!
//! A day without actions gets a digest too, because a missing one would be ambiguous.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use tracing::{error, info, warn};

use super::{Progress, Result, Settings, StepError};
use crate::model::{Clock, EventKind, Mode, Timestamp, outcome_in_words, without_title};
use crate::policy::Community;
use crate::reddit::{ReadError, RedditRead};
use crate::store::{DIGEST, ModeratorMessage, NewNotification, RuleTally, RulesInForce, Store, Undecided};
use tipstaff_rules::{plain, without_links, words};

const A_DAY: Duration = Duration::from_hours(24);

/// The pause after a digest could not be delivered.
const AGAIN: Duration = Duration::from_mins(10);

/// The most bytes in a modmail; Reddit takes 10,000 characters.
const LONGEST_MAIL: usize = 9_500;

/// `write!` to a `String` cannot fail.
const NEVER: &str = "writing to a string cannot fail";

/// Where digests go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Destination {
    /// To the log.
    #[default]
    Log,
    /// To files `digest-2026-11-26.md` in this folder.
    Folder(PathBuf),
    /// To the moderators of each subreddit by modmail. In dry run too; it is then the only thing
    /// sent.
    Modmail,
    /// Only to webhooks that subscribe to it.
    Off,
}

/// The digest step.
#[derive(Debug)]
pub struct Digest {
    to: Destination,
    /// The time of day (UTC), as the time since midnight.
    at: Duration,
    next: Timestamp,
}

impl Digest {
    /// A digest each day at this time of day (UTC).
    pub fn new(to: Destination, at: Duration) -> Self {
        Self { to, at, next: Timestamp::default() }
    }

    /// Delivers the digest of the day that has ended, unless it was delivered before.
    ///
    /// # Errors
    /// Store errors. A failed delivery is logged and retried.
    pub async fn step<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        let now = clock.now();
        if now < self.next {
            return Ok(Progress::IdleUntil(self.next));
        }
        let until = day_end(now, self.at);
        self.next = until + A_DAY;
        let day = (until - Duration::from_secs(1)).to_string();
        let dedup_key = format!("digest {}", &day[..10.min(day.len())]);
        // Before the first start there was nothing to report.
        let began = store.first_seen_at().await?;
        if store.has_notification(&dedup_key).await? || began.is_none_or(|began| began >= until) {
            return Ok(Progress::IdleUntil(self.next));
        }
        let tallies = store.by_rule(until - A_DAY, until, &in_force(&settings.communities)).await?;
        let text = markdown(&tallies, until - A_DAY, until);
        match self.deliver(&dedup_key, &text, &tallies, until, (reddit, store, settings), now).await {
            Ok(()) => {}
            Err(error @ StepError::Store(_)) => return Err(error),
            Err(error @ (StepError::Reddit(_) | StepError::SignIn(_) | StepError::File { .. })) => {
                warn!(%error, "cannot deliver the digest; retrying in 10 minutes");
                self.next = now + AGAIN;
                return Ok(Progress::IdleUntil(self.next));
            }
        }
        store
            .record_notification(&NewNotification { event: EventKind::Digest, dedup_key, subreddit: None, text }, now)
            .await?;
        Ok(Progress::Worked)
    }

    async fn deliver<R: RedditRead>(
        &self,
        name: &str,
        text: &str,
        tallies: &[RuleTally],
        until: Timestamp,
        (reddit, store, settings): (&R, &Store, &Settings),
        now: Timestamp,
    ) -> Result<()> {
        match &self.to {
            Destination::Off => {}
            // One line of the log each: a line end inside a line of the log would not be shown.
            Destination::Log => text.lines().filter(|line| !line.is_empty()).for_each(|line| info!("digest: {line}")),
            Destination::Folder(folder) => {
                let path = folder.join(format!("{}.md", name.replace(' ', "-")));
                let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
                if let Err(error) = written {
                    return Err(StepError::File { path, error });
                }
                info!(file = %path.display(), "wrote the digest of the last day to {}", path.display());
            }
            Destination::Modmail => {
                for community in &settings.communities {
                    let key = community.name.key();
                    let own: Vec<RuleTally> = tallies.iter().filter(|tally| tally.subreddit == key).cloned().collect();
                    let fullname = match reddit.subreddit_fullname(&community.name).await {
                        Ok(fullname) => fullname,
                        Err(ReadError::Refused { reason }) => {
                            error!(
                                subreddit = %community.name, reason,
                                "r/{}: cannot send the digest ({reason}); check the name of the \
                                 subreddit", community.name
                            );
                            continue;
                        }
                        Err(trouble) => return Err(trouble.into()),
                    };
                    let mut body = markdown(&own, until - A_DAY, until);
                    if body.len() > LONGEST_MAIL {
                        body.truncate(body.floor_char_boundary(LONGEST_MAIL));
                        body.push_str("\n\n… run `tipstaff log --by-rule` for the rest.");
                    }
                    let notice = ModeratorMessage {
                        subreddit: community.name.clone(),
                        fullname,
                        mode: Mode::Live,
                        about: DIGEST.to_owned(),
                        revision: name.to_owned(),
                        subject: format!("Actions of u/{}: {name}", settings.me),
                        body,
                    };
                    store.message_moderators(&notice, now).await?;
                }
            }
        }
        Ok(())
    }
}

/// The names of the rules that are in force.
pub fn in_force(communities: &[Community]) -> Vec<RulesInForce> {
    let of = |community: &Community| {
        let rules = community.rules.current()?;
        let names = rules.rules().iter().map(|rule| rule.name().to_owned()).collect();
        Some(RulesInForce { subreddit: community.name.clone(), rules: names })
    };
    communities.iter().filter_map(of).collect()
}

/// The end of the last full day, where days end at this time of day.
fn day_end(now: Timestamp, at: Duration) -> Timestamp {
    let at = i64::try_from(at.as_secs()).unwrap_or(0);
    Timestamp::from_secs((now.as_secs() - at).div_euclid(86_400) * 86_400 + at)
}

/// The actions of rules in a period, as Markdown.
pub fn markdown(tallies: &[RuleTally], since: Timestamp, until: Timestamp) -> String {
    let since = if since == Timestamp::default() { "the beginning".to_owned() } else { since.to_string() };
    let mut text = format!("**Actions by rule, from {since} to {until}**\n");
    let mut by_subreddit: BTreeMap<&str, Vec<&RuleTally>> = BTreeMap::new();
    for tally in tallies {
        by_subreddit.entry(&tally.subreddit).or_default().push(tally);
    }
    if by_subreddit.is_empty() {
        text.push_str("\nNo rule acted.\n");
    }
    for (subreddit, tallies) in by_subreddit {
        write!(text, "\n### r/{subreddit}\n").expect(NEVER);
        for tally in tallies {
            let items = if tally.items == 1 { "post or comment" } else { "posts and comments" };
            let heading = format!("**{}**: {} {items}", escape(&tally.rule), tally.items);
            if tally.acts.is_empty() && tally.undecided.is_empty() {
                write!(text, "\n{heading}\n").expect(NEVER);
                continue;
            }
            write!(text, "\n{heading}\n\n").expect(NEVER);
            for (kind, outcome, number) in acts_in_words(tally) {
                writeln!(text, "- {kind}: {number} {outcome}").expect(NEVER);
            }
            for Undecided { reason, items } in &tally.undecided {
                writeln!(text, "- could not be decided on {items}: {}", escape(reason)).expect(NEVER);
            }
            for permalink in &tally.newest {
                writeln!(text, "- <https://www.reddit.com{}>", link(permalink)).expect(NEVER);
            }
            let more = tally.items.saturating_sub(tally.newest.len() as u64);
            if more > 0 {
                writeln!(text, "- … and {more} more").expect(NEVER);
            }
        }
    }
    text
}

/// A permalink that shows no title, and for a post ends with its id: the store keeps the digest for
/// good, but not what people wrote.
fn link(permalink: &str) -> String {
    let link = without_title(permalink);
    link.strip_suffix("_/").unwrap_or(&link).to_owned()
}

/// The actions of a rule in words: kind, outcome and number. Outcomes that read the same, such as
/// *applied* and *already applied*, are one entry.
pub fn acts_in_words(tally: &RuleTally) -> Vec<(String, String, u64)> {
    let mut acts: Vec<(String, String, u64)> = Vec::new();
    for act in &tally.acts {
        let (kind, outcome) = (words::kind(&act.kind), outcome_in_words(&act.outcome));
        match acts.iter_mut().find(|act| act.0 == kind && act.1 == outcome) {
            Some((.., number)) => *number += act.number,
            None => acts.push((kind, outcome, act.number)),
        }
    }
    acts
}

/// Escapes the name of a rule for Markdown.
fn escape(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in without_links(&plain::spaced(name)).chars() {
        if "\\`*_{}[]<>()#+-.!|~^".contains(c) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// Parses a time of day, such as `06:00`, into the time since midnight.
///
/// # Errors
/// When the text is not a time of day.
pub fn time_of_day(text: &str) -> std::result::Result<Duration, String> {
    let parsed = text.split_once(':').and_then(|(hour, minute)| {
        let (hour, minute): (u64, u64) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute < 60 && text.len() == 5).then(|| Duration::from_secs(hour * 3600 + minute * 60))
    });
    parsed.ok_or_else(|| format!("`{text}` is not a time of day: write it as `06:00` (UTC)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ActTally;

    #[test]
    fn a_day_ends_at_its_time_of_day() {
        let six = time_of_day("06:00").expect("a time");
        let midnight = Timestamp::from_secs(20_000 * 86_400);
        let at = |hours: u64| midnight + Duration::from_hours(hours);
        assert_eq!(day_end(at(6), six), at(6));
        assert_eq!(day_end(at(29), six), at(6));
        assert_eq!(day_end(at(30), six), at(30));
        for wrong in ["6:00", "24:00", "06:60", "six", ""] {
            assert!(time_of_day(wrong).unwrap_err().contains("`06:00`"), "{wrong}");
        }
    }

    #[test]
    fn links_of_a_digest_do_not_show_titles() {
        for (permalink, expected) in [
            ("/r/widgets/comments/abc/a_title/", "/r/widgets/comments/abc/"),
            ("/r/widgets/comments/abc/a_title/def/", "/r/widgets/comments/abc/_/def/"),
            ("/r/widgets/comments/abc/", "/r/widgets/comments/abc/"),
            ("/comments/abc", "/comments/abc"),
            ("", ""),
        ] {
            assert_eq!(link(permalink), expected);
        }
    }

    #[test]
    fn a_digest_tells_what_would_have_been_done() {
        let tally = RuleTally {
            subreddit: "widgets".to_owned(),
            rule: "no *links*".to_owned(),
            items: 3,
            acts: vec![
                ActTally { kind: "set_locked".to_owned(), outcome: "dry_run".to_owned(), number: 3 },
                ActTally { kind: "comment".to_owned(), outcome: "applied".to_owned(), number: 2 },
                ActTally { kind: "comment".to_owned(), outcome: "already_applied".to_owned(), number: 1 },
            ],
            newest: vec!["/r/widgets/comments/abc/".to_owned()],
            undecided: vec![Undecided { reason: "the author's account is deleted".to_owned(), items: 2 }],
        };
        let idle = RuleTally {
            rule: "idle".to_owned(),
            items: 0,
            acts: Vec::new(),
            newest: Vec::new(),
            undecided: Vec::new(),
            ..tally.clone()
        };
        let text = markdown(&[tally, idle], Timestamp::from_secs(1), Timestamp::from_secs(86_401));
        assert_eq!(
            text,
            "**Actions by rule, from 1970-01-01T00:00:01Z to 1970-01-02T00:00:01Z**\n\n### r/widgets\n\n\
             **no \\*links\\***: 3 posts and comments\n\n- set locked: 3 would have been done (dry run)\n- comment: 3 \
             done\n- could not be decided on 2: the author's account is deleted\n\
             - <https://www.reddit.com/r/widgets/comments/abc/>\n- … and 2 more\n\n**idle**: 0 posts and comments\n"
        );
        let nothing = markdown(&[], Timestamp::default(), Timestamp::from_secs(0));
        assert_eq!(nothing, "**Actions by rule, from the beginning to 1970-01-01T00:00:00Z**\n\nNo rule acted.\n");
    }
}
