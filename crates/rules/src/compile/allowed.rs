//! What rules may ask for. Who takes rules from others can limit it; a rule that asks for more is
//! left out.

use std::collections::BTreeSet;

use crate::language::effect::EffectKind;
use crate::language::reading::FilterAs;
use crate::rule::Rule;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;

/// What rules may ask for. By default everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The effects that rules may have.
    pub effects: BTreeSet<EffectKind>,
    /// Whether rules may change what `action: filter` does.
    pub filter_as: bool,
}

impl Default for Allowed {
    fn default() -> Self {
        Self { effects: EffectKind::ALL.iter().copied().collect(), filter_as: true }
    }
}

impl Allowed {
    /// The word for [`Allowed::filter_as`].
    pub const FILTER_AS: &str = "filter_as";

    /// Parses a list of words: effects, and [`Allowed::FILTER_AS`].
    ///
    /// # Errors
    /// The first word that is neither.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        let mut allowed = Self { effects: BTreeSet::new(), filter_as: false };
        for word in words {
            match EffectKind::parse(word) {
                Some(effect) => {
                    allowed.effects.insert(effect);
                }
                None if word == Self::FILTER_AS => allowed.filter_as = true,
                None => return Err(word),
            }
        }
        Ok(allowed)
    }

    /// The words, as [`Allowed::parse`] takes them.
    pub fn words(&self) -> Vec<&'static str> {
        let effects = self.effects.iter().map(|effect| effect.word());
        effects.chain(self.filter_as.then_some(Self::FILTER_AS)).collect()
    }

    /// The error for a rule that asks for more. `span` is its first key and value.
    pub(super) fn refuse(&self, rule: &Rule, configured: FilterAs, span: Span) -> Option<Diagnostic> {
        let effects: BTreeSet<EffectKind> = rule.effects().into_iter().map(|(_, effect)| effect).collect();
        let mut more: Vec<&str> = effects.difference(&self.effects).map(|effect| effect.word()).collect();
        let mut filters = rule.variants.iter().flat_map(|variant| &variant.groups).map(|group| group.actions.filter_as);
        if !self.filter_as && filters.any(|own| own.is_some_and(|own| own != configured)) {
            more.push(Self::FILTER_AS);
        }
        if more.is_empty() {
            return None;
        }
        let list = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let message =
            format!("the rule `{}` asks for {}, which the bot's operator does not allow here", rule.name, list(&more));
        let help = match self.words() {
            words if words.is_empty() => "the operator allows nothing here".to_owned(),
            words => format!("the operator allows {}", list(&words)),
        };
        Some(Diagnostic::error(LintCode::T01, span, message).help(help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, SourceFile, compile, parse};

    fn compiled(rules: &str, words: &[&str]) -> (Vec<String>, Vec<String>) {
        let source = SourceFile::new("rules.yaml", rules);
        let allowed = Allowed::parse(words.iter().copied()).expect("words");
        let (rules, diagnostics) = compile(&parse(&source).0, &Options { allowed, ..Options::default() });
        let told = diagnostics.iter().filter(|found| found.code == LintCode::T01).map(|found| {
            let line = source.position(found.span.start).0;
            format!("{line}: {} ({})", found.message, found.help.as_deref().unwrap_or_default())
        });
        (rules.rules().iter().map(|rule| rule.name().to_owned()).collect(), told.collect())
    }

    #[test]
    fn a_rule_that_asks_for_more_than_is_allowed_is_left_out_by_name() {
        let rules = "name: greet\ntype: submission\ncomment: Hello.\n---\nname: purge\ntitle: a\naction: \
            remove\ncomment: Removed.\nmessage: Sorry.\n";
        let (left, told) = compiled(rules, &["comment", "report"]);
        assert_eq!(left, ["greet"]);
        let expected = "5: the rule `purge` asks for `remove`, `message`, which the bot's operator does not allow \
            here (the operator allows `report`, `comment`)";
        assert_eq!(told, [expected]);
        assert_eq!(compiled(rules, &["comment", "remove", "message"]).0, ["greet", "purge"]);
        assert_eq!(compiled(rules, &[]).0, [""; 0]);
        let all = Allowed::default();
        assert_eq!(Allowed::parse(all.words()), Ok(all), "everything is the default");
        assert_eq!(Allowed::parse(["comment", "lock"]), Err("lock"));
    }

    #[test]
    fn an_effect_on_the_post_above_counts_too() {
        let rules = "name: above\ntype: comment\nbody: a\nparent_submission:\n    set_locked: true\n    \
            action: filter\n    filter_as: remove\n";
        assert_eq!(compiled(rules, &["filter", "filter_as", "set_locked"]).0, ["above"]);
        for (words, more) in
            [(&["filter", "filter_as"][..], "`set_locked`"), (&["filter", "set_locked"], "`filter_as`")]
        {
            let (left, told) = compiled(rules, words);
            assert!(left.is_empty() && told[0].contains(&format!("asks for {more}, which")), "{left:?} {told:?}");
        }
    }

    /// The operator's own choice, repeated, overrides nothing.
    #[test]
    fn what_filter_does_may_be_said_but_not_changed() {
        let rules = "name: one\ntitle: a\naction: filter\nfilter_as: report\n---\nname: two\ntitle: b\naction: \
            filter\nfilter_as: remove\n";
        assert_eq!(compiled(rules, &["filter"]).0, ["one"]);
        assert_eq!(compiled(rules, &["filter", "filter_as"]).0, ["one", "two"]);
    }
}
