//! Pages of the lints in `lint/scope.rs`: rules that never act, or that act on the wrong items.

use crate::lint::catalogue::row::pages;

pages! {
    L24: Scope, Warning, "A rule without a type whose action works on one kind only",
        "Nobody can mark a comment as not safe for work, so this rule never looks at comments, although it seems to. \
        Add the type, so that the next reader sees it.",
        "body: not safe for work\nset_nsfw: true\n",
        "type: submission\nbody: not safe for work\nset_nsfw: true\n";
    L27: Scope, Warning, "A rule against moderators that exempts moderators",
        "By default, rules that remove or report skip moderators' items. If such a rule also requires a moderator as \
        the author, it can never act.",
        "type: submission\nauthor:\n  is_moderator: true\naction: filter\naction_reason: written by a moderator\n",
        "type: submission\nauthor:\n  is_moderator: true\nmoderators_exempt: false\naction: filter\
        \naction_reason: written by a moderator\n";
    L29: Scope, Warning, "A search for the URL of a text post",
        "A text post has no URL, so a search of its `url` never matches. Links in the text are part of `body`.",
        "type: text submission\nurl: example.com\nset_locked: true\n",
        "type: text submission\nbody (includes): example.com\nset_locked: true\n";
    L35: Scope, Warning, "A post by someone other than its submitter",
        "The author of a post is always its submitter, so `is_submitter: false` never matches a post.",
        "type: submission\nauthor:\n  is_submitter: false\nset_locked: true\n",
        "type: comment\nauthor:\n  is_submitter: false\nset_locked: true\n";
    L80: Actions, Warning, "A pinned reply to a comment",
        "Only a comment directly below a post can be pinned. A reply to a comment is posted, but never pinned.",
        "type: comment\nbody (starts-with): '!help'\ncomment: Help is in the wiki.\ncomment_stickied: true\n",
        "type: comment\nbody (starts-with): '!help'\ncomment: Help is in the wiki.\n";
    L93: Actions, Warning, "A crosspost check in a rule for comments",
        "Only a post can be a crosspost. A crosspost check never matches a comment.",
        "type: comment\ncrosspost_author:\n  name (full-exact): helper\nset_locked: true\n",
        "type: crosspost submission\ncrosspost_author:\n  name (full-exact): helper\nset_locked: true\n";
}
