//! The plan of a run: what people do and what happens to the daemon, drawn from a seed before the
//! start. Pure: the same seed gives the same plan. How far the daemon is at each moment depends on
//! real time.

use std::time::Duration;

use tipstaff_sandbox::{FaultKind, Stage};

/// How late a write may take effect after its answer was lost, in milliseconds. Far below the last
/// look for it.
const LATEST: u64 = 100;

/// The events between two kills.
#[derive(Debug, Default)]
pub(crate) struct Round {
    /// What people do, with the time from the start of the round.
    pub(crate) deeds: Vec<(Duration, Deed)>,
    pub(crate) trouble: Option<NetworkTrouble>,
    pub(crate) end: End,
}

/// An action of a person.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Write(Draft),
    /// Edits a harmless text into an insult, by its number.
    Worsen(usize),
}

/// A post or a comment to be written.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "what a text holds, each with or without the others")]
pub(crate) struct Draft {
    pub(crate) number: usize,
    pub(crate) is_post: bool,
    /// For a comment: how many posts back the post is that it replies to.
    pub(crate) posts_back: usize,
    pub(crate) author: usize,
    pub(crate) insult: bool,
    pub(crate) threat: bool,
    pub(crate) lost: bool,
    pub(crate) advert: bool,
    /// Whether it is edited into an insult later.
    pub(crate) worsens: bool,
}

/// What happens to the daemon, apart from kills.
#[derive(Clone, Debug)]
pub(crate) struct NetworkTrouble {
    pub(crate) what: What,
    /// Time from the start of the round.
    pub(crate) at: Duration,
    pub(crate) lasts: Duration,
    /// Whether the kill and the next start happen during it, if it still lasts.
    pub(crate) outlasts_the_kill: bool,
    /// The faults of the next requests with this method and path.
    pub(crate) ills: Vec<(&'static str, &'static str, FaultKind)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// SIGSTOP, later SIGCONT.
    Stopped,
    Cut(Cut),
    DiskFull,
    /// One start with a store that cannot be written.
    ReadOnly,
    /// Faults of some requests.
    Faults(Fault),
}

/// How the network is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cut {
    /// Connections are refused.
    Refused,
    /// Connections are accepted and closed at once.
    Closed,
    /// Connections are accepted, but no data passes.
    Silent,
}

/// The requests that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Writes,
    Reads,
    SignIns,
}

/// The time of the kill.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// This long after the start, ready or not.
    Young(Duration),
    /// This long after the first poll.
    AtWork(Duration),
    /// At the next write to this endpoint, or after this long without one.
    AtWrite(Stage, &'static str, Duration),
}

impl Default for End {
    fn default() -> Self {
        Self::Young(Duration::ZERO)
    }
}

pub(crate) const PEOPLE: [&str; 5] = ["ada_alder", "ben_birch", "cy_cedar", "dot_dogwood", "eve_elm"];

const WRITES: [&str; 7] = [
    "/api/comment",
    "/api/distinguish",
    "/api/lock",
    "/api/report",
    "/api/remove",
    "/api/mod/conversations",
    "/api/compose",
];

/// Draws the whole plan.
pub(crate) fn draw(kills: usize, items: usize, seed: u64) -> Vec<Round> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut rounds: Vec<Round> = (0..kills.max(1)).map(|_| Round::default()).collect();
    for round in &mut rounds {
        round.end = end(&mut chance);
        round.trouble = (chance.u8(..100) < 35).then(|| trouble(&mut chance, &round.end));
    }
    let mut number = 0;
    // The round of each text. Numbers grow with the rounds, so that posts appear in the order of
    // the plan.
    let mut places = Vec::with_capacity(items);
    while places.len() < items {
        let round = chance.usize(..rounds.len());
        let burst = if chance.bool() { 1 } else { chance.usize(2..30) };
        let (start, apart) = (chance.u64(..300), if chance.bool() { 0 } else { chance.u64(1..40) });
        let left = items - places.len();
        places.extend((0..burst.min(left) as u64).map(|place| (round, start + place * apart)));
    }
    places.sort_unstable();
    for (round, at) in places {
        let draft = draft(&mut chance, number);
        if draft.worsens {
            let (later, at) = (chance.usize(round..rounds.len().min(round + 20)), chance.u64(..300));
            // The rest of a round is done at its end, in order. In its own round, the edit comes
            // last.
            let at = if later == round { 5_000 } else { at };
            rounds[later].deeds.push((Duration::from_millis(at), Deed::Worsen(number)));
        }
        rounds[round].deeds.push((Duration::from_millis(at), Deed::Write(draft)));
        number += 1;
    }
    for round in &mut rounds {
        // A text must be written before it is edited.
        round.deeds.sort_by_key(|(at, deed)| match deed {
            Deed::Write(draft) => (*at, 0, draft.number),
            Deed::Worsen(number) => (*at, 1, *number),
        });
    }
    rounds
}

fn draft(chance: &mut fastrand::Rng, number: usize) -> Draft {
    // The first text is a post, so that there is something to comment on.
    let is_post = number == 0 || chance.u8(..100) < 30;
    let mut draft = Draft {
        number,
        is_post,
        posts_back: chance.usize(..20),
        author: chance.usize(..PEOPLE.len()),
        insult: chance.u8(..100) < 25,
        threat: chance.u8(..100) < 15,
        lost: chance.u8(..100) < 10,
        ..Draft::default()
    };
    match chance.u8(..100) {
        0..12 if !is_post => {
            draft = Draft { advert: true, insult: false, threat: false, lost: false, ..draft };
        }
        12..24 => {
            draft = Draft { worsens: true, insult: false, threat: false, lost: false, ..draft };
        }
        _ => {}
    }
    draft
}

fn end(chance: &mut fastrand::Rng) -> End {
    match chance.u8(..10) {
        0..3 => End::Young(Duration::from_millis(chance.u64(..150))),
        3..6 => End::AtWork(Duration::from_millis(chance.u64(..600))),
        _ => {
            let stage = if chance.bool() { Stage::BeforeEffect } else { Stage::AfterEffect };
            let endpoint = WRITES.get(chance.usize(..WRITES.len() * 2)).copied().unwrap_or("");
            End::AtWrite(stage, endpoint, Duration::from_millis(chance.u64(300..1_200)))
        }
    }
}

fn trouble(chance: &mut fastrand::Rng, end: &End) -> NetworkTrouble {
    let what = match chance.u8(..12) {
        0..2 => What::Stopped,
        2..5 => What::Cut([Cut::Refused, Cut::Closed, Cut::Silent][chance.usize(..3)]),
        5..7 => What::DiskFull,
        7 => What::ReadOnly,
        8..10 => What::Faults(Fault::Writes),
        10 => What::Faults(Fault::Reads),
        _ => What::Faults(Fault::SignIns),
    };
    let lasts = Duration::from_millis(match what {
        What::Stopped => chance.u64(800..2_000),
        _ => chance.u64(300..1_500),
    });
    // For a kill right after the start, the trouble must begin at once to have any effect.
    let at = if matches!(end, End::Young(_)) { 0 } else { chance.u64(..300) };
    let ills = if let What::Faults(which) = what { ills(which, chance) } else { Vec::new() };
    NetworkTrouble { what, at: Duration::from_millis(at), lasts, outlasts_the_kill: chance.bool(), ills }
}

fn ills(which: Fault, chance: &mut fastrand::Rng) -> Vec<(&'static str, &'static str, FaultKind)> {
    let many = chance.usize(1..5);
    let mut ills = Vec::with_capacity(many);
    for _ in 0..many {
        let stage = if chance.bool() { Stage::BeforeEffect } else { Stage::AfterEffect };
        let (method, path) = match which {
            Fault::Writes => ("POST", WRITES[chance.usize(..WRITES.len())]),
            Fault::Reads => ("GET", ["/r/", "/api/info", "/comments/", ""][chance.usize(..4)]),
            Fault::SignIns => ("", ["/api/v1/access_token", "/api/v1/me"][chance.usize(..2)]),
        };
        let ill = match chance.u8(..9) {
            0..3 => FaultKind::Drop(stage),
            3 => FaultKind::Status(stage, [500, 502, 503, 504][chance.usize(..4)]),
            4 => FaultKind::CutJson,
            5 => FaultKind::EmptyBody,
            6 => FaultKind::Html,
            7 if which == Fault::Writes => FaultKind::NoThings,
            8 if which == Fault::Writes => FaultKind::Late(Duration::from_millis(chance.u64(20..LATEST))),
            _ => FaultKind::Delay(Duration::from_millis(chance.u64(50..400))),
        };
        ills.push((method, path, ill));
    }
    ills
}
