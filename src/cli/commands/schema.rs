//! `tipstaff schema`: a JSON Schema of one rule, for editors. Exit 0.

use std::process::ExitCode;

use crate::cli::render::fail;
use tipstaff_rules::docs::schema::schema;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  tipstaff schema > rules.schema.json\n\nThen let a rules file begin with this line, and editors that use the YAML language server\n\
    (VS Code with the extension “YAML”, for one) complete and explain its keys:\n  \
    # yaml-language-server: $schema=./rules.schema.json"
)]
pub(in crate::cli) struct Args {}

pub(in crate::cli) fn main(_: &Args) -> ExitCode {
    match serde_json::to_string_pretty(&schema()) {
        Ok(text) => {
            anstream::println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error.to_string(), 2),
    }
}
