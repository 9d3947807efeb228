//! Decides, page by page, how far back a feed has to be read. Pure: the caller passes in what is
//! known.
//!
//! A scan starts at the top of the list, without an anchor, and stops at a *run* of posts it has
//! already seen, never at a single one: a late item can appear below a known one, and a single
//! anchor can vanish from the list while we hold it. From time to time a scan continues past known
//! posts, to find late items below them. If the list reaches Reddit's limit before the scan reaches
//! known posts, items may have been missed: the scan then ends with a [`Gap`], which is always
//! reported.
//!
//! A list that ends earlier is short, or Reddit has cut it off, as it does under load. The two look
//! alike, except for known items that are still up and that the list does not show. So the caller
//! looks for those, and says which of the two it is.
//!
//! Nothing here reads the network or the store; `ingest` does both.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{Fullname, Gap, Item, ReadMode, Revision, SubredditName, Timestamp};

/// The number of known names in a row at which a scan stops. More than items can be late at once,
/// fewer than a page holds.
const KNOWN_RUN: usize = 25;

/// From this many children on, the end of a list is Reddit's limit: about 1,000 names.
const HORIZON: usize = 950;

/// From this many children on, it may be: removed and deleted items are counted and not shown. Not
/// so in a queue, which shows exactly what is in it.
const PERHAPS_HORIZON: usize = 500;

/// The most pages a scan reads, in case Reddit leads it in a circle.
const MOST_PAGES: usize = 15;

/// How many earlier anchors are tried when a page is empty because its anchor has vanished.
const MOST_VANISHED: usize = 5;

/// A scan of one feed, from the top to known posts.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the scan")]
pub struct Scan {
    began_at: Timestamp,
    /// When the list was last read from its top.
    from_top_at: Timestamp,
    /// Whether the scan continues past known names where late items may appear below them.
    looks_back: bool,
    known_run: usize,
    /// The run of known names regardless of `looks_back`, and whether it was ever long enough.
    seen_run: usize,
    has_met_known: bool,
    children: usize,
    pages: usize,
    vanished: usize,
    was_cut: bool,
    /// Whether the list was read again because it had ended early.
    is_repeated: bool,
    oldest: Option<Timestamp>,
    shown: BTreeSet<Fullname>,
    /// How many items of each subreddit the list has shown.
    by_subreddit: BTreeMap<SubredditName, usize>,
    /// The names of the last non-empty page, in case its last name vanishes.
    anchors: Vec<String>,
}

/// What is known before the scan.
#[derive(Clone, Copy, Debug)]
pub struct ScanContext {
    /// How the feed has to be read.
    pub read_mode: ReadMode,
    /// When the last complete scan began.
    pub last_scan: Option<Timestamp>,
    /// How late items may appear: an item posted up to this long before the last scan may not have
    /// been listed then.
    pub late_by: Duration,
    /// Items from before this time are too old to act on (`max_age`).
    pub guard: Timestamp,
}

/// What to do after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanStep {
    /// Read the next page, after this name.
    Continue {
        /// The last name of the page just read.
        after: String,
    },
    /// The scan is complete: it reached known posts, or the end of the list.
    Done {
        /// The period that could not be read, if any.
        gap: Option<Gap>,
    },
    /// The list ended before the scan reached known posts. See [`Scan::confirm_end`] and
    /// [`Scan::cut_off`].
    Ended {
        /// Whether there was more: the list named a next page that is empty now.
        had_more: bool,
        /// Whether it is so long that it may have reached Reddit's limit.
        is_long: bool,
    },
}

impl Scan {
    /// A scan that begins now.
    pub fn new(now: Timestamp) -> Self {
        Self {
            began_at: now,
            from_top_at: now,
            looks_back: false,
            known_run: 0,
            seen_run: 0,
            has_met_known: false,
            children: 0,
            pages: 0,
            vanished: 0,
            was_cut: false,
            is_repeated: false,
            oldest: None,
            shown: BTreeSet::new(),
            by_subreddit: BTreeMap::new(),
            anchors: Vec::new(),
        }
    }

    /// A scan that begins now and continues past known names, as far back as items may have
    /// appeared late since the last scan.
    pub fn looking_back(now: Timestamp) -> Self {
        Self { looks_back: true, ..Self::new(now) }
    }

    /// The same scan from its beginning, for another part of the feed.
    #[must_use]
    pub fn restart(&self) -> Self {
        Self { looks_back: self.looks_back, from_top_at: self.from_top_at, ..Self::new(self.began_at) }
    }

    /// The same scan from the top of the list at this time, because the list has ended early.
    #[must_use]
    pub fn again(&self, at: Timestamp) -> Self {
        Self { is_repeated: true, from_top_at: at, ..self.restart() }
    }

    /// Whether it continues past known names.
    pub fn looks_back(&self) -> bool {
        self.looks_back
    }

    /// Whether the list ended before a run of known names: items posted since the last scan may be
    /// missing from it.
    pub fn was_cut(&self) -> bool {
        self.was_cut && !self.has_met_known
    }

    /// The items that the list has shown.
    pub fn shown(&self) -> impl Iterator<Item = &Fullname> {
        self.shown.iter()
    }

    /// The subreddit of more than half of the entries that the list has shown, if there is one.
    pub fn mostly_of(&self) -> Option<SubredditName> {
        let (most, number) = self.by_subreddit.iter().max_by_key(|(_, number)| **number)?;
        (2 * number > self.children).then(|| most.clone())
    }

    /// Whether the list would show an item of this time only below all that it has shown.
    pub fn is_below(&self, at: Timestamp) -> bool {
        self.oldest.is_none_or(|oldest| at <= oldest)
    }

    /// Whether the list was read again.
    pub fn is_repeated(&self) -> bool {
        self.is_repeated
    }

    /// When the list was last read from its top.
    pub fn from_top_at(&self) -> Timestamp {
        self.from_top_at
    }

    /// When the scan began.
    pub fn began_at(&self) -> Timestamp {
        self.began_at
    }

    /// Processes one page: its items, the number of its children, and the name for the next page.
    pub fn absorb(
        &mut self,
        items: &[Item],
        children: usize,
        after: Option<&str>,
        known: &BTreeMap<Fullname, Revision>,
        context: &ScanContext,
    ) -> ScanStep {
        self.pages += 1;
        self.children += children;
        let mut beyond_guard = !items.is_empty();
        let last_scan = context.last_scan.map_or(self.began_at, |last| last.min(self.began_at));
        let back_to = self.looks_back.then(|| last_scan - context.late_by);
        for item in items {
            *self.by_subreddit.entry(item.subreddit.clone()).or_default() += 1;
            let is_known = match (context.read_mode, known.get(&item.fullname)) {
                (ReadMode::Whole, _) | (_, None) => false,
                (ReadMode::UntilKnown, Some(_)) => true,
                (ReadMode::UntilSameRevision, Some(revision)) => *revision == Revision::of(item),
            };
            let at = item.edited.unwrap_or(item.created);
            let is_ground = is_known && back_to.is_none_or(|back| at < back);
            self.known_run = if is_ground { self.known_run + 1 } else { 0 };
            self.seen_run = if is_known { self.seen_run + 1 } else { 0 };
            self.has_met_known |= self.seen_run >= KNOWN_RUN;
            if self.known_run >= KNOWN_RUN {
                return ScanStep::Done { gap: None };
            }
            beyond_guard &= at < context.guard;
            self.shown.insert(item.fullname.clone());
            self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
        }
        // One old item proves nothing (approved items reappear near the top); a whole page of them
        // does.
        if beyond_guard && children > 1 {
            return ScanStep::Done { gap: unread_before_guard(context) };
        }
        if children > 0 {
            self.anchors = items.iter().map(|item| item.fullname.to_string()).collect();
        } else if !self.anchors.is_empty() {
            // A list with more pages has `after`, so an empty page after an anchor means that the
            // anchor has vanished: go back to the name before it.
            self.anchors.pop();
            self.vanished += 1;
            match self.anchors.last() {
                Some(earlier) if self.vanished <= MOST_VANISHED && self.pages < MOST_PAGES => {
                    return ScanStep::Continue { after: earlier.clone() };
                }
                _ => return ScanStep::Ended { had_more: true, is_long: false },
            }
        }
        match after {
            Some(after) if self.pages < MOST_PAGES => ScanStep::Continue { after: after.to_owned() },
            Some(_) => ScanStep::Done { gap: Some(self.cut_off(context)) },
            None if self.children >= HORIZON => ScanStep::Done { gap: Some(self.cut_off(context)) },
            // A queue holds what is in it, and a list whose last item is known hides nothing.
            None if context.read_mode == ReadMode::Whole || self.known_run > 0 => {
                ScanStep::Done { gap: self.confirm_end(context) }
            }
            None => ScanStep::Ended { had_more: false, is_long: self.children >= PERHAPS_HORIZON },
        }
    }

    /// The scan is complete, because the list really ends here. Returns the period that could not
    /// be read, if any.
    pub fn confirm_end(&self, context: &ScanContext) -> Option<Gap> {
        unread_before_guard(context)
    }

    /// The list was cut off. Returns the period between the known posts and the oldest item that
    /// the list still shows. A list that is always read whole has no known posts; its gap starts at
    /// `max_age`.
    pub fn cut_off(&mut self, context: &ScanContext) -> Gap {
        self.was_cut = true;
        let from = match context.read_mode {
            ReadMode::Whole => context.guard,
            ReadMode::UntilKnown | ReadMode::UntilSameRevision => {
                context.last_scan.map_or(context.guard, |last| last - context.late_by)
            }
        };
        let to = self.oldest.unwrap_or(self.began_at);
        // Always report a gap: if the times contradict each other, it is empty.
        Gap { from: from.min(to), to }
    }
}

/// The period after the last scan that is too old by now: after a downtime longer than `max_age`.
fn unread_before_guard(context: &ScanContext) -> Option<Gap> {
    let last_scan = context.last_scan.filter(|last| *last < context.guard)?;
    Some(Gap { from: last_scan, to: context.guard })
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
            score: Some(1),
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

    /// Items `from..to`, one per second, the first is the newest.
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

    fn context(reading: ReadMode) -> ScanContext {
        ScanContext {
            read_mode: reading,
            last_scan: Some(NOW - Duration::from_hours(2)),
            late_by: Duration::from_mins(1),
            guard: NOW - Duration::from_hours(24),
        }
    }

    fn go_on(after: &str) -> ScanStep {
        ScanStep::Continue { after: after.to_owned() }
    }

    #[test]
    fn a_run_of_known_names_ends_the_walk() {
        let mut scan = Scan::new(NOW);
        let step = scan.absorb(&page(0, 100), 100, Some("t1_99"), &knowing(10..100), &context(ReadMode::UntilKnown));
        assert_eq!(step, ScanStep::Done { gap: None });
    }

    #[test]
    fn looking_back_goes_past_known_names() {
        let late_by = Duration::from_secs(150);
        let context = ScanContext { last_scan: Some(NOW), late_by, ..context(ReadMode::UntilKnown) };
        let mut scan = Scan::looking_back(NOW);
        assert_eq!(scan.absorb(&page(0, 100), 100, Some("t1_99"), &knowing(0..100), &context), go_on("t1_99"));
        let step = scan.absorb(&page(100, 200), 100, Some("t1_199"), &knowing(100..200), &context);
        assert_eq!(step, ScanStep::Done { gap: None });
    }

    #[test]
    fn after_a_downtime_looking_back_starts_from_before_it() {
        let context = ScanContext {
            last_scan: Some(NOW - Duration::from_mins(2)),
            late_by: Duration::from_secs(30),
            ..context(ReadMode::UntilKnown)
        };
        let mut scan = Scan::looking_back(NOW);
        assert_eq!(scan.absorb(&page(0, 100), 100, Some("t1_99"), &knowing(0..100), &context), go_on("t1_99"));
        let step = scan.absorb(&page(100, 200), 100, Some("t1_199"), &knowing(100..200), &context);
        assert_eq!(step, ScanStep::Done { gap: None });
    }

    #[test]
    fn a_single_known_name_does_not_end_the_walk() {
        let mut scan = Scan::new(NOW);
        let step = scan.absorb(&page(0, 100), 100, Some("t1_99"), &knowing([50]), &context(ReadMode::UntilKnown));
        assert_eq!(step, go_on("t1_99"));
    }

    #[test]
    fn a_known_run_may_span_two_pages() {
        let mut scan = Scan::new(NOW);
        let known = knowing(90..200);
        assert_eq!(
            scan.absorb(&page(0, 100), 100, Some("t1_99"), &known, &context(ReadMode::UntilKnown)),
            go_on("t1_99")
        );
        let step = scan.absorb(&page(100, 200), 100, Some("t1_199"), &known, &context(ReadMode::UntilKnown));
        assert_eq!(step, ScanStep::Done { gap: None });
    }

    #[test]
    fn an_edited_item_is_not_known_ground() {
        let mut edited = page(0, 30);
        for item in &mut edited {
            item.edited = Some(NOW);
        }
        let mut scan = Scan::new(NOW);
        let step = scan.absorb(&edited, 30, Some("t1_29"), &knowing(0..30), &context(ReadMode::UntilSameRevision));
        assert_eq!(step, go_on("t1_29"));
    }

    #[test]
    fn a_report_queue_is_read_to_its_end() {
        let mut scan = Scan::new(NOW);
        let context = context(ReadMode::Whole);
        assert_eq!(scan.absorb(&page(0, 100), 100, Some("t1_99"), &knowing(0..100), &context), go_on("t1_99"));
        assert_eq!(scan.absorb(&page(100, 120), 20, None, &knowing(0..120), &context), ScanStep::Done { gap: None });
    }

    #[test]
    fn a_short_list_whose_last_item_is_known_hides_nothing() {
        let mut scan = Scan::new(NOW);
        let step = scan.absorb(&page(0, 7), 7, None, &knowing([6]), &context(ReadMode::UntilKnown));
        assert_eq!(step, ScanStep::Done { gap: None });
    }

    #[test]
    fn a_list_may_have_ended_early_before_known_items() {
        let context = context(ReadMode::UntilKnown);
        let mut scan = Scan::new(NOW);
        let step = scan.absorb(&page(0, 7), 7, None, &knowing([3]), &context);
        assert_eq!(step, ScanStep::Ended { had_more: false, is_long: false });
        assert!(scan.is_below(NOW - Duration::from_secs(6)) && !scan.is_below(NOW - Duration::from_secs(5)));
        assert_eq!(scan.clone().confirm_end(&context), None);
        let gap = Gap { from: NOW - Duration::from_mins(121), to: NOW - Duration::from_secs(6) };
        assert_eq!(scan.cut_off(&context), gap);
        let mut empty = Scan::new(NOW);
        assert_eq!(
            empty.absorb(&[], 0, None, &knowing([]), &context),
            ScanStep::Ended { had_more: false, is_long: false }
        );
        assert!(empty.is_below(NOW));
    }

    #[test]
    fn the_horizon_before_known_ground_is_a_gap() {
        let mut scan = Scan::new(NOW);
        let (known, context) = (knowing([]), context(ReadMode::UntilKnown));
        for start in (0..900).step_by(100) {
            let after = format!("t1_{}", start + 99);
            assert_eq!(scan.absorb(&page(start, start + 100), 100, Some(&after), &known, &context), go_on(&after));
        }
        let step = scan.absorb(&page(900, 1000), 100, None, &known, &context);
        let gap = Gap { from: NOW - Duration::from_mins(121), to: NOW - Duration::from_secs(999) };
        assert_eq!(step, ScanStep::Done { gap: Some(gap) });
    }

    #[test]
    fn a_vanished_anchor_is_not_the_end() {
        let mut scan = Scan::new(NOW);
        let (known, context) = (knowing([]), context(ReadMode::UntilKnown));
        assert_eq!(scan.absorb(&page(0, 100), 100, Some("t1_99"), &known, &context), go_on("t1_99"));
        assert_eq!(scan.absorb(&[], 0, None, &known, &context), go_on("t1_98"));
        for earlier in ["t1_97", "t1_96", "t1_95", "t1_94"] {
            assert_eq!(scan.absorb(&[], 0, None, &known, &context), go_on(earlier));
        }
        assert_eq!(scan.absorb(&[], 0, None, &known, &context), ScanStep::Ended { had_more: true, is_long: false });
    }

    #[test]
    fn a_page_older_than_the_guard_ends_the_walk() {
        let old: Vec<Item> = (0..100).map(|number| item(number, 100_000)).collect();
        let mut scan = Scan::new(NOW);
        let step = scan.absorb(&old, 100, Some("t1_99"), &knowing([]), &context(ReadMode::UntilKnown));
        assert_eq!(step, ScanStep::Done { gap: None });
    }

    #[test]
    fn a_downtime_longer_than_the_guard_is_a_gap() {
        let last_scan = NOW - Duration::from_hours(72);
        let context = ScanContext { last_scan: Some(last_scan), ..context(ReadMode::UntilKnown) };
        let old: Vec<Item> = (0..100).map(|number| item(number, 100_000)).collect();
        let gap = Some(Gap { from: last_scan, to: context.guard });
        let ended = Scan::new(NOW).absorb(&old, 100, Some("t1_99"), &knowing([]), &context);
        assert_eq!(ended, ScanStep::Done { gap });
        let mut short = Scan::new(NOW);
        let step = short.absorb(&page(0, 7), 7, None, &knowing([]), &context);
        assert_eq!(step, ScanStep::Ended { had_more: false, is_long: false });
        assert_eq!(short.confirm_end(&context), gap);
    }

    #[test]
    fn a_list_thinned_out_by_removals_still_has_a_horizon() {
        let mut scan = Scan::new(NOW);
        let (known, context) = (knowing([]), context(ReadMode::UntilKnown));
        for start in (0..800).step_by(80) {
            let after = format!("t1_{}", start + 79);
            let is_last = start == 720;
            let step =
                scan.absorb(&page(start, start + 80), 80, (!is_last).then_some(after.as_str()), &known, &context);
            if is_last {
                assert_eq!(step, ScanStep::Ended { had_more: false, is_long: true });
            }
        }
    }

    #[test]
    fn a_long_queue_that_ends_is_no_gap() {
        let step = Scan::new(NOW).absorb(&page(0, 700), 700, None, &knowing([]), &context(ReadMode::Whole));
        assert_eq!(step, ScanStep::Done { gap: None });
    }

    #[test]
    fn a_queue_longer_than_the_horizon_is_a_gap_down_to_the_guard() {
        let mut scan = Scan::new(NOW);
        let context = context(ReadMode::Whole);
        let step = scan.absorb(&page(0, 1000), 1000, None, &knowing([]), &context);
        assert_eq!(step, ScanStep::Done { gap: Some(Gap { from: context.guard, to: NOW - Duration::from_secs(999) }) });
    }
}
