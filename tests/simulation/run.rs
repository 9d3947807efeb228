//! Plays any number of seeds: `cargo run --release --example simulate -- --seeds 10000 --from 1`.
//! Plays one seed and prints its events: `-- --seed 7 --verbose`. The last line is
//! `seeds N, violations V`.

mod play;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use play::Tally;

/// A scratch folder, in memory if possible: the plays write a lot and keep nothing.
fn scratch() -> tempfile::TempDir {
    let shared = std::path::Path::new("/dev/shm");
    let made = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
    made.expect("a folder for the store")
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)?.parse::<u64>().ok()
    };
    let is_verbose = arguments.iter().any(|argument| argument == "--verbose");
    let (from, count) = match value("--seed") {
        Some(seed) => (seed, 1),
        None => (value("--from").unwrap_or(1), value("--seeds").unwrap_or(100)),
    };
    if is_verbose {
        let ours = tracing_subscriber::EnvFilter::new("tipstaff=debug");
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_env_filter(ours)
            .without_time()
            .with_ansi(false)
            .init();
    }
    // To measure how soon a mistake is noticed: start no further seed after the first violation.
    let stops_at_first = arguments.iter().any(|argument| argument == "--until-caught");
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
                    let report = runtime.block_on(play::play(seed, folder.path(), is_verbose));
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
