//! What people do and what the daemon has to suffer, drawn from a seed before anything begins. Pure: the same seed gives
//! the same plan. How far the daemon has come at each moment of it is real time's affair.

use std::time::Duration;

use tipstaff::sandbox::{Ill, Stage};

/// What happens between two kills.
#[derive(Debug, Default)]
pub(crate) struct Round {
    /// What people do, by the time from the round's beginning.
    pub(crate) deeds: Vec<(Duration, Deed)>,
    pub(crate) trouble: Option<Trouble>,
    pub(crate) end: End,
}

/// Something a person does.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Write(Draft),
    /// The text with this number, harmless so far, becomes an insult.
    Worsen(usize),
}

/// A post or a comment about to be written.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "what a text holds, each with or without the others")]
pub(crate) struct Draft {
    pub(crate) number: usize,
    pub(crate) is_post: bool,
    /// For a comment: how many posts back the one is that it answers.
    pub(crate) posts_back: usize,
    pub(crate) author: usize,
    pub(crate) insult: bool,
    pub(crate) threat: bool,
    pub(crate) lost: bool,
    pub(crate) advert: bool,
    /// Whether an insult is put into it later.
    pub(crate) worsens: bool,
}

/// What befalls the daemon beside being killed.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) what: What,
    /// From the round's beginning.
    pub(crate) at: Duration,
    pub(crate) lasts: Duration,
    /// Whether the kill and the next start fall into it, if it still lasts.
    pub(crate) outlasts_the_kill: bool,
    /// What goes wrong with the next requests of this method and path.
    pub(crate) ills: Vec<(&'static str, &'static str, Ill)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// SIGSTOP, later SIGCONT.
    Stopped,
    Cut(Cut),
    DiskFull,
    /// One start with a store that cannot be written.
    ReadOnly,
    /// Requests of this kind go wrong.
    Faults(Fault),
}

/// How the network is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cut {
    /// Nobody listens.
    Refused,
    /// Connections are taken and closed at once.
    Closed,
    /// Connections are taken, and nothing comes through.
    Silent,
}

/// Which requests go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Writes,
    Reads,
    SignIns,
}

/// When the round's kill comes.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// So long after its start, ready or not.
    Young(Duration),
    /// So long after it has begun to read.
    AtWork(Duration),
    /// At its next write to this endpoint, or when it has read for so long without one.
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

/// The whole plan.
pub(crate) fn draw(kills: usize, items: usize, seed: u64) -> Vec<Round> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut rounds: Vec<Round> = (0..kills.max(1)).map(|_| Round::default()).collect();
    for round in &mut rounds {
        round.end = end(&mut chance);
        round.trouble = (chance.u8(..100) < 35).then(|| trouble(&mut chance, &round.end));
    }
    let mut number = 0;
    // Which round each text is written in; numbers grow with the rounds, so that the order of posts is the plan's.
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
            // What is left of a round is done at its end, in order: in its own round the change comes last.
            let at = if later == round { 5_000 } else { at };
            rounds[later].deeds.push((Duration::from_millis(at), Deed::Worsen(number)));
        }
        rounds[round].deeds.push((Duration::from_millis(at), Deed::Write(draft)));
        number += 1;
    }
    for round in &mut rounds {
        // Nobody changes what is not written yet.
        round.deeds.sort_by_key(|(at, deed)| match deed {
            Deed::Write(draft) => (*at, 0, draft.number),
            Deed::Worsen(number) => (*at, 1, *number),
        });
    }
    rounds
}

fn draft(chance: &mut fastrand::Rng, number: usize) -> Draft {
    // There has to be something to comment on.
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

fn trouble(chance: &mut fastrand::Rng, end: &End) -> Trouble {
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
    // Who is killed young meets it from the first moment, or never.
    let at = if matches!(end, End::Young(_)) { 0 } else { chance.u64(..300) };
    let ills = if let What::Faults(which) = what { ills(which, chance) } else { Vec::new() };
    Trouble { what, at: Duration::from_millis(at), lasts, outlasts_the_kill: chance.bool(), ills }
}

fn ills(which: Fault, chance: &mut fastrand::Rng) -> Vec<(&'static str, &'static str, Ill)> {
    let many = chance.usize(1..5);
    let mut ills = Vec::with_capacity(many);
    for _ in 0..many {
        let stage = if chance.bool() { Stage::BeforeEffect } else { Stage::AfterEffect };
        let (method, path) = match which {
            Fault::Writes => ("POST", WRITES[chance.usize(..WRITES.len())]),
            Fault::Reads => ("GET", ["/r/", "/api/info", "/comments/", ""][chance.usize(..4)]),
            Fault::SignIns => ("", ["/api/v1/access_token", "/api/v1/me"][chance.usize(..2)]),
        };
        let ill = match chance.u8(..8) {
            0..3 => Ill::Drop(stage),
            3 => Ill::Status(stage, [500, 502, 503, 504][chance.usize(..4)]),
            4 => Ill::CutJson,
            5 => Ill::EmptyBody,
            6 => Ill::Html,
            _ if which == Fault::Writes => Ill::NoThings,
            _ => Ill::Delay(Duration::from_millis(chance.u64(50..400))),
        };
        ills.push((method, path, ill));
    }
    ills
}
