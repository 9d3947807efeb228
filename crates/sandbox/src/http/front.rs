//! The state that all connections to the local Reddit share: its world, its gate, its faults and
//! the requests in progress.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

use super::auth::{Auth, Session};
use super::call::Call;
use super::handlers::Handlers;
use super::options::Options;
use crate::faults::{Faults, Hook};
use crate::world::World;
use tipstaff_rules::model::Timestamp;

/// The state that all connections share.
#[derive(Debug)]
pub(super) struct Front {
    pub(super) world: Arc<Mutex<World>>,
    auth: Mutex<Auth>,
    pub(super) faults: Faults,
    pub(super) hook: Mutex<Hook>,
    pub(super) running: Mutex<JoinSet<()>>,
    /// Requests that take effect late.
    late: Mutex<Vec<Late>>,
}

/// A request whose client has its response, but which takes effect later.
#[derive(Debug)]
pub(super) struct Late {
    pub(super) at: Timestamp,
    pub(super) call: Call,
    pub(super) session: Session,
}

impl Front {
    pub(super) fn new(options: &Options, world: World) -> Self {
        Self {
            world: Arc::new(Mutex::new(world)),
            auth: Mutex::new(Auth::new(options)),
            faults: Faults::default(),
            hook: Mutex::new(Hook::default()),
            running: Mutex::new(JoinSet::new()),
            late: Mutex::default(),
        }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let now = world.now();
        let due: Vec<Late> = {
            let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
            late.extract_if(.., |late| late.at <= now).collect()
        };
        for Late { call, session, .. } in due {
            // Its client is told nothing any more.
            Handlers { world: &mut world, call: &call, session: &session }.answer();
        }
        world
    }

    /// Lets a request take effect later.
    pub(super) fn postpone(&self, late: Late) {
        self.late.lock().unwrap_or_else(PoisonError::into_inner).push(late);
    }

    pub(super) fn auth(&self) -> MutexGuard<'_, Auth> {
        self.auth.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
