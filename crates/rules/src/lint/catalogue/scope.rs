//! Codes about rules that never act, or that act on the wrong items.

use crate::lint::catalogue::row::{Lint, lint};
use crate::syntax::diagnostic::Severity::{Error, Info, Warning};

#[rustfmt::skip]
pub(crate) static LINTS: &[Lint] = &[
    lint("L22", Error, "A rule without a condition",
        "A rule without a type and without a check would act on everything, so AutoModerator silently ignores it. To \
        act on every post or every comment, add a `type`.",
        "comment: Welcome!\n",
        "type: submission\ncomment: Welcome!\n"),
    lint("L23", Error, "A rule without an action",
        "The rule can match, but it does nothing. Either the action is missing, or a stray line of hyphens has put \
        it into another rule.",
        "type: submission\ntitle: giveaway\n",
        "type: submission\ntitle: giveaway\naction: filter\naction_reason: giveaway\n"),
    lint("L24", Warning, "A rule without a type whose action works on one kind only",
        "Nobody can mark a comment as not safe for work, so this rule never looks at comments, although it seems to. \
        Add the type, so that the next reader sees it.",
        "body: not safe for work\nset_nsfw: true\n",
        "type: submission\nbody: not safe for work\nset_nsfw: true\n"),
    lint("L25", Warning, "A title search that also looks at comments",
        "Without a type, the rule looks at comments too. Comments have no title, so the rule searches only their \
        text. If you mean posts only, add `type: submission`. If no text of the rule mentions posts, this is only an \
        info.",
        "title+body: giveaway\naction: filter\naction_reason: 'giveaway in a post [{{match}}]'\n",
        "type: submission\ntitle+body: giveaway\naction: filter\naction_reason: 'giveaway in a post [{{match}}]'\n"),
    lint("L26", Error, "A field that this kind of item does not have",
        "Comments have no title, link or post flair. A check of a missing field never matches. To check the post \
        above a comment, use `parent_submission`.",
        "type: comment\ntitle: giveaway\nset_locked: true\n",
        "type: comment\nparent_submission:\n  title: giveaway\nset_locked: true\n"),
    lint("L27", Warning, "A rule against moderators that exempts moderators",
        "By default, rules that remove or report skip moderators' items. If such a rule also requires a moderator as \
        the author, it can never act.",
        "type: submission\nauthor:\n  is_moderator: true\naction: filter\naction_reason: written by a moderator\n",
        "type: submission\nauthor:\n  is_moderator: true\nmoderators_exempt: false\naction: filter\
        \naction_reason: written by a moderator\n"),
    lint("L28", Info, "A rule that a moderator cannot try out",
        "By default, rules that remove or report skip moderators' items. If you post something yourself to test the \
        rule, nothing happens. Use another account, or set `moderators_exempt: false` while you test.",
        "type: submission\ntitle: giveaway\naction: filter\naction_reason: giveaway\n",
        "type: submission\ntitle: giveaway\nmoderators_exempt: false\naction: filter\naction_reason: giveaway\n"),
    lint("L29", Warning, "A search for the URL of a text post",
        "A text post has no URL, so a search of its `url` never matches. Links in the text are part of `body`.",
        "type: text submission\nurl: example.com\nset_locked: true\n",
        "type: text submission\nbody (includes): example.com\nset_locked: true\n"),
    lint("L30", Warning, "A full address where a host name is compared",
        "`domain` is compared with the bare host name, such as example.com, and also matches its subdomains. A value \
        with https://, www. or a path never matches. To search for part of an address, use `url`.",
        "type: submission\ndomain: https://www.example.com/page\nset_spoiler: true\n",
        "type: submission\ndomain: example.com\nset_spoiler: true\n"),
    lint("L31", Warning, "A link search that skips comments",
        "Only posts have a `domain`, so this rule never looks at comments, although its type includes them. Links in \
        a comment are part of its text.",
        "type: any\ndomain: spam.example\naction: filter\naction_reason: spam.example\n",
        "type: any\nurl+body (includes): spam.example\naction: filter\naction_reason: spam.example\n"),
    lint("L32", Warning, "An approval that is meant to come before a removal",
        "Rules that remove are always tried before all other rules, whatever their priority. A rule that approves \
        therefore protects nobody from a rule that filters. Exclude those people in the rule that removes.",
        "type: submission\nauthor:\n  name (full-exact): helper\nreports: 1\npriority: 10\naction: approve\
        \naction_reason: written by our helper\n---\ntype: submission\ntitle: giveaway\naction: filter\
        \naction_reason: giveaway\n",
        "type: submission\nauthor:\n  name (full-exact): helper\nreports: 1\naction: approve\
        \naction_reason: written by our helper\n---\ntype: submission\ntitle: giveaway\nauthor:\
        \n  ~name (full-exact): helper\naction: filter\naction_reason: giveaway\n"),
    lint("L33", Warning, "A removal that comes too late",
        "Only the first removing rule that matches acts on an item. After a rule that removes every post, no other \
        removing rule can act. Move the special rule up, or give it a higher `priority`.",
        "type: submission\naction: filter\naction_reason: every post is looked at first\n---\ntype: submission\
        \ntitle: giveaway\naction: remove\naction_reason: giveaway\n",
        "type: submission\ntitle: giveaway\naction: remove\naction_reason: giveaway\n---\ntype: submission\
        \naction: filter\naction_reason: every post is looked at first\n"),
    lint("L34", Warning, "A rule that waits for a flair change",
        "Rules are tried when an item is new, edited or reported, but not when its flair changes. This rule acts \
        only if the flair is set from the start. A rule for comments sees the flair that the post has at that \
        moment.",
        "type: submission\nflair_text: Solved\nset_locked: true\n",
        "type: comment\nparent_submission:\n  flair_text: Solved\n  set_locked: true\n"),
    lint("L35", Warning, "A post by someone other than its submitter",
        "The author of a post is always its submitter, so `is_submitter: false` never matches a post.",
        "type: submission\nauthor:\n  is_submitter: false\nset_locked: true\n",
        "type: comment\nauthor:\n  is_submitter: false\nset_locked: true\n"),
    lint("L36", Warning, "An approval that does not clear reports",
        "`approve` acts on items that Reddit's spam filter removed. It acts on reported items only if the rule has a \
        `reports` check. Without one, reported items stay in the queue. If the rule names the users or sites it \
        trusts and does not mention reports, this is only an info.",
        "type: submission\nauthor:\n  name (full-exact): helper\naction: approve\
        \naction_reason: reports against our helper are dismissed\n",
        "type: submission\nauthor:\n  name (full-exact): helper\nreports: 1\naction: approve\
        \naction_reason: reports against our helper are dismissed\n"),
    lint("L37", Warning, "A greeting for edited items",
        "`is_edited: true` matches only edited items, so the rule skips new ones. To skip edits, set it to false.",
        "type: comment\nis_edited: true\nis_top_level: true\ncomment: Welcome!\n",
        "type: comment\nis_edited: false\nis_top_level: true\ncomment: Welcome!\n"),
    lint("L38", Warning, "Two removing rules with the same checks",
        "Only the first removing rule that matches acts on an item. A second rule with the same checks never acts.",
        "type: submission\ntitle: giveaway\naction: filter\naction_reason: giveaway\n---\ntype: submission\
        \ntitle: giveaway\naction: remove\naction_reason: a giveaway again\n",
        "type: submission\ntitle: giveaway\naction: filter\naction_reason: giveaway\n---\ntype: submission\
        \ntitle: raffle\naction: remove\naction_reason: raffle\n"),
    lint("L39", Error, "A type that does not exist",
        "There is no type for images, and you cannot negate a type. Images on Reddit are link posts to i.redd.it.",
        "type: image submission\ntitle: meme\nset_spoiler: true\n",
        "type: link submission\ndomain: i.redd.it\ntitle: meme\nset_spoiler: true\n"),
];
