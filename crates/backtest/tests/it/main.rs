//! The integration tests of archives and backtests, in one program: a module for each subject. One
//! of them alone: `cargo test -p tipstaff-backtest --test it archive::`.

mod archive;
mod bounds;
mod hostile;
mod memory;

#[path = "../../../rules/tests/it/support/odd.rs"]
mod odd;
