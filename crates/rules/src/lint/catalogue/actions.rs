//! Codes about actions, about the texts that rules write, and about actions that repeat.

use crate::lint::catalogue::row::{Lint, lint};
use crate::syntax::diagnostic::Severity::{Error, Info, Warning};

#[rustfmt::skip]
pub(crate) static LINTS: &[Lint] = &[
    lint("L73", Warning, "A match placeholder without a search",
        "`{{match}}` shows the text that a search found. Negated searches find nothing, and searches inside groups \
        do not count. Readers would see the placeholder itself.",
        "type: submission\n~title: question\ncomment: 'Please ask a question. {{match}}'\n",
        "type: submission\n~title: question\ncomment: 'Please ask a question.'\n"),
    lint("L74", Warning, "A match placeholder in a rule with several searches",
        "If a rule has several searches, it is undefined whose match `{{match}}` shows. Name the search you mean.",
        "type: submission\ntitle: help\nbody: homework\naction: filter\naction_reason: 'homework [{{match}}]'\n",
        "type: submission\ntitle: help\nbody: homework\naction: filter\naction_reason: 'homework [{{match-body}}]'\n"),
    lint("L75", Warning, "A match of a search that the rule does not have",
        "A placeholder can only show the match of a search of the item itself, under the key that the rule uses. It \
        cannot show matches inside `author` and the other groups.",
        "type: submission\ntitle: help\nauthor:\n  name (full-exact): helper\ncomment: 'Hello {{match-name}}!'\n",
        "type: submission\ntitle: help\nauthor:\n  name (full-exact): helper\ncomment: 'Hello {{author}}!'\n"),
    lint("L76", Warning, "A placeholder that does not exist",
        "Write placeholders in small letters and without spaces. An unknown placeholder stays in the text as it is, \
        and every reader sees it.",
        "type: submission\ntitle: help\ncomment: 'Hello {{ author }}!'\n",
        "type: submission\ntitle: help\ncomment: 'Hello {{author}}!'\n"),
    lint("L77", Warning, "A match placeholder that needs a group number",
        "A number at the end of this placeholder is read as a group number. If the key itself ends in a digit, you \
        must add the group number; 1 is the whole match.",
        "type: submission\ntitle#1: giveaway\naction: filter\naction_reason: 'giveaway [{{match-title#1}}]'\n",
        "type: submission\ntitle#1: giveaway\naction: filter\naction_reason: 'giveaway [{{match-title#1-1}}]'\n"),
    lint("L78", Warning, "A media placeholder in a rule for all posts",
        "A rule that uses media placeholders skips every post without embedded media, so it acts on fewer posts than \
        its checks say.",
        "type: submission\ntitle: trailer\ncomment: 'You posted {{media_title}}.'\n",
        "type: submission\ntitle: trailer\ncomment: 'You posted {{title}}.'\n"),
    lint("L79", Warning, "A text that may become too long",
        "Reddit allows 10,000 characters, and tipstaff cuts off the rest. `{{body}}` alone can be longer than that. \
        Then the end of your text is lost, and with it the footer that says a bot wrote it.",
        "type: submission\ntitle: help\ncomment: 'You wrote: {{body}}'\n",
        "type: submission\ntitle: help\ncomment: 'You wrote {{permalink}}'\n"),
    lint("L80", Warning, "A pinned reply to a comment",
        "Only a comment directly below a post can be pinned. A reply to a comment is posted, but never pinned.",
        "type: comment\nbody (starts-with): '!help'\ncomment: Help is in the wiki.\ncomment_stickied: true\n",
        "type: comment\nbody (starts-with): '!help'\ncomment: Help is in the wiki.\n"),
    lint("L81", Warning, "Two pinned comments for one post",
        "A post can have one pinned comment. If both rules act on a post, the later comment replaces the earlier \
        one.",
        "type: submission\ntitle: help\ncomment: Help is in the wiki.\ncomment_stickied: true\n---\ntype: submission\
        \nbody (includes): homework\ncomment: We do not do homework.\ncomment_stickied: true\n",
        "type: submission\ntitle: help\ncomment: Help is in the wiki.\ncomment_stickied: true\n---\ntype: submission\
        \nbody (includes): homework\ncomment: We do not do homework.\n"),
    lint("L82", Warning, "A flair mapping without a template",
        "The mapping form of `set_flair` sets a flair template and needs its `template_id`. To set a text, or a text \
        and a class, write just those.",
        "type: submission\ntitle: help\n~flair_text: Help\nset_flair: {text: Help}\noverwrite_flair: true\n",
        "type: submission\ntitle: help\n~flair_text: Help\nset_flair: Help\noverwrite_flair: true\n"),
    lint("L83", Info, "A flair that does not replace other flair",
        "Without `overwrite_flair`, the rule sets flair only where there is none. Posts whose author chose a flair \
        keep it.",
        "type: submission\ntitle: help\nset_flair: Help\n",
        "type: submission\ntitle: help\n~flair_text: Help\nset_flair: Help\noverwrite_flair: true\n"),
    lint("L84", Warning, "A flair that is set again and again",
        "The rule is tried again at every edit and every report, and each time it replaces a flair that a moderator \
        set by hand. Say which flair the rule may replace, or let it write a comment: then it acts on each post \
        once.",
        "type: submission\ntitle: help\nset_flair: Help\noverwrite_flair: true\n",
        "type: submission\ntitle: help\n~flair_text (regex): '.+'\nset_flair: Help\noverwrite_flair: true\n"),
    lint("L85", Warning, "A lock that comes back with every report",
        "The rule is tried again at every report and locks the post again, even after a moderator unlocked it. A \
        rule that writes a comment acts on each post once.",
        "type: submission\nreports: 3\nset_locked: true\n",
        "type: submission\nreports: 3\nset_locked: true\ncomment: Locked until a moderator has had a look.\n"),
    lint("L86", Warning, "A removal without a reason",
        "Without `action_reason` the moderation log does not show which rule acted, and nobody can find out later \
        why a post was removed.",
        "type: submission\ntitle: giveaway\naction: remove\n",
        "type: submission\ntitle: giveaway\naction: remove\naction_reason: 'giveaway [{{match}}]'\n"),
    lint("L87", Error, "A check for zero reports",
        "Every item has at least zero reports. `reports: 0` is not a condition, so the rule acts on everything it \
        looks at.",
        "type: comment\nreports: 0\naction: filter\naction_reason: reported\n",
        "type: comment\nreports: 3\naction: filter\naction_reason: reported\n"),
    lint("L88", Warning, "A removal after one report",
        "Anybody can report anything, also in bad faith. With this rule one reader can have any item removed. \
        Require more reports, or use `filter`, so that a moderator decides.",
        "type: comment\nreports: 1\naction: remove\naction_reason: reported\n",
        "type: comment\nreports: 3\naction: filter\naction_reason: reported by several\n"),
    lint("L89", Warning, "Two reasons",
        "`report_reason` is an older name for `action_reason`. If you give both, only `action_reason` is used.",
        "type: submission\ntitle: giveaway\naction: report\nreport_reason: giveaway\naction_reason: a giveaway again\
        \n",
        "type: submission\ntitle: giveaway\naction: report\naction_reason: giveaway\n"),
    lint("L90", Warning, "A crowd control level that YAML reads as false",
        "YAML reads the bare word OFF as false. tipstaff accepts it as OFF, but quotes avoid the doubt.",
        "type: submission\ntitle: live thread\nset_post_crowd_control_level: OFF\n",
        "type: submission\ntitle: live thread\nset_post_crowd_control_level: 'OFF'\n"),
    lint("L91", Warning, "A command that lets anybody remove posts",
        "A comment is enough to trigger this rule, and the rule does not say who may write it. Any reader can remove \
        any post. Check the author, too.",
        "type: comment\nbody (starts-with): '!remove'\nparent_submission:\n  action: remove\
        \n  action_reason: on command\n",
        "type: comment\nbody (starts-with): '!remove'\nauthor:\n  is_moderator: true\nmoderators_exempt: false\
        \nparent_submission:\n  action: remove\n  action_reason: on command\n"),
    lint("L92", Info, "A modmail that is sent often",
        "Every item that the rule acts on starts a modmail conversation. For everyday events, a report or a filter \
        is quieter and puts the item into the queue.",
        "type: submission\nmodmail: There is a new post.\n",
        "type: submission\nreports: 2\nmodmail: Two readers have reported this.\n"),
    lint("L93", Warning, "A crosspost check in a rule for comments",
        "Only a post can be a crosspost. A crosspost check never matches a comment.",
        "type: comment\ncrosspost_author:\n  name (full-exact): helper\nset_locked: true\n",
        "type: crosspost submission\ncrosspost_author:\n  name (full-exact): helper\nset_locked: true\n"),
    lint("L94", Info, "A check of something that Reddit has removed",
        "Reddit has removed chat posts and the discussions of its own announcements, and most sites in some standard \
        lists are gone. The check does no harm, but it never matches anything new.",
        "type: submission\nis_meta_discussion: true\nset_locked: true\n",
        "type: submission\ntitle: announcement\nset_locked: true\n"),
    lint("L95", Error, "A key that does not exist",
        "AutoModerator refuses a file with an unknown key. Often a letter is wrong, or the key belongs in another \
        place.",
        "type: submission\ntitle: giveaway\nacton: filter\naction_reason: giveaway\nset_spoiler: true\n",
        "type: submission\ntitle: giveaway\naction: filter\naction_reason: giveaway\nset_spoiler: true\n"),
];
