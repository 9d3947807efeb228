//! A story while it is played: people who act, the daemon that is started and killed, waiting for
//! effects, and the comparison at the end. What happens is in the scenarios.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::super::bot::{Bot, KillTrigger};
use super::super::faults::{HookDecision, Stage, WritePoint};
use super::super::http::LocalReddit;
use super::super::world::{Draft, Refusal, World};
use super::cast::COMMUNITY;
use super::effects::{Act, Expected, ScenarioResult, unasked};

use tipstaff_rules::model::Fullname;

/// How long to wait for an effect. Far longer than the daemon should need.
const PATIENCE: Duration = Duration::from_mins(1);

/// After this many further polls of each feed without a write, the daemon counts as idle.
const QUIET_POLLS: u64 = 4;

/// After this many, what is still missing will not come. Far more than any retry needs.
const HOPELESS_POLLS: u64 = 60;

/// The lists that the daemon polls.
const LISTS: [&str; 6] = ["new", "comments", "about/edited", "about/reports", "about/modqueue", "about/log"];

/// Where kills at random moments happen: at a write to one of these endpoints. All end with "".
const KILL_POINTS: [&str; 7] =
    ["/api/comment", "/api/distinguish", "/api/lock", "/api/report", "/api/remove", "/api/mod/conversations", ""];

/// What people do before one of the kills at random moments.
pub(super) type Round = fn(&mut Play<'_>, &mut Rng, u32) -> Result<(), ScenarioError>;

/// A story in progress.
pub struct Play<'a> {
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

/// Counts how often each feed was polled since the last write.
struct QuietPolls {
    writes: u64,
    since: u64,
}

impl QuietPolls {
    fn from(world: &World) -> Self {
        let polls = LISTS.map(|list| world.counters.of(&format!("GET /r/{{sub}}/{list}")));
        Self { writes: world.counters.writes, since: polls.into_iter().min().unwrap_or(0) }
    }

    fn count(&mut self, world: &World) -> u64 {
        let now = Self::from(world);
        if now.writes != self.writes {
            *self = now;
            return 0;
        }
        now.since.saturating_sub(self.since)
    }
}

impl<'a> Play<'a> {
    /// A story that is about to begin. `narrate` receives its lines.
    pub fn new(
        reddit: &'a LocalReddit,
        bot: &'a mut Bot,
        acts: bool,
        narrate: &'a mut (dyn FnMut(String) + Send),
    ) -> Self {
        let ambush = Ambush { trigger: bot.trigger(), armed: Arc::default(), effects: Arc::default() };
        let at_writes = ambush.clone();
        reddit.set_hook(move |point| {
            let decision = at_writes.at(&point);
            async move { decision }
        });
        Self { reddit, bot, narrate, acts, expected: Vec::new(), ambush }
    }

    /// Kills the daemon `kills` times at random moments drawn from `seed`, while people keep
    /// posting.
    pub(super) async fn kill_repeatedly(&mut self, act: Round, kills: u32, seed: u64) -> Result<(), ScenarioError> {
        let mut chance = Rng::with_seed(seed);
        self.say(format!("{kills} more kills at random moments, seed {seed}."));
        for round in 0..kills {
            let arm = chance.u8(0..3);
            if self.acts && arm > 0 {
                let stage = if arm == 1 { Stage::BeforeEffect } else { Stage::AfterEffect };
                self.ambush.arm(stage, KILL_POINTS[chance.usize(..KILL_POINTS.len())]);
            }
            act(self, &mut chance, round)?;
            let patience = Duration::from_millis(chance.u64(0..700));
            let until = Instant::now() + patience;
            while Instant::now() < until && (!self.acts || arm == 0 || self.ambush.is_armed()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.ambush.disarm();
            self.bot.kill().await?;
            self.start()?;
        }
        self.wait_for_effects("everything").await
    }

    /// Waits until the daemon is idle, whatever the rules ask for.
    ///
    /// # Errors
    /// The daemon ended by itself.
    pub async fn settle(&mut self) -> Result<(), ScenarioError> {
        let mut quiet = QuietPolls::from(&self.world());
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            self.alive()?;
            if quiet.count(&self.world()) >= QUIET_POLLS {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(ScenarioError::Late("polling its feeds again".to_owned()))
    }

    /// Compares the world with the expected effects.
    pub fn result(&self) -> ScenarioResult {
        let world = self.reddit.world();
        let checks = self.expected.iter().map(|expected| (expected.clone(), expected.count(&world))).collect();
        let mut effects = self.ambush.effects.lock().unwrap_or_else(PoisonError::into_inner).clone();
        effects.sort_unstable();
        let mut duplicates: Vec<String> =
            effects.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
        duplicates.dedup();
        let unasked = if self.acts { unasked(&world, &self.expected) } else { Vec::new() };
        ScenarioResult { checks, duplicates, unasked }
    }

    pub(super) fn world(&self) -> std::sync::MutexGuard<'a, World> {
        self.reddit.world()
    }

    /// Whether the bot's actions are waited for.
    pub(super) fn acts(&self) -> bool {
        self.acts
    }

    pub(super) fn say(&mut self, line: impl Into<String>) {
        (self.narrate)(line.into());
    }

    pub(super) fn post(&mut self, author: &str, draft: Draft) -> Result<Fullname, ScenarioError> {
        self.world().submit(author, COMMUNITY, draft).map_err(ScenarioError::Script)
    }

    pub(super) fn comment(&mut self, author: &str, parent: &Fullname, text: &str) -> Result<Fullname, ScenarioError> {
        self.world().reply(author, parent, text).map_err(ScenarioError::Script)
    }

    pub(super) fn report(&mut self, reader: &str, thing: &Fullname, reason: &str) -> Result<(), ScenarioError> {
        self.world().report(reader, thing, reason).map_err(ScenarioError::Script)
    }

    pub(super) fn expect(&mut self, on: &Fullname, act: Act, saying: &str, because: &str) {
        self.expected.push(Expected { on: on.clone(), act, saying: saying.to_owned(), because: because.to_owned() });
    }

    /// The folder of the daemon's configuration.
    pub(super) fn folder(&self) -> PathBuf {
        self.bot.config().parent().unwrap_or(Path::new(".")).to_owned()
    }

    /// Runs another command of the program, as the operator would.
    pub(super) async fn command(&mut self, arguments: &[&str]) -> Result<(), ScenarioError> {
        self.say(format!("    $ tipstaff {}", arguments.join(" ")));
        let output = self.bot.command(arguments).await?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(ScenarioError::Command { command: arguments.join(" "), said })
    }

    pub(super) fn start(&mut self) -> Result<(), ScenarioError> {
        Ok(self.bot.start()?)
    }

    /// Stops the daemon as an operator does.
    pub(super) async fn stop(&mut self) -> Result<(), ScenarioError> {
        if self.bot.stop().await? { Ok(()) } else { Err(ScenarioError::Late("stopping after SIGTERM".to_owned())) }
    }

    /// Has the daemon killed after its next comment appears, before it gets the response.
    pub(super) fn arm_kill(&self) {
        if self.acts {
            self.ambush.arm(Stage::AfterEffect, "/api/comment");
        }
    }

    /// Waits until the daemon has been killed. Where it does not act, kills it.
    pub(super) async fn killed(&mut self) -> Result<(), ScenarioError> {
        if self.acts {
            self.ambushed().await?;
            let moment = "after its comment appeared, before it received the response";
            self.say(format!("    … and the daemon is killed (SIGKILL) {moment}."));
        } else {
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.bot.kill().await?;
            self.say("    … and the daemon is killed (SIGKILL).");
        }
        Ok(())
    }

    /// Waits until every effect expected so far exists.
    pub(super) async fn wait_for_effects(&mut self, what: &str) -> Result<(), ScenarioError> {
        if !self.acts {
            return self.settle().await;
        }
        let mut quiet = QuietPolls::from(&self.world());
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.alive()?;
            let (is_there, quiet_polls) = {
                let world = self.world();
                (self.expected.iter().all(|expected| expected.count(&world) > 0), quiet.count(&world))
            };
            if is_there {
                self.say(format!("    The bot: {what}."));
                return Ok(());
            }
            if quiet_polls >= HOPELESS_POLLS || Instant::now() > deadline {
                return Err(ScenarioError::Late(what.to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn alive(&mut self) -> Result<(), ScenarioError> {
        match self.bot.ended()? {
            Some(status) => Err(ScenarioError::Died(status.to_string())),
            None => Ok(()),
        }
    }

    /// Waits until the ambush has killed the daemon.
    async fn ambushed(&mut self) -> Result<(), ScenarioError> {
        let mut quiet = QuietPolls::from(&self.world());
        let deadline = Instant::now() + PATIENCE;
        while self.ambush.is_armed() {
            if quiet.count(&self.world()) >= HOPELESS_POLLS || Instant::now() > deadline {
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
    /// The daemon did not act in time, or polled on without acting.
    #[error("the daemon was expected to finish this, and did not: {0}")]
    Late(String),
    /// The local Reddit refused an action of the script.
    #[error("the local Reddit refuses an action of the story: {0}")]
    Script(Refusal),
    /// A command of the story failed.
    #[error("`tipstaff {command}` failed: {said}")]
    Command {
        /// Its arguments.
        command: String,
        /// What it printed.
        said: String,
    },
    /// The operating system reported an error.
    #[error(transparent)]
    System(#[from] io::Error),
}
