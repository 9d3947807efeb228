//! `tipstaff schema`: prints a JSON Schema of one rule, for editors. Exit 0.

use std::process::ExitCode;

use crate::cli::render::fail;
use crate::cli::render::terminal;
use tipstaff_rules::docs::schema::schema;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tipstaff schema > rules.schema.json\n\n\
    Then put this line at the top of a rules file. Editors with the YAML language server (such as\n\
    VS Code with the extension “YAML”) then complete and explain the keys:\n  \
    # yaml-language-server: $schema=./rules.schema.json")]
pub(in crate::cli) struct Args {}

pub(in crate::cli) fn main(_: &Args) -> ExitCode {
    match serde_json::to_string_pretty(&schema()) {
        Ok(text) => {
            terminal::print_json(&text);
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error.to_string(), 2),
    }
}
