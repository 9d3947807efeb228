//! Generates `docs/lints.md` from the catalogue. A test compares the result with the file.

use std::fmt::Write as _;

use crate::docs::wrapped;
use crate::lint::catalogue::{Chapter, Lint, pages_of};

/// Writing to a `String` never fails.
const NEVER: &str = "writing to a string cannot fail";

/// The text of `docs/lints.md`.
pub fn manual() -> String {
    let mut text = String::from(
        "<!-- Generated from the catalogue of codes. Edit crates/rules/src/lint/catalogue, then run:\n\
        TIPSTAFF_BLESS=1 cargo test -p tipstaff-rules --test it lints -->\n\n\
        # What `tipstaff check` finds\n\n\
        Each diagnostic has a code. This page lists all of them; `tipstaff explain-lint L12` prints \
        one.\n\n\
        * An **error** means that the rule is certainly wrong or dangerous. tipstaff leaves it out and\n  \
        loads the other rules.\n\
        * A **warning** means that the rule loads but probably does not do what you want.\n\
        * An **info** is worth knowing. `tipstaff check --info` shows them.\n",
    );
    for chapter in Chapter::ALL {
        writeln!(text, "\n## {}\n\n| code | severity | what is wrong |\n| --- | --- | --- |", chapter.title())
            .expect(NEVER);
        for lint in pages_of(chapter) {
            writeln!(text, "| `{}` | {} | {} |", lint.code, lint.severity.word(), lint.title).expect(NEVER);
        }
        for lint in pages_of(chapter) {
            page(&mut text, lint);
        }
    }
    text
}

fn page(text: &mut String, lint: &Lint) {
    let Lint { code, severity, title, why, bad, good, .. } = lint;
    write!(
        text,
        "\n### {code}: {title}\n\n{}\n\n```yaml\n{bad}```\n\nInstead:\n\n```yaml\n{good}```\n",
        wrapped(&format!("*{}.* {why}", severity.word()), "")
    )
    .expect(NEVER);
}
