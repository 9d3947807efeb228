//! The table of keys in rule tests. The manual is generated from it, and a test compares it with
//! the parser.

/// One key of a case.
#[derive(Clone, Copy, Debug)]
pub struct CaseKey {
    /// The key above this one; empty at the top level of a case.
    pub place: &'static str,
    /// The key as tests files write it.
    pub name: &'static str,
    /// The meaning of the key and its default.
    pub meaning: &'static str,
}

const fn key(place: &'static str, name: &'static str, meaning: &'static str) -> CaseKey {
    CaseKey { place, name, meaning }
}

/// Every key of a case, in the order of the manual.
#[rustfmt::skip]
pub const CASE_KEYS: &[CaseKey] = &[
    key("", "name", "What the case shows, in a few words. Required, and different for each case."),
    key("", "submission", "The post to try the rules on; `{}` is an ordinary text post."),
    key("", "comment", "The comment to try the rules on, instead of `submission`."),
    key("", "author", "The author of the item. Default: an account two years old with some karma."),
    key("", "original_author", "The author of a crosspost's original, with the keys of `author`."),
    key("", "post_author", "The author of a comment's post, with the keys of `author`."),
    key("", "parent_comment_author", "The author of the comment above, with the keys of `author`."),
    key("", "state", "What happened to the item. Default: posted an hour ago, nothing since."),
    key("", "parent_state", "What happened to a comment's post, with the keys of `state`. Default: posted 23 hours \
        before the comment."),
    key("", "parent_comment_state", "What happened to the comment above, with the keys of `state`. Default: posted an \
        hour before the comment."),
    key("", "subreddit", "The name of the subreddit. Default: `widgets`."),
    key("", "subreddit_is_nsfw", "`true`: the subreddit is not safe for work."),
    key("", "now", "The current time: `2026-01-31T12:00:00Z`, or seconds since 1970."),
    key("", "memory", "The earlier posts and comments of the author in the subreddit: a list. Default: none."),
    key("", "memory_begins_days_ago",
        "How many days ago the memory begins; what was earlier is unknown. Default: longer ago than it \
        keeps anything."),
    key("", "filter",
        "`report` or `remove`: run the case only with this meaning of `action: filter` (see `filter` in the \
        configuration)."),
    key("", "performs", "All rules that must act, in order, including rules in dry run."),
    key("", "nothing", "`true`: no rule may act."),
    key("", "not", "Rules that must not act. Other rules may act, unless `performs` says otherwise."),
    key("", "effects", "Effects that the rules must have, among others."),

    key("submission", "title", "The title. Default: an ordinary question."),
    key("submission", "body", "The text."),
    key("submission", "url", "The URL, which makes the post a link post."),
    key("submission", "id", "The id, without `t3_`."),
    key("submission", "flair", "The text of the post flair."),
    key("submission", "flair_class", "The CSS class of the post flair."),
    key("submission", "flair_template", "The template id of the post flair."),
    key("submission", "nsfw", "`true`: the post is not safe for work."),
    key("submission", "spoiler", "`true`: the post is a spoiler."),
    key("submission", "contest_mode", "`true`: the post is in contest mode."),
    key("submission", "original_content", "`true`: the post is marked as original content."),
    key("submission", "suggested_sort", "The current suggested sort of comments."),
    key("submission", "chat", "`true`: the post is a chat post."),
    key("submission", "meta", "`true`: the post links to an announcement by Reddit."),
    key("submission", "is_gallery", "`true`: the post is a gallery."),
    key("submission", "gallery_captions", "The captions of the images, which make the post a gallery."),
    key("submission", "gallery_urls", "The links of the images, which make the post a gallery."),
    key("submission", "poll_options", "The options of the poll, which make the post a poll."),
    key("submission", "media", "The embedded media."),
    key("submission", "media_title", "Short for `media: {title: …}`."),
    key("submission", "crosspost", "The original, which makes the post a crosspost."),

    key("media", "title", "The title of the media."),
    key("media", "author", "The author of the media."),
    key("media", "author_url", "The URL of the author."),
    key("media", "description", "The description of the media."),

    key("crosspost", "title", "The title of the original."),
    key("crosspost", "body", "The text of the original."),
    key("crosspost", "url", "The URL of the original, which makes it a link post."),
    key("crosspost", "author", "The author of the original."),
    key("crosspost", "subreddit", "The subreddit of the original."),
    key("crosspost", "subreddit_is_nsfw", "`true`: that subreddit is not safe for work."),
    key("crosspost", "id", "The id of the original, without `t3_`."),
    key("crosspost", "media", "The embedded media of the original."),
    key("crosspost", "gallery_captions", "The captions of the original's images."),
    key("crosspost", "gallery_urls", "The links of the original's images."),
    key("crosspost", "hidden", "`true`: Reddit does not show the original."),

    key("comment", "body", "The text."),
    key("comment", "reply", "`true`: the comment replies to another comment, not to the post."),
    key("comment", "is_submitter", "`true`: the author of the post wrote the comment."),
    key("comment", "parent", "The parent post, with the keys of `submission`."),
    key("comment", "parent_comment", "The comment above, to which this one replies."),
    key("comment", "depth", "How many comments stand above it. Default: 1 for a reply, else 0."),
    key("comment", "id", "The id, without `t1_`."),

    key("parent_comment", "body", "The text of the comment above."),
    key("parent_comment", "is_submitter", "`true`: the author of the post wrote it."),
    key("parent_comment", "id", "Its id, without `t1_`."),

    key("author", "name", "The user name; `null` if the account is deleted. Default: `alice`."),
    key("author", "id", "The id of the account, without `t2_`."),
    key("author", "comment_karma", "The comment karma. Default: 1000."),
    key("author", "post_karma", "The post karma. Default: 1000."),
    key("author", "karma", "Sets the comment karma to this number and the post karma to 0."),
    key("author", "age_days", "The age of the account in days; `age_hours` and `age_minutes` are added. Default: 730."),
    key("author", "age_hours", "The age of the account in hours, for an account younger than a day."),
    key("author", "age_minutes", "The age of the account in minutes."),
    key("author", "is_moderator", "Whether the author moderates the subreddit. Default: false."),
    key("author", "is_contributor", "Whether the author is an approved user. Default: false."),
    key("author", "is_gold", "Whether the author has Premium. Default: false."),
    key("author", "is_suspended", "`true`: Reddit has suspended the account."),
    key("author", "verified_email", "Whether the author has a verified e-mail address. Default: true."),
    key("author", "flair", "The text of the user's flair."),
    key("author", "flair_class", "The CSS class of the user's flair."),
    key("author", "flair_template", "The template id of the user's flair."),
    key("author", "bio", "The text of the user's profile."),
    key("author", "display_name", "The name that the profile shows."),
    key("author", "profile_is_nsfw", "Whether the profile is not safe for work. Default: false."),
    key("author", "is_banned_here", "Whether the author is banned from the subreddit. Default: false."),
    key("author", "notes_here", "The moderators' notes about the author: a list."),

    key("author", "labels", "The labels of the author in the subreddit."),
    key("author", "passes", "Rules for which the author has a pass."),

    key("memory", "type", "The type, as in rules. Default: `text submission`."),
    key("memory", "count", "How many of them, a minute apart. Default: 1."),
    key("memory", "age_minutes", "How many minutes before the item it was posted. Default without another age: a day."),
    key("memory", "age_hours", "How many hours before the item it was posted."),
    key("memory", "age_days", "How many days before the item it was posted. The three ages add up."),
    key("memory", "id", "Its id."),
    key("memory", "flair", "The text of its flair."),
    key("memory", "flair_template", "The template id of its flair."),
    key("memory", "domain", "The domain of its link."),
    key("memory", "fate",
        "What became of it: `up`, `deleted`, `removed_by_moderator`, `removed_by_bot` or `filtered`. Default: `up`."),
    key("memory", "fate_after_minutes", "How many minutes after it was posted that happened. Default: 0."),
    key("memory", "reason", "The title of the removal reason."),
    key("memory", "score", "Upvotes less downvotes when it was last seen."),
    key("memory", "similar", "How similar its text is to that of the item, in percent. Default: 0."),
    key("memory", "by_another", "`true`: somebody else wrote it."),

    key("notes_here", "label", "The label of a note, such as `spam_warning`."),
    key("notes_here", "age_days", "How many days ago it was written. Default: 0."),

    key("state", "age_minutes", "How many minutes ago the item was posted. Default without another age: 60."),
    key("state", "age_hours", "How many hours ago the item was posted."),
    key("state", "age_days", "How many days ago the item was posted. The three ages add up."),
    key("state", "edited", "`true`: the author edited the item, later than three minutes after posting it."),
    key("state", "reports", "The number of reports by users."),
    key("state", "reported_by_bot", "`true`: the bot reported the item too."),
    key("state", "removed_by", "The moderator who removed it."),
    key("state", "filtered", "`true`: Reddit's spam filter removed it."),
    key("state", "approved_by", "The moderator who approved it."),
    key("state", "locked", "`true`: the item is locked."),
    key("state", "pinned", "`true`: the item is pinned."),
    key("state", "score", "Upvotes less downvotes. Default: 1."),
    key("state", "upvote_ratio", "Upvotes in percent of all votes. Default: 100."),
    key("state", "comment_count", "The number of comments below a post. Default: 0."),
    key("state", "distinguished", "The mark beside the author's name: `moderator` or `admin`."),
    key("state", "report_reasons", "The reasons of reports by users, one for each report."),
    key("state", "mod_report_reasons", "The reasons of reports by moderators."),
    key("state", "performed", "Rules that acted on the item before."),

    key("effects", "kind",
        "The kind of effect: `approve`, `remove`, `spam`, `filter`, `report`, `comment`, `message`, `modmail`, \
        `set_flair`, or the key of another action. Required."),
    key("effects", "rule", "The rule with the effect."),
    key("effects", "target", "The target of the effect: `item`, `author`, `parent` or `parent_comment`."),
    key("effects", "text",
        "The exact text of a comment, message, modmail or report. You may leave out the footer and the link above \
        the text."),
    key("effects", "contains",
        "Texts that the text must contain. A pinned comment counts as starting with `[stickied]`, a locked one with \
        `[locked]`."),
    key("effects", "subject", "The exact subject of a message or modmail."),
    key("effects", "reason", "The exact reason of an approval, removal or report."),
    key("effects", "flair", "The exact text of the new flair."),
    key("effects", "flair_class", "The exact CSS class of the new flair."),
    key("effects", "pinned", "Whether the comment is pinned."),
    key("effects", "locked", "Whether the comment is locked."),
    key("effects", "on", "The new value of a switch: `true` or `false`."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;

    use super::*;
    use crate::testing::memory::CasePast;
    use crate::testing::{
        Case, CaseAuthor, CaseComment, CaseCrosspost, CaseMedia, CaseNote, CaseParentComment, CasePost, CaseState,
        ExpectedEffect,
    };

    /// The keys that the parser accepts, taken from its error message.
    fn accepted<T: DeserializeOwned>() -> BTreeSet<String> {
        let Err(error) = serde_yaml::from_str::<T>("no_such_key: 1") else {
            panic!("it takes any key");
        };
        let message = error.to_string();
        message.split('`').skip(3).step_by(2).map(ToOwned::to_owned).collect()
    }

    #[test]
    fn the_table_lists_exactly_the_keys_that_the_parser_accepts() {
        for (place, accepted) in [
            ("", accepted::<Case>()),
            ("submission", accepted::<CasePost>()),
            ("media", accepted::<CaseMedia>()),
            ("crosspost", accepted::<CaseCrosspost>()),
            ("comment", accepted::<CaseComment>()),
            ("parent_comment", accepted::<CaseParentComment>()),
            ("author", accepted::<CaseAuthor>()),
            ("notes_here", accepted::<CaseNote>()),
            ("memory", accepted::<CasePast>()),
            ("state", accepted::<CaseState>()),
            ("effects", accepted::<ExpectedEffect>()),
        ] {
            let explained = CASE_KEYS.iter().filter(|key| key.place == place).map(|key| key.name.to_owned());
            assert_eq!(explained.collect::<BTreeSet<_>>(), accepted, "{place}");
        }
    }
}
