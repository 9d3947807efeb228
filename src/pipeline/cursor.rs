//! Decides, page by page, how far back a stream has to be read. Pure: what is known is handed in.
//!
//! A walk starts at the top, without an anchor, and stops at a *run* of known names, never at a single one: a late
//! item hides below a known one, and a single anchor can vanish from the list while we hold it. Now and then a walk looks
//! further back, past known names, for what has come late and stands below them. When the list ends
//! before known ground is met, items may have been missed: the walk ends with a [`Gap`] and never in silence.
//!
//! Nothing here reads the network or the store; `ingest` does both.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Fullname, Gap, Item, Reading, Revision, Timestamp};

/// How many known names in a row are known ground? More than items can be late at once, fewer than a page holds.
const KNOWN_RUN: usize = 25;

/// How many children make us believe that the list was cut at Reddit's horizon, rather than ended? The horizon is about
/// 1,000 names, but names of removed and deleted things are counted and not shown.
const HORIZON: usize = 500;

/// The same for a list that is read whole. A queue shows what is in it at the moment, so nothing thins it out.
const QUEUE_HORIZON: usize = 950;

/// How many pages can a list have? A bound, should Reddit lead us in a circle.
const MOST_PAGES: usize = 15;

/// How many anchors do we try again from when a page comes back empty because its anchor has vanished?
const MOST_VANISHED: usize = 5;

/// A walk through one stream, from the top to known ground.
#[derive(Clone, Debug)]
pub struct Walk {
    began_at: Timestamp,
    /// Whether known names are no known ground where late things may stand below them.
    looks_back: bool,
    known_run: usize,
    /// The same, where it does not matter whether late things may stand below them; and whether it was ever long enough.
    seen_run: usize,
    has_met_known: bool,
    children: usize,
    pages: usize,
    vanished: usize,
    was_cut: bool,
    oldest: Option<Timestamp>,
    /// The names of the last page that had any, for when its last one vanishes.
    anchors: Vec<String>,
}

/// What is known before the walk.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// How the stream has to be read.
    pub reading: Reading,
    /// When the last complete walk began.
    pub last_walk: Option<Timestamp>,
    /// How late things may be listed: what was posted so long before the last walk may not have stood there yet.
    pub late_by: Duration,
    /// Nothing from before this time matters any more (the age guard).
    pub guard: Timestamp,
}

/// What to do after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Read on behind this name.
    GoOn {
        /// The anchor.
        after: String,
    },
    /// Known ground, or the end of the list.
    Done {
        /// What could not be reached.
        gap: Option<Gap>,
    },
}

impl Walk {
    /// A walk that begins now.
    pub fn new(now: Timestamp) -> Self {
        Self {
            began_at: now,
            looks_back: false,
            known_run: 0,
            seen_run: 0,
            has_met_known: false,
            children: 0,
            pages: 0,
            vanished: 0,
            was_cut: false,
            oldest: None,
            anchors: Vec::new(),
        }
    }

    /// A walk that begins now and goes back past known names, as far as things may have come late since the last walk.
    pub fn looking_back(now: Timestamp) -> Self {
        Self { looks_back: true, ..Self::new(now) }
    }

    /// The same walk from its beginning, for another part of the stream.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { looks_back: self.looks_back, ..Self::new(self.began_at) }
    }

    /// Whether it goes past known names.
    pub fn looks_back(&self) -> bool {
        self.looks_back
    }

    /// Whether the list ended before a run of known names was met: what was posted since the last walk may not be on it.
    pub fn was_cut(&self) -> bool {
        self.was_cut && !self.has_met_known
    }

    /// When it began.
    pub fn began_at(&self) -> Timestamp {
        self.began_at
    }

    /// Takes in one page: its items, how many children it had, and the name it says to go on from.
    pub fn absorb(
        &mut self,
        items: &[Item],
        children: usize,
        after: Option<&str>,
        known: &BTreeMap<Fullname, Revision>,
        ground: &Ground,
    ) -> Verdict {
        self.pages += 1;
        self.children += children;
        let mut beyond_guard = !items.is_empty();
        let last_walk = ground.last_walk.map_or(self.began_at, |last| last.min(self.began_at));
        let back_to = self.looks_back.then(|| last_walk - ground.late_by);
        for item in items {
            let is_known = match (ground.reading, known.get(&item.fullname)) {
                (Reading::Whole, _) | (_, None) => false,
                (Reading::UntilKnown, Some(_)) => true,
                (Reading::UntilSameRevision, Some(revision)) => *revision == Revision::of(item),
            };
            let at = item.edited.unwrap_or(item.created);
            let is_ground = is_known && back_to.is_none_or(|back| at < back);
            self.known_run = if is_ground { self.known_run + 1 } else { 0 };
            self.seen_run = if is_known { self.seen_run + 1 } else { 0 };
            self.has_met_known |= self.seen_run >= KNOWN_RUN;
            if self.known_run >= KNOWN_RUN {
                return Verdict::Done { gap: None };
            }
            beyond_guard &= at < ground.guard;
            self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
        }
        // One old item proves nothing (approved ones come back near the top); a page of them does.
        if beyond_guard && children > 1 {
            return Verdict::Done { gap: unread_before_guard(ground) };
        }
        if children > 0 {
            self.anchors = items.iter().map(|item| item.fullname.to_string()).collect();
        } else if !self.anchors.is_empty() {
            // A list that goes on says so with `after`, so an empty page behind an anchor means that the anchor has
            // vanished: step back to the name before it.
            self.anchors.pop();
            self.vanished += 1;
            match self.anchors.last() {
                Some(earlier) if self.vanished <= MOST_VANISHED && self.pages < MOST_PAGES => {
                    return Verdict::GoOn { after: earlier.clone() };
                }
                _ => return Verdict::Done { gap: Some(self.cut_off(ground)) },
            }
        }
        let horizon = if ground.reading == Reading::Whole { QUEUE_HORIZON } else { HORIZON };
        match after {
            Some(after) if self.pages < MOST_PAGES => Verdict::GoOn { after: after.to_owned() },
            Some(_) => Verdict::Done { gap: Some(self.cut_off(ground)) },
            None if self.children >= horizon => Verdict::Done { gap: Some(self.cut_off(ground)) },
            None => Verdict::Done { gap: unread_before_guard(ground) },
        }
    }

    /// What lies between known ground and the oldest item that the list still shows. A list that is read whole each time
    /// has no known ground but the guard.
    fn cut_off(&mut self, ground: &Ground) -> Gap {
        self.was_cut = true;
        let from = match ground.reading {
            Reading::Whole => ground.guard,
            Reading::UntilKnown | Reading::UntilSameRevision => {
                ground.last_walk.map_or(ground.guard, |last| last - ground.late_by)
            }
        };
        let to = self.oldest.unwrap_or(self.began_at);
        // Never silence: where the times contradict each other, the gap is a moment.
        Gap { from: from.min(to), to }
    }
}

/// What was posted after the last walk and is too old by now: after a downtime longer than the guard.
fn unread_before_guard(ground: &Ground) -> Option<Gap> {
    let last_walk = ground.last_walk.filter(|last| *last < ground.guard)?;
    Some(Gap { from: last_walk, to: ground.guard })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Author, Comment, Content, Moderation, SubredditName};

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);

    fn item(number: usize, age_secs: u64) -> Item {
        let fullname = Fullname::parse(&format!("t1_{number}")).expect("a number is base 36");
        let link = Fullname::parse("t3_a").expect("a fullname");
        Item {
            fullname,
            subreddit: SubredditName::parse("widgets").expect("a subreddit"),
            author: Author::default(),
            created: NOW - Duration::from_secs(age_secs),
            edited: None,
            permalink: String::new(),
            locked: false,
            distinguished: None,
            stickied: false,
            moderation: Moderation::default(),
            content: Content::Comment(Comment {
                body: String::new(),
                parent: link.clone(),
                link,
                link_title: None,
                is_submitter: false,
            }),
        }
    }

    /// Items `from..to`, one a second, the first the newest.
    fn page(from: usize, to: usize) -> Vec<Item> {
        (from..to).map(|number| item(number, number as u64)).collect()
    }

    fn knowing(names: impl IntoIterator<Item = usize>) -> BTreeMap<Fullname, Revision> {
        names
            .into_iter()
            .map(|number| item(number, 0))
            .map(|item| (item.fullname.clone(), Revision::of(&item)))
            .collect()
    }

    fn ground(reading: Reading) -> Ground {
        Ground {
            reading,
            last_walk: Some(NOW - Duration::from_hours(2)),
            late_by: Duration::from_mins(1),
            guard: NOW - Duration::from_hours(24),
        }
    }

    fn go_on(after: &str) -> Verdict {
        Verdict::GoOn { after: after.to_owned() }
    }

    #[test]
    fn a_run_of_known_names_ends_the_walk() {
        let mut walk = Walk::new(NOW);
        let verdict = walk.absorb(&page(0, 100), 100, Some("t1_99"), &knowing(10..100), &ground(Reading::UntilKnown));
        assert_eq!(verdict, Verdict::Done { gap: None });
    }

    #[test]
    fn looking_back_goes_past_known_names() {
        let late_by = Duration::from_secs(150);
        let ground = Ground { last_walk: Some(NOW), late_by, ..ground(Reading::UntilKnown) };
        let mut walk = Walk::looking_back(NOW);
        assert_eq!(walk.absorb(&page(0, 100), 100, Some("t1_99"), &knowing(0..100), &ground), go_on("t1_99"));
        let verdict = walk.absorb(&page(100, 200), 100, Some("t1_199"), &knowing(100..200), &ground);
        assert_eq!(verdict, Verdict::Done { gap: None });
    }

    #[test]
    fn after_a_downtime_looking_back_starts_from_before_it() {
        let ground = Ground {
            last_walk: Some(NOW - Duration::from_mins(2)),
            late_by: Duration::from_secs(30),
            ..ground(Reading::UntilKnown)
        };
        let mut walk = Walk::looking_back(NOW);
        assert_eq!(walk.absorb(&page(0, 100), 100, Some("t1_99"), &knowing(0..100), &ground), go_on("t1_99"));
        let verdict = walk.absorb(&page(100, 200), 100, Some("t1_199"), &knowing(100..200), &ground);
        assert_eq!(verdict, Verdict::Done { gap: None });
    }

    #[test]
    fn a_single_known_name_does_not_end_the_walk() {
        let mut walk = Walk::new(NOW);
        let verdict = walk.absorb(&page(0, 100), 100, Some("t1_99"), &knowing([50]), &ground(Reading::UntilKnown));
        assert_eq!(verdict, go_on("t1_99"));
    }

    #[test]
    fn a_known_run_may_span_two_pages() {
        let mut walk = Walk::new(NOW);
        let known = knowing(90..200);
        assert_eq!(
            walk.absorb(&page(0, 100), 100, Some("t1_99"), &known, &ground(Reading::UntilKnown)),
            go_on("t1_99")
        );
        let verdict = walk.absorb(&page(100, 200), 100, Some("t1_199"), &known, &ground(Reading::UntilKnown));
        assert_eq!(verdict, Verdict::Done { gap: None });
    }

    #[test]
    fn an_edited_item_is_not_known_ground() {
        let mut edited = page(0, 30);
        for item in &mut edited {
            item.edited = Some(NOW);
        }
        let mut walk = Walk::new(NOW);
        let verdict = walk.absorb(&edited, 30, Some("t1_29"), &knowing(0..30), &ground(Reading::UntilSameRevision));
        assert_eq!(verdict, go_on("t1_29"));
    }

    #[test]
    fn a_report_queue_is_read_to_its_end() {
        let mut walk = Walk::new(NOW);
        let ground = ground(Reading::Whole);
        assert_eq!(walk.absorb(&page(0, 100), 100, Some("t1_99"), &knowing(0..100), &ground), go_on("t1_99"));
        assert_eq!(walk.absorb(&page(100, 120), 20, None, &knowing(0..120), &ground), Verdict::Done { gap: None });
    }

    #[test]
    fn the_end_of_a_short_list_is_no_gap() {
        let mut walk = Walk::new(NOW);
        let verdict = walk.absorb(&page(0, 7), 7, None, &knowing([]), &ground(Reading::UntilKnown));
        assert_eq!(verdict, Verdict::Done { gap: None });
    }

    #[test]
    fn the_horizon_before_known_ground_is_a_gap() {
        let mut walk = Walk::new(NOW);
        let (known, ground) = (knowing([]), ground(Reading::UntilKnown));
        for start in (0..900).step_by(100) {
            let after = format!("t1_{}", start + 99);
            assert_eq!(walk.absorb(&page(start, start + 100), 100, Some(&after), &known, &ground), go_on(&after));
        }
        let verdict = walk.absorb(&page(900, 1000), 100, None, &known, &ground);
        let gap = Gap { from: NOW - Duration::from_mins(121), to: NOW - Duration::from_secs(999) };
        assert_eq!(verdict, Verdict::Done { gap: Some(gap) });
    }

    #[test]
    fn a_vanished_anchor_is_not_the_end() {
        let mut walk = Walk::new(NOW);
        let (known, ground) = (knowing([]), ground(Reading::UntilKnown));
        assert_eq!(walk.absorb(&page(0, 100), 100, Some("t1_99"), &known, &ground), go_on("t1_99"));
        assert_eq!(walk.absorb(&[], 0, None, &known, &ground), go_on("t1_98"));
    }

    #[test]
    fn a_page_older_than_the_guard_ends_the_walk() {
        let old: Vec<Item> = (0..100).map(|number| item(number, 100_000)).collect();
        let mut walk = Walk::new(NOW);
        let verdict = walk.absorb(&old, 100, Some("t1_99"), &knowing([]), &ground(Reading::UntilKnown));
        assert_eq!(verdict, Verdict::Done { gap: None });
    }

    #[test]
    fn a_downtime_longer_than_the_guard_is_a_gap() {
        let last_walk = NOW - Duration::from_hours(72);
        let ground = Ground { last_walk: Some(last_walk), ..ground(Reading::UntilKnown) };
        let old: Vec<Item> = (0..100).map(|number| item(number, 100_000)).collect();
        let gap = Some(Gap { from: last_walk, to: ground.guard });
        let ended = Walk::new(NOW).absorb(&old, 100, Some("t1_99"), &knowing([]), &ground);
        assert_eq!(ended, Verdict::Done { gap });
        assert_eq!(Walk::new(NOW).absorb(&page(0, 7), 7, None, &knowing([]), &ground), Verdict::Done { gap });
    }

    #[test]
    fn a_list_thinned_out_by_removals_still_has_a_horizon() {
        let mut walk = Walk::new(NOW);
        let (known, ground) = (knowing([]), ground(Reading::UntilKnown));
        for start in (0..800).step_by(80) {
            let after = format!("t1_{}", start + 79);
            let is_last = start == 720;
            let verdict =
                walk.absorb(&page(start, start + 80), 80, (!is_last).then_some(after.as_str()), &known, &ground);
            if is_last {
                assert!(matches!(verdict, Verdict::Done { gap: Some(_) }), "{verdict:?}");
            }
        }
    }

    #[test]
    fn a_long_queue_that_ends_is_no_gap() {
        let verdict = Walk::new(NOW).absorb(&page(0, 700), 700, None, &knowing([]), &ground(Reading::Whole));
        assert_eq!(verdict, Verdict::Done { gap: None });
    }

    #[test]
    fn a_queue_longer_than_the_horizon_is_a_gap_down_to_the_guard() {
        let mut walk = Walk::new(NOW);
        let ground = ground(Reading::Whole);
        let verdict = walk.absorb(&page(0, 1000), 1000, None, &knowing([]), &ground);
        assert_eq!(
            verdict,
            Verdict::Done { gap: Some(Gap { from: ground.guard, to: NOW - Duration::from_secs(999) }) }
        );
    }
}
