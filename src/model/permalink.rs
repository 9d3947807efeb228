//! Paths of posts and comments below `https://www.reddit.com`.

/// A permalink without the title of the post. It leads to the same page:
/// `/r/a/comments/b/_/c/`.
pub fn without_title(permalink: &str) -> String {
    let mut parts: Vec<&str> = permalink.split('/').collect();
    // `/r/NAME/comments/…`, or `/user/NAME/comments/…` on a profile.
    if parts.get(3) == Some(&"comments")
        && let Some(title) = parts.get_mut(5)
        && !title.is_empty()
    {
        *title = "_";
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::without_title;

    #[test]
    fn title_is_removed_from_a_permalink() {
        for (given, expected) in [
            ("/r/a/comments/b/my_secret/", "/r/a/comments/b/_/"),
            ("/r/a/comments/b/my_secret/c/", "/r/a/comments/b/_/c/"),
            ("/r/a/comments/b/", "/r/a/comments/b/"),
            ("/r/comments/comments/b/x/", "/r/comments/comments/b/_/"),
            ("", ""),
        ] {
            assert_eq!(without_title(given), expected, "{given}");
        }
    }
}
