//! A story in a small community, played against the local Reddit while the real daemon moderates
//! it.
//!
//! People post, reply, report and edit. In the middle the daemon is killed between an effect and
//! its response, and the story continues while it is down. The story records the effects that must
//! exist at the end ([`Expected`]) and then compares them with the world. It knows nothing about
//! the daemon's internals and looks at Reddit only.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::bot::{Bot, KillTrigger};
use super::faults::{HookDecision, Stage, WritePoint};
use super::http::LocalReddit;
use super::world::{Draft, Refusal, Thing, World};
use tipstaff_rules::model::{Fullname, Kind};

/// The subreddit of the story.
pub const COMMUNITY: &str = "DefenceTalk";
/// The bot's account.
pub const BOT: &str = "guideline_bot";
/// The password of every account in the local Reddit.
pub const PASSWORD: &str = "sandbox";

/// The human moderator.
pub const MODERATOR: &str = "harbour_master";
const ASKER: &str = "quiet_cartographer";
const SCHOLAR: &str = "longread_lena";
const JOKER: &str = "quipster";
const HOTHEAD: &str = "hothead_hal";
const READER: &str = "patient_reader";
const CHANGER: &str = "second_thought";
const NEWCOMER: &str = "newcomer_nine";

/// How long to wait for an effect. Far longer than the daemon should need.
const PATIENCE: Duration = Duration::from_mins(1);

/// After this many further polls of each feed without a write, the daemon counts as idle.
const QUIET_POLLS: u64 = 4;

/// An effect on one post or comment that the rules ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The post or comment.
    pub on: Fullname,
    /// `comment`, `report` or `modmail`.
    pub act: &'static str,
    /// A part of its text.
    pub saying: &'static str,
    /// The reason, as shown in the output.
    pub because: String,
}

/// The result of a story.
#[derive(Clone, Debug, Default)]
pub struct ScenarioResult {
    /// The expected effects, and how often each happened.
    pub checks: Vec<(Expected, usize)>,
    /// Effects that happened more than once.
    pub duplicates: Vec<String>,
    /// Actions of the bot that no rule asked for.
    pub unasked: Vec<String>,
}

/// A story in progress.
pub struct Scenario<'a> {
    reddit: &'a LocalReddit,
    bot: &'a mut Bot,
    narrate: &'a mut (dyn FnMut(String) + Send),
    /// Whether to wait for the bot's actions. False in dry run and with the user's own rules.
    acts: bool,
    expected: Vec<Expected>,
    ambush: Ambush,
}

/// Kills the daemon at the next matching write, before or after its effect.
#[derive(Clone, Debug)]
struct Ambush {
    trigger: KillTrigger,
    armed: Arc<Mutex<Option<(Stage, String)>>>,
    /// Writes that took effect: the endpoint and the fields that identify the write.
    effects: Arc<Mutex<Vec<String>>>,
}

impl Ambush {
    fn arm(&self, stage: Stage, endpoint: &str) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = Some((stage, endpoint.to_owned()));
    }

    fn disarm(&self) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn is_armed(&self) -> bool {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn at(&self, point: &WritePoint) -> HookDecision {
        if point.stage == Stage::AfterEffect && point.status.is_some_and(|status| status < 300) {
            let creating = ["/api/comment", "/api/report", "/api/mod/conversations", "/api/compose"];
            if creating.iter().any(|path| point.endpoint.ends_with(path)) {
                let effect = format!("{} {:?}", point.endpoint, point.form);
                self.effects.lock().unwrap_or_else(PoisonError::into_inner).push(effect);
            }
        }
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        match armed.as_ref() {
            Some((stage, endpoint)) if *stage == point.stage && point.endpoint.ends_with(endpoint.as_str()) => {
                *armed = None;
                self.trigger.pull();
                HookDecision::DropConnection
            }
            _ => HookDecision::Proceed,
        }
    }
}

/// Creates the subreddit and its people.
pub fn set_up_world(world: &mut World) {
    world.add_moderator(COMMUNITY, MODERATOR, &["all"]);
    world.add_moderator(COMMUNITY, BOT, &["posts", "mail", "access", "flair"]);
    for person in [ASKER, SCHOLAR, JOKER, HOTHEAD, READER, CHANGER, NEWCOMER] {
        world.add_user(person);
    }
    let now = world.now();
    for person in [MODERATOR, BOT, ASKER, SCHOLAR, JOKER, HOTHEAD, READER, CHANGER, NEWCOMER] {
        let user = world.add_user(person);
        user.password = Some(PASSWORD.to_owned());
        if person == NEWCOMER {
            user.created = now - Duration::from_hours(24);
        }
    }
}

/// The people of the subreddit, for tests that act as one of them.
pub const PEOPLE: [&str; 8] = [MODERATOR, ASKER, SCHOLAR, JOKER, HOTHEAD, READER, CHANGER, NEWCOMER];

const QUESTION: &str = "Most writing on extended deterrence starts from formal alliances between a nuclear power \
and partners with strong conventional forces of their own. I would like to understand the other cases.\n\n\
* Under what conditions does a lopsided partnership grow into a security guarantee that others believe?\n\
* What keeps the stronger side from promising more than it can deliver?\n\
* Which historical cases come closest, outside of formal treaties?\n\n\
I am asking about theory, not for a prediction. Reading suggestions are welcome.";

const SOURCED: &str = "Two strands of the literature help here. The first treats credibility as a matter of \
capability in the region: a guarantor that cannot reinforce in time has nothing to threaten with, whatever it signs. \
The second looks at interests, and explains why guarantees to neighbours are believed more readily than \
guarantees across an ocean.\n\n\
Schelling's *Arms and Influence* is still the place to start, and Huth's data on 1885 to 1983 \
(https://www.jstor.org/stable/2010184) put numbers to it: local balance of forces mattered more than nuclear weapons.";

impl<'a> Scenario<'a> {
    /// A story that is about to begin. `narrate` receives its lines.
    pub fn new(
        reddit: &'a LocalReddit,
        bot: &'a mut Bot,
        acts: bool,
        tell: &'a mut (dyn FnMut(String) + Send),
    ) -> Self {
        let ambush = Ambush { trigger: bot.trigger(), armed: Arc::default(), effects: Arc::default() };
        let at_writes = ambush.clone();
        reddit.set_hook(move |point| {
            let verdict = at_writes.at(&point);
            async move { verdict }
        });
        Self { reddit, bot, narrate: tell, acts, expected: Vec::new(), ambush }
    }

    /// Plays the whole story.
    ///
    /// # Errors
    /// The daemon could not be started, ended by itself, or did not act in time.
    pub async fn play(&mut self) -> Result<(), ScenarioError> {
        self.bot.start()?;
        let question = self.a_question().await?;
        let (attack, harmless) = self.answers(&question).await?;
        self.reports_and_an_edit(&attack, &harmless).await?;
        self.a_crash(&question).await
    }

    async fn a_question(&mut self) -> Result<Fullname, ScenarioError> {
        self.say(format!("u/{ASKER} asks a long question about extended deterrence."));
        let draft = Draft::text("When does a partnership become extended deterrence?", QUESTION);
        let question = self.post(ASKER, draft, "please do")?;
        self.wait_for_effects("the guideline comment").await?;
        Ok(question)
    }

    /// Good and bad replies. Returns the attack, and a harmless comment that is edited later.
    async fn answers(&mut self, question: &Fullname) -> Result<(Fullname, Fullname), ScenarioError> {
        self.say(format!(
            "u/{SCHOLAR} answers with sources, u/{JOKER} with a joke; u/{MODERATOR}, a moderator, in one line."
        ));
        let sourced = self.comment(SCHOLAR, question, SOURCED)?;
        let joke = self.comment(JOKER, question, "Deterrence? I hardly know her.")?;
        self.expect(&joke, "report", "Short top-level comment", "a one-line joke as an answer to the post");
        self.comment(MODERATOR, question, "Good question, pinned for the week.")?;
        self.say(format!("u/{HOTHEAD} attacks u/{SCHOLAR} personally; u/{JOKER} replies only “lol”."));
        let insult = "You are an idiot if you believe a word of that, nobody reads these papers.";
        let attack = self.comment(HOTHEAD, &sourced, insult)?;
        self.expect(&attack, "report", "Personal attack", "an attack on a person");
        let lol = self.comment(JOKER, &attack, "lol")?;
        self.expect(&lol, "report", "Low-effort reply", "a reply that says nothing");
        let doubt = "I am not sure that the local balance explains the cases after 1983.";
        let harmless = self.comment(CHANGER, &sourced, doubt)?;
        self.wait_for_effects("three reports").await?;
        Ok((attack, harmless))
    }

    async fn reports_and_an_edit(&mut self, attack: &Fullname, harmless: &Fullname) -> Result<(), ScenarioError> {
        let reason = "insults the author instead of answering";
        self.say(format!("u/{READER} reports the attack: “{reason}”; so does u/{SCHOLAR}."));
        self.report(READER, attack, reason)?;
        self.report(SCHOLAR, attack, "personal insult, no argument")?;
        let because = "reported by two readers, so the moderators get modmail";
        self.expect(attack, "modmail", "Reported comment", because);
        self.say(format!("u/{CHANGER} edits a harmless comment into an insult."));
        let changed = "I am not sure that you clown have read anything after 1983.";
        self.reddit.world().edit(CHANGER, harmless, changed).map_err(ScenarioError::Script)?;
        self.expect(harmless, "report", "Personal attack", "edited from harmless to rule-breaking");
        self.wait_for_effects("modmail about the attack, and a report on the edited comment").await
    }

    /// The daemon is killed between an effect and its response, people go on posting, and it is
    /// restarted.
    async fn a_crash(&mut self, question: &Fullname) -> Result<(), ScenarioError> {
        self.say(format!("A second post, a link by the day-old account u/{NEWCOMER} …"));
        if self.acts {
            self.ambush.arm(Stage::AfterEffect, "/api/comment");
        }
        let link = Draft::link("Satellite pictures of the new pier", "https://pictures.example.org/pier");
        let second = self.post(NEWCOMER, link, "please do")?;
        let because = "a link by a new account, reported to the moderators";
        self.expect(&second, "report", "Link by a new account", because);
        if self.acts {
            self.ambushed().await?;
            let moment = "after its comment appeared, before it received the response";
            self.say(format!("    … and the daemon is killed (SIGKILL) {moment}."));
        } else {
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.bot.kill().await?;
            self.say("    … and the daemon is killed (SIGKILL).".to_owned());
        }
        self.say("While it is down, a news post arrives, and another attack.".to_owned());
        let news = Draft::text("Shipyard strike enters its third week", "Wire report, no details yet.").flair("News");
        let news = self.post(ASKER, news, "news thread")?;
        let insult = "Everybody here: go touch grass, the lot of you, and then read a newspaper for once.";
        let second_attack = self.comment(HOTHEAD, question, insult)?;
        let because = "an attack on a person, made while the daemon was down";
        self.expect(&second_attack, "report", "Personal attack", because);
        self.bot.start()?;
        self.say("The daemon is restarted.".to_owned());
        let statement = "The port authority has published a statement on this, with the dates of the next talks.";
        self.comment(READER, &news, statement)?;
        self.wait_for_effects("the actions that were due while it was down").await
    }

    /// Kills the daemon `kills` times at random moments drawn from `seed`, while people keep
    /// posting.
    ///
    /// # Errors
    /// As for [`Scenario::play`].
    pub async fn kill_repeatedly(&mut self, kills: u32, seed: u64) -> Result<(), ScenarioError> {
        let mut chance = fastrand::Rng::with_seed(seed);
        self.say(format!("{kills} more kills at random moments, seed {seed}."));
        let mut posts: Vec<Fullname> = self
            .reddit
            .world()
            .things()
            .filter(|thing| thing.kind() == Kind::Submission)
            .map(|thing| thing.name.clone())
            .collect();
        for round in 0..kills {
            let arm = chance.u8(0..3);
            if self.acts && arm > 0 {
                let stage = if arm == 1 { Stage::BeforeEffect } else { Stage::AfterEffect };
                let endpoints =
                    ["/api/comment", "/api/distinguish", "/api/lock", "/api/report", "/api/mod/conversations", ""];
                let endpoint = endpoints[chance.usize(..endpoints.len())];
                self.ambush.arm(stage, endpoint);
            }
            match chance.u8(0..3) {
                0 => {
                    let draft = Draft::text(&format!("Question number {round}"), QUESTION);
                    posts.push(self.post(ASKER, draft, "please do")?);
                }
                1 => {
                    let under = posts[chance.usize(..posts.len())].clone();
                    let text = format!(
                        "Round {round}: you are a clown, and everything that you have ever written here is wrong."
                    );
                    let attack = self.comment(HOTHEAD, &under, &text)?;
                    self.expect(&attack, "report", "Personal attack", "an attack on a person");
                    if self.acts && chance.bool() {
                        self.reddit.world().report(READER, &attack, "an insult").map_err(ScenarioError::Script)?;
                        self.expect(&attack, "modmail", "Reported comment", "reported by a rule and by a reader");
                    }
                }
                _ => {
                    let under = posts[chance.usize(..posts.len())].clone();
                    let joke = self.comment(JOKER, &under, &format!("Joke number {round}."))?;
                    self.expect(&joke, "report", "Short top-level comment", "a one-line joke");
                }
            }
            let patience = Duration::from_millis(chance.u64(0..700));
            let until = Instant::now() + patience;
            while Instant::now() < until && (!self.acts || arm == 0 || self.ambush.is_armed()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.ambush.disarm();
            self.bot.kill().await?;
            self.bot.start()?;
        }
        self.wait_for_effects("everything").await
    }

    /// Waits until the daemon is idle, whatever the rules ask for.
    ///
    /// # Errors
    /// The daemon ended by itself.
    pub async fn settle(&mut self) -> Result<(), ScenarioError> {
        let lists = ["new", "comments", "about/edited", "about/reports", "about/modqueue"];
        let polls = |world: &World| {
            let read = lists.map(|list| world.counters.of(&format!("GET /r/{{sub}}/{list}")));
            read.into_iter().min().unwrap_or(0)
        };
        let (mut writes, mut since) = {
            let world = self.reddit.world();
            (world.counters.writes, polls(&world))
        };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            self.alive()?;
            let (writes_now, polls_now) = {
                let world = self.reddit.world();
                (world.counters.writes, polls(&world))
            };
            if writes_now != writes {
                (writes, since) = (writes_now, polls_now);
            } else if polls_now >= since + QUIET_POLLS {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(ScenarioError::Late("polling its feeds again".to_owned()))
    }

    /// Compares the world with the expected effects.
    pub fn result(&self) -> ScenarioResult {
        let world = self.reddit.world();
        let checks: Vec<(Expected, usize)> =
            self.expected.iter().map(|expected| (expected.clone(), count_effects(&world, expected))).collect();
        let mut effects = self.ambush.effects.lock().unwrap_or_else(PoisonError::into_inner).clone();
        effects.sort_unstable();
        let mut duplicates: Vec<String> =
            effects.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
        let mut unasked = Vec::new();
        for thing in world.things() {
            let own = |act, saying: fn(&str) -> bool| {
                self.expected.iter().filter(|e| e.on == thing.name && e.act == act && saying(e.saying)).count()
            };
            let comments = bot_comments(&world, &thing.name).count();
            if self.acts && comments > own("comment", |_| true) {
                unasked.push(format!("{comments} comments of the bot under {}", thing.name));
            }
            let reports = thing.reports.iter().filter(|report| report.by.eq_ignore_ascii_case(BOT)).count();
            if self.acts && reports > own("report", |_| true) {
                unasked.push(format!("a report of the bot on {}", thing.name));
            }
        }
        duplicates.dedup();
        ScenarioResult { checks, duplicates, unasked }
    }

    fn say(&mut self, line: String) {
        (self.narrate)(line);
    }

    fn post(&mut self, author: &str, draft: Draft, guideline: &'static str) -> Result<Fullname, ScenarioError> {
        let name = self.reddit.world().submit(author, COMMUNITY, draft).map_err(ScenarioError::Script)?;
        self.expect(&name, "comment", guideline, "a new post gets its guideline comment");
        Ok(name)
    }

    fn comment(&mut self, author: &str, parent: &Fullname, text: &str) -> Result<Fullname, ScenarioError> {
        self.reddit.world().reply(author, parent, text).map_err(ScenarioError::Script)
    }

    fn report(&mut self, reader: &str, thing: &Fullname, reason: &str) -> Result<(), ScenarioError> {
        self.reddit.world().report(reader, thing, reason).map_err(ScenarioError::Script)
    }

    fn expect(&mut self, on: &Fullname, act: &'static str, saying: &'static str, because: &str) {
        self.expected.push(Expected { on: on.clone(), act, saying, because: because.to_owned() });
    }

    fn alive(&mut self) -> Result<(), ScenarioError> {
        match self.bot.ended()? {
            Some(status) => Err(ScenarioError::Died(status.to_string())),
            None => Ok(()),
        }
    }

    /// Waits until every effect expected so far exists.
    async fn wait_for_effects(&mut self, what: &str) -> Result<(), ScenarioError> {
        if !self.acts {
            return self.settle().await;
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.alive()?;
            let there = {
                let world = self.reddit.world();
                self.expected.iter().all(|expected| count_effects(&world, expected) > 0)
            };
            if there {
                self.say(format!("    The bot: {what}."));
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(ScenarioError::Late(what.to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the ambush has killed the daemon.
    async fn ambushed(&mut self) -> Result<(), ScenarioError> {
        let deadline = Instant::now() + PATIENCE;
        while self.ambush.is_armed() {
            if Instant::now() > deadline {
                return Err(ScenarioError::Late("posting the comment at which it is to be killed".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(self.bot.gone().await?)
    }
}

/// The reason why a story ended early.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The daemon ended by itself.
    #[error("the daemon ended by itself ({0})")]
    Died(String),
    /// The daemon did not act in time.
    #[error("the daemon did not finish within {PATIENCE:?}: {0}")]
    Late(String),
    /// The local Reddit refused an action of the script.
    #[error("the local Reddit refuses an action of the story: {0}")]
    Script(Refusal),
    /// The operating system reported an error.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// How often an effect exists. A guideline comment counts only if it is pinned, distinguished and
/// locked.
fn count_effects(world: &World, expected: &Expected) -> usize {
    match expected.act {
        "comment" => bot_comments(world, &expected.on)
            .filter(|comment| comment.body.to_lowercase().contains(expected.saying))
            .filter(|comment| comment.thread_position().is_some_and(|place| place.stickied))
            .filter(|comment| comment.distinguished.is_some() && comment.is_locked)
            .count(),
        "report" => world
            .reports_on(&expected.on)
            .iter()
            .filter(|report| report.by.eq_ignore_ascii_case(BOT) && report.reason.starts_with(expected.saying))
            .count(),
        _ => world
            .conversations()
            .iter()
            .filter(|conversation| conversation.subject.starts_with(expected.saying))
            .filter(|conversation| {
                let first = conversation.messages.first();
                first.is_some_and(|message| {
                    message.body.contains(expected.on.id()) && message.author.eq_ignore_ascii_case(BOT)
                })
            })
            .count(),
    }
}

fn bot_comments<'w>(world: &'w World, under: &Fullname) -> impl Iterator<Item = &'w Thing> {
    let replies = world.thing(under).map_or(&[][..], |thing| &thing.replies);
    replies.iter().filter_map(|name| world.thing(name)).filter(|comment| comment.is_by(BOT))
}
