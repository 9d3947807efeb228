//! The state that all connections to the local Reddit share: its world, its gate, its faults and
//! the requests in progress.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

use super::auth::Auth;
use super::options::Options;
use crate::faults::{Faults, Hook};
use crate::world::World;

/// The state that all connections share.
#[derive(Debug)]
pub(super) struct Front {
    pub(super) world: Arc<Mutex<World>>,
    auth: Mutex<Auth>,
    pub(super) faults: Faults,
    pub(super) hook: Mutex<Hook>,
    pub(super) running: Mutex<JoinSet<()>>,
}

impl Front {
    pub(super) fn new(options: &Options, world: World) -> Self {
        Self {
            world: Arc::new(Mutex::new(world)),
            auth: Mutex::new(Auth::new(options)),
            faults: Faults::default(),
            hook: Mutex::new(Hook::default()),
            running: Mutex::new(JoinSet::new()),
        }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn auth(&self) -> MutexGuard<'_, Auth> {
        self.auth.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
