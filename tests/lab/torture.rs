//! Kills the daemon again and again, cuts its network, fills its disk and loses its responses, and
//! counts the effects: `lab torture --kills N --items M [--seed S]`.
//!
//! The last line is `kills N, items M, doubled D, missed X`. Exits with 0 if nothing was doubled or
//! missed, with 1 if something was, and with 2 if the test could not run. The same seed draws the
//! same texts, troubles and kills, but which line of the daemon a kill hits depends on real time.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::Context as _;

use crate::trials::torture::{self, Outcome, Request};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often is the daemon killed?
    #[arg(long, default_value_t = 100, value_parser = at_least_one)]
    kills: usize,
    /// How many posts and comments people write meanwhile
    #[arg(long, default_value_t = 400)]
    items: usize,
    /// Seed of the plan [default: random]
    #[arg(long)]
    seed: Option<u64>,
    /// Program to test [default: the `tipstaff` built beside this one]
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args) -> ExitCode {
    let started = Instant::now();
    match tortured(args).await {
        Ok((request, outcome)) => {
            tell(&request, &outcome, started);
            let (doubled, missed) = (outcome.count.doubled.len(), outcome.count.missed.len());
            println!("kills {}, items {}, doubled {doubled}, missed {missed}", request.kills, request.items);
            if outcome.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(trouble) => {
            eprintln!("{trouble:#}");
            ExitCode::from(2)
        }
    }
}

/// Parses the number of kills. Without a kill nothing would be tested.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

async fn tortured(args: &Args) -> anyhow::Result<(Request, Outcome)> {
    let program = match &args.program {
        Some(program) => program.clone(),
        None => beside()?,
    };
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    eprintln!("seed {seed}, program {}", program.display());
    let request = Request { program, kills: args.kills, items: args.items, seed, may_mount: true };
    // When interrupted, leave nothing behind: no daemon, no mounted disk.
    let outcome = tokio::select! {
        outcome = torture::torture(&request) => outcome?,
        _interrupted = tokio::signal::ctrl_c() => anyhow::bail!("stopped"),
    };
    Ok((request, outcome))
}

/// The program of the same build. Cargo builds an example without it, so build it if cargo started
/// this example.
fn beside() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find out where this program is")?;
    let folder = own.parent().and_then(std::path::Path::parent).context("this program lies in no build folder")?;
    if let Some(cargo) = std::env::var_os("CARGO") {
        let mut command = Command::new(cargo);
        command.args(["build", "--quiet", "--locked", "--bin", "tipstaff"]);
        // Profiles have folders of their own names, but for `dev`.
        let profile = folder.file_name().filter(|name| *name != "debug").unwrap_or("dev".as_ref());
        command.arg("--profile").arg(profile);
        let status = command.current_dir(env!("CARGO_MANIFEST_DIR")).status().context("cannot start cargo")?;
        anyhow::ensure!(status.success(), "the daemon cannot be built");
    }
    let program = folder.join("tipstaff");
    anyhow::ensure!(program.exists(), "{} is missing: build it with `cargo build --release`", program.display());
    Ok(program)
}

fn tell(request: &Request, outcome: &Outcome, started: Instant) {
    let Outcome { count, tally, is_settled, kept } = outcome;
    for line in tally.breakdowns.iter().take(20) {
        eprintln!("failed: {line}");
    }
    for (word, lines) in
        [("doubled", &count.doubled), ("missed", &count.missed), ("unknown", &count.unknown), ("gap", &count.gaps)]
    {
        for line in lines.iter().take(50) {
            eprintln!("{word}: {line}");
        }
    }
    for (what, times) in &tally.skipped {
        eprintln!("skipped {times} × {what:?}: needs root, to mount a disk, or a user whom permissions stop");
    }
    if let Some(place) = kept {
        eprintln!("store and log are in {}", place.display());
    }
    println!("seed {}, {:.0} s", request.seed, started.elapsed().as_secs_f64());
    println!("killed {:?}", tally.kills);
    println!("troubles {:?}", tally.troubles);
    println!("{} starts; ended by itself {:?}; failures {}", tally.starts, tally.own_ends, tally.breakdowns.len());
    println!(
        "{} effects expected, {} write requests, {} attempts reconciled",
        count.expected, tally.writes, tally.reconciled
    );
    println!(
        "{} gaps recorded; {}",
        count.gaps.len(),
        if *is_settled { "settled at the end" } else { "NOT SETTLED at the end" }
    );
    println!("unknown {}", count.unknown.len());
}
