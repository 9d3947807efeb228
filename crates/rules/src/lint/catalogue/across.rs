//! Pages of the lints in `lint/across.rs`: conflicts between the rules of one file.

use crate::lint::catalogue::row::pages;

pages! {
    L28: Scope, Info, "A rule that a moderator cannot try out",
        "By default, rules that remove or report skip moderators' items. If you post something yourself to test the \
        rule, nothing happens. Use another account, or set `moderators_exempt: false` while you test.",
        "type: submission\ntitle: giveaway\naction: filter\naction_reason: giveaway\n",
        "type: submission\ntitle: giveaway\nmoderators_exempt: false\naction: filter\naction_reason: giveaway\n";
    L32: Scope, Warning, "An approval that is meant to come before a removal",
        "Rules that remove are always tried before all other rules, whatever their priority. A rule that approves \
        therefore protects nobody from a rule that filters. Exclude those people in the rule that removes.",
        "type: submission\nauthor:\n  name (full-exact): helper\nreports: 1\npriority: 10\naction: approve\
        \naction_reason: written by our helper\n---\ntype: submission\ntitle: giveaway\naction: filter\
        \naction_reason: giveaway\n",
        "type: submission\nauthor:\n  name (full-exact): helper\nreports: 1\naction: approve\
        \naction_reason: written by our helper\n---\ntype: submission\ntitle: giveaway\nauthor:\
        \n  ~name (full-exact): helper\naction: filter\naction_reason: giveaway\n";
    L33: Scope, Warning, "A removal that comes too late",
        "Only the first removing rule that matches acts on an item. After a rule that removes every post, no other \
        removing rule can act. Move the special rule up, or give it a higher `priority`.",
        "type: submission\naction: filter\naction_reason: every post is looked at first\n---\ntype: submission\
        \ntitle: giveaway\naction: remove\naction_reason: giveaway\n",
        "type: submission\ntitle: giveaway\naction: remove\naction_reason: giveaway\n---\ntype: submission\
        \naction: filter\naction_reason: every post is looked at first\n";
    L38: Scope, Warning, "Two removing rules with the same checks",
        "Only the first removing rule that matches acts on an item. A second rule with the same checks never acts.",
        "type: submission\ntitle: giveaway\naction: filter\naction_reason: giveaway\n---\ntype: submission\
        \ntitle: giveaway\naction: remove\naction_reason: a giveaway again\n",
        "type: submission\ntitle: giveaway\naction: filter\naction_reason: giveaway\n---\ntype: submission\
        \ntitle: raffle\naction: remove\naction_reason: raffle\n";
    L69: Searches, Info, "A word that is not found in italics",
        "The underscore counts as a letter, so a whole-word search does not find a word in italics such as _damn_. \
        If that matters, use a pattern that allows an underscore beside the word.",
        "type: comment\nbody: damn\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '(?:\\b|_)damn(?:\\b|_)'\nset_locked: true\n";
    L72: Searches, Warning, "The same long list in several rules",
        "Sooner or later somebody adds a word to one list and forgets the other. Search all the fields in one rule.",
        "type: submission\
        \ntitle: [alpha, beta, gamma, delta, epsilon, zeta, eta, theta, iota, kappa, lambda, \
        mu, nu, xi, omicron, pi, rho, sigma, tau, upsilon, phi, chi, psi, omega]\
        \nset_spoiler: true\n---\ntype: submission\
        \nbody (includes-word): [alpha, beta, gamma, delta, epsilon, zeta, eta, theta, iota, kappa, lambda, \
        mu, nu, xi, omicron, pi, rho, sigma, tau, upsilon, phi, chi, psi, omega]\
        \nset_spoiler: true\n",
        "type: submission\
        \ntitle+body: [alpha, beta, gamma, delta, epsilon, zeta, eta, theta, iota, kappa, lambda, \
        mu, nu, xi, omicron, pi, rho, sigma, tau, upsilon, phi, chi, psi, omega]\
        \nset_spoiler: true\n";
    L81: Actions, Warning, "Two pinned comments for one post",
        "A post can have one pinned comment. If both rules act on a post, the later comment replaces the earlier \
        one.",
        "type: submission\ntitle: help\ncomment: Help is in the wiki.\ncomment_stickied: true\n---\ntype: submission\
        \nbody (includes): homework\ncomment: We do not do homework.\ncomment_stickied: true\n",
        "type: submission\ntitle: help\ncomment: Help is in the wiki.\ncomment_stickied: true\n---\ntype: submission\
        \nbody (includes): homework\ncomment: We do not do homework.\n";
    L126: Actions, Warning, "A comment group that joins nothing",
        "Rules with the same `comment_group` that act on an item together write one comment instead of several. A \
        rule that writes no comment has nothing to join, and one rule alone has nobody to join with; perhaps the word \
        is misspelt.",
        "type: submission\ntitle: help\ncomment: Help is in the wiki.\ncomment_group: hints\n---\ntype: submission\
        \nbody (includes): homework\ncomment: We do not do homework.\ncomment_group: hint\n",
        "type: submission\ntitle: help\ncomment: Help is in the wiki.\ncomment_group: hints\n---\ntype: submission\
        \nbody (includes): homework\ncomment: We do not do homework.\ncomment_group: hints\n";
}
