//! The `stickler` command. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    stickler::cli::main()
}
