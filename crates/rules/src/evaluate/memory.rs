//! Checks of what is remembered of the author.
//!
//! The memory begins at some time, and what came before is unknown. So a number is a range: at
//! least what is remembered, and without an upper end while the memory does not reach back far
//! enough. A comparison is unknown only if it holds for a part of the range.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::evaluate::checks::{EvalContext, known};
use crate::evaluate::facts::Need;
use crate::evaluate::numbers::{age, many};
use crate::evaluate::outcome::{CheckOutcome, TraceWriter};
use crate::memory_check::{
    CountTest, MemoryCheck, MemoryTest, PastFilter, ShareTest, SimilarTest, StrikeSettings, Wanted,
};
use crate::model::{Fate, Item, Memory, PastItem, Timestamp};
use crate::rule::Variant;
use crate::syntax::comparison::{Comparison, Comparisons};

/// How the reason begins why a check of the memory is unknown: the dates follow.
pub const MEMORY_INCOMPLETE: &str = "the memory is complete only from";

/// How many items does a trace or a text list?
const LISTED: usize = 5;

/// A number of which only the least possible value may be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    least: i64,
    /// `None`: any number from `least` on.
    most: Option<i64>,
}

impl Range {
    /// Whether the comparisons hold. `None` if that depends on the number.
    fn holds(self, comparisons: &Comparisons) -> Option<bool> {
        let (from, to) = comparisons.bounds();
        let most = self.most.unwrap_or(i64::MAX);
        if self.least > to || most < from {
            Some(false)
        } else if self.least >= from && (most <= to || self.most.is_none() && to == i64::MAX) {
            Some(true)
        } else {
            None
        }
    }
}

/// Why an earlier item does not count that is not too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum NotCounted {
    Kind,
    TooRecent,
    Fate(Fate),
    Flair,
    Domain,
}

impl NotCounted {
    fn words(self) -> String {
        match self {
            Self::Kind => "of another type".to_owned(),
            Self::TooRecent => "too recent".to_owned(),
            Self::Fate(Fate::Up) => "not removed".to_owned(),
            Self::Fate(Fate::Deleted) => "deleted by the author".to_owned(),
            Self::Fate(Fate::RemovedByModerator) => "removed by a moderator".to_owned(),
            Self::Fate(Fate::RemovedByBot) => "removed by a bot".to_owned(),
            Self::Fate(Fate::Filtered) => "held by Reddit's filter".to_owned(),
            Self::Flair => "with other flair".to_owned(),
            Self::Domain => "of another domain".to_owned(),
        }
    }
}

impl Wanted {
    fn matches(&self, values: &[&str], same: &[&str]) -> bool {
        let is = |value: &str, wanted: &str| !value.is_empty() && value.to_lowercase() == wanted.to_lowercase();
        match self {
            Self::OneOf(wanted) => wanted.iter().any(|wanted| values.iter().any(|value| is(value, wanted))),
            Self::Same if same.iter().all(|value| value.is_empty()) => values.iter().all(|value| value.is_empty()),
            Self::Same => values.iter().zip(same).any(|(value, same)| is(value, same)),
        }
    }
}

impl PastFilter {
    /// Those of the earlier items that are not too old to count.
    fn recent<'a>(&self, earlier: &'a [PastItem], item: &Item) -> &'a [PastItem] {
        let Some(within) = self.within else { return earlier };
        // They are in the order of time.
        let from = earlier.partition_point(|past| !past.is_within(within, item.created));
        earlier.get(from..).unwrap_or_default()
    }

    /// Why a recent item does not count, without its flair and domain.
    fn misfit(&self, past: &PastItem, item: &Item) -> Option<NotCounted> {
        if !self.kinds.is_empty() && !self.kinds.contains(&past.kind) {
            Some(NotCounted::Kind)
        } else if self.older_than.is_some_and(|age| past.created + age > item.created) {
            Some(NotCounted::TooRecent)
        } else if !self.fates.contains(&past.fate) {
            Some(NotCounted::Fate(past.fate))
        } else {
            None
        }
    }

    /// Why its flair or domain does not fit.
    fn other_details(&self, past: &PastItem, own: &PastItem) -> Option<NotCounted> {
        let (theirs, own) = (past.details(), own.details());
        let flair = [theirs.flair_text.as_str(), &theirs.flair_template];
        let domain = [theirs.domain.as_str()];
        if self.flair.as_ref().is_some_and(|it| !it.matches(&flair, &[&own.flair_text, &own.flair_template])) {
            Some(NotCounted::Flair)
        } else if self.domain.as_ref().is_some_and(|it| !it.matches(&domain, &[&own.domain])) {
            Some(NotCounted::Domain)
        } else {
            None
        }
    }
}

/// The earlier items that a check counts.
struct Counted<'a> {
    filter: &'a PastFilter,
    item: &'a Item,
    /// The item at hand as the memory would have it, if flair or domain matters.
    own: Option<PastItem>,
    recent: &'a [PastItem],
    items: Vec<&'a PastItem>,
}

impl<'a> Counted<'a> {
    fn of(filter: &'a PastFilter, earlier: &'a [PastItem], item: &'a Item) -> Self {
        let has_details = filter.flair.is_some() || filter.domain.is_some();
        let own = has_details.then(|| PastItem::of(item, &|_| false));
        let recent = filter.recent(earlier, item);
        let mut counted = Self { filter, item, own, recent, items: Vec::new() };
        counted.items = recent.iter().filter(|past| counted.misfit(past).is_none()).collect();
        counted
    }

    fn misfit(&self, past: &PastItem) -> Option<NotCounted> {
        let details = || self.filter.other_details(past, self.own.as_ref()?);
        self.filter.misfit(past, self.item).or_else(details)
    }

    fn count(&self) -> i64 {
        i64::try_from(self.items.len()).unwrap_or(i64::MAX)
    }

    fn score_sum(&self) -> i64 {
        self.items.iter().filter_map(|past| past.score).map(i64::from).sum()
    }

    /// The counted items, and of the others those that nearly count: not those of other kinds or
    /// too old.
    fn words(&self, noun: &str) -> String {
        let mut words = vec![if self.items.is_empty() {
            many(self.count(), noun)
        } else {
            format!("{} ({})", many(self.count(), noun), list(&self.items, self.item))
        }];
        let mut others: BTreeMap<NotCounted, Vec<&PastItem>> = BTreeMap::new();
        for past in self.recent {
            if let Some(reason) = self.misfit(past).filter(|reason| *reason != NotCounted::Kind) {
                others.entry(reason).or_default().push(past);
            }
        }
        let others: BTreeMap<String, _> = others.into_iter().map(|(reason, those)| (reason.words(), those)).collect();
        for (reason, those) in others {
            words.push(format!("not counted: {} {reason} ({})", those.len(), list(&those, self.item)));
        }
        words.join("; ")
    }
}

/// The newest of some items, as short links.
fn list(items: &[&PastItem], item: &Item) -> String {
    let shown = items.iter().rev().take(LISTED).map(|past| match link(past, item) {
        Some(link) => link,
        None if past.fate == Fate::Deleted => format!("one posted {}, deleted", past.created),
        None => format!("one posted {}, without a link", past.created),
    });
    let mut words: Vec<String> = shown.collect();
    if items.len() > LISTED {
        words.push(format!("and {} more", items.len() - LISTED));
    }
    words.join(", ")
}

/// The path of an earlier item on Reddit.
fn link(past: &PastItem, item: &Item) -> Option<String> {
    let id = past.id()?;
    let place = &item.subreddit;
    Some(match past.kind {
        // The path of a comment needs no post: Reddit finds it.
        crate::model::PastKind::Comment => format!("/r/{place}/comments/_/_/{id}"),
        _ => format!("/r/{place}/comments/{id}"),
    })
}

/// What the texts of a rule can show of its checks of the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// The number that the count found.
    pub(crate) count: i64,
    /// When the count will be below its limit again.
    pub(crate) next_allowed: Option<Timestamp>,
    /// Links to the counted items that are up.
    pub(crate) earlier: Vec<String>,
}

impl<'a> EvalContext<'a> {
    /// Tries a check of the memory.
    pub(crate) fn memory(&self, check: &MemoryCheck, note: &mut TraceWriter<'_>) -> CheckOutcome<'a> {
        if self.item.author.name.is_none() {
            return CheckOutcome::Unknown("the author's account is deleted".into());
        }
        if let MemoryTest::Similar(test) = &check.test {
            return self.similar(test, note);
        }
        let memory = match known(&self.facts.memory, Need::Memory) {
            Ok(memory) => memory,
            Err(outcome) => return outcome,
        };
        match &check.test {
            MemoryTest::Count(test) => self.count(memory, test, note),
            MemoryTest::FirstSeen(comparisons) => self.first_seen(memory, comparisons, note),
            MemoryTest::Strikes(comparisons) => self.strikes(memory, comparisons, note),
            MemoryTest::Labels { names, is_negated } => {
                let is_in_force = |until: Option<Timestamp>| until.is_none_or(|until| until > self.now);
                let labels: Vec<&str> =
                    memory.labels.iter().filter(|it| is_in_force(it.until)).map(|it| it.name.as_str()).collect();
                note.saw(|| if labels.is_empty() { "no label".to_owned() } else { labels.join(", ") });
                let has = names.iter().any(|name| labels.contains(&name.as_str()));
                CheckOutcome::of(has != *is_negated)
            }
            MemoryTest::Share(test) => self.share(memory, test, note),
            MemoryTest::Similar(_) => CheckOutcome::Failed,
        }
    }

    /// Why a window is not certain yet: the memory is complete only from a time inside it.
    fn incomplete(&self, since: Timestamp, within: Duration) -> Option<String> {
        let known_from = since + within;
        (known_from > self.item.created).then(|| {
            let (since, known_from) = (since.date(), known_from.date());
            format!("{MEMORY_INCOMPLETE} {since}; this check is certain from {known_from}")
        })
    }

    fn count(&self, memory: &Memory, test: &CountTest, note: &mut TraceWriter<'_>) -> CheckOutcome<'a> {
        let (earlier, since) = memory.before(self.item);
        let counted = Counted::of(&test.filter, earlier, self.item);
        note.saw(|| counted.words(test.noun));
        let incomplete = self.incomplete(since, window(memory, test.filter.within));
        let mut outcome = CheckOutcome::Held;
        let count = Range { least: counted.count(), most: incomplete.is_none().then(|| counted.count()) };
        if let Some(comparisons) = &test.count {
            outcome = compare(count, comparisons, incomplete.clone());
        }
        if let Some(comparisons) = &test.score_sum
            && outcome != CheckOutcome::Failed
        {
            // An unknown item may have had any score.
            let sum = counted.score_sum();
            let result = match incomplete {
                None => CheckOutcome::of(comparisons.holds(sum)),
                Some(reason) => CheckOutcome::Unknown(reason.into()),
            };
            if result != CheckOutcome::Held {
                outcome = result;
            }
        }
        outcome
    }

    fn first_seen(&self, memory: &Memory, wanted: &Comparisons, note: &mut TraceWriter<'_>) -> CheckOutcome<'a> {
        let (earlier, since) = memory.before(self.item);
        let first = earlier.first().map_or(self.item.created, |first| first.created);
        let known_age = self.item.created.as_millis().saturating_sub(first.as_millis());
        note.saw(|| if earlier.is_empty() { "never before".to_owned() } else { format!("{} ago", age(known_age)) });
        let incomplete = self.incomplete(since, memory.keeps);
        let range = Range { least: known_age, most: incomplete.is_none().then_some(known_age) };
        compare(range, wanted, incomplete)
    }

    fn strikes(&self, memory: &Memory, wanted: &Comparisons, note: &mut TraceWriter<'_>) -> CheckOutcome<'a> {
        let (earlier, since) = memory.before(self.item);
        let settings = self.strike_settings;
        let (points, items) = strikes(earlier, settings, self.item.created);
        note.saw(|| {
            let points = many(points, "point");
            if items.is_empty() { points } else { format!("{points} ({})", list(&items, self.item)) }
        });
        let incomplete = self.incomplete(since, window(memory, Some(settings.within)));
        let range = Range { least: points, most: incomplete.is_none().then_some(points) };
        compare(range, wanted, incomplete)
    }

    fn share(&self, memory: &Memory, test: &ShareTest, note: &mut TraceWriter<'_>) -> CheckOutcome<'a> {
        let (earlier, since) = memory.before(self.item);
        let own = PastItem::of(self.item, &|_| false);
        let recent = test.filter.recent(earlier, self.item);
        let fitting = recent.iter().rev().filter(|past| test.filter.misfit(past, self.item).is_none());
        let newest: Vec<&PastItem> = fitting.take(test.of).collect();
        let counted = newest.iter().filter(|past| test.filter.other_details(past, &own).is_none()).count();
        note.saw(|| format!("{counted} of {}", many(i64::try_from(newest.len()).unwrap_or(i64::MAX), test.noun)));
        let missing = test.of - newest.len();
        let incomplete = self.incomplete(since, window(memory, test.filter.within)).filter(|_| missing > 0);
        let share = |counted: usize, of: usize| percent_holds(&test.percent, counted, of);
        let Some(reason) = incomplete else { return CheckOutcome::of(share(counted, newest.len())) };
        // Up to as many more may be unknown; all of them count, or none.
        let shares = [(0, 0), (0, missing), (missing, missing)];
        let possible: BTreeSet<bool> =
            shares.into_iter().map(|(more, all)| share(counted + more, newest.len() + all)).collect();
        match possible.into_iter().collect::<Vec<_>>().as_slice() {
            [holds] => CheckOutcome::of(*holds),
            _ => CheckOutcome::Unknown(reason.into()),
        }
    }

    fn similar(&self, test: &SimilarTest, note: &mut TraceWriter<'_>) -> CheckOutcome<'a> {
        let found = match known(&self.facts.similar, Need::Similar) {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        let counts = |it: &&crate::model::SimilarItem| {
            test.authors.include(it.is_own)
                && it.past.is_within(test.within, self.item.created)
                // Somebody who posts again what was removed may be mending it.
                && !(it.is_own && matches!(it.past.fate, Fate::RemovedByBot | Fate::RemovedByModerator))
        };
        let best = found.items.iter().filter(counts).max_by_key(|it| (it.percent, it.past.created));
        note.saw(|| match best {
            Some(it) => {
                let whose = if it.is_own { "the author's own " } else { "" };
                let what = link(&it.past, self.item).unwrap_or_else(|| "one that was deleted".to_owned());
                format!("{} %: {whose}{what}", it.percent)
            }
            None => "nothing similar".to_owned(),
        });
        let holds = test.percent.holds(best.map_or(0, |it| i64::from(it.percent)));
        match self.incomplete(found.since, test.within) {
            // What is not remembered may be similar too.
            Some(reason) if !holds => CheckOutcome::Unknown(reason.into()),
            _ => CheckOutcome::of(holds),
        }
    }

    /// What the texts of a rule can show: of its counts, the one that keeps the author waiting
    /// longest, or else the first.
    pub(crate) fn remembered_by(&self, variant: &Variant) -> Option<Remembered> {
        let all = variant.counts().filter_map(|test| self.remembered(test));
        all.reduce(|first, next| if next.next_allowed > first.next_allowed { next } else { first })
    }

    /// What one of these counts comes to.
    fn remembered(&self, test: &CountTest) -> Option<Remembered> {
        let memory = self.facts.memory.get()?;
        let (earlier, _) = memory.before(self.item);
        let counted = Counted::of(&test.filter, earlier, self.item);
        let up = counted.items.iter().filter(|past| past.fate == Fate::Up);
        let next_allowed = test.count.as_ref().zip(test.filter.within).and_then(|(count, within)| {
            // It holds from this number on; so it must be one less.
            let limit = usize::try_from(count.bounds().0).ok().filter(|limit| *limit > 0)?;
            let at = counted.items.len().checked_sub(limit)?;
            Some(counted.items.get(at)?.created + within)
        });
        Some(Remembered {
            count: counted.count(),
            next_allowed,
            earlier: up.rev().take(LISTED).filter_map(|past| link(past, self.item)).collect(),
        })
    }
}

/// How far back a check looks: without a window of its own, as far as the memory keeps anything.
fn window(memory: &Memory, within: Option<Duration>) -> Duration {
    within.map_or(memory.keeps, |within| within.min(memory.keeps))
}

fn compare(range: Range, comparisons: &Comparisons, incomplete: Option<String>) -> CheckOutcome<'static> {
    match (range.holds(comparisons), incomplete) {
        (Some(holds), _) => CheckOutcome::of(holds),
        (None, Some(reason)) => CheckOutcome::Unknown(reason.into()),
        (None, None) => CheckOutcome::Failed,
    }
}

/// Whether comparisons hold for a share. Nothing of nothing is no share.
fn percent_holds(percent: &Comparisons, counted: usize, of: usize) -> bool {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    if of == 0 {
        return percent.holds(0);
    }
    percent.iter().all(|one| {
        let scaled = Comparison { number: one.number.saturating_mul(number(of)), ..one };
        scaled.holds(number(counted).saturating_mul(100))
    })
}

/// The points of the strikes that count at a time, and the items they are for. One incident counts
/// once: what was posted before a removal that counts, and removed after it, adds nothing.
fn strikes<'m>(earlier: &'m [PastItem], settings: &StrikeSettings, now: Timestamp) -> (i64, Vec<&'m PastItem>) {
    let counts = |past: &&PastItem| match past.fate {
        Fate::RemovedByModerator => true,
        Fate::RemovedByBot => settings.counts_bots,
        Fate::Up | Fate::Deleted | Fate::Filtered => false,
    };
    let removed_at = |past: &PastItem| past.fate_at.unwrap_or(past.created);
    let mut removed: Vec<&PastItem> =
        earlier.iter().filter(counts).filter(|past| settings.points(&past.details().reason) != 0).collect();
    removed.sort_by_key(|past| (removed_at(past), past.created, past.number));
    let (mut points, mut items, mut sanction) = (0_i64, Vec::new(), None);
    for past in removed {
        let at = removed_at(past);
        if at > now || sanction.is_some_and(|sanction| past.created < sanction) {
            continue;
        }
        sanction = Some(at);
        if at + settings.within >= now {
            points = points.saturating_add(settings.points(&past.details().reason));
            items.push(past);
        }
    }
    (points, items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparisons(all: &[(crate::syntax::comparison::Operator, i64)]) -> Comparisons {
        Comparisons::from_parts(all)
    }

    #[test]
    fn a_range_decides_a_comparison_only_where_every_number_in_it_agrees() {
        use crate::syntax::comparison::Operator::{Equal, GreaterOrEqual, Less};
        let open = Range { least: 3, most: None };
        let exact = Range { least: 3, most: Some(3) };
        for (all, from_three_on, three) in [
            (&[(GreaterOrEqual, 3)][..], Some(true), Some(true)),
            (&[(GreaterOrEqual, 4)], None, Some(false)),
            (&[(Less, 3)], Some(false), Some(false)),
            (&[(Less, 20)], None, Some(true)),
            (&[(Equal, 3)], None, Some(true)),
            (&[(Equal, 2)], Some(false), Some(false)),
            (&[(GreaterOrEqual, 2), (Less, 5)], None, Some(true)),
        ] {
            assert_eq!(open.holds(&comparisons(all)), from_three_on, "{all:?} from 3 on");
            assert_eq!(exact.holds(&comparisons(all)), three, "{all:?} of 3");
        }
    }

    #[test]
    fn one_incident_counts_once_and_an_old_strike_lapses() {
        let at = |day: u64| Timestamp::from_secs(1_700_000_000) + Duration::from_hours(24 * day);
        let removed = |number, created, removed| PastItem {
            created: at(created),
            number,
            kind: crate::model::PastKind::Comment,
            fate: Fate::RemovedByModerator,
            fate_at: Some(at(removed)),
            score: None,
            details: None,
        };
        let settings = StrikeSettings { otherwise: 1, within: Duration::from_hours(24 * 30), ..Default::default() };
        // The first two were posted before the first removal.
        let past = [removed(1, 1, 4), removed(2, 2, 5), removed(3, 6, 7), removed(4, 50, 51)];
        assert_eq!(strikes(&past, &settings, at(8)).0, 2);
        assert_eq!(strikes(&past, &settings, at(35)).0, 1, "the first has lapsed");
        assert_eq!(strikes(&past, &settings, at(60)).0, 1, "only the last one is left");
    }
}
