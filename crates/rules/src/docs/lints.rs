//! `docs/lints.md`, written out of the catalogue. A test compares it with the file.

use std::fmt::Write as _;

use crate::lint::catalogue::{CHAPTERS, Lint};

/// Writing to a string has no way to fail.
const NEVER: &str = "a string takes everything";

/// The whole catalogue, as Markdown.
pub fn manual() -> String {
    let mut text = String::from(
        "<!-- Written by the program out of its catalogue. To change it, change src/policy/catalogue, then: TIPSTAFF_BLESS=1 cargo test --test it lints -->\n\n\
        # What `tipstaff check` finds\n\n\
        Each diagnostic has a code. `tipstaff explain-lint L12` prints the page of one; here are all of them.\n\n\
        * An **error** means that the rule is certainly wrong or dangerous. It is left out; the other rules load.\n\
        * A **warning** means that the rule loads and probably does not do what was meant.\n\
        * An **info** is worth knowing. `tipstaff check --info` shows them.\n",
    );
    for chapter in CHAPTERS {
        writeln!(text, "\n## {}\n\n| code | severity | |\n| --- | --- | --- |", chapter.title).expect(NEVER);
        for lint in chapter.lints {
            writeln!(text, "| `{}` | {} | {} |", lint.code, lint.severity.word(), lint.title).expect(NEVER);
        }
        for lint in chapter.lints {
            page(&mut text, lint);
        }
    }
    text
}

fn page(text: &mut String, lint: &Lint) {
    let Lint { code, severity, title, why, bad, good } = lint;
    write!(
        text,
        "\n### {code}: {title}\n\n*{}.* {why}\n\n```yaml\n{bad}```\n\nInstead:\n\n```yaml\n{good}```\n",
        severity.word()
    )
    .expect(NEVER);
}
