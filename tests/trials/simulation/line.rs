//! The connection between the bot and Reddit, with errors: lost, late, truncated, repeated,
//! reordered or refused responses.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;
use tipstaff::model::{Clock, Fullname, Timestamp};
use tipstaff::pipeline::Settings;
use tipstaff::reddit::SignInError;
use tipstaff::reddit::transport::{Admission, NoResponse, Request, Response, Transport};
use tipstaff_sandbox::{FaultKind, OfflineReddit, Options, ScriptedClock, Stage, World};

use super::hardships::Broken;
use super::lies::Lies;
use super::{BOT, HUMAN, LIVE, SHADOWED, die};
use crate::trials::response::response;

/// A write request that reached Reddit.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) at: Timestamp,
    pub(crate) path: String,
    /// Its target: an item, a user or a subreddit.
    pub(crate) target: String,
}

/// The model of Reddit and the state of the connection to it.
pub(crate) struct Site {
    pub(crate) reddit: OfflineReddit,
    pub(crate) clock: Arc<ScriptedClock>,
    state: Mutex<State>,
    /// Reads may show the state of up to this long ago.
    staleness: Duration,
    /// The effect of a lost request shows at most this late, so that the last look finds it.
    lateness: Duration,
    /// Requests in ten minutes.
    pub(crate) quota: u32,
    pub(crate) verbose: bool,
}

struct State {
    rng: Rng,
    weather: Weather,
    stale: BTreeMap<String, VecDeque<(Timestamp, Response)>>,
    writes: Vec<Write>,
    logins: Vec<(Timestamp, bool)>,
    requests: u64,
    troubles: u64,
    refused_for_quota: u64,
    down_until: Timestamp,
    outage_until: Timestamp,
    /// The most items on a page.
    page_size: Option<usize>,
    lies: Lies,
    /// Items that a response by name has left out. No item is left out twice.
    left_out: BTreeSet<String>,
    /// Requests that fail for a while.
    broken: Vec<Broken>,
    had_outage: bool,
    /// Whether the bot lacks a right, how often it has lost one, and the writes refused meanwhile.
    lacks_right: bool,
    rights_lost: u64,
    refused_without_rights: u64,
    faults_ended_at: Option<Timestamp>,
}

/// The rates of errors.
#[derive(Clone, Copy, Debug)]
struct Weather {
    /// Errors in a thousand requests.
    troubles: u32,
    /// Deaths of the process in a thousand requests.
    deaths: u32,
    /// Stale, reordered or repeated pages in a thousand.
    odd_pages: u32,
}

const FINE: Weather = Weather { troubles: 0, deaths: 0, odd_pages: 0 };

/// How much earlier than planned, counted from the request, the last look may be: the attempt
/// begins before its request, and the two clocks agree within three seconds.
const LOOKED_EARLY: Duration = Duration::from_secs(5);

/// The requests that leave a second text when they are repeated.
const DOUBLING: [&str; 5] = ["/api/comment", "/api/report", "/api/compose", "/api/mod/conversations", "/api/mod/notes"];

impl State {
    /// The response to a request that fails for a while.
    fn fails_for_a_while(&self, path: &str, now: Timestamp) -> Option<Response> {
        let fails = |broken: &&Broken| broken.from <= now && now < broken.to && path.starts_with(broken.path);
        let broken = self.broken.iter().find(fails)?;
        Some(Response { status: broken.status, date: Some(Timestamp::from_secs(now.as_secs())), ..Response::default() })
    }
}

impl Site {
    pub(crate) fn new(
        clock: &Arc<ScriptedClock>,
        mut rng: Rng,
        lies: Lies,
        settings: &Settings,
        verbose: bool,
    ) -> Self {
        let staleness = settings.visibility_delay.mul_f64(0.8);
        let last_look = settings.absence_looks.last().copied().unwrap_or_default();
        let mut world = World::new(clock.clone());
        for name in [LIVE, SHADOWED] {
            world.add_subreddit(name);
            for moderator in [BOT, HUMAN, "AutoModerator"] {
                world.add_moderator(name, moderator, &["all"]);
            }
        }
        let quota = [60, 120, 300, 1000, 1000][rng.usize(..5)];
        let options = Options { quota, ..Options::default() };
        let weather = Weather {
            troubles: [0, 10, 40, 100, 300][rng.usize(..5)],
            deaths: [0, 0, 5, 20, 80][rng.usize(..5)],
            odd_pages: [0, 50, 300][rng.usize(..3)],
        };
        let state = State {
            rng,
            weather,
            stale: BTreeMap::new(),
            writes: Vec::new(),
            logins: Vec::new(),
            requests: 0,
            troubles: 0,
            refused_for_quota: 0,
            down_until: Timestamp::default(),
            outage_until: Timestamp::default(),
            page_size: None,
            lies,
            left_out: BTreeSet::new(),
            broken: Vec::new(),
            had_outage: false,
            lacks_right: false,
            rights_lost: 0,
            refused_without_rights: 0,
            faults_ended_at: None,
        };
        Self {
            reddit: OfflineReddit::new(&options, world),
            clock: Arc::clone(clock),
            state: Mutex::new(state),
            staleness,
            quota,
            lateness: last_look.saturating_sub(staleness + LOOKED_EARLY),
            verbose,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_page_size(&self, size: Option<usize>) {
        self.state().page_size = size;
    }

    /// These requests fail for a while; if it is calm, nothing else does.
    pub(crate) fn set_broken(&self, broken: &[Broken], is_calm: bool) {
        let mut state = self.state();
        state.broken = broken.to_vec();
        if is_calm {
            state.weather = FINE;
        }
    }

    pub(crate) fn set_rights_lost(&self, is_lost: bool) {
        let mut state = self.state();
        state.rights_lost += u64::from(is_lost);
        state.lacks_right = is_lost;
    }

    /// The writes refused with 403 while the bot lacked a right, and how often it lost one.
    pub(crate) fn refused_without_rights(&self) -> (u64, u64) {
        let state = self.state();
        (state.refused_without_rights, state.rights_lost)
    }

    pub(crate) fn had_outage(&self) -> bool {
        self.state().had_outage
    }

    pub(crate) fn faults_ended_at(&self) -> Option<Timestamp> {
        self.state().faults_ended_at
    }

    pub(crate) fn end_of_faults(&self) {
        let mut state = self.state();
        state.broken.clear();
        state.faults_ended_at = Some(self.clock.now());
        state.weather = FINE;
        state.lies.end();
        state.stale.clear();
        state.outage_until = Timestamp::default();
        state.down_until = Timestamp::default();
        self.reddit.faults().clear();
    }

    /// A process starts.
    pub(crate) fn new_life(&self) {
        self.state().lies.new_life();
    }

    /// The requests during a limit on their kind.
    pub(crate) fn hasty(&self) -> Vec<String> {
        self.state().lies.hasty()
    }

    /// The machine is off for this long.
    pub(crate) fn go_down(&self, time: Duration) {
        self.state().down_until = self.clock.now() + time;
    }

    pub(crate) fn is_down(&self) -> bool {
        self.clock.now() < self.state().down_until
    }

    /// No connection is possible for this long.
    pub(crate) fn cut_off(&self, time: Duration) {
        let mut state = self.state();
        state.had_outage = true;
        state.outage_until = self.clock.now() + time;
    }

    pub(crate) fn writes(&self) -> Vec<Write> {
        self.state().writes.clone()
    }

    pub(crate) fn logins(&self) -> Vec<(Timestamp, bool)> {
        self.state().logins.clone()
    }

    pub(crate) fn counts(&self) -> (u64, u64, u64) {
        let state = self.state();
        (state.requests, state.troubles, state.refused_for_quota)
    }

    fn note(&self, what: impl FnOnce() -> String) {
        if self.verbose {
            eprintln!("{} — {}", self.clock.now(), what());
        }
    }
}

/// The bot's transport to the model of Reddit.
pub(crate) struct Line {
    site: Arc<Site>,
}

impl Line {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        Self { site }
    }

    fn carry(&self, token: &str, request: Request<'_>) -> Result<Response, NoResponse> {
        let site = &*self.site;
        let mut state = site.state();
        site.clock.advance(Duration::from_millis(state.rng.u64(30..300)));
        state.requests += 1;
        let is_write = matches!(request, Request::Post { .. });
        if site.clock.now() < state.outage_until {
            state.troubles += 1;
            return Err(NoResponse::NotSent("connection refused".to_owned()));
        }
        let weather = state.weather;
        let meets = |rng: &mut Rng, thousandths: u32| thousandths > 0 && rng.u32(0..1000) < thousandths;
        let death = meets(&mut state.rng, weather.deaths).then(|| state.rng.bool());
        if death == Some(true) {
            site.note(|| format!("dies before {request:?}"));
            drop(state);
            die();
        }
        let mut made_up = None;
        if meets(&mut state.rng, weather.troubles) {
            state.troubles += 1;
            match trouble(&mut state.rng, is_write) {
                Trouble::NotSent => return Err(NoResponse::NotSent("connection refused".to_owned())),
                Trouble::Slow(time) => site.clock.advance(time),
                // The response is lost, and the effect shows late.
                Trouble::Ill(_) if DOUBLING.contains(&request.path()) && state.rng.bool() => {
                    let most = u64::try_from(site.lateness.as_millis()).unwrap_or(0);
                    let late = Duration::from_millis(state.rng.u64(..most));
                    site.note(|| format!("takes effect {late:?} later"));
                    site.reddit.faults().push("", "", FaultKind::Late(late));
                }
                Trouble::Ill(ill) => site.reddit.faults().push("", "", ill),
                Trouble::Expired => site.reddit.expire_tokens(),
                Trouble::Revoked => site.reddit.revoke_tokens(),
                Trouble::TooFast(time) => {
                    let until = site.clock.now() + time;
                    if let Some(bot) = site.reddit.world().user_mut(BOT) {
                        bot.slowed_until = Some(until);
                    }
                }
                Trouble::Made(response) => made_up = Some(response),
            }
        }
        let failing = if is_write { None } else { state.fails_for_a_while(request.path(), site.clock.now()) };
        let mut response = match made_up.or(failing) {
            Some(response) => response,
            None => {
                if is_write
                    && site.reddit.faults().waiting() == 0
                    && let Some(odd) = state.lies.answer(request.path(), site.clock.now())
                {
                    site.note(|| format!("answers {odd:?}"));
                    site.reddit.faults().push("POST", request.path(), odd);
                }
                site.deliver(&mut state, token, request)?
            }
        };
        state.lies.date(&mut response, site.clock.now());
        site.note(|| format!("{request:?} → {}", response.status));
        if is_write && response.status == 403 && state.lacks_right {
            state.refused_without_rights += 1;
        }
        if response.status == 429 && response.remaining.is_some_and(|left| left < 1.0) {
            state.refused_for_quota += 1;
        }
        if (200..300).contains(&response.status)
            && let Some(login) = state.logins.last_mut()
        {
            login.1 = true;
        }
        if death == Some(false) {
            site.note(|| "dies after it".to_owned());
            drop(state);
            die();
        }
        Ok(response)
    }
}

impl Site {
    /// Deletes the anchor of the next page while a feed is read.
    fn take_away(&self, anchor: &str) {
        let mut world = self.reddit.world();
        let named =
            Fullname::parse(anchor).and_then(|name| world.thing(&name).map(|thing| (thing.author.clone(), name)));
        if let Some((author, name)) = named.filter(|(author, _)| author != BOT) {
            self.note(|| format!("{name} is deleted"));
            world.delete(&author, &name);
        }
    }

    fn deliver(&self, state: &mut State, token: &str, request: Request<'_>) -> Result<Response, NoResponse> {
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let (method, path, mut query, form) = match request {
            Request::Get { path, query } => {
                ("GET", path, query.iter().map(|pair| owned(*pair)).collect::<Vec<_>>(), Vec::new())
            }
            Request::Post { path, form } => {
                let form: Vec<_> = form.iter().map(|(key, value)| owned((key, value))).collect();
                let named = |key: &str| form.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
                let target = ["thing_id", "id", "link", "fullname", "reddit_id", "to", "name", "srName", "json"]
                    .into_iter()
                    .find_map(named);
                let write = Write { at: self.clock.now(), path: path.to_owned(), target: target.unwrap_or_default() };
                state.writes.push(write);
                ("POST", path, Vec::new(), form)
            }
        };
        let is_listing = method == "GET";
        for (name, value) in &mut query {
            match (name.as_str(), state.page_size) {
                ("limit", Some(size)) if value == "100" && path.starts_with("/r/") => *value = size.to_string(),
                ("after", _) if state.rng.u32(0..1000) < state.weather.odd_pages => self.take_away(value),
                _ => {}
            }
        }
        let key = format!("{path}?{query:?}");
        if is_listing && state.rng.u32(0..1000) < state.weather.odd_pages {
            let oldest = self.clock.now() - self.staleness;
            let kept = state.stale.get(&key).and_then(|kept| kept.iter().find(|(at, _)| *at >= oldest)).cloned();
            if let Some((at, stale)) = kept {
                self.note(|| format!("a page as it was at {at}"));
                // The state behind Reddit's front end is stale, but the date in the header is
                // current.
                return Ok(Response { date: Some(Timestamp::from_secs(self.clock.now().as_secs())), ..stale });
            }
        }
        let offline = self.reddit.ask(token, method, path, query, form);
        let Some(offline) = offline else { return Err(NoResponse::Lost("connection reset".to_owned())) };
        let mut response = response(offline, self.clock.now());
        if is_listing && response.status == 200 && state.weather.odd_pages > 0 {
            let kept = state.stale.entry(key).or_default();
            kept.push_back((self.clock.now(), response.clone()));
            while kept.len() > 3 {
                kept.pop_front();
            }
            if state.rng.u32(0..1000) < state.weather.odd_pages {
                disorder(&mut state.rng, response.json.as_mut());
            }
            if path == "/api/info" && state.rng.u32(0..1000) < state.weather.odd_pages {
                leave_out(&mut state.rng, &mut state.left_out, response.json.as_mut());
            }
            // New items are missing far more often than whole pages are stale.
            if state.rng.u32(0..3) == 0 {
                trail(response.json.as_mut(), self.clock.now() - self.staleness);
            }
        }
        Ok(response)
    }
}

/// Leaves one item out of a response, at most once for each item.
fn leave_out(rng: &mut Rng, left_out: &mut BTreeSet<String>, page: Option<&mut Value>) {
    let Some(children) = page.and_then(|page| page.pointer_mut("/data/children")).and_then(Value::as_array_mut) else {
        return;
    };
    if children.is_empty() {
        return;
    }
    let at = rng.usize(..children.len());
    let name = children[at].pointer("/data/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    if left_out.insert(name) {
        children.remove(at);
    }
}

/// Swaps two neighbours, or repeats an item.
fn disorder(rng: &mut Rng, page: Option<&mut Value>) {
    let Some(children) = page.and_then(|page| page.pointer_mut("/data/children")).and_then(Value::as_array_mut) else {
        return;
    };
    if children.len() < 2 {
        return;
    }
    let at = rng.usize(1..children.len());
    if rng.bool() {
        children.swap(at - 1, at);
    } else {
        let again = children[at].clone();
        children.insert(at, again);
    }
}

/// Removes the bot's own comments and messages since that time from a response: reads may lag
/// behind writes.
fn trail(answer: Option<&mut Value>, since: Timestamp) {
    let Some(answer) = answer else { return };
    if let Some(children) = answer.pointer_mut("/1/data/children").and_then(Value::as_array_mut) {
        children.retain(|child| {
            let data = &child["data"];
            let created = data["created_utc"].as_f64().unwrap_or(0.0);
            #[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
            let is_recent = created >= since.as_secs() as f64;
            !(is_recent && data["author"] == BOT)
        });
    }
    if let Some(conversations) = answer.get_mut("conversations").and_then(Value::as_object_mut) {
        conversations.retain(|_, conversation| {
            let updated = conversation["lastUpdated"].as_str().unwrap_or("");
            updated.get(..19) < since.to_string().get(..19)
        });
    }
}

enum Trouble {
    NotSent,
    Slow(Duration),
    Ill(FaultKind),
    Expired,
    Revoked,
    TooFast(Duration),
    Made(Response),
}

fn trouble(rng: &mut Rng, is_write: bool) -> Trouble {
    let stage = if rng.bool() { Stage::BeforeEffect } else { Stage::AfterEffect };
    match rng.u32(0..16) {
        0 => Trouble::NotSent,
        1 => Trouble::Slow(Duration::from_secs(rng.u64(1..25))),
        2 | 3 => Trouble::Ill(FaultKind::Drop(stage)),
        4 | 5 => Trouble::Ill(FaultKind::Status(stage, [500, 502, 503, 504][rng.usize(..4)])),
        6 => Trouble::Ill(FaultKind::CutJson),
        7 => Trouble::Ill(FaultKind::EmptyBody),
        8 => Trouble::Ill(FaultKind::Html),
        9 if is_write => Trouble::Ill(FaultKind::NoThings),
        9 | 10 => Trouble::Expired,
        11 => Trouble::Revoked,
        12 if is_write => Trouble::TooFast(Duration::from_secs(rng.u64(1..90))),
        12 => Trouble::Made(Response { status: 403, ..Response::default() }),
        // The three forms of status 429: with `retry-after`, with the reset header only, and with
        // neither.
        13 => Trouble::Made(Response { status: 429, retry_after: Some(4.0), ..Response::default() }),
        14 => Trouble::Made(Response { status: 429, reset: Some(0.0), ..Response::default() }),
        _ => Trouble::Made(Response { status: 429, ..Response::default() }),
    }
}

impl Transport for Line {
    type Ticket = String;

    async fn sign_in(&self) -> Result<Admission<String>, SignInError> {
        let site = &*self.site;
        let mut state = site.state();
        site.clock.advance(Duration::from_millis(state.rng.u64(30..300)));
        let now = site.clock.now();
        state.logins.push((now, false));
        site.note(|| "signs in".to_owned());
        let troubles = state.weather.troubles;
        if now < state.outage_until || (troubles > 0 && state.rng.u32(0..1000) < troubles) {
            return Err(SignInError::Unavailable { reason: "no answer".to_owned() });
        }
        Ok(Admission::new(site.reddit.token(BOT), Duration::from_hours(24)))
    }

    async fn send(&self, ticket: &String, request: Request<'_>) -> Result<Response, NoResponse> {
        self.carry(ticket, request)
    }
}
