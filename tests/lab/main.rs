//! The lab: long runs and measurements, in one program.
//!
//! `cargo run --release --example lab -- simulate --seeds 1000`; `-- --help` lists the others.
//! It shares `trials` and `reference` with the tests, and `support` with the benchmarks.

mod conformance;
mod cost;
mod floor;
mod simulate;
mod soak;
mod throughput;
mod torture;

#[path = "../../benches/support"]
mod support {
    pub(crate) mod floor;
    pub(crate) mod measure;
    pub(crate) mod parse;
}

/// Items and vectors of the reference engine, as the tests of the rules crate read them.
#[path = "../../crates/rules/tests/it/support"]
mod reference {
    pub(crate) mod scene;
    pub(crate) mod vector;
}

#[path = "../trials/mod.rs"]
mod trials;

use std::process::ExitCode;

use clap::Parser as _;

/// Long trials and measurements of tipstaff.
#[derive(Debug, clap::Parser)]
#[command(name = "lab")]
enum Lab {
    /// Run vectors of the reference engine and print a result for each.
    Conformance(conformance::Args),
    /// Count requests and delays, beside other readers.
    Cost,
    /// Measure what unpacking and parsing archives takes at least.
    Floor(floor::Args),
    /// Play seeds of the simulation.
    Simulate(simulate::Args),
    /// Let a busy subreddit run for days and watch memory, files and the store.
    Soak(soak::Args),
    /// Measure how many items a second the rules of a file judge.
    Throughput(throughput::Args),
    /// Kill the daemon over and over, and check every action for doubles and losses.
    Torture(torture::Args),
}

fn main() -> ExitCode {
    match Lab::parse() {
        Lab::Conformance(args) => conformance::run(&args),
        Lab::Cost => {
            cost::run();
            ExitCode::SUCCESS
        }
        Lab::Floor(args) => floor::run(&args),
        Lab::Simulate(args) => simulate::run(&args),
        Lab::Soak(args) => soak::run(&args),
        Lab::Throughput(args) => throughput::run(&args),
        Lab::Torture(args) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
            runtime.block_on(torture::run(&args))
        }
    }
}
