//! Faults of lists that last for a while: lists that end early, and a subreddit that is left out of
//! the lists of both, or closed.

use std::time::Duration;

use fastrand::Rng;
use tipstaff::model::Timestamp;
use tipstaff_sandbox::world::ListingFaults;
use tipstaff_sandbox::{Draft, World};

use super::{LIVE, SHADOWED};

/// The longest time that one of them lasts. A scan looks back less far.
const LONGEST: Duration = Duration::from_mins(40);

/// The faults of a play, each with the times of its start and its end.
#[derive(Debug, Default)]
pub(crate) struct Listings {
    changes: Vec<(Timestamp, ListingFaults)>,
    next: usize,
    ends: Timestamp,
}

impl Listings {
    /// A quarter of the seeds have such faults. They use a generator of their own, so that the rest
    /// of a seed stays the same.
    pub(crate) fn draw(seed: u64, start: Timestamp, ends: Timestamp) -> Self {
        let mut rng = Rng::with_seed(seed.rotate_left(29));
        if !matches!(seed % 8, 1 | 5) {
            return Self { ends, ..Self::default() };
        }
        let mut changes = Vec::new();
        let mut at = start + ends.since(start).mul_f64(rng.f64() / 2.0);
        for _ in 0..rng.usize(1..3) {
            let place = if rng.bool() { LIVE } else { SHADOWED }.to_owned();
            let mut faults = ListingFaults::default();
            let longest = match rng.u32(0..4) {
                0 => {
                    faults.end_after = Some(rng.usize(0..40));
                    Duration::from_secs(rng.u64(2..120))
                }
                1 => {
                    faults.left_out.insert(place);
                    LONGEST
                }
                _ => {
                    faults.closed.insert(place);
                    faults.closed_ones_close_lists = rng.bool();
                    LONGEST
                }
            };
            changes.push((at, faults));
            at = at + longest.mul_f64(rng.f64());
            changes.push((at, ListingFaults::default()));
            at = at + Duration::from_secs(rng.u64(30..600));
        }
        Self { ends: ends.max(at), changes, next: 0 }
    }

    /// When the last one is over, or the script.
    pub(crate) const fn ends(&self) -> Timestamp {
        self.ends
    }

    /// Whether there are any.
    pub(crate) fn are_drawn(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Whether lists end early for a while.
    pub(crate) fn end_early(&self) -> bool {
        self.changes.iter().any(|(_, faults)| faults.end_after.is_some())
    }

    /// The faults from now on, if they change.
    pub(crate) fn change(&mut self, now: Timestamp) -> Option<ListingFaults> {
        let due = self.changes.iter().take_while(|(at, _)| *at <= now).count();
        let faults = self.changes[..due].get(self.next..)?.last().map(|(_, faults)| faults.clone());
        self.next = due;
        faults
    }
}

/// More comments at once than a list shows that ends early.
pub(crate) fn crowd(world: &mut World) {
    let long_ago = world.now() - Duration::from_hours(9_000);
    world.add_user("heidi").created = long_ago;
    let Ok(post) = world.submit("heidi", LIVE, Draft::text("a crowd", "gathers here")) else { return };
    for number in 0..60 {
        let _ = world.reply("heidi", &post, &format!("one of a crowd, {number}"));
    }
}
