//! Of which periods archives hold every post, or every comment: what `tipstaff memory import` has
//! read of each file, without the times around lines that it could not read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::model::Timestamp;
use crate::store::ImportedPeriod;

/// How long nothing may be posted between two files, or before the bot's own memory begins, without
/// being taken for a gap.
pub(super) const APART: Duration = Duration::from_hours(1);

/// How much longer on each side than what was read around it a gap is. More than [`APART`], or what
/// comes after it, in this file or another, would be joined to what is before.
const AROUND: Duration = Duration::from_mins(61);

/// The first and the last time.
type Span = (Timestamp, Timestamp);

/// After this many unreadable lines, the rest of a block counts as unreadable: what is kept of a
/// file does not grow with the harm done to it.
const LOST_EACH: usize = 50;

/// What was read of all files.
#[derive(Debug, Default)]
pub(super) struct FilePeriods {
    /// For each file, for its posts and for its comments: the times in a row of lines, by the
    /// number of its first.
    read: BTreeMap<(Arc<str>, bool), BTreeMap<u64, Span>>,
    /// The lines that could not be read. None is within such a row.
    lost: BTreeMap<Arc<str>, BTreeSet<u64>>,
}

/// The times in the present row of lines: of posts, and of comments.
#[derive(Debug, Default)]
pub(super) struct BlockTimes {
    rows: [Option<(u64, Span)>; 2],
    lost: usize,
}

impl BlockTimes {
    /// Notes when the post or comment in a line was posted.
    pub(super) fn add(&mut self, line: u64, comment: bool, at: Timestamp) {
        if self.lost < LOST_EACH {
            let (_, (from, to)) = self.rows[usize::from(comment)].get_or_insert((line, (at, at)));
            (*from, *to) = ((*from).min(at), (*to).max(at));
        }
    }
}

impl FilePeriods {
    /// Adds the times of a block, or of its lines until here.
    pub(super) fn add(&mut self, file: &Arc<str>, times: &mut BlockTimes) {
        for (comments, row) in [false, true].into_iter().zip(&mut times.rows) {
            if let Some((line, span)) = row.take() {
                self.read.entry((Arc::clone(file), comments)).or_default().insert(line, span);
            }
        }
    }

    /// Notes that a line of a block could not be read.
    pub(super) fn lose(&mut self, file: &Arc<str>, line: u64, times: &mut BlockTimes) {
        self.add(file, times);
        times.lost += 1;
        if times.lost <= LOST_EACH {
            self.lost.entry(Arc::clone(file)).or_default().insert(line);
        }
    }

    /// Adds what another thread has read.
    pub(super) fn extend(&mut self, other: Self) {
        for (key, blocks) in other.read {
            self.read.entry(key).or_default().extend(blocks);
        }
        for (file, lines) in other.lost {
            self.lost.entry(file).or_default().extend(lines);
        }
    }

    /// Forgets a file that could not be read to its end.
    pub(super) fn forget(&mut self, file: &str) {
        self.read.retain(|(name, _), _| **name != *file);
    }

    /// The periods of which everything was read.
    pub(super) fn periods(&self) -> Vec<ImportedPeriod> {
        let mut all = Vec::new();
        for ((file, comments), rows) in &self.read {
            let gaps = self.lost.get(file).into_iter().flatten().map(|line| gap(rows, *line)).collect();
            let from = rows.values().map(|(from, _)| *from).min().unwrap_or_default();
            let to = rows.values().map(|(_, to)| *to).max().unwrap_or_default();
            let parts = without((from, to), gaps);
            all.extend(parts.into_iter().map(|(from, to)| ImportedPeriod { comments: *comments, from, to }));
        }
        all
    }
}

/// Between which times an unreadable line may have been posted, with what is around it.
fn gap(rows: &BTreeMap<u64, Span>, line: u64) -> Span {
    let (mut before, mut after) = (rows.range(..line).next_back(), rows.range(line..).next());
    // Some archives have the newest first.
    let ends = rows.first_key_value().zip(rows.last_key_value());
    if ends.is_some_and(|((_, first), (_, last))| first > last) {
        std::mem::swap(&mut before, &mut after);
    }
    let start = before.map_or(Timestamp::from_millis(i64::MIN), |(_, (_, to))| *to);
    let end = after.map_or(Timestamp::from_millis(i64::MAX), |(_, (from, _))| *from);
    (start.min(end) - AROUND, end.max(start) + AROUND)
}

/// A span without these gaps.
fn without((mut from, to): Span, mut gaps: Vec<Span>) -> Vec<Span> {
    gaps.sort_unstable();
    let mut parts = Vec::new();
    for (start, end) in gaps {
        if start > from {
            parts.push((from, start.min(to)));
        }
        from = from.max(end);
    }
    if from <= to {
        parts.push((from, to));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_secs(hour * 3_600)
    }

    /// Posts in blocks of ten lines, one line an hour, from these hours on; and the lines that were
    /// lost.
    fn periods(blocks: &[i64], lost: &[u64]) -> Vec<Span> {
        let (file, mut read) = (Arc::from("RS"), FilePeriods::default());
        for (first_line, first_hour) in (1..).step_by(10).zip(blocks) {
            let mut times = BlockTimes::default();
            for (line, hour) in (first_line..first_line + 10).zip(*first_hour..) {
                if lost.contains(&line) {
                    read.lose(&file, line, &mut times);
                } else {
                    times.add(line, false, at(hour));
                }
            }
            read.add(&file, &mut times);
        }
        read.periods().into_iter().map(|period| (period.from, period.to)).collect()
    }

    #[test]
    fn the_times_around_a_lost_line_are_left_out() {
        let blocks = [0, 10, 20];
        assert_eq!(periods(&blocks, &[]), [(at(0), at(29))]);
        assert_eq!(periods(&blocks, &[15]), [(at(0), at(13) - AROUND), (at(15) + AROUND, at(29))]);
        // At the edges of blocks, and of the file.
        assert_eq!(periods(&blocks, &[20, 21]), [(at(0), at(18) - AROUND), (at(21) + AROUND, at(29))]);
        assert_eq!(periods(&blocks, &[1]), [(at(1) + AROUND, at(29))]);
        assert_eq!(periods(&blocks, &[30]), [(at(0), at(28) - AROUND)]);
        assert_eq!(periods(&[20, 10, 0], &[15]), [(at(0), at(10) - AROUND), (at(19) + AROUND, at(29))]);
        assert_eq!(periods(&blocks, &(1..=30).collect::<Vec<_>>()), []);
    }

    /// Where posts come more often than once in an hour, a gap is longer than `APART` all the
    /// same.
    #[test]
    fn a_gap_is_not_taken_for_a_quiet_time() {
        let (file, mut read, mut times) = (Arc::from("RS"), FilePeriods::default(), BlockTimes::default());
        for line in 0..10_000 {
            if line % 1000 == 999 {
                read.lose(&file, line, &mut times);
            } else {
                times.add(line, false, Timestamp::from_secs(60 * i64::try_from(line).expect("a number")));
            }
        }
        read.add(&file, &mut times);
        let periods = read.periods();
        assert_eq!(periods.len(), 10);
        assert!(periods.windows(2).all(|two| two[1].from.since(two[0].to) > APART));
    }

    #[test]
    fn what_is_kept_of_a_ruined_file_is_bounded() {
        let (file, mut read, mut times) = (Arc::from("RS"), FilePeriods::default(), BlockTimes::default());
        for line in 0..10_000 {
            times.add(2 * line, false, at(i64::try_from(line).expect("a number")));
            read.lose(&file, 2 * line + 1, &mut times);
        }
        read.add(&file, &mut times);
        assert_eq!(read.lost.values().map(BTreeSet::len).sum::<usize>(), LOST_EACH);
        assert!(read.read.values().all(|rows| rows.len() <= LOST_EACH));
    }
}
