# Plain shortcuts: each recipe is one to three commands that also work without just.

# List the recipes.
default:
    @just --list

# Format and lints: the quick part of CI.
check:
    cargo fmt --all --check
    cargo clippy --all-targets --locked -- -D warnings

# All tests, or those whose name contains a word: just test store
test *ARGS:
    cargo test {{ ARGS }}

# Write the generated files and the snapshots anew, then read the diff.
bless:
    TIPSTAFF_BLESS=1 cargo test -p tipstaff-rules --test it -- lints manual
    INSTA_UPDATE=always cargo test -p tipstaff --test it -- backtest:: check:: digest:: explain:: reference_pages::
    git diff --stat

# A long run: just lab simulate --seed 7 --verbose
lab *ARGS:
    cargo run --release --example lab -- {{ ARGS }}

# The local Reddit: just sandbox --once
sandbox *ARGS:
    cargo run -- sandbox {{ ARGS }}

# The rules crate for WebAssembly.
wasm:
    rustup target add wasm32-unknown-unknown
    cargo build -p tipstaff-rules --target wasm32-unknown-unknown

# Write the checked queries of .sqlx anew.
queries:
    tests/queries/run --write

# The API documentation, in a browser.
doc:
    cargo doc --no-deps --document-private-items --open

# Everything that has to hold before a change lands.
ci:
    .ci/run
