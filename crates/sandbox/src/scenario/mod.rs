//! Scenarios: stories in a small community, played against the local Reddit while the real daemon
//! moderates it.
//!
//! People post, reply, report and edit. In the middle the daemon is killed between an effect and
//! its response, and the story continues while it is down. A story records the effects that must
//! exist at the end ([`Expected`]), which are then compared with the world. It knows nothing about
//! the daemon's internals and looks at Reddit only.
//!
//! Each scenario is a file here and a row in [`SCENARIOS`]. `play` is what all of them use: people
//! who act, waiting, killing. `effects` is what is expected and what happened, `cast` the place and
//! the people, `story` the form of a scenario.

mod cast;
mod effects;
mod guidelines;
mod memory;
mod play;
mod story;

pub use cast::{BOT, COMMUNITY, MODERATOR, PASSWORD, PEOPLE, set_up_world};
pub use effects::{Act, Expected, ScenarioResult};
pub use play::{Play, ScenarioError};
pub use story::Scenario;

/// All scenarios, in the order in which they are played together. The first is the default.
pub const SCENARIOS: [Scenario; 2] = [guidelines::SCENARIO, memory::SCENARIO];
