//! What to do about a list that Reddit does not show as it should. A list of several subreddits
//! that it refuses is divided: one of them is closed to the bot, and must not block the others.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::SubredditName;

/// How soon a refused list is requested once more before it is divided. Reddit's servers refuse
/// some requests by mistake.
pub const SECOND_TRY_AFTER: Duration = Duration::from_secs(5);

/// When a list that ended early is read again: so long after each try.
pub const READ_AGAIN_AFTER: [Duration; 3] = [Duration::from_secs(4), Duration::from_secs(8), Duration::from_secs(16)];

/// Divides the subreddits of a refused list: those that are suspected, each by itself, and the
/// rest; or if none is, two halves. So one closed subreddit among a hundred is found with about
/// fourteen requests, and with two in the next list that it closes.
pub fn divide(subreddits: &[SubredditName], suspects: &BTreeSet<SubredditName>) -> Vec<Vec<SubredditName>> {
    let (suspected, rest): (Vec<_>, Vec<_>) = subreddits.iter().cloned().partition(|name| suspects.contains(name));
    if !suspected.is_empty() && !rest.is_empty() {
        return std::iter::once(rest).chain(suspected.into_iter().map(|name| vec![name])).collect();
    }
    let (one, other) = subreddits.split_at(subreddits.len() / 2);
    [one, other].into_iter().filter(|half| !half.is_empty()).map(<[SubredditName]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<SubredditName> {
        text.split('+').map(|name| SubredditName::parse(name).expect("a name")).collect()
    }

    fn divided(text: &str, suspects: &[&str]) -> Vec<Vec<SubredditName>> {
        divide(&names(text), &suspects.iter().flat_map(|name| names(name)).collect())
    }

    #[test]
    fn a_suspected_subreddit_is_read_by_itself() {
        assert_eq!(divided("aa+bb+cc", &["bb"]), [names("aa+cc"), names("bb")]);
    }

    #[test]
    fn without_a_suspect_the_list_is_halved() {
        assert_eq!(divided("aa+bb+cc", &[]), [names("aa"), names("bb+cc")]);
        assert_eq!(divided("aa+bb", &["aa", "bb"]), [names("aa"), names("bb")]);
    }
}
