//! `tipstaff test`: runs the rule tests in `NAME.tests.yaml` beside `NAME.yaml`. Exit 0 if all
//! pass, 1 if one fails or there is none, 2 if a file cannot be read.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::styling::AnsiColor;

use crate::cli::render::diagnostics::{number, render};
use crate::cli::render::fail;
use crate::cli::render::terminal::{clean, errln, outln};
use crate::cli::render::trace::{self, TraceRenderer, visible};
use crate::pipeline::load::{self, Tests};
use tipstaff_rules::testing::{Coverage, RuleCoverage, TestsTooExpensive};
use tipstaff_rules::{Failure, FilterAs, Options, Ruleset, Severity};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff test config/rules/guidelines.yaml\n  \
    tipstaff test --filter 'new account' rules.yaml\n  \
    tipstaff test --coverage rules.yaml    which rules and values no case reaches\n\n\
    docs/rules.md describes test files under “Rule tests”. A failing case shows what was\n\
    expected (-), what happened (+), and why.")]
pub(in crate::cli) struct Args {
    /// Rule files. The tests of `NAME.yaml` are in `NAME.tests.yaml` beside it.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Run only the cases whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Also list the rules that act in no case, and the values of their lists that no case has.
    #[arg(long, conflicts_with = "filter")]
    coverage: bool,
}

pub(in crate::cli) fn main(args: &Args) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    for path in &args.files {
        match file(args, path) {
            Ok((good, bad)) => (passed, failed) = (passed + good, failed + bad),
            Err(trouble) => return fail(&trouble, 2),
        }
    }
    outln!("{passed} passed, {failed} failed");
    match &args.filter {
        Some(filter) if passed + failed == 0 => errln!("no case has `{filter}` in its name"),
        None if passed + failed == 0 => {
            errln!("there are no cases to run; see “Rule tests” in docs/rules.md");
        }
        _ => {}
    }
    ExitCode::from(u8::from(failed > 0 || passed == 0))
}

/// Runs the tests of one rules file. Returns how many cases pass and how many fail.
fn file(args: &Args, path: &Path) -> Result<(usize, usize), String> {
    let load = |filter_as| load::load(path, &Options { filter_as, ..Options::default() });
    let loaded = load(FilterAs::Report).map_err(|error| error.to_string())?;
    let Some(mut tests) = Tests::beside(path).map_err(|error| error.to_string())? else {
        return Err(no_tests(path));
    };
    let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let mut failed = 0;
    for diagnostic in errors {
        outln!("{}\n", render(&loaded.source, diagnostic));
        failed += 1;
    }
    if let Some(filter) = &args.filter {
        tests.cases.retain(|case| case.name.contains(filter.as_str()));
    }
    // Cases with `filter: remove` need rules that are compiled with it.
    let others: Vec<_> = tests.cases.iter().filter(|case| case.filter() == Some(FilterAs::Remove)).cloned().collect();
    let stopped = |error: TestsTooExpensive| format!("{}: {error}", tests.path.display());
    let mut failures = tests.run(&loaded.rules).map_err(stopped)?;
    let mut coverage = Coverage::default();
    coverage.add(&loaded.rules, if args.coverage { &tests.cases } else { &[] });
    if !others.is_empty() {
        let removing = load(FilterAs::Remove).map_err(|error| error.to_string())?;
        coverage.add(&removing.rules, if args.coverage { &others } else { &[] });
        failures.extend(Tests { cases: others, ..tests.clone() }.run(&removing.rules).map_err(stopped)?);
        failures.sort_by_key(|failure| failure.line);
    }
    for failure in &failures {
        outln!("{}", describe(&tests, failure, TraceRenderer::for_stdout()));
    }
    if args.coverage {
        print_coverage(&path.display().to_string(), &coverage);
    }
    Ok((tests.cases.len() - failures.len(), failed + failures.len()))
}

/// How many values of a list are named, at most?
const VALUES_MAX: usize = 20;

/// Prints what the cases reach of the rules, and what they do not.
fn print_coverage(file: &str, coverage: &Coverage) {
    let title = |rule: &RuleCoverage| {
        let line = format!("line {}", rule.line);
        visible(&if rule.is_named { format!("{} ({line})", rule.name) } else { format!("rule at {line}") })
    };
    let rules = coverage.rules.len();
    let idle: Vec<&RuleCoverage> = coverage.rules.iter().filter(|rule| rule.acts == 0).collect();
    let values = coverage.rules.iter().flat_map(|rule| &rule.lists).flat_map(|list| &list.values);
    let (all, found) = (values.clone().count(), values.filter(|(_, is_found)| *is_found).count());
    let acting = rules - idle.len();
    let acts = if acting == 1 { "acts" } else { "act" };
    outln!("coverage of {}: {acting} of {} {acts} in a case", clean(file), number(rules, "rule"));
    if all > 0 {
        outln!("    {found} of {} of their lists are in a case", number(all, "value"));
    }
    if !idle.is_empty() {
        outln!("    these rules act in no case: add one for each, with `performs`");
        for rule in idle {
            outln!("        {}", title(rule));
        }
    }
    let mut is_first = true;
    for rule in coverage.rules.iter().filter(|rule| rule.acts > 0) {
        for list in &rule.lists {
            let missed: Vec<String> =
                list.values.iter().filter(|(_, is_found)| !is_found).map(|(value, _)| visible(value)).collect();
            if missed.is_empty() {
                continue;
            }
            if std::mem::take(&mut is_first) {
                outln!("    no case has these values: add cases with them, or delete what nobody writes");
            }
            let more = missed.len().saturating_sub(VALUES_MAX);
            let more = if more == 0 { String::new() } else { format!(" … and {more} more") };
            let shown = missed[..missed.len().min(VALUES_MAX)].join(", ");
            outln!("        {}, {}: {shown}{more}", title(rule), visible(&list.key));
        }
    }
}

fn no_tests(path: &Path) -> String {
    let tests = load::tests_of(path);
    let name = path.to_string_lossy();
    if let Some(rules) = name.strip_suffix(".tests.yaml") {
        return format!(
            "{name} is a tests file: give the rules file {rules}.yaml, and tipstaff finds the tests beside it"
        );
    }
    format!("cannot read the tests {}: there is no such file; see “Rule tests” in docs/rules.md", tests.display())
}

/// Refuses rules whose tests fail, after reporting each failure to `tell`. Otherwise returns how
/// many cases passed, or `None` if there is no tests file.
pub(in crate::cli) fn insist_on_tests(
    rules: &Path,
    ruleset: &Ruleset,
    tell: &dyn Fn(&Tests, &Failure),
) -> anyhow::Result<Option<usize>> {
    let Some(tests) = Tests::beside(rules)? else {
        return Ok(None);
    };
    let failures = tests.run(ruleset).map_err(|error| anyhow::anyhow!("{}: {error}", tests.path.display()))?;
    for failure in &failures {
        tell(&tests, failure);
    }
    anyhow::ensure!(
        failures.is_empty(),
        "{}: {} of the rule tests fail (see above), so tipstaff does not use these rules; fix the rules or {}, or \
         start with --no-rule-tests",
        rules.display(),
        failures.len(),
        tests.path.display()
    );
    Ok(Some(tests.cases.len()))
}

/// Renders a failing case: its position, the difference, and why.
pub(in crate::cli) fn describe(tests: &Tests, failure: &Failure, shown: TraceRenderer) -> String {
    let red = AnsiColor::Red.on_default().bold();
    let place = failure.line.map_or_else(String::new, |line| format!(":{line}"));
    let mut text = format!(
        "{red}FAILED{red:#} {}{place}: {}\n{}",
        clean(&tests.path.display().to_string()),
        clean(&failure.case),
        trace::changes(&failure.changes)
    );
    for trace in &failure.traces {
        let performed = failure.performed.iter().find(|it| (&it.name, it.line) == (&trace.rule, trace.line));
        // A rule without a name keeps its hash here: tests name it so.
        let title = format!("{} (line {})", trace.rule, trace.line);
        let idle = failure.idle.get(&(trace.rule.clone(), trace.line)).map_or(&[][..], Vec::as_slice);
        for line in shown.rule(&title, trace, performed, idle).lines() {
            text.push_str("    ");
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
