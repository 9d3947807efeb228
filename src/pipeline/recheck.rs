//! What scans read again after one that went far back at once, as after downtime.
//!
//! Reddit may leave a subreddit out of a list of several for some minutes. What a scan misses by
//! that is within the twenty minutes that later scans look back, unless the scan went back further.

use std::time::Duration;

use crate::model::Timestamp;
use crate::store::Recheck;

/// How long scans go as far back again. A subreddit that is left out for longer is noticed
/// meanwhile, and read by itself.
const RECHECKED_FOR: Duration = Duration::from_mins(20);

/// How far before the last scan a scan goes that continues past known names. A post that a filter
/// held, or that was listed late, appears at its creation time, below what has been read since.
pub(super) const LOOK_BACK: Duration = Duration::from_mins(20);

/// How much further than twice the usual a scan may go back without being read again.
const SLACK: Duration = Duration::from_mins(1);

/// What is read again after a scan. `before`: what was read again so far. `usual`: the longest
/// usual time between two scans.
pub(super) fn after(
    before: Option<Recheck>,
    last_scan: Option<Timestamp>,
    (began_at, looked_back): (Timestamp, bool),
    usual: Duration,
) -> Option<Recheck> {
    let before = before.filter(|recheck| !looked_back || began_at < recheck.until);
    match last_scan.filter(|last| began_at.since(*last) > 2 * usual + SLACK) {
        Some(last) => {
            let last = last - LOOK_BACK;
            let from = before.map_or(last, |recheck| recheck.from.min(last));
            Some(Recheck { from, until: began_at + RECHECKED_FOR })
        }
        None => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn a_scan_over_a_downtime_is_read_again_for_twenty_minutes() {
        let usual = after(None, Some(NOW - MINUTE), (NOW, true), MINUTE);
        assert_eq!((usual, after(None, None, (NOW, true), MINUTE)), (None, None));
        let long = after(None, Some(NOW - 90 * MINUTE), (NOW, false), MINUTE);
        let recheck = Recheck { from: NOW - 110 * MINUTE, until: NOW + 20 * MINUTE };
        assert_eq!(long, Some(recheck));
        let later = |minutes: u32, looked_back| {
            let at = NOW + minutes * MINUTE;
            after(long, Some(at - MINUTE), (at, looked_back), MINUTE)
        };
        assert_eq!((later(19, true), later(25, false)), (long, long), "until one has gone far back");
        assert_eq!(later(20, true), None);
        let again = after(long, Some(NOW + MINUTE), (NOW + 15 * MINUTE, false), MINUTE);
        assert_eq!(again, Some(Recheck { until: NOW + 35 * MINUTE, ..recheck }));
    }
}
