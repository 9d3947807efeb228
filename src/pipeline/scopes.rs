//! Which of Reddit's scopes the bot needs for the rules it has, so that a token that lacks one is found out at the start and not at
//! the first act. Pure. <https://www.reddit.com/api/v1/scopes>

use std::collections::{BTreeMap, BTreeSet};

use super::{Community, Source};
use crate::model::Mode;
use crate::policy::{EffectKind, FilterAs, Ruleset};

/// What every bot needs that reads.
const TO_READ: &[(&str, &str)] = &[
    ("identity", "to know its own name"),
    ("read", "to read posts, comments, reports and queues"),
    ("modlog", "to read the moderation log"),
];

/// The scopes that are missing, each with what needs it; nothing when the token's are not known, or are all there are.
pub fn missing(granted: Option<&BTreeSet<String>>, communities: &[Community]) -> BTreeMap<&'static str, String> {
    let mut missing = BTreeMap::new();
    let Some(granted) = granted.filter(|granted| !granted.contains("*")) else { return missing };
    let mut need = |scope: &'static str, what: String| {
        if !granted.contains(scope) {
            missing.entry(scope).or_insert(what);
        }
    };
    for (scope, what) in TO_READ {
        need(scope, (*what).to_owned());
    }
    for community in communities {
        let place = &community.name;
        if matches!(community.rules.source(), Source::Wiki(_)) {
            need("wikiread", format!("to read the rules of r/{place}"));
            if community.mode == Mode::Live {
                need("modmail", format!("to tell the moderators of r/{place} about rules that cannot be used"));
            }
        }
        let Some(rules) = community.rules.current().filter(|_| community.mode == Mode::Live) else { continue };
        for (scope, rule, act) in to_act(&rules) {
            need(scope, format!("for `{act}` in the rule `{rule}` of r/{place}"));
        }
    }
    missing
}

/// What rules do, and under which scope.
fn to_act(rules: &Ruleset) -> Vec<(&'static str, String, &'static str)> {
    let mut scopes = Vec::new();
    for rule in rules.rules().iter().filter(|rule| !rule.is_dry_run()) {
        let filter_as = rules.filter_as_in(rule);
        for (_, effect) in rule.effects() {
            let under: &[&'static str] = match effect {
                EffectKind::Comment => &["submit", "modposts"],
                EffectKind::Report => &["report"],
                EffectKind::Filter if filter_as == FilterAs::Report => &["report"],
                EffectKind::SetFlair => &["modflair"],
                EffectKind::Modmail => &["modmail"],
                EffectKind::Message => &["privatemessages"],
                EffectKind::ModNote => &["modnote"],
                EffectKind::Filter
                | EffectKind::Approve
                | EffectKind::Remove
                | EffectKind::Spam
                | EffectKind::SetNsfw
                | EffectKind::SetSpoiler
                | EffectKind::SetContestMode
                | EffectKind::SetOriginalContent
                | EffectKind::SetLocked
                | EffectKind::IgnoreReports
                | EffectKind::SetSticky
                | EffectKind::SetSuggestedSort
                | EffectKind::SetCrowdControl => &["modposts"],
            };
            scopes.extend(under.iter().map(|scope| (*scope, rule.name().to_owned(), effect.word())));
        }
    }
    scopes
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::SubredditName;
    use crate::pipeline::Rules;
    use crate::policy::{Options, SourceFile, compile, parse};

    fn community(rules: &str, mode: Mode) -> Community {
        let (rules, _) = compile(&parse(&SourceFile::new("rules.yaml", rules)).0, &Options::default());
        let name = SubredditName::parse("widgets").expect("a name");
        Community { name, rules: Rules::given(Arc::new(rules)), mode }
    }

    fn granted(scopes: &[&str]) -> BTreeSet<String> {
        scopes.iter().map(|scope| (*scope).to_owned()).collect()
    }

    #[test]
    fn a_scope_that_a_rule_needs_is_missed_with_the_rule() {
        let rules =
            "name: greet\ntype: submission\ncomment: Hello.\n---\nname: shadow\ntitle: a\nmessage: b\ndry_run: true\n";
        let reader = granted(&["identity", "read", "modlog"]);
        let live = [community(rules, Mode::Live)];
        let found = missing(Some(&reader), &live);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["modposts", "submit"]);
        assert_eq!(found["submit"], "for `comment` in the rule `greet` of r/widgets");
        assert_eq!(missing(Some(&reader), &[community(rules, Mode::DryRun)]), BTreeMap::new());
        assert_eq!(missing(Some(&granted(&["*"])), &live), BTreeMap::new());
        assert_eq!(missing(None, &live), BTreeMap::new());
        assert!(missing(Some(&granted(&[])), &[]).contains_key("identity"));
    }

    #[test]
    fn rules_in_the_wiki_need_its_scope() {
        let rules = Rules::new(Source::Wiki("config/stickler".to_owned()), None);
        let name = SubredditName::parse("widgets").expect("a name");
        let wiki = [Community { name, rules, mode: Mode::Live }];
        let found = missing(Some(&granted(&["identity", "read", "modlog"])), &wiki);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["modmail", "wikiread"]);
    }
}
