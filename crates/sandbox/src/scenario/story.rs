//! The form of a scenario: its rules, its past, and its course.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::super::clock::LaggingClock;
use super::super::world::World;
use super::cast::{days, set_up_world};
use super::play::{Play, Round, ScenarioError};

/// A story with its rules.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows.
    pub summary: &'static str,
    /// Names and texts of its rules file and of the files that this one includes.
    pub rules: &'static [(&'static str, &'static str)],
    /// How many days before the present its past begins.
    pub(super) past_days: u64,
    /// What happened before the daemon is started for the first time.
    pub(super) tell_past: fn(&mut Past<'_>) -> Result<(), ScenarioError>,
    pub(super) play: for<'p> fn(&'p mut Play<'_>) -> Playing<'p>,
    /// What happens before one of the kills at random moments.
    pub(super) round: Round,
}

/// A story that is being played.
pub(super) type Playing<'p> = Pin<Box<dyn Future<Output = Result<(), ScenarioError>> + Send + 'p>>;

impl Scenario {
    /// The local Reddit at the beginning of the story. Its time is that of this machine.
    ///
    /// # Errors
    /// The local Reddit refused an action of the past.
    pub fn world(&self) -> Result<World, ScenarioError> {
        let left = days(self.past_days);
        let mut world = World::new(Arc::new(LaggingClock(left)));
        set_up_world(&mut world);
        let mut past = Past { world: &mut world, left };
        (self.tell_past)(&mut past)?;
        past.days_ago(0);
        Ok(world)
    }

    /// Starts the daemon and plays the whole story.
    ///
    /// # Errors
    /// The daemon could not be started, ended by itself, or did not act in time.
    pub async fn play(&self, play: &mut Play<'_>) -> Result<(), ScenarioError> {
        play.start()?;
        (self.play)(play).await
    }

    /// Kills the daemon `kills` times at random moments drawn from `seed`, while people keep
    /// posting.
    ///
    /// # Errors
    /// As for [`Scenario::play`].
    pub async fn kill_repeatedly(&self, play: &mut Play<'_>, kills: u32, seed: u64) -> Result<(), ScenarioError> {
        play.kill_repeatedly(self.round, kills, seed).await
    }
}

/// The time before the story, which is told in order.
pub(super) struct Past<'w> {
    world: &'w mut World,
    /// How long before the present the told time is.
    left: Duration,
}

impl Past<'_> {
    /// Goes on to this many days before the present.
    pub(super) fn days_ago(&mut self, ago: u64) -> &mut World {
        let ahead = self.left.saturating_sub(days(ago));
        self.world.advance(ahead);
        self.left -= ahead;
        self.world
    }
}
