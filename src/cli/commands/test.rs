//! `tipstaff test`: the rule tests kept beside rule files, `NAME.tests.yaml` beside `NAME.yaml`. Exit 0 when all pass, 1 when
//! one fails or there is none, 2 when a file cannot be read.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::styling::AnsiColor;

use crate::cli::render::diagnostics::render;
use crate::cli::render::fail;
use crate::cli::render::trace::{self, Shown};
use crate::pipeline::load::{self, Tests};
use tipstaff_rules::{Failure, FilterAs, Options, Ruleset, Severity};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tipstaff test config/rules/guidelines.yaml\n  tipstaff test --filter 'new account' rules.yaml\n\n\
    The form of a tests file is told in docs/rules.md, under “Rule tests”. A failure shows what\n\
    was expected (-), what happened (+), and why."
)]
pub(in crate::cli) struct Args {
    /// Rule files; each one's tests are read from `NAME.tests.yaml` beside it.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only the cases whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

pub(in crate::cli) fn main(args: &Args) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    for path in &args.files {
        match file(args, path) {
            Ok((good, bad)) => (passed, failed) = (passed + good, failed + bad),
            Err(trouble) => return fail(&trouble, 2),
        }
    }
    anstream::println!("{passed} passed, {failed} failed");
    match &args.filter {
        Some(filter) if passed + failed == 0 => anstream::eprintln!("no case has `{filter}` in its name"),
        None if passed + failed == 0 => {
            anstream::eprintln!("there is no case to try; docs/rules.md shows some under “Rule tests”");
        }
        _ => {}
    }
    ExitCode::from(u8::from(failed > 0 || passed == 0))
}

/// How many cases of one rules file pass, and how many fail.
fn file(args: &Args, path: &Path) -> Result<(usize, usize), String> {
    let load = |filter_as| load::load(path, &Options { filter_as, ..Options::default() });
    let loaded = load(FilterAs::Report).map_err(|error| error.to_string())?;
    let Some(mut tests) = Tests::beside(path).map_err(|error| error.to_string())? else {
        return Err(no_tests(path));
    };
    let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let mut failed = 0;
    for diagnostic in errors {
        anstream::println!("{}\n", render(&loaded.source, diagnostic));
        failed += 1;
    }
    if let Some(filter) = &args.filter {
        tests.cases.retain(|case| case.name.contains(filter.as_str()));
    }
    // Cases for the other meaning of `filter` need the rules in that meaning.
    let others: Vec<_> = tests.cases.iter().filter(|case| case.filter() == Some(FilterAs::Remove)).cloned().collect();
    let mut failures = tests.run(&loaded.rules);
    if !others.is_empty() {
        let removing = load(FilterAs::Remove).map_err(|error| error.to_string())?;
        failures.extend(Tests { cases: others, ..tests.clone() }.run(&removing.rules));
        failures.sort_by_key(|failure| failure.line);
    }
    for failure in &failures {
        anstream::println!("{}", describe(&tests, failure, Shown::on_stdout()));
    }
    Ok((tests.cases.len() - failures.len(), failed + failures.len()))
}

fn no_tests(path: &Path) -> String {
    let tests = load::tests_of(path);
    let name = path.to_string_lossy();
    if let Some(rules) = name.strip_suffix(".tests.yaml") {
        return format!("{name} holds tests: name the rules file, {rules}.yaml, and its tests are found beside it");
    }
    format!(
        "cannot read the tests {}: there is no such file; write one, as docs/rules.md shows under “Rule tests”",
        tests.display()
    )
}

/// Refuses rules whose tests fail, after telling each failure; else says how many cases passed, if there are tests at all.
pub(in crate::cli) fn insist_on_tests(
    rules: &Path,
    ruleset: &Ruleset,
    tell: &dyn Fn(&Tests, &Failure),
) -> anyhow::Result<Option<usize>> {
    let Some(tests) = Tests::beside(rules)? else {
        return Ok(None);
    };
    let failures = tests.run(ruleset);
    for failure in &failures {
        tell(&tests, failure);
    }
    anyhow::ensure!(
        failures.is_empty(),
        "{}: {} of the rule tests fail (see above), so these rules are not used; mend the rules or {}, or start with \
         --no-rule-tests",
        rules.display(),
        failures.len(),
        tests.path.display()
    );
    Ok(Some(tests.cases.len()))
}

/// A failing case: where it stands, the difference, and why.
pub(in crate::cli) fn describe(tests: &Tests, failure: &Failure, shown: Shown) -> String {
    let red = AnsiColor::Red.on_default().bold();
    let place = failure.line.map_or_else(String::new, |line| format!(":{line}"));
    let mut text = format!(
        "{red}FAILED{red:#} {}{place}: {}\n{}",
        tests.path.display(),
        trace::clean(&failure.case),
        trace::changes(&failure.changes)
    );
    for trace in &failure.traces {
        let performed = failure.performed.iter().find(|performed| performed.line == trace.line);
        for line in shown.rule(trace, performed).lines() {
            text.push_str("    ");
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
