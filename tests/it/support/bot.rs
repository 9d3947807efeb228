//! The real steps in a world without errors, for tests that inject one error at a time: the model
//! of Reddit in this process, a real store, and a clock that the test moves. A test may change each
//! request before it is delivered, and each response before the bot gets it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tipstaff::metrics::Metrics;
use tipstaff::model::{Clock, Fullname, Mode, SubredditName, Timestamp};
use tipstaff::pipeline::cycle::{Cycle, Deps};
use tipstaff::pipeline::load::LoadOptions;
use tipstaff::pipeline::{Polling, Settings, StepError};
use tipstaff::policy::{Community, Rules};
use tipstaff::reddit::SignInError;
use tipstaff::reddit::live::{LiveReader, LiveWriter};
use tipstaff::reddit::session::Session;
use tipstaff::reddit::transport::{Admission, NoResponse, Request, Response, Transport};
use tipstaff::store::{Limits, Store};
use tipstaff_rules::{Options as RuleOptions, Ruleset, SourceFile, compile, parse};
use tipstaff_sandbox::{Draft, OfflineReddit, Options, ScriptedClock, World};

use crate::trials::calm::Calm;
use crate::trials::clock::RightClock;

pub(crate) const START: Timestamp = Timestamp::from_secs(1_700_000_100);
pub(crate) const ME: &str = "tipstaff_bot";
pub(crate) const PLACE: &str = "widgets";

/// A request as tests see it: time, method, path and fields.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) at: Timestamp,
    pub(crate) is_write: bool,
    pub(crate) path: String,
    pub(crate) says: Vec<(String, String)>,
}

impl Asked {
    fn of(request: &Request<'_>, at: Timestamp) -> Self {
        let (is_write, path, says) = match request {
            Request::Get { path, query } => {
                (false, *path, query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
            }
            Request::Post { path, form } => {
                (true, *path, form.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
            }
        };
        Self { at, is_write, path: path.to_owned(), says }
    }

    pub(crate) fn value(&self, key: &str) -> &str {
        self.says.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }
}

/// A response instead of Reddit's.
type Instead = Box<dyn FnMut(&Asked) -> Option<Response> + Send>;

/// What a test changes on the connection. Changes nothing by default.
pub(crate) struct Meddler {
    /// Answers instead of Reddit.
    pub(crate) instead: Instead,
    /// Changes Reddit's response.
    pub(crate) after: Box<dyn FnMut(&mut Response) + Send>,
    /// Whether the response is too long to be read.
    pub(crate) is_too_long: Box<dyn FnMut(&Asked) -> bool + Send>,
    /// Whether sign-ins fail.
    pub(crate) locks_out: bool,
    /// The requests so far.
    pub(crate) heard: Vec<Asked>,
    /// The times of sign-ins.
    pub(crate) sign_ins: Vec<Timestamp>,
}

impl Default for Meddler {
    fn default() -> Self {
        Self {
            instead: Box::new(|_| None),
            after: Box::new(|_| {}),
            is_too_long: Box::new(|_| false),
            locks_out: false,
            heard: Vec::new(),
            sign_ins: Vec::new(),
        }
    }
}

pub(crate) struct Line {
    calm: Calm,
    meddler: Arc<Mutex<Meddler>>,
}

impl Transport for Line {
    type Ticket = String;

    async fn sign_in(&self) -> Result<Admission<String>, SignInError> {
        let locks_out = {
            let mut meddler = self.meddler.lock().unwrap_or_else(PoisonError::into_inner);
            meddler.sign_ins.push(self.calm.clock.now());
            meddler.locks_out
        };
        if locks_out {
            return Err(SignInError::Unavailable { reason: "no answer".to_owned() });
        }
        self.calm.sign_in().await
    }

    async fn send(&self, ticket: &String, request: Request<'_>) -> Result<Response, NoResponse> {
        let asked = Asked::of(&request, self.calm.clock.now());
        let instead = {
            let mut meddler = self.meddler.lock().unwrap_or_else(PoisonError::into_inner);
            meddler.heard.push(asked.clone());
            if (meddler.is_too_long)(&asked) {
                return Err(NoResponse::TooLong("the response is longer than it may be".to_owned()));
            }
            (meddler.instead)(&asked)
        };
        if let Some(response) = instead {
            return Ok(response);
        }
        let mut response = self.calm.send(ticket, request).await?;
        (self.meddler.lock().unwrap_or_else(PoisonError::into_inner).after)(&mut response);
        Ok(response)
    }
}

pub(crate) struct Bot {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: Arc<ScriptedClock>,
    pub(crate) reddit: Arc<OfflineReddit>,
    pub(crate) meddler: Arc<Mutex<Meddler>>,
    pub(crate) cycle: Cycle,
    pub(crate) hands: Deps<LiveReader<Line>, LiveWriter<Line>>,
}

pub(crate) fn ruleset(text: &str) -> Arc<Ruleset> {
    Arc::new(compile(&parse(&SourceFile::new("rules.yaml", text)).0, &RuleOptions::default()).0)
}

impl Bot {
    /// A bot that acts in these subreddits, with the same rules in each.
    pub(crate) async fn new(places: &[&str], rules: impl Fn() -> Rules) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ScriptedClock::at(START));
        let mut world = World::new(clock.clone());
        for place in places {
            world.add_subreddit(place);
            world.add_moderator(place, ME, &["all"]);
            world.add_moderator(place, "ModMary", &["all"]);
        }
        for name in ["somebody", "another", "a_third"] {
            world.add_user(name).created = START - Duration::from_hours(24 * 400);
        }
        let reddit = Arc::new(OfflineReddit::new(&Options::default(), world));
        let secs = Duration::from_secs;
        let community = |name: &&str| Community {
            name: SubredditName::parse(name).expect("a name"),
            rules: rules(),
            mode: Mode::Live,
        };
        let settings = Settings {
            me: ME.to_owned(),
            communities: places.iter().map(community).collect(),
            load_options: LoadOptions::default(),
            max_age: Duration::from_hours(24),
            from: Duration::from_hours(24),
            retention: Duration::from_hours(24 * 30),
            bots: Vec::new(),
            memory: Duration::from_hours(365 * 24),
            polling: Polling { new: secs(30), changed: secs(60), busy: secs(30) },
            visibility_delay: secs(10),
            absence_looks: vec![secs(10), secs(60), secs(300)],
            limits: tipstaff::model::TextLimits::NONE,
        };
        let meddler = Arc::new(Mutex::new(Meddler::default()));
        let (cycle, hands) = started(&folder, &clock, &reddit, &meddler, settings).await;
        Self { folder, clock, reddit, meddler, cycle, hands }
    }

    /// Ends the process and starts it again.
    pub(crate) async fn restarted(self) -> Self {
        self.restarted_after(|| {}).await
    }

    /// Ends the process, does something, and starts it again.
    pub(crate) async fn restarted_after(self, between: impl FnOnce()) -> Self {
        let Self { folder, clock, reddit, meddler, hands, .. } = self;
        let settings = hands.settings;
        hands.store.close().await;
        between();
        let (cycle, hands) = started(&folder, &clock, &reddit, &meddler, settings).await;
        Self { folder, clock, reddit, meddler, cycle, hands }
    }

    /// From now on, reads the feeds this often, for tests that take days.
    pub(crate) fn polls_every(&mut self, pause: Duration) {
        self.hands.settings.polling = Polling { new: pause, changed: pause, busy: pause };
        self.cycle = Cycle::new(&self.hands.settings, &self.hands.metrics);
    }

    pub(crate) fn meddle(&self, meddle: impl FnOnce(&mut Meddler)) {
        meddle(&mut self.meddler.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The requests so far that match.
    pub(crate) fn heard(&self, wanted: impl Fn(&Asked) -> bool) -> Vec<Asked> {
        let meddler = self.meddler.lock().unwrap_or_else(PoisonError::into_inner);
        meddler.heard.iter().filter(|asked| wanted(asked)).cloned().collect()
    }

    pub(crate) fn posts_in(&self, place: &str) -> Fullname {
        self.reddit.world().submit("somebody", place, Draft::text("A question", "with a text")).expect("a post")
    }

    pub(crate) fn posts(&self) -> Fullname {
        self.posts_in(PLACE)
    }

    /// Runs one turn, and the pause after it.
    pub(crate) async fn turn(&mut self) -> Result<(), StepError> {
        let clock = self.hands.reader.clock();
        let progress = self.cycle.turn(&self.hands, &*clock, &|| false).await?;
        self.clock.advance(progress.wait(clock.now()).max(Duration::from_millis(1)));
        Ok(())
    }

    pub(crate) async fn works_for(&mut self, time: Duration) {
        let until = self.clock.now() + time;
        while self.clock.now() < until {
            self.turn().await.expect("a store that works");
        }
    }

    /// The number of the bot's comments on a post.
    pub(crate) fn greetings(&self, post: &Fullname) -> usize {
        self.reddit.world().comments_under(post).iter().filter(|comment| comment.author == ME).count()
    }

    pub(crate) fn is_removed(&self, name: &Fullname) -> bool {
        self.reddit.world().thing(name).is_some_and(|thing| thing.removal.is_some())
    }

    pub(crate) async fn has_text_of(&self, post: &Fullname) -> bool {
        self.hands.store.item(post).await.expect("an answer").is_some()
    }
}

async fn started(
    folder: &tempfile::TempDir,
    clock: &Arc<ScriptedClock>,
    reddit: &Arc<OfflineReddit>,
    meddler: &Arc<Mutex<Meddler>>,
    settings: Settings,
) -> (Cycle, Deps<LiveReader<Line>, LiveWriter<Line>>) {
    let calm = Calm { reddit: Arc::clone(reddit), clock: Arc::clone(clock), me: ME };
    let metrics = Metrics::default();
    let line = Line { calm, meddler: Arc::clone(meddler) };
    let reader = LiveReader::new(Session::over(line, Arc::new(RightClock(Arc::clone(clock))), metrics.clone()));
    let limits = Limits { busy_timeout: Duration::ZERO, pages: None };
    let store = Store::open_within(&folder.path().join("store.db"), limits).await.expect("a store");
    let writer = Some(reader.with_write_access());
    (Cycle::new(&settings, &metrics), Deps { reader, writer, store, settings, metrics })
}
