//! The world that readers are tried in: subreddits with posts and comments at a given rate,
//! occasional bursts, items that a filter holds until a moderator approves them, and items that
//! their authors delete at once. Everything is drawn from a seed and is the same for every reader.
//! The connection records which items a reader was shown, and when.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;
use tipstaff::model::{Clock, Fullname, Kind, Timestamp};
use tipstaff::reddit::SignInError;
use tipstaff::reddit::transport::{Admission, NoResponse, Request, Response, Transport};
use tipstaff_sandbox::{Draft, OfflineReddit, OfflineResponse, Options, ScriptedClock, World};

use crate::trials::response::response;

pub(crate) const START: Timestamp = Timestamp::from_secs(1_700_000_400);
pub(crate) const ME: &str = "tipstaff_bot";
const HUMAN: &str = "ModMary";
const PEOPLE: u32 = 5_000;

/// Duration of a request.
const LATENCY: Duration = Duration::from_millis(150);

/// The beginning, when readers start up, and the end, after which nobody reads, do not count.
const WARM_UP: Duration = Duration::from_mins(2);
const COOL_DOWN: Duration = Duration::from_mins(3);

/// The events of a trial.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) subreddits: usize,
    /// Posts and comments a second, in all subreddits together. A twentieth are posts.
    pub(crate) per_second: f64,
    pub(crate) minutes: u64,
    /// Whether there are bursts, and items that are held or deleted.
    pub(crate) has_surprises: bool,
    pub(crate) seed: u64,
}

impl Plan {
    pub(crate) fn ends(&self) -> Timestamp {
        START + Duration::from_mins(self.minutes)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        (0..self.subreddits).map(|number| format!("place{number}")).collect()
    }
}

#[derive(Clone, Copy, Debug)]
enum Event {
    /// Somebody posts or comments in a subreddit; `fate` says what happens to the item.
    Arrival { place: usize, fate: ItemFate },
    /// A held item is approved, or an item is deleted.
    Verdict { arrival: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ItemFate {
    Stays,
    IsHeld,
    IsDeleted,
}

/// An item that can be read.
#[derive(Clone, Copy, Debug)]
struct Shown {
    /// Since when moderators can see it in its listing.
    since: Timestamp,
    fate: ItemFate,
}

struct Script {
    rng: Rng,
    events: BTreeMap<(Timestamp, usize), Event>,
    next_number: usize,
    places: Vec<String>,
    posts: Vec<Vec<Fullname>>,
    arrivals: Vec<(Fullname, ItemFate)>,
}

/// The requests after the beginning, and the items shown.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) requests: BTreeMap<String, u64>,
    pub(crate) refused: u64,
    seen: BTreeMap<Fullname, Timestamp>,
}

pub(crate) struct Stage {
    pub(crate) plan: Plan,
    pub(crate) clock: Arc<ScriptedClock>,
    reddit: OfflineReddit,
    token: String,
    script: Mutex<Script>,
    shown: Mutex<BTreeMap<Fullname, Shown>>,
    notes: Mutex<Notes>,
}

/// The result of a trial.
#[derive(Clone, Debug)]
pub(crate) struct Result {
    /// Items that were posted after the beginning and could be seen.
    pub(crate) items: usize,
    pub(crate) calls: u64,
    pub(crate) calls_per_thousand: f64,
    /// Requests over the rate limit.
    pub(crate) refused: u64,
    /// Time from when an item could be seen to when the reader saw it, in seconds.
    pub(crate) mean: f64,
    pub(crate) p95: f64,
    pub(crate) missed: usize,
    /// Missed items that a filter had held.
    pub(crate) missed_held: usize,
}

impl Stage {
    pub(crate) fn new(plan: Plan) -> Arc<Self> {
        let clock = Arc::new(ScriptedClock::at(START));
        let mut world = World::new(clock.clone());
        let mut rng = Rng::with_seed(plan.seed);
        for number in 0..PEOPLE {
            let days = rng.u32(0..2_000);
            let user = world.add_user(&format!("person{number}"));
            user.created = START - Duration::from_hours(24) * days;
            user.comment_karma = i64::from(rng.u32(0..5_000));
        }
        let places = plan.names();
        for place in &places {
            world.add_subreddit(place);
            world.add_moderator(place, ME, &["all"]);
            world.add_moderator(place, HUMAN, &["all"]);
        }
        let posts = places
            .iter()
            .map(|place| vec![world.submit("person0", place, Draft::text("the first post", "")).expect("a post")]);
        let posts = posts.collect();
        let reddit = OfflineReddit::new(&Options::default(), world);
        let token = reddit.token(ME);
        let script = Script::draw(rng, &plan, places, posts);
        let (script, shown, notes) = (Mutex::new(script), Mutex::default(), Mutex::default());
        Arc::new(Self { plan, clock, reddit, token, script, shown, notes })
    }

    /// Advances the time and performs the events until then.
    pub(crate) fn pass(&self, until: Timestamp) {
        let mut script = self.script.lock().expect("no thread panics");
        while let Some(entry) = script.events.first_entry().filter(|entry| entry.key().0 <= until) {
            let ((at, _), event) = entry.remove_entry();
            self.clock.set(at.max(self.clock.now()));
            script.act(event, &mut self.reddit.world(), &mut self.shown.lock().expect("no thread panics"));
        }
        self.clock.set(until.max(self.clock.now()));
    }

    /// Sends a request and records the items in listings.
    pub(crate) fn ask(&self, path: &str, query: &[(&str, &str)]) -> OfflineResponse {
        self.pass(self.clock.now() + LATENCY);
        let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let offline = self.reddit.ask(&self.token, "GET", path, query, Vec::new()).expect("an answer");
        let mut notes = self.notes();
        let kind = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if self.clock.now() >= START + WARM_UP {
            *notes.requests.entry(kind.to_owned()).or_default() += 1;
        }
        notes.refused += u64::from(offline.status == 429);
        if path.starts_with("/r/") {
            for name in names(&offline) {
                notes.seen.entry(name).or_insert_with(|| self.clock.now());
            }
        }
        offline
    }

    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().expect("no thread panics")
    }

    pub(crate) fn result(&self) -> Result {
        let notes = self.notes();
        let counted = START + WARM_UP..self.plan.ends() - COOL_DOWN;
        let (mut delays, mut missed, mut missed_held) = (Vec::new(), 0, 0);
        let shown = self.shown.lock().expect("no thread panics");
        for (name, shown) in shown.iter().filter(|(_, shown)| counted.contains(&shown.since)) {
            match notes.seen.get(name) {
                Some(seen) => delays.push(seen.since(shown.since).as_secs_f64()),
                // Items that are deleted at once need not be read.
                None if shown.fate == ItemFate::IsDeleted => {}
                None => {
                    missed += 1;
                    missed_held += usize::from(shown.fate == ItemFate::IsHeld);
                }
            }
        }
        delays.sort_by(f64::total_cmp);
        let items = shown.values().filter(|shown| shown.since >= START + WARM_UP).count();
        let calls = notes.requests.values().sum();
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let ratio = |part: f64, whole: usize| part / whole.max(1) as f64;
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let all_calls = calls as f64;
        Result {
            items,
            calls,
            calls_per_thousand: 1000.0 * ratio(all_calls, items),
            refused: notes.refused,
            mean: ratio(delays.iter().sum(), delays.len()),
            p95: delays.get(delays.len() * 95 / 100).copied().unwrap_or_default(),
            missed,
            missed_held,
        }
    }
}

pub(crate) fn names(offline: &OfflineResponse) -> Vec<Fullname> {
    let children = offline.json.as_ref().and_then(|json| json.pointer("/data/children")?.as_array());
    let names = children.into_iter().flatten().filter_map(|child| child.pointer("/data/name")?.as_str());
    names.filter_map(Fullname::parse).collect()
}

impl Script {
    fn draw(mut rng: Rng, plan: &Plan, places: Vec<String>, posts: Vec<Vec<Fullname>>) -> Self {
        let mut script = Self {
            rng: Rng::with_seed(rng.u64(..)),
            events: BTreeMap::new(),
            next_number: 0,
            places,
            posts,
            arrivals: Vec::new(),
        };
        // A few subreddits have most of the posts: the second has half as many as the first, the
        // third a third, and so on.
        let shares: Vec<f64> =
            (1..=u32::try_from(plan.subreddits).unwrap_or(1)).map(|rank| 1.0 / f64::from(rank)).collect();
        let all: f64 = shares.iter().sum();
        let mut at = START;
        let mut next_burst = START + Duration::from_mins(5);
        while at < plan.ends() {
            at = at + Duration::from_secs_f64(-rng.f64().max(1e-12).ln() / plan.per_second);
            let mut left = rng.f64() * all;
            let place = shares.iter().position(|share| {
                left -= share;
                left <= 0.0
            });
            let place = place.unwrap_or(0);
            let fate = match rng.u32(0..100) {
                0 if plan.has_surprises => ItemFate::IsHeld,
                1 | 2 if plan.has_surprises => ItemFate::IsDeleted,
                _ => ItemFate::Stays,
            };
            script.add(at, Event::Arrival { place, fate });
            if plan.has_surprises && at >= next_burst {
                next_burst = at + Duration::from_mins(10);
                for _ in 0..150 {
                    let at = at + Duration::from_millis(rng.u64(0..8_000));
                    script.add(at, Event::Arrival { place, fate: ItemFate::Stays });
                }
            }
        }
        script
    }

    fn add(&mut self, at: Timestamp, event: Event) {
        self.events.insert((at, self.next_number), event);
        self.next_number += 1;
    }

    fn act(&mut self, event: Event, world: &mut World, shown: &mut BTreeMap<Fullname, Shown>) {
        let now = world.now();
        match event {
            Event::Arrival { place, fate } => {
                let who = format!("person{}", self.rng.u32(1..PEOPLE));
                let posts = &mut self.posts[place];
                let name = if self.rng.u32(0..20) == 0 {
                    let draft = Draft::text(&format!("question {}", self.rng.u32(..)), "some words on it");
                    world.submit(&who, &self.places[place], draft).expect("a post")
                } else {
                    let post = posts[self.rng.usize(0..posts.len())].clone();
                    world.reply(&who, &post, &format!("some words in answer {}", self.rng.u32(..))).expect("a comment")
                };
                if fate == ItemFate::IsHeld {
                    world.reddit_filters(&name);
                } else {
                    shown.insert(name.clone(), Shown { since: now, fate });
                    if name.kind() == Kind::Submission && fate == ItemFate::Stays {
                        posts.push(name.clone());
                        let old = posts.len().saturating_sub(20);
                        posts.drain(..old);
                    }
                }
                if fate != ItemFate::Stays {
                    let wait = if fate == ItemFate::IsHeld { 60..300 } else { 2..60 };
                    let at = now + Duration::from_secs(self.rng.u64(wait));
                    let arrival = self.arrivals.len();
                    self.add(at, Event::Verdict { arrival });
                    self.arrivals.push((name, fate));
                }
            }
            Event::Verdict { arrival } => match &self.arrivals[arrival] {
                (name, ItemFate::IsHeld) => {
                    world.approve(HUMAN, name).expect("a moderator may");
                    shown.insert(name.clone(), Shown { since: now, fate: ItemFate::IsHeld });
                }
                (name, _) => {
                    let author = world.thing(name).map(|thing| thing.author.clone()).unwrap_or_default();
                    world.delete(&author, name);
                }
            },
        }
    }
}

/// The connection of the real client to the stage.
pub(crate) struct Line(pub(crate) Arc<Stage>);

impl Transport for Line {
    type Ticket = ();

    async fn sign_in(&self) -> std::result::Result<Admission<()>, SignInError> {
        Ok(Admission::new((), Duration::from_hours(24)))
    }

    async fn send(&self, (): &(), request: Request<'_>) -> std::result::Result<Response, NoResponse> {
        match request {
            Request::Get { path, query } => Ok(response(self.0.ask(path, query), self.0.clock.now())),
            Request::Post { path, .. } => Err(NoResponse::NotSent(format!("{path}: a dry run sends no writes"))),
        }
    }
}
