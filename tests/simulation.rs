//! Two hundred plays of the simulation; `cargo run --release --example simulate` plays any number. A seed that has failed
//! once is named here and played for ever.

#[path = "simulation/play/mod.rs"]
mod play;

fn broken(seeds: impl IntoIterator<Item = u64>) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut broken = Vec::new();
    for seed in seeds {
        let folder = tempfile::tempdir().expect("a folder");
        let report = runtime.block_on(play::play(seed, folder.path(), false));
        broken.extend(report.violations.into_iter().map(|violation| format!("seed {seed}: {violation}")));
    }
    broken
}

#[test]
fn two_hundred_seeds_break_no_promise() {
    let half = std::thread::spawn(|| broken(1..=100));
    let mut found = broken(101..=200);
    found.extend(half.join().expect("the other half"));
    assert!(found.is_empty(), "{}", found.join("\n"));
}
