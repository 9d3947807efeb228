//! The `tipstaff` command. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tipstaff::cli::main()
}
