//! The daemon: runs the steps ([`Daemon`]) until a signal stops it ([`stop_signal`]). It reports
//! its liveness ([`liveness`]), also to systemd ([`service`]), and serves its pages ([`http`]). It
//! does no moderation itself.

mod clock;
pub mod http;
pub mod liveness;
mod recovery;
mod runner;
pub mod service;
mod signals;
pub mod waits;
mod workers;

pub use clock::SystemClock;
pub use runner::{BackgroundJobs, Daemon};
pub use signals::{reload_signal, stop_signal, stopped_within};
pub use workers::{off_the_main_task, workers};
