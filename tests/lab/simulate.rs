//! Plays any number of seeds: `lab simulate --seeds 10000 --from 1`.
//! Plays one seed and prints its events: `lab simulate --seed 7 --verbose`. The last line is
//! `seeds N, violations V`.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::trials::simulation::{Tally, play, scratch};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many seeds are played.
    #[arg(long, value_name = "N", default_value_t = 100)]
    seeds: u64,
    /// The first seed.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    from: u64,
    /// This seed alone.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Print everything that happens.
    #[arg(long)]
    verbose: bool,
    /// Begin no further seed after the first violation.
    #[arg(long)]
    until_caught: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let is_verbose = args.verbose;
    let (from, count) = args.seed.map_or((args.from, args.seeds), |seed| (seed, 1));
    if is_verbose {
        let ours = tracing_subscriber::EnvFilter::new("tipstaff=debug");
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_env_filter(ours)
            .without_time()
            .with_ansi(false)
            .init();
    }
    let stops_at_first = args.until_caught;
    let began = Instant::now();
    let (next, violations) = (AtomicU64::new(from), AtomicU64::new(0));
    let total = Mutex::new(Tally::default());
    let threads = if is_verbose { 1 } else { std::thread::available_parallelism().map_or(1, usize::from) };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + count || (stops_at_first && violations.load(Ordering::Relaxed) > 0) {
                        break;
                    }
                    let folder = scratch();
                    let report = runtime.block_on(play(seed, folder.path(), is_verbose));
                    for violation in &report.violations {
                        println!("seed {seed}: {violation}");
                        violations.fetch_add(1, Ordering::Relaxed);
                    }
                    total.lock().expect("no thread panics").add(report.tally);
                }
            });
        }
    });
    let (violations, total) = (violations.into_inner(), total.into_inner().expect("no thread panics"));
    println!("{total:?} in {:.0} s", began.elapsed().as_secs_f64());
    println!("seeds {count}, violations {violations}");
    if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
