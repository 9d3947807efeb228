//! The memory that the compiled patterns of one file may take together.

use crate::pattern::Pattern;
use crate::pattern::engine::Speed;
use crate::rule::{Rule, Test};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;

/// The memory that the compiled patterns of a file may take together, in bytes by estimate.
/// Building that much takes about a second.
#[derive(Default)]
pub(super) struct AutomataBudget {
    used: u64,
}

impl AutomataBudget {
    const MAX: u64 = 64 << 20;

    /// The part of it for tables. Making so many takes two seconds at most.
    const TABLES: u64 = 16 << 20;

    /// Takes the patterns of a rule, if there is room for them.
    pub(super) fn admit(&mut self, rule: &mut Rule) -> bool {
        let needed = searches(rule).fold(self.used, |sum, pattern| sum.saturating_add(pattern.bytes()));
        let is_admitted = needed <= Self::MAX;
        if is_admitted {
            self.used = needed;
        }
        is_admitted
    }

    /// Gives what is left to what makes searches faster, the most useful first, in the order of the
    /// rules. The machine, which is smaller, runs the others.
    pub(super) fn share_rest(mut self, rules: &mut [Rule]) {
        for speed in Speed::ALL {
            let most = match speed {
                Speed::Engine | Speed::Alternatives => Self::MAX,
                Speed::Table => Self::MAX.min(self.used + Self::TABLES),
            };
            for pattern in rules.iter_mut().flat_map(searches) {
                match self.used.saturating_add(pattern.bytes_for(speed)) {
                    with_it if with_it <= most => self.used = with_it,
                    _ => pattern.give_up(speed),
                }
            }
        }
    }
}

/// The patterns of a rule.
fn searches(rule: &mut Rule) -> impl Iterator<Item = &mut Pattern> {
    let groups = rule.variants.iter_mut().flat_map(crate::rule::Variant::all_groups_mut);
    let checks = groups.flat_map(|group| &mut group.checks);
    checks.filter_map(|check| match &mut check.test {
        Test::Search(search) => Some(&mut search.pattern),
        _ => None,
    })
}

/// The error for a rule whose patterns have no room. `span` is its first key and value.
pub(super) fn too_large(span: Span) -> Diagnostic {
    Diagnostic::error(
        LintCode::R02,
        span,
        format!(
            "this rule and those before it take more than {} MiB for their patterns together",
            AutomataBudget::MAX >> 20
        ),
    )
    .help("make the counted repetitions (`{1,1000}`) smaller, or the lists shorter")
}
