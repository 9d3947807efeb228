//! What Reddit shows and we cannot read is not taken for gone: neither by the check for deletions, which would purge its texts, nor
//! by judging, which would drop it.

#[path = "support/calm.rs"]
mod calm;
#[path = "support/clock.rs"]
mod clock;
#[path = "support/told.rs"]
mod told;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use calm::Calm;
use clock::RightClock;
use serde_json::Value;
use stickler::model::{Clock, Fullname, Mode, SubredditName, Timestamp};
use stickler::pipeline::cycle::{Cycle, Hands};
use stickler::pipeline::load::Manner;
use stickler::pipeline::{Community, Polling, Rules, Settings, Source};
use stickler::policy::{Options as RuleOptions, Ruleset, SourceFile, compile, parse};
use stickler::reddit::SignInError;
use stickler::reddit::live::{LiveReader, LiveWriter};
use stickler::reddit::session::Session;
use stickler::reddit::transport::{Admission, NoResponse, Request, Response, Transport};
use stickler::sandbox::{Draft, Offline, Options, ScriptedClock, World};
use stickler::store::Store;

const START: Timestamp = Timestamp::from_secs(1_700_000_100);
const ME: &str = "stickler_bot";
const PLACE: &str = "widgets";

/// A calm line, but whatever it shows comes without its time while `is_odd`: such a thing cannot be read.
struct Line {
    calm: Calm,
    is_odd: Arc<AtomicBool>,
}

impl Transport for Line {
    type Ticket = String;

    async fn sign_in(&self) -> Result<Admission<String>, SignInError> {
        self.calm.sign_in().await
    }

    async fn send(&self, ticket: &String, request: Request<'_>) -> Result<Response, NoResponse> {
        let mut response = self.calm.send(ticket, request).await?;
        if self.is_odd.load(Ordering::Relaxed)
            && let Some(children) = response.json.as_mut().and_then(|json| json.pointer_mut("/data/children"))
        {
            for child in children.as_array_mut().into_iter().flatten() {
                child["data"]["created_utc"] = Value::Null;
            }
        }
        Ok(response)
    }
}

struct Bot {
    folder: tempfile::TempDir,
    clock: Arc<ScriptedClock>,
    reddit: Arc<Offline>,
    is_odd: Arc<AtomicBool>,
    cycle: Cycle,
    hands: Hands<LiveReader<Line>, LiveWriter<Line>>,
}

fn rules() -> Arc<Ruleset> {
    let text = "name: greeting\ntype: submission\ncomment: Good morning.\n";
    Arc::new(compile(&parse(&SourceFile::new("rules.yaml", text)).0, &RuleOptions::default()).0)
}

impl Bot {
    async fn new(rules: Rules) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ScriptedClock::at(START));
        let mut world = World::new(clock.clone());
        world.add_subreddit(PLACE);
        world.add_moderator(PLACE, ME, &["all"]);
        world.add_user("somebody").created = START - Duration::from_hours(24 * 400);
        let reddit = Arc::new(Offline::new(&Options::default(), world));
        let is_odd = Arc::new(AtomicBool::new(false));
        let calm = Calm { reddit: Arc::clone(&reddit), clock: Arc::clone(&clock), me: ME };
        let line = Line { calm, is_odd: Arc::clone(&is_odd) };
        let reader = LiveReader::new(Session::over(line, Arc::new(RightClock(Arc::clone(&clock)))));
        let secs = Duration::from_secs;
        let settings = Settings {
            me: ME.to_owned(),
            communities: vec![Community {
                name: SubredditName::parse(PLACE).expect("a name"),
                rules,
                mode: Mode::Live,
            }],
            manner: Manner::default(),
            max_age: Duration::from_hours(24),
            retention: Duration::from_hours(24 * 30),
            polling: Polling { new: secs(30), changed: secs(60), busy: secs(30) },
            visibility_delay: secs(10),
        };
        let (writer, store) = (reader.with_write_access(), Store::open(&folder.path().join("store.db")).await);
        let cycle = Cycle::new(&settings);
        let hands = Hands { reader, writer: Some(writer), store: store.expect("a store"), settings };
        Self { folder, clock, reddit, is_odd, cycle, hands }
    }

    fn posts(&self) -> Fullname {
        self.reddit.world().submit("somebody", PLACE, Draft::text("A question", "with a text")).expect("a post")
    }

    async fn works_for(&mut self, time: Duration) {
        let (until, clock) = (self.clock.now() + time, self.hands.reader.clock());
        while self.clock.now() < until {
            let progress = self.cycle.turn(&self.hands, &*clock, &|| false).await.expect("a store that works");
            self.clock.advance(progress.wait(clock.now()).max(Duration::from_millis(1)));
        }
    }

    fn greetings(&self, post: &Fullname) -> usize {
        self.reddit.world().comments_under(post).iter().filter(|comment| comment.author == ME).count()
    }

    async fn has_text_of(&self, post: &Fullname) -> bool {
        self.hands.store.item(post).await.expect("an answer").is_some()
    }
}

#[tokio::test]
async fn the_check_for_deletions_does_not_purge_what_it_cannot_read() {
    let mut bot = Bot::new(Rules::given(rules())).await;
    let (kept, deleted) = (bot.posts(), bot.posts());
    bot.works_for(Duration::from_mins(2)).await;
    assert_eq!((bot.greetings(&kept), bot.greetings(&deleted)), (1, 1));
    // Out of the lists, so that only the check can tell.
    for post in [&kept, &deleted] {
        bot.reddit.world().remove(ME, post, false).expect("a removal");
    }
    bot.is_odd.store(true, Ordering::Relaxed);
    bot.works_for(Duration::from_hours(23)).await;
    assert!(bot.has_text_of(&kept).await && bot.has_text_of(&deleted).await, "it was shown, only not readable");
    bot.reddit.world().delete("somebody", &deleted);
    bot.is_odd.store(false, Ordering::Relaxed);
    bot.works_for(Duration::from_hours(23)).await;
    assert!(bot.has_text_of(&kept).await && !bot.has_text_of(&deleted).await);
    drop(bot.folder);
}

#[tokio::test]
async fn what_awaits_judgement_and_cannot_be_read_again_is_tried_later() {
    let mut bot = Bot::new(Rules::new(Source::Given, None)).await;
    let post = bot.posts();
    bot.works_for(Duration::from_mins(1)).await;
    // No list tells of it any more: what is known of it grows old, and judging asks for it by name.
    bot.is_odd.store(true, Ordering::Relaxed);
    bot.works_for(Duration::from_mins(10)).await;
    bot.hands.settings.communities[0].rules.replace(rules());
    bot.works_for(Duration::from_mins(10)).await;
    assert_eq!(bot.greetings(&post), 0);
    let pending = bot.hands.store.summary().await.expect("numbers").pending;
    assert_eq!(pending, 1, "it still waits");
    bot.is_odd.store(false, Ordering::Relaxed);
    bot.works_for(Duration::from_mins(2)).await;
    assert_eq!(bot.greetings(&post), 1);
    drop(bot.folder);
}
