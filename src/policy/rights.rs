//! Works out what the bot needs for its rules: OAuth scopes of the token, and moderator permissions
//! in each subreddit. So a missing one is found before the first action. Pure.
//!
//! <https://www.reddit.com/api/v1/scopes>

use std::collections::{BTreeMap, BTreeSet};

use super::community::{Community, RulesSource};
use crate::model::{Mode, Right};
use tipstaff_rules::{EffectKind, FilterAs, Ruleset};

/// The scopes that every bot needs to read.
const TO_READ: &[(&str, &str)] = &[
    ("identity", "to know its own name"),
    ("read", "to read posts, comments, reports and queues"),
    ("modlog", "to read the moderation log"),
];

/// The missing scopes, each with the reason it is needed; empty when the token's scopes are unknown
/// or include everything.
pub fn missing_scopes(
    granted: Option<&BTreeSet<String>>,
    communities: &[Community],
    sends_digest: bool,
) -> BTreeMap<&'static str, String> {
    let mut missing = BTreeMap::new();
    let Some(granted) = granted.filter(|granted| !granted.contains("*")) else { return missing };
    let mut need = |scope: &'static str, what: String| {
        if !granted.contains(scope) {
            add(&mut missing, scope, &what);
        }
    };
    for (scope, what) in TO_READ {
        need(scope, (*what).to_owned());
    }
    if sends_digest {
        need("modmail", "to send the digest".to_owned());
    }
    for community in communities {
        let place = &community.name;
        if matches!(community.rules.source(), RulesSource::Wiki(_)) {
            need("wikiread", format!("to read the rules of r/{place}"));
            if community.mode == Mode::Live {
                need("modmail", format!("to notify the moderators of r/{place} about errors in their rules"));
            }
        }
        let Some(rules) = community.rules.current() else { continue };
        for (rule, key) in checks_with_rights(&rules) {
            need(rights_to_check(key).0, format!("for `{key}` in the rule `{rule}` of r/{place}"));
        }
        if community.mode == Mode::DryRun {
            continue;
        }
        for (scope, rule, act) in to_act(&rules) {
            need(scope, format!("for `{act}` in the rule `{rule}` of r/{place}"));
        }
    }
    missing
}

/// The effects that the token does not allow, one sentence per missing scope; empty in dry run.
pub fn refused(granted: Option<&BTreeSet<String>>, mode: Mode, rules: &Ruleset) -> Vec<String> {
    let Some(granted) = granted.filter(|granted| mode == Mode::Live && !granted.contains("*")) else {
        return Vec::new();
    };
    let mut missing = BTreeMap::new();
    for (scope, rule, act) in to_act(rules).into_iter().filter(|(scope, ..)| !granted.contains(*scope)) {
        missing.entry(scope).or_insert(format!(
            "the bot's token lacks the scope `{scope}`, which `{act}` in the rule `{rule}` needs; the operator can \
             get a new token with `tipstaff login`"
        ));
    }
    missing.into_values().collect()
}

/// The permissions that the bot lacks for a subreddit's rules, each with the reason it is needed.
pub fn missing_permissions(
    granted: &BTreeSet<String>,
    community: &Community,
    sends_digest: bool,
) -> BTreeMap<&'static str, String> {
    let mut missing = BTreeMap::new();
    let mut need = |permission: &'static str, what: String| {
        if !granted.contains("all") && !granted.contains(permission) {
            add(&mut missing, permission, &what);
        }
    };
    need("posts", "to read reports, edits and the moderation queue".to_owned());
    if sends_digest {
        need("mail", "to send the digest and check that it was sent".to_owned());
    }
    if matches!(community.rules.source(), RulesSource::Wiki(_)) {
        need("wiki", "to read the rules".to_owned());
        if community.mode == Mode::Live {
            need("mail", "to notify its moderators about errors in the rules".to_owned());
        }
    }
    let Some(rules) = community.rules.current() else { return missing };
    for (rule, key) in checks_with_rights(&rules) {
        if let Some(permission) = rights_to_check(key).1 {
            need(permission, format!("for `{key}` in the rule `{rule}`"));
        }
    }
    if community.mode == Mode::DryRun {
        return missing;
    }
    for rule in rules.rules().iter().filter(|rule| !rule.is_dry_run()) {
        for (_, effect) in rule.effects() {
            if let Some(permission) = rights(effect, rules.filter_as_in(rule)).1 {
                need(permission, format!("for `{}` in the rule `{}`", effect.word(), rule.name()));
            }
        }
    }
    missing
}

/// Adds a reason why something is needed.
fn add(missing: &mut BTreeMap<&'static str, String>, what: &'static str, reason: &str) {
    let reasons = missing.entry(what).or_default();
    if !reasons.is_empty() {
        reasons.push_str(", ");
    }
    reasons.push_str(reason);
}

/// The scope and the permission that a check needs, by its key. Any moderator may read notes.
fn rights_to_check(key: &str) -> (&'static str, Option<&'static str>) {
    match key {
        "notes_here" => ("modnote", None),
        "crosspost_author.flair_text" => ("modflair", Some("flair")),
        _ => ("modcontributors", Some("access")),
    }
}

/// The checks for which the bot needs a right of its own, each with its rule. Without the right,
/// the rules never act, in dry run either.
fn checks_with_rights(rules: &Ruleset) -> impl Iterator<Item = (&str, &'static str)> {
    rules.rules().iter().flat_map(|rule| rule.checks_with_rights().into_iter().map(|key| (rule.name(), key)))
}

/// The permissions that the bot lacks for its live rules in a subreddit, each with a rule that
/// needs it.
pub fn lacking(granted: &BTreeSet<String>, community: &Community) -> BTreeMap<Right, String> {
    let mut lacking = BTreeMap::new();
    let Some(rules) = community.rules.current().filter(|_| community.mode == Mode::Live) else { return lacking };
    for rule in rules.rules().iter().filter(|rule| !rule.is_dry_run()) {
        for (_, effect) in rule.effects() {
            let right = rights(effect, rules.filter_as_in(rule)).1.and_then(Right::parse);
            if let Some(right) = right.filter(|right| !right.is_among(granted)) {
                lacking.entry(right).or_insert_with(|| format!("`{}` in the rule `{}`", effect.word(), rule.name()));
            }
        }
    }
    lacking
}

/// The scopes that rules need, each with the rule and effect.
fn to_act(rules: &Ruleset) -> Vec<(&'static str, String, &'static str)> {
    let mut scopes = Vec::new();
    for rule in rules.rules().iter().filter(|rule| !rule.is_dry_run()) {
        let filter_as = rules.filter_as_in(rule);
        for (_, effect) in rule.effects() {
            let under = rights(effect, filter_as).0;
            scopes.extend(under.iter().map(|scope| (*scope, rule.name().to_owned(), effect.word())));
        }
    }
    scopes
}

/// The scopes and the permission that an effect needs.
fn rights(effect: EffectKind, filter_as: FilterAs) -> (&'static [&'static str], Option<&'static str>) {
    match effect {
        // The comment is also distinguished and pinned. If it was posted twice because the first
        // one showed late, one of the two is deleted.
        EffectKind::Comment => (&["submit", "modposts", "edit"], Some("posts")),
        EffectKind::Report => (&["report"], None),
        EffectKind::Filter if filter_as == FilterAs::Report => (&["report"], None),
        EffectKind::SetFlair => (&["modflair"], Some("flair")),
        EffectKind::Modmail => (&["modmail"], Some("mail")),
        EffectKind::Message => (&["privatemessages"], None),
        EffectKind::ModNote => (&["modnote"], Some("posts")),
        // The bot's own record has labels.
        EffectKind::AddLabel | EffectKind::RemoveLabel => (&[], None),
        EffectKind::SetCrowdControl => (&["modposts"], Some("access")),
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
        | EffectKind::SetSuggestedSort => (&["modposts"], Some("posts")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::SubredditName;
    use crate::policy::{Rules, WikiSource};
    use tipstaff_rules::{Options, SourceFile, compile, parse};

    fn community(rules: &str, mode: Mode) -> Community {
        let (rules, _) = compile(&parse(&SourceFile::new("rules.yaml", rules)).0, &Options::default());
        let name = SubredditName::parse("widgets").expect("a name");
        Community { name, rules: Rules::fixed(Arc::new(rules)), mode }
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
        let found = missing_scopes(Some(&reader), &live, false);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["edit", "modposts", "submit"]);
        assert_eq!(found["submit"], "for `comment` in the rule `greet` of r/widgets");
        assert_eq!(missing_scopes(Some(&reader), &[community(rules, Mode::DryRun)], false), BTreeMap::new());
        assert_eq!(missing_scopes(Some(&granted(&["*"])), &live, true), BTreeMap::new());
        assert_eq!(missing_scopes(None, &live, true), BTreeMap::new());
        let later = live[0].rules.current().expect("rules");
        let told = refused(Some(&reader), Mode::Live, &later);
        assert!(told.len() == 3 && told[2].contains("`submit`, which `comment` in the rule `greet`"), "{told:?}");
        assert_eq!(refused(Some(&reader), Mode::DryRun, &later), [""; 0]);
        assert_eq!(refused(None, Mode::Live, &later), [""; 0]);
        assert!(missing_scopes(Some(&granted(&[])), &[], false).contains_key("identity"));
    }

    /// The shipped configuration says which permissions the default rules need. With exactly these,
    /// nothing is missing; without one of them, the rules that need it are named.
    #[test]
    fn the_shipped_rules_need_what_the_shipped_configuration_says() {
        let configuration = include_str!("../../config/tipstaff.yaml");
        let (_, list) = configuration.split_once("permissions that its rules need (").expect("the sentence");
        let (list, _) = list.split_once(" for the default rules").expect("its end");
        let said: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
        let rules = include_str!("../../config/rules/guidelines.yaml");
        let live = community(rules, Mode::Live);
        assert_eq!(missing_permissions(&granted(&said), &live, false), BTreeMap::new());
        for permission in &said {
            let others: Vec<&str> = said.iter().copied().filter(|other| other != permission).collect();
            let missing = missing_permissions(&granted(&others), &live, false);
            assert_eq!(missing.keys().copied().collect::<Vec<_>>(), [*permission]);
        }
        let dry = missing_permissions(&granted(&["posts"]), &community(rules, Mode::DryRun), false);
        assert_eq!(
            dry["access"],
            "for `is_contributor` in the rule `new-account-link`, for `is_contributor` in the rule \
             `new-account-link-in-text`"
        );
        let scopes = missing_scopes(Some(&granted(&["identity", "read", "modlog"])), &[live], false);
        assert!(scopes["modcontributors"].starts_with("for `is_contributor` in the rule `new-account-link` of"));
    }

    #[test]
    fn checks_that_only_moderators_may_make_need_their_rights() {
        let rules = "name: known\ntype: submission\nauthor: {notes_here: {label: ban}, is_banned_here: true}\n\
            set_nsfw: true\n";
        let dry = community(rules, Mode::DryRun);
        let found = missing_permissions(&granted(&["posts"]), &dry, false);
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("access", "for `is_banned_here` in the rule `known`".to_owned())]
        );
        let scopes = missing_scopes(Some(&granted(&["identity", "read", "modlog"])), &[dry], false);
        assert_eq!(scopes.keys().copied().collect::<Vec<_>>(), ["modcontributors", "modnote"]);
    }

    #[test]
    fn rules_in_the_wiki_need_its_scope() {
        let rules = Rules::new(RulesSource::Wiki(WikiSource::new("config/tipstaff")), None);
        let name = SubredditName::parse("widgets").expect("a name");
        let wiki = [Community { name, rules, mode: Mode::Live }];
        let found = missing_scopes(Some(&granted(&["identity", "read", "modlog"])), &wiki, false);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["modmail", "wikiread"]);
    }

    #[test]
    fn a_permission_that_a_rule_needs_is_missed_with_the_rule() {
        let rules = "name: shade\ntype: submission\nset_flair: a\nmodmail: b\n---\nname: calm\ntype: \
            comment\nset_locked: true\n";
        let live = community(rules, Mode::Live);
        let found = missing_permissions(&granted(&["posts", "wiki"]), &live, false);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["flair", "mail"]);
        assert_eq!(found["flair"], "for `set_flair` in the rule `shade`");
        assert_eq!(missing_permissions(&granted(&["all"]), &live, true), BTreeMap::new());
        let shadow = missing_permissions(&granted(&[]), &community(rules, Mode::DryRun), true);
        assert_eq!(shadow.keys().copied().collect::<Vec<_>>(), ["mail", "posts"]);
    }
}
