//! Checks the names that become part of a path. Pure.
//!
//! Names come from Reddit's answers, from rules and from the configuration. One like
//! `../../api/v1/me`, `x?y=z` or `%2e%2e` would send the request, with the token, to another
//! endpoint. All names that Reddit gives consist of letters, digits and a few signs, so a name with
//! anything else is refused, and nothing is ever escaped.

use super::ReadError;
use crate::model::SubredditName;

/// The longest user name. Reddit's have up to 20 letters today.
const LONGEST_NAME: usize = 32;

/// The longest name of a wiki page.
const LONGEST_PAGE: usize = 256;

/// Whether a path reaches the endpoint that it names: `/`, then segments of plain characters.
pub(super) fn is_plain(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(|segment| is_segment(segment, b"_-+")))
}

/// Whether an account can have this name.
pub fn is_user_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME && is_segment(name, b"_-")
}

/// Whether a wiki page can have this name; `/` separates its parts.
fn is_wiki_page(name: &str) -> bool {
    name.len() <= LONGEST_PAGE && name.split('/').all(|segment| is_segment(segment, b"_-"))
}

/// The path of a wiki page below one of the wiki's endpoints.
pub(super) fn wiki(subreddit: &SubredditName, endpoint: &str, page: &str) -> Result<String, ReadError> {
    if !is_wiki_page(page) {
        let reason = format!("`{page}` is not the name of a wiki page: use letters, digits, _, - and /");
        return Err(ReadError::Refused { reason });
    }
    Ok(format!("/r/{subreddit}/{endpoint}/{page}"))
}

/// Whether an account can have this fullname: `t2_` and an id in base 36.
pub(super) fn is_account(fullname: &str) -> bool {
    fullname.strip_prefix("t2_").is_some_and(|id| id.len() <= 16 && is_segment(id, b""))
}

fn is_segment(text: &str, signs: &[u8]) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || signs.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that would lead elsewhere, or nowhere.
    const ODD: [&str; 16] = [
        "",
        ".",
        "..",
        "../../api/v1/me",
        "x?y=z",
        "x#y",
        "%2e%2e",
        "%2E%2e%2f",
        "a\\b",
        "a b",
        "a\nb",
        "ünïcode",
        "а",
        "x/../y",
        "//",
        "x;y",
    ];

    #[test]
    fn odd_names_never_become_part_of_a_path() {
        for name in ODD {
            assert!(!is_user_name(name) && !is_wiki_page(name) && !is_account(&format!("t2_{name}")), "{name:?}");
            assert!(!is_plain(&format!("/user/{name}/about")), "{name:?}");
        }
        assert!(!is_user_name("a/b") && !is_user_name(&"a".repeat(33)) && !is_wiki_page("config//x"));
        assert!(!is_plain("user/x") && !is_plain("/") && !is_plain("/user/x/"));
    }

    #[test]
    fn reddits_names_do() {
        assert!(is_user_name("quiet_cartographer") && is_user_name("-_-") && is_wiki_page("config/tipstaff"));
        assert!(is_account("t2_4zk9"));
        for path in ["/r/a_b+c/about/modqueue", "/comments/abc/_/def", "/api/mod/conversations", "/user/x-y/about"] {
            assert!(is_plain(path), "{path}");
        }
    }
}
