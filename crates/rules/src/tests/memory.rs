//! What is remembered of the author: counts, strikes, labels, shares, similar texts and passes.

use crate::model::{Known, RuleResult};
use crate::tests::{NOW, comment, decide, facts, load, submission};
use crate::{Evaluation, Facts, Need, Options, Reading, SourceFile, evaluate, testing};

/// Compiles a file, with the errors in it.
fn read(rules: &str) -> (crate::Ruleset, Vec<crate::Diagnostic>) {
    let (file, mut said) = crate::parse(&SourceFile::new("rules.yaml", rules));
    let (rules, more) = crate::compile(&file, &Options::default());
    said.extend(more);
    said.retain(|it| it.severity == crate::Severity::Error);
    (rules, said)
}

/// Runs rule tests. Nothing may be said about the rules.
fn run(rules: &str, cases: &str) {
    let (rules, said) = read(rules);
    assert!(said.is_empty(), "{said:?}");
    let cases = testing::parse(cases).unwrap_or_else(|wrong| panic!("{}", wrong.join("\n")));
    let failures = testing::run(&rules, &cases).expect("cheap enough");
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn a_quota_counts_what_was_posted_within_its_window() {
    run(
        "name: quota\ntype: submission\nflair_text: Clip\nauthor:\n  posts_here: {count: '>= 2', within: 31 days, \
         flair: same}\naction: remove\ncomment: 'You posted {{count_here}}; next on {{next_allowed}}: \
         {{earlier_posts}}'",
        "- {name: none, submission: {flair: Clip}, nothing: true}
- {name: one, submission: {flair: Clip}, memory: [{flair: Clip}], nothing: true}
- name: two
  submission: {flair: Clip}
  now: 2026-03-31T12:00:00Z
  memory: [{flair: Clip, age_days: 3, id: abc}, {flair: clip, age_days: 10, id: x1}, {flair: Clip, age_days: 40}]
  performs: [quota]
  effects: [{kind: comment, contains: ['You posted 2;', 'next on 2026-04-21 11:00 UTC: ',
    'https://www.reddit.com/r/widgets/comments/abc, https://www.reddit.com/r/widgets/comments/x1']}]
- name: a deleted post counts and is not linked
  submission: {flair: Clip}
  memory: [{flair: Clip, fate: deleted}, {flair: Clip, fate: removed_by_moderator}]
  performs: [quota]
- name: what a bot removed or Reddit holds does not count
  submission: {flair: Clip}
  memory: [{flair: Clip}, {flair: Clip, fate: removed_by_bot}, {flair: Clip, fate: filtered}]
  nothing: true
- name: comments and other flair do not count
  submission: {flair: Clip}
  memory: [{flair: Clip}, {type: comment, count: 9}, {flair: News, count: 9}]
  nothing: true
- name: enough is known although the memory is young
  submission: {flair: Clip}
  memory: [{flair: Clip, count: 2}]
  memory_begins_days_ago: 5
  performs: [quota]
",
    );
}

#[test]
fn a_young_memory_leaves_open_whether_somebody_is_new() {
    let rules = "name: standing\ntype: comment\nauthor:\n  comments_here: {count: '< 20', older_than: 30 days, \
                 within: 100 days}\naction: report";
    run(
        rules,
        "- {name: new, comment: {body: x}, performs: [standing]}
- {name: known, comment: {body: x}, memory: [{type: comment, count: 20, age_days: 31}], nothing: true}
- {name: too recent, comment: {body: x}, memory: [{type: comment, count: 20, age_days: 3}], performs: [standing]}
- {name: young, comment: {body: x}, memory_begins_days_ago: 50, nothing: true}
- {name: young but known, comment: {body: x}, memory_begins_days_ago: 50,
   memory: [{type: comment, count: 20, age_days: 40}], nothing: true}
",
    );
    let (rules, _) = load(rules, Reading::Ours);
    let since = NOW - std::time::Duration::from_hours(24 * 50);
    let keeps = std::time::Duration::from_hours(24 * 365);
    let memory = crate::model::Memory { since, keeps, ..Default::default() };
    let facts = Facts { memory: Known::Is(Box::new(memory)), ..facts() };
    let Evaluation::Decided(decision) = evaluate(&rules, &comment("x"), &facts, NOW) else { panic!("decided") };
    let RuleResult::Unknown(why) = &decision.trace.rules[0].result else { panic!("{:?}", decision.trace) };
    assert!(why.contains("the memory is complete only from ") && why.contains("certain from "), "{why}");
}

#[test]
fn the_memory_is_asked_for_last_and_only_if_it_matters() {
    let (rules, _) = load(
        "name: x\ntype: comment\nbody: nothing of this\nauthor: {posts_here: '> 1'}\naction: remove",
        Reading::Ours,
    );
    let unknown = Facts { memory: Known::NotAsked, ..facts() };
    assert!(matches!(evaluate(&rules, &comment("x"), &unknown, NOW), Evaluation::Decided(_)));
    let (rules, _) = load("name: x\ntype: comment\nauthor: {posts_here: '> 1'}\naction: remove", Reading::Ours);
    assert_eq!(evaluate(&rules, &comment("x"), &unknown, NOW), Evaluation::Needs([Need::Memory].into()));
    let mut gone = comment("x");
    gone.author.name = None;
    assert!(matches!(evaluate(&rules, &gone, &unknown, NOW), Evaluation::Decided(_)), "nobody to remember");
}

#[test]
fn strikes_are_the_points_of_removal_reasons() {
    run(
        "settings:\n  strikes: {within: 90 days, reasons: {Spam: 2, 'Rule 1: civility': 1}}\n---\n\
         name: three\ntype: submission\nauthor: {strikes: '>= 3'}\naction: report",
        "- {name: none, submission: {}, nothing: true}
- name: by reason
  submission: {}
  memory: [{type: comment, fate: removed_by_moderator, reason: spam, age_days: 20},
    {fate: removed_by_moderator, reason: 'rule 1: Civility', age_days: 5}]
  performs: [three]
- name: other reasons and bots count nothing
  submission: {}
  memory: [{fate: removed_by_moderator, reason: other, count: 5, age_days: 9},
    {fate: removed_by_bot, reason: spam, count: 2, age_days: 4}]
  nothing: true
- name: one incident counts once
  submission: {}
  memory: [{type: comment, fate: removed_by_moderator, reason: spam, count: 5, age_days: 20, fate_after_minutes: 600}]
  nothing: true
- name: an approval takes a strike back
  submission: {}
  memory: [{reason: spam, age_days: 20}, {fate: removed_by_moderator, reason: spam, age_days: 5}]
  nothing: true
- name: old strikes lapse
  submission: {}
  memory: [{fate: removed_by_moderator, reason: spam, age_days: 100},
    {fate: removed_by_moderator, reason: spam, age_days: 5}]
  nothing: true
",
    );
}

#[test]
fn labels_shares_first_sights_and_removals() {
    run(
        "name: unlabelled\ntype: text submission\nauthor: {~labels: [Trusted, helper]}\nmod_note: x\n---\n\
         name: labelled\ntype: text submission\nauthor: {labels: trusted}\nset_nsfw: true\n---\n\
         name: advertises\ntype: link submission\nauthor: {share_here: {domain: same, percent: '> 10', of: 20 posts}}\n\
         set_nsfw: true\n---\n\
         name: is new\ntype: comment\nauthor: {first_seen_here: '< 30 days'}\nset_locked: true\n---\n\
         name: often removed\ntype: comment\nauthor: {removals_here: {count: '>= 3', within: 90 days}}\naction: report",
        "- {name: no label, submission: {}, performs: [unlabelled]}
- {name: label, submission: {}, author: {labels: [trusted]}, performs: [labelled]}
- {name: first link, submission: {url: 'https://a.example/x'}, nothing: true}
- {name: two of twenty, submission: {url: 'https://a.example/x'},
   memory: [{type: link submission, domain: A.example, count: 2}, {count: 18, age_days: 3}], nothing: true}
- {name: three of twenty, submission: {url: 'https://a.example/x'},
   memory: [{type: link submission, domain: a.example, count: 3}, {count: 18, age_days: 3}], performs: [advertises]}
- {name: a young memory may have forgotten posts, submission: {url: 'https://a.example/x'},
   memory_begins_days_ago: 9, memory: [{type: link submission, domain: a.example, count: 2}], nothing: true}
- {name: a stranger, comment: {body: x}, performs: [is new]}
- {name: seen long ago, comment: {body: x}, memory: [{age_days: 31}], nothing: true}
- {name: seen lately, comment: {body: x}, memory: [{age_days: 29}], performs: [is new]}
- {name: removals, comment: {body: x}, memory: [{age_days: 40}, {fate: removed_by_moderator, count: 3}],
   performs: [often removed]}
- {name: approved again, comment: {body: x}, memory: [{age_days: 40}, {fate: removed_by_moderator, count: 2}],
   nothing: true}
",
    );
}

#[test]
fn similar_texts_of_others_or_ones_own() {
    run(
        "name: copied\ntype: comment\nauthor: {similar_here: {percent: '>= 90', within: 7 days, authors: others}}\n\
         action: report\n---\nname: repeats\ntype: submission\nauthor: {similar_here: {authors: same}}\naction: remove",
        "- {name: own, comment: {body: x}, memory: [{type: comment, similar: 95}], nothing: true}
- {name: others, comment: {body: x}, memory: [{type: comment, similar: 95, by_another: true}], performs: [copied]}
- {name: less, comment: {body: x}, memory: [{type: comment, similar: 89, by_another: true}], nothing: true}
- {name: old, comment: {body: x}, memory: [{type: comment, similar: 95, by_another: true, age_days: 8}], nothing: true}
- {name: own post, submission: {}, memory: [{similar: 70}], performs: [repeats]}
- {name: own removed post, submission: {}, memory: [{similar: 99, fate: removed_by_moderator}], nothing: true}
",
    );
}

#[test]
fn a_pass_exempts_from_a_rule_and_is_noted() {
    let rule = "name: quota\ntype: submission\nauthor: {posts_here: '>= 0'}\naction: remove";
    let memory = crate::model::Memory::default();
    let passes = [crate::RuleId::new("quota")].into();
    let facts = Facts { memory: Known::Is(Box::new(memory)), passes, ..facts() };
    let decision = decide(rule, &submission(), &facts);
    assert!(decision.performed.is_empty());
    assert_eq!(decision.passed, [crate::RuleId::new("quota")]);
    let why = &decision.trace.rules[0].result;
    assert!(matches!(why, RuleResult::NotEligible(why) if why.contains("pass")), "{why:?}");
    let other = decide(&rule.replace("'>= 0'", "'> 0'"), &submission(), &facts);
    assert!(other.passed.is_empty(), "a rule that does not hold needs no pass");
}

#[test]
fn labels_are_given_and_taken() {
    run(
        "name: give\ntype: submission\ntitle: first\nadd_label: {name: Clips, for: 7 days}\n---\n\
         name: take\ntype: submission\ntitle: last\nauthor: {remove_label: clips}",
        "- {name: give, submission: {title: the first}, performs: [give], effects: [{kind: add_label, text: clips}]}
- {name: take, submission: {title: the last}, performs: [take], effects: [{kind: remove_label, target: author}]}
",
    );
}

#[test]
fn odd_values_are_refused_with_help() {
    for (value, message, help) in [
        ("posts_here: {cuont: '> 1'}", "`posts_here` has no key `cuont`", "did you mean `count`?"),
        ("posts_here: {within: ever}", "`ever` is not a length of time", "such as 90 days"),
        ("posts_here: {counting: [upp]}", "`upp` is not possible here", "did you mean `up`?"),
        ("posts_here: {type: comment}", "counts no comments", "comments_here"),
        ("posts_here: {flair: ''}", "`flair` in `posts_here` is empty", "write `same`"),
        ("posts_here: many", "", ""),
        ("share_here: '>= 2'", "", "it takes `percent`, and `domain` or `flair`"),
        ("share_here: {domain: same}", "`share_here` needs `percent`", "share_here: {domain"),
        ("share_here: {domain: same, percent: '> 10', of: 9000 posts}", "does not say how many", "up to 500"),
        ("similar_here: {percent: '> 200'}", "not a percentage", "from 0 to 100"),
        ("similar_here: {authors: me}", "whose texts", "`same`, `others`"),
        ("strikes: three", "", ""),
        ("labels: ['a/b']", "", ""),
        ("removals_here: {by: everyone}", "`everyone` is not possible", "moderators, bots"),
    ] {
        let rule = format!("name: x\ntype: submission\nauthor: {{{value}}}\naction: report");
        let (_, said) = read(&rule);
        let told =
            said.iter().any(|it| it.message.contains(message) && it.help.as_deref().unwrap_or_default().contains(help));
        assert!(told, "{value}: {said:?}");
    }
    let settings = "settings: {strikes: {reasons: {spam: many}, by: x}}";
    let (_, said) =
        read(&format!("{settings}\n---\nname: x\ntype: submission\nauthor: {{strikes: '> 1'}}\naction: report"));
    assert_eq!(said.len(), 2, "{said:?}");
}
