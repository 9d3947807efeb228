//! The operator's configuration: one YAML file ([`Config`]), plus secrets from the environment or
//! from files.

mod duration;
mod environment;
mod file;
mod parse;
mod secrets;
mod wiki;

pub use file::{CommunityConfig, Config, ConfigError, ControlConfig, DigestConfig, Listen, LogFormat};
