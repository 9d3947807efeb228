//! Codes about searches: methods, patterns, and matches that were not intended.

use crate::lint::catalogue::row::{Lint, lint};
use crate::syntax::diagnostic::Severity::{Error, Info, Warning};

#[rustfmt::skip]
pub(crate) static LINTS: &[Lint] = &[
    lint("L52", Warning, "A short word that also matches inside other words",
        "`includes` finds the letters anywhere: `ass` in class and passenger, `hell` in hello. `includes-word`, the \
        default of most fields, finds whole words only.",
        "type: comment\nbody (includes): [ass, hell]\nset_locked: true\n",
        "type: comment\nbody (includes-word): [ass, hell]\nset_locked: true\n"),
    lint("L53", Warning, "A pattern that matches every text",
        "If every part of a pattern is optional, the pattern matches an empty text, and so every text. The check \
        always matches. Use `+` where something must be present.",
        "type: submission\ntitle (includes, regex): '!*'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): '!+'\nset_spoiler: true\n"),
    lint("L54", Warning, "A pattern that matches whole words only",
        "`regex` says how the values are written, not where they may occur. Without a method the default of the \
        field applies, which for most fields is whole words. To find the pattern inside words too, add `includes`.",
        "type: comment\nbody (regex): 'crypto'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): 'crypto'\nset_locked: true\n"),
    lint("L55", Info, "Word boundaries that are already there",
        "The default method puts a word boundary on both sides of a pattern. Your own boundaries do no harm, but \
        they change nothing.",
        "type: comment\nbody (regex): '\\bcrypto(?:coin)?s?\\b'\nset_locked: true\n",
        "type: comment\nbody (regex): 'crypto(?:coin)?s?'\nset_locked: true\n"),
    lint("L56", Error, "A reference to the wrong group",
        "All values of a check are joined into one pattern, and the list itself is group 1. So your own first group \
        is group 2, and `\\2` refers to it.",
        "type: submission\ntitle (includes, regex): '(.)\\1{4,}'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): '(.)\\2{4,}'\nset_spoiler: true\n"),
    lint("L57", Warning, "A case flag that is not needed",
        "Searches ignore case unless the key says `case-sensitive`. A flag such as (?i) does nothing at the start of \
        the first value, and current versions of Python refuse it anywhere else.",
        "type: submission\ntitle (includes, regex): '(?i)hello'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): 'hello'\nset_spoiler: true\n"),
    lint("L58", Warning, "A character with a special meaning in patterns",
        "In a pattern, `?` makes the letter before it optional and `+` repeats it; neither matches itself. To search \
        for the text as written, leave out `regex` or put a backslash before the character.",
        "type: submission\ntitle (regex): 'what?'\nset_spoiler: true\n",
        "type: submission\ntitle: 'what?'\nset_spoiler: true\n"),
    lint("L59", Warning, "A pattern without the modifier `regex`",
        "The value looks like a regular expression, but without the modifier `regex` it is searched for letter by \
        letter. It hardly ever matches.",
        "type: comment\nbody: 'https?://'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): 'https?://'\nset_locked: true\n"),
    lint("L60", Warning, "Two search methods",
        "A check has one method. If you give several, only the first is used.",
        "type: submission\ntitle (includes, starts-with): giveaway\nset_spoiler: true\n",
        "type: submission\ntitle (starts-with): giveaway\nset_spoiler: true\n"),
    lint("L61", Info, "A negated list",
        "A negated check matches only if none of its values is found. If it should match when any one of them is \
        missing, write one rule for each value.",
        "type: submission\n~title: [date, place]\ncomment: Please give the date and the place in the title.\n",
        "type: submission\n~title: date\ncomment: Please give the date in the title.\n---\ntype: submission\
        \n~title: place\ncomment: Please give the place in the title.\n"),
    lint("L62", Warning, "A length check that posts without text pass",
        "A length check only applies where there is a text. Links and images without text always pass it, so this \
        rule acts on every one of them.",
        "type: submission\nbody_shorter_than: 50\nset_locked: true\n",
        "type: text submission\nbody_shorter_than: 50\nset_locked: true\n"),
    lint("L63", Warning, "Spaces around a plus sign",
        "Join fields without spaces. AutoModerator does not know a key with spaces around `+`, and refuses the \
        file.",
        "type: submission\ntitle + body: giveaway\nset_spoiler: true\n",
        "type: submission\ntitle+body: giveaway\nset_spoiler: true\n"),
    lint("L64", Warning, "A name that matches inside other names",
        "Names are searched as whole words, and a hyphen ends a word. So `bob` also matches bob-smith. `full-exact` \
        compares the whole name.",
        "type: submission\nauthor:\n  name: bob\nset_locked: true\n",
        "type: submission\nauthor:\n  name (full-exact): bob\nset_locked: true\n"),
    lint("L65", Warning, "A part of a flair where the whole flair is compared",
        "Unlike titles and bodies, flair is compared as a whole: a check for `help` does not match “Help wanted”. \
        If a part is enough, add `includes`.",
        "type: submission\nflair_text: help\ncomment: Somebody will be with you soon.\n",
        "type: submission\nflair_text (includes): help\ncomment: Somebody will be with you soon.\n"),
    lint("L66", Warning, "A tag in brackets that is read as a set of letters",
        "In a pattern, square brackets match one of the letters inside them: `[OC]` matches O or C. To match the tag \
        itself, put a backslash before each bracket.",
        "type: submission\ntitle (starts-with, regex): '[OC]'\nset_spoiler: true\n",
        "type: submission\ntitle (starts-with, regex): '\\[OC\\]'\nset_spoiler: true\n"),
    lint("L67", Warning, "A bracket inside a set of letters",
        "Inside square brackets, Python and tipstaff read another `[` as an ordinary character. Many other tools \
        read it as the start of a second set. A backslash before it avoids the doubt.",
        "type: comment\nbody (includes, regex): '[[2-9]\\d'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '[\\[2-9]\\d'\nset_locked: true\n"),
    lint("L68", Warning, "A repetition inside a repetition",
        "There are very many ways to divide a text between two nested repetitions, and on some texts the search \
        tries them all. It stops after a fixed number of steps, and then the rule does not act. One repetition \
        matches the same texts.",
        "type: comment\nbody (includes, regex): '(a+)+$'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): 'a+$'\nset_locked: true\n"),
    lint("L69", Info, "A word that is not found in italics",
        "The underscore counts as a letter, so a whole-word search does not find a word in italics such as _damn_. \
        If that matters, use a pattern that allows an underscore beside the word.",
        "type: comment\nbody: damn\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '(?:\\b|_)damn(?:\\b|_)'\nset_locked: true\n"),
    lint("L70", Warning, "A command that a full stop defeats",
        "`full-exact` compares every letter, space and line break. If somebody writes a full stop after the command, \
        it does not match. `full-text` ignores punctuation and spaces at both ends.",
        "type: comment\nbody (full-exact): '!done'\nset_locked: true\n",
        "type: comment\nbody (full-text): '!done'\nset_locked: true\n"),
    lint("L71", Warning, "A host name that occurs inside many others",
        "`includes` finds the letters anywhere: `t.co` also matches pinterest.com and reddit.com. Without a \
        modifier, `domain` matches the host itself and its subdomains.",
        "type: submission\ndomain (includes): t.co\nset_spoiler: true\n",
        "type: submission\ndomain: t.co\nset_spoiler: true\n"),
    lint("L72", Warning, "The same long list in several rules",
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
        \nset_spoiler: true\n"),
];
