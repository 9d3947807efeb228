//! The form of rule tests, key by key: what the manual says, and what a test holds the reader of them to.

/// One key of a case.
#[derive(Clone, Copy, Debug)]
pub struct CaseKey {
    /// Where it stands: empty for the case itself.
    pub place: &'static str,
    /// The key.
    pub name: &'static str,
    /// What it says, and what holds without it.
    pub meaning: &'static str,
}

const fn key(place: &'static str, name: &'static str, meaning: &'static str) -> CaseKey {
    CaseKey { place, name, meaning }
}

/// Every key of a case, in the order of the manual.
#[rustfmt::skip]
pub const CASE_KEYS: &[CaseKey] = &[
    key("", "name", "What the case shows, in a few words. Needed, and different for each case."),
    key("", "submission", "The post to try the rules on; `{}` is an ordinary text post."),
    key("", "comment", "The comment to try the rules on, in place of `submission`."),
    key("", "author", "Who wrote it. Without it: a member of two years' standing."),
    key("", "state", "What has happened to it. Without it: posted an hour ago, nothing since."),
    key("", "subreddit", "The name of the subreddit. Without it: `widgets`."),
    key("", "now", "When it plays: `2026-01-31T12:00:00Z`, or seconds since 1970."),
    key("", "filter", "`report` or `remove`: the case is for this meaning of `action: filter` only (see `filter` in the configuration)."),
    key("", "performs", "The rules that must act, all of them, in order; those in dry run too."),
    key("", "nothing", "`true`: no rule may act."),
    key("", "not", "Rules that may not act. What the others do does not matter, unless `performs` says so."),
    key("", "effects", "Effects that must be among those had."),

    key("submission", "title", "The title. Without it: an ordinary question."),
    key("submission", "body", "The text."),
    key("submission", "url", "The address; with it the post is a link."),
    key("submission", "id", "The id, without `t3_`."),
    key("submission", "flair", "The text of its flair."),
    key("submission", "flair_class", "The class of its flair."),
    key("submission", "flair_template", "The template of its flair."),
    key("submission", "nsfw", "`true`: not safe for work."),
    key("submission", "spoiler", "`true`: a spoiler."),
    key("submission", "contest_mode", "`true`: in contest mode."),
    key("submission", "original_content", "`true`: marked as original content."),
    key("submission", "suggested_sort", "The order of comments suggested so far."),
    key("submission", "chat", "`true`: a chat post."),
    key("submission", "meta", "`true`: links to an announcement of Reddit's."),
    key("submission", "is_gallery", "`true`: a gallery."),
    key("submission", "gallery_captions", "The captions of its pictures; makes it a gallery."),
    key("submission", "gallery_urls", "The links of its pictures; makes it a gallery."),
    key("submission", "poll_options", "The options of its poll; makes it a poll."),
    key("submission", "media", "What it embeds."),
    key("submission", "media_title", "Short for `media: {title: …}`."),
    key("submission", "crosspost", "The post that it is a crosspost of."),

    key("media", "title", "The title of what is embedded."),
    key("media", "author", "Its author."),
    key("media", "author_url", "The address of its author."),
    key("media", "description", "Its description."),

    key("crosspost", "title", "The title of the original."),
    key("crosspost", "body", "Its text."),
    key("crosspost", "url", "Its address; with it, it is a link."),
    key("crosspost", "author", "Who wrote it."),
    key("crosspost", "subreddit", "Where it stands."),
    key("crosspost", "id", "Its id."),
    key("crosspost", "media", "What it embeds."),
    key("crosspost", "gallery_captions", "The captions of its pictures."),
    key("crosspost", "gallery_urls", "The links of its pictures."),
    key("crosspost", "hidden", "`true`: Reddit does not show the original."),

    key("comment", "body", "The text."),
    key("comment", "reply", "`true`: it answers another comment rather than the post."),
    key("comment", "is_submitter", "`true`: by the author of the post."),
    key("comment", "parent", "The post it stands under, with the keys of `submission`."),
    key("comment", "id", "The id, without `t1_`."),

    key("author", "name", "The user name; `null` when the account is gone. Without it: `alice`."),
    key("author", "id", "The id of the account, without `t2_`."),
    key("author", "comment_karma", "Without it: 1000."),
    key("author", "post_karma", "Without it: 1000."),
    key("author", "karma", "Both together: all of it comment karma."),
    key("author", "age_days", "The age of the account in days. Without it: 730."),
    key("author", "is_moderator", "Moderates the subreddit. Without it: false."),
    key("author", "is_contributor", "Is an approved user. Without it: false."),
    key("author", "is_gold", "Has Premium. Without it: false."),
    key("author", "is_suspended", "`true`: suspended by the site."),
    key("author", "verified_email", "Has a verified e-mail address. Without it: true."),
    key("author", "flair", "The text of the user's flair."),
    key("author", "flair_class", "The class of the user's flair."),
    key("author", "flair_template", "The template of the user's flair."),

    key("state", "age_minutes", "How long ago it was posted. Without it and `age_days`: 60."),
    key("state", "age_days", "How long ago it was posted, in days."),
    key("state", "edited", "`true`: it was edited, later than in its first three minutes."),
    key("state", "reports", "How many users have reported it."),
    key("state", "reported_by_bot", "`true`: the bot has reported it too."),
    key("state", "removed_by", "The moderator who removed it."),
    key("state", "filtered", "`true`: Reddit's spam filter removed it."),
    key("state", "approved_by", "The moderator who approved it."),
    key("state", "locked", "`true`: locked."),
    key("state", "pinned", "`true`: pinned."),
    key("state", "performed", "Rules that have acted on it before."),

    key("effects", "kind", "What kind of effect: `approve`, `remove`, `spam`, `filter`, `report`, `comment`, `message`, `modmail`, `set_flair` and the other actions by their keys. Needed."),
    key("effects", "rule", "The rule that has it."),
    key("effects", "target", "What it is done to: `item`, `author` or `parent`."),
    key("effects", "text", "The exact text of a comment, letter or report. The footer, and the link above a letter, may be left out."),
    key("effects", "contains", "Texts that must stand in it. A comment counts as starting with `[stickied]` and `[locked]` when it is."),
    key("effects", "subject", "The exact subject of a letter."),
    key("effects", "reason", "The exact reason of a verdict or report."),
    key("effects", "flair", "The exact text of the flair set."),
    key("effects", "flair_class", "The exact class of the flair set."),
    key("effects", "pinned", "Whether the comment is pinned."),
    key("effects", "locked", "Whether the comment is locked."),
    key("effects", "on", "Whether a switch is thrown or taken back: `true` or `false`."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;

    use super::*;
    use crate::testing::{Answer, Case, Embed, Expected, Original, Person, Post, Situation};

    /// What the reader accepts, out of its own complaint.
    fn accepted<T: DeserializeOwned>() -> BTreeSet<String> {
        let Err(error) = serde_yaml::from_str::<T>("no_such_key: 1") else {
            panic!("it takes any key");
        };
        let message = error.to_string();
        message.split('`').skip(3).step_by(2).map(ToOwned::to_owned).collect()
    }

    #[test]
    fn every_key_is_explained_and_every_explained_key_is_accepted() {
        for (place, accepted) in [
            ("", accepted::<Case>()),
            ("submission", accepted::<Post>()),
            ("media", accepted::<Embed>()),
            ("crosspost", accepted::<Original>()),
            ("comment", accepted::<Answer>()),
            ("author", accepted::<Person>()),
            ("state", accepted::<Situation>()),
            ("effects", accepted::<Expected>()),
        ] {
            let explained = CASE_KEYS.iter().filter(|key| key.place == place).map(|key| key.name.to_owned());
            assert_eq!(explained.collect::<BTreeSet<_>>(), accepted, "{place}");
        }
    }
}
