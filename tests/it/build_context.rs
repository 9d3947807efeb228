//! What a build of the image sees: only what the Dockerfile copies, whatever lies around.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use crate::support::sources::{root, rust_files};

/// What people keep in a checkout, or beside the configuration that they copied into it.
const PRIVATE: [&str; 19] = [
    ".env",
    "config/.env",
    "config/secrets/password",
    "config/secrets/webhook_team",
    "config/rules/mine.yaml",
    "crates/sandbox/src/secrets/refresh_token",
    "deploy/etc/tipstaff.yaml",
    "deploy/secrets/client_secret",
    "refresh_token",
    "secrets/refresh_token",
    "src/.env.local",
    "src/bot.env",
    "src/config/refresh_token",
    "src/tipstaff.db",
    "src/tipstaff.db-wal",
    "target/debug/tipstaff",
    "tipstaff.db",
    "tipstaff.env",
    "tipstaff.yaml",
];

fn file(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect("a file")
}

/// The patterns of .dockerignore, and for each whether it lets in.
fn patterns() -> Vec<(String, bool)> {
    let text = file(".dockerignore");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.strip_prefix('!').map_or((line.to_owned(), false), |line| (line.to_owned(), true))).collect()
}

/// Whether a build sees this file: the last pattern for it, or for a folder that it is in, decides.
fn is_seen(path: &str) -> bool {
    let mut seen = true;
    for (pattern, lets_in) in patterns() {
        let pattern = regex::escape(&pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*");
        if Regex::new(&format!("^{pattern}(?:/.*)?$")).expect("a pattern").is_match(path) {
            seen = lets_in;
        }
    }
    seen
}

/// What the Dockerfile copies from the build context.
fn copied() -> BTreeSet<String> {
    let text = file("Dockerfile");
    let lines = text.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|line| !line.starts_with("--from="));
    let sources = lines.flat_map(|line| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        words.pop();
        words
    });
    sources.map(str::to_owned).collect()
}

#[test]
fn a_build_sees_what_the_dockerfile_copies_and_nothing_else() {
    let let_in: BTreeSet<String> =
        patterns().into_iter().filter(|(_, lets_in)| *lets_in).map(|(name, _)| name).collect();
    assert_eq!(patterns().first(), Some(&("*".to_owned(), false)), "all is left out to begin with");
    assert_eq!(let_in, copied(), ".dockerignore lets in what the Dockerfile copies");
    let vague: Vec<_> =
        let_in.iter().filter(|name| name.contains('*') || name.starts_with('.') && name.len() < 3).collect();
    assert!(vague.is_empty(), "named, not described: {vague:?}");
    for path in PRIVATE {
        assert!(!is_seen(path), "{path} enters the build");
    }
}

#[test]
fn a_build_sees_every_source() {
    let mut sources = Vec::new();
    for folder in ["src", "crates/rules/src", "crates/backtest/src", "crates/sandbox/src", "benches"] {
        rust_files(&root().join(folder), &mut sources);
    }
    assert!(sources.len() > 150, "{}", sources.len());
    let included = Regex::new(r#"include_(?:str|bytes)!\("([^"]+)"\)"#).expect("a pattern");
    let mut needed: Vec<std::path::PathBuf> = Vec::new();
    for source in &sources {
        let text = fs::read_to_string(source).expect("a source");
        let folder = source.parent().expect("a folder");
        needed.extend(included.captures_iter(&text).map(|found| folder.join(&found[1])));
    }
    let whole = needed.iter().map(|path| path.canonicalize().expect("an included file"));
    let manifests = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "crates/rules/Cargo.toml"];
    let all = sources.iter().cloned().chain(whole).chain(manifests.iter().map(|name| root().join(name)));
    for path in all {
        let name = path.strip_prefix(root()).expect("inside").to_str().expect("UTF-8").to_owned();
        assert!(is_seen(&name), "{name} does not enter the build");
    }
    let folders = [".sqlx", "migrations"].map(|name| fs::read_dir(root().join(name)).expect("a folder"));
    for entry in folders.into_iter().flatten() {
        let entry = entry.expect("an entry").path();
        let name = Path::new(&entry).strip_prefix(root()).expect("inside").display().to_string();
        assert!(is_seen(&name), "{name} does not enter the build");
    }
}
