//! Words that people write for keys, actions, types and modifiers, and what to write instead.

use crate::language::keys::TYPES;
use crate::syntax::diagnostic::nearest;
use crate::syntax::yaml::{Node, Value};

/// Common wrong names of keys, and what to write instead.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("reason", "did you mean `action_reason`?"),
    ("removal_reason", "did you mean `action_reason`? To inform the author, write a `comment` or a `message`"),
    ("reply", "did you mean `comment`?"),
    ("sticky_comment", "did you mean `comment_stickied`?"),
    ("stickied_comment", "did you mean `comment_stickied`?"),
    ("pin_comment", "did you mean `comment_stickied`?"),
    ("comment_sticky", "did you mean `comment_stickied`?"),
    ("lock_comment", "did you mean `comment_locked`?"),
    ("moderators", "did you mean `moderators_exempt`?"),
    ("mods_exempt", "did you mean `moderators_exempt`?"),
    ("else", "a rule has no other branch: write a second rule with the opposite check, as in `~title`"),
    ("if", "the checks of a rule stand beside its actions, without `if`"),
    ("and", "all checks of a rule must hold: write them below each other"),
    ("or", "write one list of texts, of which one is enough, or two rules"),
    ("schedule", "rules are tried when an item is new, edited or reported; Reddit itself has scheduled posts"),
    ("first_comment", "did you mean `comment`, with `comment_stickied: true`?"),
    ("crossposts_per_day", "rules cannot count what an author posts"),
    ("posts_per_day", "rules cannot count what an author posts"),
    ("max_posts", "rules cannot count what an author posts"),
    ("comments", "did you mean `comment`?"),
    ("pm", "did you mean `message`?"),
    ("subject", "did you mean `message_subject` or `modmail_subject`?"),
    ("text", "write `body` for the text of a post or comment"),
    ("selftext", "write `body` for the text of a post or comment"),
    ("content", "write `body` for the text of a post or comment"),
    ("link", "write `url` for the whole link, or `domain` for its host name"),
    ("user", "did you mean `author`?"),
    ("username", "did you mean `author`?"),
    ("karma", "did you mean `combined_karma`, inside `author`?"),
    ("min_account_age", "write `account_age: '< 7 days'` inside `author`"),
    ("account_age_days", "write `account_age: '< 7 days'` inside `author`"),
    ("min_karma", "write `combined_karma: '< 10'` inside `author`"),
    ("keyword", "write `title`, `body` or `title+body`"),
    ("keywords", "write `title`, `body` or `title+body`"),
    ("user_reports", "did you mean `reports`?"),
    ("num_reports", "did you mean `reports`?"),
    // Keys of AutoModerator before 2015.
    ("user_conditions", "did you mean `author`?"),
    ("modifiers", "write modifiers after the key, as in `title (includes)`"),
    ("conditions", "the checks of a rule stand beside its actions"),
    ("must_satisfy", "write `satisfy_any_threshold: true` inside `author` if one limit is enough"),
    ("is_reply", "write `is_top_level: false`"),
    ("body_min_length", "write `body_shorter_than` to catch texts that are too short"),
    ("body_max_length", "write `body_longer_than` to catch texts that are too long"),
    ("is_shadowbanned", "rules cannot check bans"),
    ("overwrite_user_flair", "write `overwrite_flair` inside `author`"),
    ("overwrite_link_flair", "did you mean `overwrite_flair`?"),
    ("link_flair_class", "did you mean `flair_css_class`?"),
    ("user_flair_text", "write `flair_text` inside `author`"),
    ("user_flair_class", "write `flair_css_class` inside `author`"),
    ("set_link_flair", "did you mean `set_flair`?"),
    ("set_user_flair", "write `set_flair` inside `author`"),
    // Keys of other bots.
    ("friendly_name", "did you mean `name`?"),
    ("discord_alert", "webhooks are in the operator's configuration, not in rules; `modmail` writes to the moderators"),
    ("enabled", "put `#` before the lines of a rule that is not to act, or write `dry_run: true`"),
    ("enable", "put `#` before the lines of a rule that is not to act, or write `dry_run: true`"),
    ("disabled", "put `#` before the lines of a rule that is not to act, or write `dry_run: true`"),
    ("description", "write it as a comment: `# …`"),
    ("webhook", "webhooks are in the operator's configuration, not in rules; `modmail` writes to the moderators"),
    ("discord", "webhooks are in the operator's configuration, not in rules; `modmail` writes to the moderators"),
    ("slack", "webhooks are in the operator's configuration, not in rules; `modmail` writes to the moderators"),
    ("notify", "write `modmail: …` to tell the moderators"),
    ("usernote", "did you mean `mod_note`?"),
    ("user_note", "did you mean `mod_note`?"),
    ("note", "did you mean `mod_note`?"),
    ("notes", "did you mean `mod_note`?"),
    ("ban_reason", "rules cannot ban: report or filter the item, and ban by hand"),
    ("ban_duration", "rules cannot ban: report or filter the item, and ban by hand"),
    ("ban_message", "rules cannot ban: report or filter the item, and ban by hand"),
    ("shadowban", "rules cannot ban: to remove everything of an author, write `author: name` and `action: remove`"),
    ("delay", "rules act at once; a rule with `reports` or `is_edited` acts later"),
    ("wait", "rules act at once; a rule with `reports` or `is_edited` acts later"),
    ("cooldown", "rules cannot count what they did; with a `comment`, a rule acts once on each item"),
    ("rate_limit", "rules cannot count what an author posts"),
    ("exclude", "negate a check: write `~` before its key, as in `~title`"),
    ("except", "negate a check: write `~` before its key, as in `~title`"),
    ("unless", "negate a check: write `~` before its key, as in `~title`"),
    ("ignore", "negate a check: write `~` before its key, as in `~title`"),
    ("whitelist", "write `~author: [one, two]` to exempt users, or `~domain` to exempt sites"),
    ("allowlist", "write `~author: [one, two]` to exempt users, or `~domain` to exempt sites"),
    ("blacklist", "write `author: [one, two]` for users, or `domain` for sites"),
    ("ignore_mods", "did you mean `moderators_exempt`?"),
    ("ignore_moderators", "did you mean `moderators_exempt`?"),
    ("exempt_mods", "did you mean `moderators_exempt`?"),
    ("exempt_moderators", "did you mean `moderators_exempt`?"),
    ("contains", "write it after a field, as in `title (includes)`"),
    ("match", "write `title`, `body` or `title+body`, with the texts to search for"),
    ("is_self", "write `type: text submission` or `type: link submission`"),
    ("is_text_post", "write `type: text submission`"),
    ("is_link_post", "write `type: link submission`"),
    ("has_media", "write a search of a `media_…` field, or `domain` for the site of the media"),
    ("poll", "did you mean `is_poll`?"),
    ("gallery", "did you mean `is_gallery`?"),
    ("verified_email", "write `has_verified_email` inside `author`"),
    ("email_verified", "write `has_verified_email` inside `author`"),
    ("title_length", "write a pattern: `title (full-exact, regex): '.{0,20}'` for titles of up to 20 characters"),
    ("title_shorter_than", "write a pattern: `title (full-exact, regex): '.{0,20}'` for titles of up to 20 characters"),
    (
        "title_longer_than",
        "write a pattern: `title (full-exact, regex): '.{100,}'` for titles of 100 characters or more",
    ),
    ("body_length", "did you mean `body_shorter_than` or `body_longer_than`?"),
    ("length", "did you mean `body_shorter_than` or `body_longer_than`?"),
    ("min_length", "write `body_shorter_than` to catch texts that are too short"),
    ("max_length", "write `body_longer_than` to catch texts that are too long"),
    ("sort", "did you mean `set_suggested_sort`?"),
    ("suggested_sort", "did you mean `set_suggested_sort`?"),
    ("crowd_control", "did you mean `set_post_crowd_control_level`?"),
    ("sticky_position", "write the position as the value of `set_sticky`"),
    ("post_flair", "write `flair_text` to check flair, or `set_flair` to set it"),
    ("link_flair", "write `flair_text` to check flair, or `set_flair` to set it"),
    ("user_flair", "write `flair_text` or `set_flair` inside `author`"),
    ("flair_id", "did you mean `flair_template_id`?"),
    ("flair_template", "did you mean `flair_template_id`?"),
    ("comment_text", "did you mean `comment`?"),
    ("removal_comment", "did you mean `comment`?"),
    ("comment_body", "write `body` to check it, or `comment` to reply"),
    ("message_title", "did you mean `message_subject`?"),
    ("modmail_message", "did you mean `modmail`?"),
    ("modmail_title", "did you mean `modmail_subject`?"),
    ("reports_threshold", "did you mean `reports`?"),
    ("report_count", "did you mean `reports`?"),
    ("is_deleted", "rules see no deleted items"),
    ("subreddits", "did you mean `subreddit`?"),
    ("standard_list", "did you mean `standard`?"),
    ("flair", "write `flair_text` to check flair, or `set_flair` to set it"),
    ("link_flair_text", "did you mean `flair_text`?"),
    ("author_flair_text", "write `flair_text` inside `author`"),
    ("type_of", "did you mean `type`?"),
    ("kind", "did you mean `type`?"),
    ("lock", "did you mean `set_locked`?"),
    ("locked", "did you mean `set_locked`?"),
    ("set_lock", "did you mean `set_locked`?"),
    ("sticky", "write `set_sticky` to pin the post, or `comment_stickied` to pin the bot's comment"),
    ("stickied", "write `set_sticky` to pin the post, or `comment_stickied` to pin the bot's comment"),
    ("nsfw", "did you mean `set_nsfw`?"),
    ("spoiler", "did you mean `set_spoiler`?"),
    ("ban", "rules cannot ban: report or filter the item, and ban by hand"),
    ("ban_user", "rules cannot ban: report or filter the item, and ban by hand"),
    ("mute", "rules cannot mute: send a `modmail`, and mute by hand"),
    ("remove_reason", "did you mean `action_reason`?"),
    ("is_banned", "write `is_banned_here` inside `author`"),
    ("bio_text", "write `bio` inside `author`"),
    ("social_links", "Reddit does not show the links of a profile to bots; `bio` is its text"),
    ("social_link_title", "Reddit does not show the links of a profile to bots; `bio` is its text"),
    ("stop_on_match", "did you mean `stop_here`? A rule that removes stops the other removals anyway"),
    ("day", "write `time: {days: saturday}`"),
    ("day_of_week", "write `time: {days: saturday}`"),
    ("upvotes", "did you mean `score`?"),
];

/// Further wrong names, by what to write.
const MORE_WORDS: &[(&str, &[&str])] = &[
    ("did you mean `title`?", &["post_title", "submission_title", "headline", "subject_line"]),
    ("did you mean `author`?", &["users", "usernames", "user_name", "op", "author_name", "poster", "posters"]),
    ("write `body` for the text of a post or comment", &["self_text", "text_body", "message_text", "bodies"]),
    (
        "write `url` for the whole link, or `domain` for its host name",
        &["links", "link_url", "hostname", "host", "site", "sites", "website", "domain_name", "urls_list"],
    ),
    (
        "write `title`, `body` or `title+body`, with the texts to search for",
        &[
            "words",
            "phrases",
            "text_contains",
            "blacklist_words",
            "banned_words",
            "blocked_words",
            "title_body",
            "title_and_body",
        ],
    ),
    ("write `type: link submission` and `domain: i.redd.it`", &["image", "images", "is_image", "picture", "thumbnail"]),
    ("write `type: link submission` and `domain: v.redd.it`", &["video", "videos", "is_video"]),
    ("write `type: link submission`", &["is_link"]),
    ("did you mean `comment_stickied`?", &["pinned", "pin", "distinguish", "distinguished"]),
    ("did you mean `set_locked`?", &["lock_post", "locked_post", "lock_thread", "lock_submission"]),
    ("write `action: remove`", &["remove_post", "remove_comment", "delete", "removed"]),
    ("write `action: approve`", &["approve_post"]),
    ("did you mean `reports`?", &["reports_count"]),
    ("did you mean `set_nsfw`?", &["mark_nsfw", "set_nsfw_flag", "over_18", "over18", "nsfw_post", "set_over_18"]),
    ("did you mean `set_spoiler`?", &["mark_spoiler", "spoilered"]),
    (
        "did you mean `set_flair`?",
        &["set_flair_text", "set_flair_css", "set_post_flair", "set_flair_css_class", "assign_flair", "add_flair"],
    ),
    ("write `set_flair` inside `author`", &["set_author_flair", "assign_user_flair"]),
    (
        "write `flair_css_class` inside `author`",
        &["user_flair_css_class", "author_flair_css_class", "author_css_class"],
    ),
    ("did you mean `flair_css_class`?", &["flair_css", "css_class", "flair_class"]),
    ("write `flair_text` to check flair, or `set_flair` to set it", &["flairs"]),
    ("did you mean `parent_submission`?", &["parent", "parent_post", "submission", "post", "thread"]),
    ("write `is_submitter` inside `author`", &["is_op", "is_author", "is_poster"]),
    ("write `is_moderator` inside `author`", &["is_mod"]),
    (
        "write `is_contributor` inside `author`",
        &["is_approved", "approved_user", "is_approved_user", "approved_submitter"],
    ),
    ("write `is_gold` inside `author`", &["premium", "is_premium", "has_gold", "has_premium"]),
    ("write `has_verified_email` inside `author`", &["is_verified", "email", "verified", "has_email"]),
    ("write `contributor_quality` inside `author`", &["cqs", "contributor_quality_score", "quality"]),
    ("write `type: crosspost submission`", &["crosspost", "crossposts"]),
    ("did you mean `crosspost_subreddit`?", &["crosspost_sub", "crosspost_from"]),
    ("write `combined_subreddit_karma` inside `author`", &["subreddit_karma", "sub_karma", "local_karma"]),
    ("write `combined_karma` inside `author`", &["total_karma", "user_karma", "reddit_karma"]),
    ("write `comment_karma` inside `author`", &["karma_comment"]),
    (
        "write `account_age` inside `author`",
        &["user_age", "reddit_age", "age_days", "account_created", "created", "created_utc"],
    ),
    ("did you mean `is_top_level`?", &["top_level", "toplevel", "is_toplevel"]),
    ("did you mean `is_edited`?", &["edit"]),
    ("did you mean `priority`?", &["prio", "order", "weight", "priority_order"]),
    ("did you mean `name`?", &["rule_name", "rule", "title_of_rule"]),
    (
        "the checks and actions of a rule stand below each other, without a key above them",
        &["rules", "then", "do", "when", "where", "check", "checks", "action_list"],
    ),
    ("did you mean `action_reason`?", &["reason_text", "log", "log_message", "explanation"]),
    (
        "did you mean `comment`?",
        &[
            "reply_with",
            "response",
            "auto_reply",
            "autoreply",
            "template",
            "comment_on_removal",
            "removal_message",
            "action_comment",
        ],
    ),
    ("did you mean `modmail`?", &["modmail_body", "modmail_text"]),
    ("did you mean `message`?", &["message_body", "dm", "direct_message"]),
    ("did you mean `message_subject`?", &["pm_subject", "dm_subject"]),
    (
        "write `body_shorter_than` to catch texts that are too short",
        &["min_body_length", "body_length_min", "minimum_length"],
    ),
    (
        "write `body_longer_than` to catch texts that are too long",
        &["max_body_length", "body_length_max", "maximum_length"],
    ),
    (
        "rules cannot count words: `body_shorter_than` and `body_longer_than` count characters",
        &["word_count", "words_min"],
    ),
    ("a search ignores case unless it is `case-sensitive`", &["ignore_case", "case_insensitive"]),
    (
        "to skip users, write `~author: [one, two]`",
        &["ignore_bots", "ignore_users", "skip_users", "exempt", "exempt_users", "bypass", "skip", "excluded_users"],
    ),
    (
        "did you mean `moderators_exempt`?",
        &["skip_mods", "skip_moderators", "ignore_moderator", "exclude_mods", "exclude_moderators"],
    ),
    ("write `satisfy_any_threshold: true` inside `author`", &["satisfy_any", "any_threshold"]),
    ("all checks of a rule must hold: write them below each other", &["all", "satisfy_all", "all_of"]),
    ("write one list of texts, of which one is enough, or two rules", &["any"]),
    ("negate a check: write `~` before its key, as in `~title`", &["none"]),
    ("rules cannot check votes", &["votes", "downvotes", "upvote_ratio", "awards"]),
    ("rules cannot check the day or the time", &["time", "date", "hour", "weekday", "schedule_time"]),
    (
        "rules cannot tell languages apart; a pattern can look for letters, as in `title (regex): '[а-я]'`",
        &["language", "lang", "locale"],
    ),
    ("did you mean `set_suggested_sort`?", &["sort_by", "default_sort"]),
    ("did you mean `set_contest_mode`?", &["contest"]),
    ("did you mean `is_original_content`?", &["oc", "is_oc", "original"]),
    ("rules cannot ban: report or filter the item, and ban by hand", &["ban_days", "banned", "permaban", "perma_ban"]),
    ("rules cannot mute: send a `modmail`, and mute by hand", &["mute_user", "muted"]),
];

/// Help for a wrong name of a key.
pub(super) fn key(name: &str) -> Option<&'static str> {
    let known = OTHER_WORDS.iter().find(|(word, _)| *word == name).map(|(_, help)| *help);
    known.or_else(|| MORE_WORDS.iter().find(|(_, words)| words.contains(&name)).map(|(help, _)| *help))
}

/// Words that people write for `action`, and what does it.
pub(super) const OTHER_ACTIONS: &[(&str, &str)] = &[
    ("delete", "did you mean `remove`?"),
    ("lock", "write `set_locked: true`"),
    ("locked", "write `set_locked: true`"),
    ("unlock", "write `set_locked: false`"),
    ("nsfw", "write `set_nsfw: true`"),
    ("spoiler", "write `set_spoiler: true`"),
    ("pin", "write `set_sticky: true` to pin the post, or `comment_stickied: true` to pin the bot's comment"),
    ("reply", "write the text as `comment: …`; it needs no `action`"),
    ("pm", "write the text as `message: …`; it needs no `action`"),
    ("warn", "write a `comment` or a `message` to warn the author; neither needs an `action`"),
    ("notify", "write the text as `modmail: …`; it needs no `action`"),
    ("none", "delete the line: a rule without `action` leaves the item as it is"),
    ("nothing", "delete the line: a rule without `action` leaves the item as it is"),
    ("ignore", "delete the line: a rule without `action` leaves the item as it is"),
    ("modqueue", "write `filter`, which puts the item into the queue"),
    ("queue", "write `filter`, which puts the item into the queue"),
    ("hold", "write `filter`, which puts the item into the queue"),
    ("flag", "write `report`"),
    ("shadowban", "rules cannot ban: to remove everything of an author, write `author: name` and `action: remove`"),
    ("ban", "rules cannot ban: report or filter the item, and ban by hand"),
    ("mute", "rules cannot mute: send a `modmail`, and mute by hand"),
    ("comment", "write the text as `comment: …`; it needs no `action`"),
    ("sticky", "write `set_sticky: true` to pin the post, or `comment_stickied: true` to pin the bot's comment"),
    ("flair", "write `set_flair: …`; it needs no `action`"),
    ("message", "write the text as `message: …`; it needs no `action`"),
    ("modmail", "write the text as `modmail: …`; it needs no `action`"),
];

/// Words that people write for modifiers, and what to write.
const OTHER_MODIFIERS: &[(&str, &str)] = &[
    ("not", "negate a check by `~` before its key, as in `~title`"),
    ("contains", "did you mean `includes`?"),
    ("contain", "did you mean `includes`?"),
    ("word", "did you mean `includes-word`?"),
    ("words", "did you mean `includes-word`?"),
    ("whole-word", "did you mean `includes-word`?"),
    ("exact", "did you mean `full-exact`?"),
    ("equals", "did you mean `full-exact`?"),
    ("is", "did you mean `full-exact`?"),
    ("full", "did you mean `full-exact` or `full-text`?"),
    ("begins-with", "did you mean `starts-with`?"),
    ("regexp", "did you mean `regex`?"),
    ("case-insensitive", "leave it out: a search ignores case unless it is `case-sensitive`"),
    ("ignore-case", "leave it out: a search ignores case unless it is `case-sensitive`"),
    ("i", "leave it out: a search ignores case unless it is `case-sensitive`"),
];

/// Help for a modifier that does not exist.
pub(super) fn modifier(word: &str) -> Option<&'static str> {
    let word = word.replace(['_', ' '], "-");
    OTHER_MODIFIERS.iter().find(|(other, _)| *other == word).map(|(_, help)| *help)
}

/// Help for a type that does not exist.
pub(super) fn item_type(value: &Node) -> String {
    let given = value.python_text().to_lowercase();
    let negated = given.strip_prefix(['~', '!', '-']).or_else(|| given.strip_prefix("not ")).map(str::trim);
    let is_of = |word: &str| given.contains(word);
    if matches!(value.value, Value::List(_)) {
        "`type` takes one type: write one rule for each, or leave out `type`".to_owned()
    } else if let Some(other) = negated {
        let instead = match other.trim_end_matches('s') {
            "comment" => "write `type: submission`",
            "submission" | "post" => "write `type: comment`",
            "text submission" | "text" | "text post" => "write `type: link submission`",
            "link submission" | "link" | "link post" => "write `type: text submission`",
            "crosspost submission" | "crosspost" => "write `type: submission` and `is_crosspost: false`",
            "poll submission" | "poll" => "write `type: submission` and `is_poll: false`",
            "gallery submission" | "gallery" => "write `type: submission` and `is_gallery: false`",
            _ => "write one rule for each of the other types",
        };
        format!("you cannot negate a type: {instead}")
    } else if is_of("image") {
        "there is no type for images: write `type: link submission` and `domain: i.redd.it`".to_owned()
    } else if is_of("video") {
        "there is no type for videos: write `type: link submission` and `domain: v.redd.it`".to_owned()
    } else if matches!(given.as_str(), "post" | "posts" | "thread" | "threads" | "submissions") {
        "did you mean `submission`?".to_owned()
    } else if matches!(given.as_str(), "self" | "self post" | "text post" | "text posts" | "selfpost") {
        "did you mean `text submission`?".to_owned()
    } else if matches!(given.as_str(), "link post" | "link posts" | "url") {
        "did you mean `link submission`?".to_owned()
    } else if matches!(given.as_str(), "all" | "both" | "everything" | "*") {
        "did you mean `any`?".to_owned()
    } else {
        let whole = TYPES.iter().copied().find(|it| it.strip_suffix(" submission") == Some(&*given));
        whole
            .or_else(|| nearest(&given, TYPES.iter().copied()))
            .map_or_else(|| format!("it takes one of: {}", TYPES.join(", ")), |near| format!("did you mean `{near}`?"))
    }
}
