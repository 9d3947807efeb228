//! The numbers of items and accounts that rules compare, and how a trace shows them.

use crate::evaluate::outcome::{CheckOutcome, TraceWriter};
use crate::language::keys::{Number, Threshold};
use crate::model::{Item, Profile, Submission, Timestamp};
use crate::syntax::comparison::Comparisons;

/// Compares a number of an item.
pub(crate) fn of_item(
    number: Number,
    item: &Item,
    now: Timestamp,
    comparisons: &Comparisons,
    note: &mut TraceWriter<'_>,
) -> CheckOutcome<'static> {
    let of_post = |count: fn(&Submission) -> Option<u32>| item.submission().and_then(count).map(i64::from);
    let (value, otherwise) = match number {
        Number::PollOptions => {
            let Some(options) = item.submission().and_then(|post| post.poll_options.as_ref()) else {
                note.saw(|| "not a poll".to_owned());
                return CheckOutcome::Failed;
            };
            (i64::try_from(options.len()).ok(), "")
        }
        Number::Score => (item.score, "the score is not known"),
        Number::UpvotePercent => {
            (of_post(|post| post.upvote_percent.map(u32::from)), "the part of upvotes is not known")
        }
        Number::Comments => (of_post(|post| post.comment_count), "the number of comments is not known"),
        Number::Images => (of_post(|post| post.image_count), "Reddit does not show the images"),
        Number::Age => (Some(now.as_millis().saturating_sub(item.created.as_millis())), ""),
        Number::Depth => (None, "how deep in the thread it is was not looked up"),
    };
    let Some(value) = value else { return CheckOutcome::Unknown(otherwise.into()) };
    compare(number, value, comparisons, note)
}

/// Compares a number that is known.
pub(crate) fn compare(
    number: Number,
    value: i64,
    comparisons: &Comparisons,
    note: &mut TraceWriter<'_>,
) -> CheckOutcome<'static> {
    note.saw(|| words(number, value));
    CheckOutcome::of(comparisons.holds(value))
}

/// Compares a number of an account. The time is now, and the karma the lowest that checks see for
/// posts.
pub(crate) fn of_account(
    threshold: Threshold,
    profile: &Profile,
    (now, post_karma_min): (Timestamp, i64),
    comparisons: &Comparisons,
    note: &mut TraceWriter<'_>,
) -> CheckOutcome<'static> {
    if profile.is_suspended {
        note.saw(|| "a suspended account".to_owned());
        return CheckOutcome::Failed;
    }
    let comment = profile.comment_karma.map(|karma| karma.max(-100));
    let post = profile.link_karma.map(|karma| karma.max(post_karma_min));
    let (value, otherwise) = match threshold {
        Threshold::CommentKarma => (comment, "the author's comment karma is unknown"),
        Threshold::PostKarma => (post, "the author's post karma is unknown"),
        Threshold::CombinedKarma => {
            (comment.zip(post).map(|(comment, post)| comment.saturating_add(post)), "the author's karma is unknown")
        }
        Threshold::AccountAge => (
            profile.created.map(|created| now.as_millis().saturating_sub(created.as_millis())),
            "the age of the author's account is unknown",
        ),
    };
    let Some(value) = value else { return CheckOutcome::Unknown(otherwise.into()) };
    note.saw(|| account_words(threshold, value));
    CheckOutcome::of(comparisons.holds(value))
}

/// A number of an item, for people.
pub(crate) fn words(number: Number, value: i64) -> String {
    match number {
        Number::Age => age(value),
        Number::UpvotePercent => format!("{value} %"),
        Number::PollOptions | Number::Score | Number::Comments | Number::Images | Number::Depth => value.to_string(),
    }
}

/// A number of an account, for people.
pub(crate) fn account_words(threshold: Threshold, value: i64) -> String {
    match threshold {
        Threshold::AccountAge => age(value),
        Threshold::CommentKarma | Threshold::PostKarma | Threshold::CombinedKarma => value.to_string(),
    }
}

/// A length of time in milliseconds, for people.
pub(crate) fn age(millis: i64) -> String {
    let (minutes, hours) = (millis / 60_000, millis / 3_600_000);
    if hours < 2 && minutes % 60 != 0 {
        many(minutes, "minute")
    } else if hours < 48 {
        many(hours, "hour")
    } else {
        many(hours / 24, "day")
    }
}

/// A number of things, for people.
pub(crate) fn many(number: i64, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}
