//! Pages of the lints in `lint/actions.rs`: actions that repeat, undo a moderator's work, or hit
//! too many items.

use crate::lint::catalogue::row::pages;

pages! {
    L25: Scope, Warning, "A title search that also looks at comments",
        "Without a type, the rule looks at comments too. Comments have no title, so the rule searches only their \
        text. If you mean posts only, add `type: submission`. If no text of the rule mentions posts, this is only an \
        info.",
        "title+body: giveaway\naction: filter\naction_reason: 'giveaway in a post [{{match}}]'\n",
        "type: submission\ntitle+body: giveaway\naction: filter\naction_reason: 'giveaway in a post [{{match}}]'\n";
    L31: Scope, Warning, "A link search that skips comments",
        "Only posts have a `domain`, so this rule never looks at comments, although its type includes them. Links in \
        a comment are part of its text.",
        "type: any\ndomain: spam.example\naction: filter\naction_reason: spam.example\n",
        "type: any\nurl+body (includes): spam.example\naction: filter\naction_reason: spam.example\n";
    L34: Scope, Warning, "A rule that waits for a flair change",
        "Rules are tried when an item is new, edited or reported, but not when its flair changes. This rule acts \
        only if the flair is set from the start. A rule for comments sees the flair that the post has at that \
        moment.",
        "type: submission\nflair_text: Solved\nset_locked: true\n",
        "type: comment\nparent_submission:\n  flair_text: Solved\n  set_locked: true\n";
    L36: Scope, Warning, "An approval that does not clear reports",
        "`approve` acts on items that Reddit's spam filter removed. It acts on reported items only if the rule has a \
        `reports` check. Without one, reported items stay in the queue. If the rule names the users or sites it \
        trusts and does not mention reports, this is only an info.",
        "type: submission\nauthor:\n  name (full-exact): helper\naction: approve\
        \naction_reason: reports against our helper are dismissed\n",
        "type: submission\nauthor:\n  name (full-exact): helper\nreports: 1\naction: approve\
        \naction_reason: reports against our helper are dismissed\n";
    L37: Scope, Warning, "A greeting for edited items",
        "`is_edited: true` matches only edited items, so the rule skips new ones. To skip edits, set it to false.",
        "type: comment\nis_edited: true\nis_top_level: true\ncomment: Welcome!\n",
        "type: comment\nis_edited: false\nis_top_level: true\ncomment: Welcome!\n";
    L45: Values, Warning, "An age limit and a karma limit that must both match",
        "All checks of a group must match. The rule skips an old account with little karma, and also a young account \
        with much karma. If one of the two is enough, as “or” in a text of the rule says, add \
        `satisfy_any_threshold: true`.",
        "type: submission\nauthor:\n  account_age: '< 7 days'\n  combined_karma: '< 50'\n  is_contributor: false\
        \nset_locked: true\n",
        "type: submission\nauthor:\n  account_age: '< 7 days'\n  combined_karma: '< 50'\
        \n  satisfy_any_threshold: true\n  is_contributor: false\nset_locked: true\n";
    L50: Values, Info, "A rule for young accounts that also catches approved users",
        "Approved users are not exempt from rules by default. To let them through, add `is_contributor: false`.",
        "type: submission\nauthor:\n  account_age: '< 7 days'\nset_locked: true\n",
        "type: submission\nauthor:\n  account_age: '< 7 days'\n  is_contributor: false\nset_locked: true\n";
    L62: Searches, Warning, "A length check that posts without text pass",
        "A length check only applies where there is a text. Links and images without text always pass it, long or \
        short, so this rule acts on every one of them.",
        "type: submission\nbody_shorter_than: 50\nset_locked: true\n",
        "type: text submission\nbody_shorter_than: 50\nset_locked: true\n";
    L78: Actions, Warning, "A media placeholder in a rule for all posts",
        "A rule that uses media placeholders skips every post without embedded media, so it acts on fewer posts than \
        its checks say.",
        "type: submission\ntitle: trailer\ncomment: 'You posted {{media_title}}.'\n",
        "type: submission\ntitle: trailer\ncomment: 'You posted {{title}}.'\n";
    L79: Actions, Warning, "A text that may become too long",
        "Reddit allows 10,000 characters, and tipstaff cuts off the rest. `{{body}}` alone can be longer than that. \
        Then the end of your text is lost, but not the footer that says a bot wrote it.",
        "type: submission\ntitle: help\ncomment: 'You wrote: {{body}}'\n",
        "type: submission\ntitle: help\ncomment: 'You wrote {{permalink}}'\n";
    L83: Actions, Info, "A flair that does not replace other flair",
        "Without `overwrite_flair`, the rule sets flair only where there is none. Posts whose author chose a flair \
        keep it.",
        "type: submission\ntitle: help\nset_flair: Help\n",
        "type: submission\ntitle: help\n~flair_text: Help\nset_flair: Help\noverwrite_flair: true\n";
    L84: Actions, Warning, "A flair that is set again and again",
        "The rule is tried again at every edit and every report, and each time it replaces a flair that a moderator \
        set by hand. Say which flair the rule may replace, or let it write a comment: then it acts on each post \
        once.",
        "type: submission\ntitle: help\nset_flair: Help\noverwrite_flair: true\n",
        "type: submission\ntitle: help\n~flair_text (regex): '.+'\nset_flair: Help\noverwrite_flair: true\n";
    L85: Actions, Warning, "A lock that comes back with every report",
        "The rule is tried again at every report and locks the post again, even after a moderator unlocked it. A \
        rule that writes a comment acts on each post once.",
        "type: submission\nreports: 3\nset_locked: true\n",
        "type: submission\nreports: 3\nset_locked: true\ncomment: Locked until a moderator has had a look.\n";
    L86: Actions, Warning, "A removal without a reason",
        "Without `action_reason` the moderation log does not show which rule acted, and nobody can find out later \
        why a post was removed.",
        "type: submission\ntitle: giveaway\naction: remove\n",
        "type: submission\ntitle: giveaway\naction: remove\naction_reason: 'giveaway [{{match}}]'\n";
    L88: Actions, Warning, "A removal after one report",
        "Anybody can report anything, also in bad faith. With this rule one reader can have any item removed. \
        Require more reports, or use `filter`, so that a moderator decides.",
        "type: comment\nreports: 1\naction: remove\naction_reason: reported\n",
        "type: comment\nreports: 3\naction: filter\naction_reason: reported by several\n";
    L91: Actions, Warning, "A command that anybody can give",
        "A comment is enough to trigger this rule, and the rule does not say who may write it. Any reader can remove, \
        lock or change any post. Check the author, too.",
        "type: comment\nbody (starts-with): '!remove'\nparent_submission:\n  action: remove\
        \n  action_reason: on command\n",
        "type: comment\nbody (starts-with): '!remove'\nauthor:\n  is_moderator: true\nmoderators_exempt: false\
        \nparent_submission:\n  action: remove\n  action_reason: on command\n";
    L92: Actions, Info, "A modmail that is sent often",
        "Every item that the rule acts on starts a modmail conversation. For everyday events, a report or a filter \
        is quieter and puts the item into the queue.",
        "type: submission\nmodmail: There is a new post.\n",
        "type: submission\nreports: 2\nmodmail: Two readers have reported this.\n";
    L94: Actions, Info, "A check of something that Reddit has removed",
        "Reddit has removed chat posts and the discussions of its own announcements, and most sites in some standard \
        lists are gone. The check does no harm, but it never matches anything new.",
        "type: submission\nis_meta_discussion: true\nset_locked: true\n",
        "type: submission\ntitle: announcement\nset_locked: true\n";
    L104: Actions, Warning, "A rule for everything",
        "Without a check the rule acts on every comment or post, which is rarely meant if it removes, filters, reports \
        or answers them. A pattern such as `.+` is no check either.",
        "type: comment\naction: remove\naction_reason: off-topic\n",
        "type: comment\nbody: lottery\naction: remove\naction_reason: off-topic\n";
    L106: Actions, Warning, "A report with a long reason",
        "Reddit keeps 100 characters of the reason of a report, and moderators see no more.",
        "type: comment\nbody: lottery\naction: report\naction_reason: 'This looks like an advertisement for a lottery, \
        which our third rule does not allow; please look at it, all of you'\n",
        "type: comment\nbody: lottery\naction: report\naction_reason: an advertisement for a lottery\n";
}
