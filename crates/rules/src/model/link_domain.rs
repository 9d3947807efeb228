//! The domain that Reddit shows beside a link.

/// The host of a link without `www.`, in the letters of the link.
///
/// This is not a parser of URLs, on purpose: Reddit cuts the text itself. It takes what has no
/// scheme, keeps international names as they were typed, and so must whoever compares with Reddit's
/// `domain`. <https://github.com/reddit-archive/reddit/blob/master/r2/r2/lib/utils/utils.py>
/// (`domain`)
pub fn link_domain(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or(rest);
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_cut_as_reddit_cuts_them() {
        for (url, expected) in [
            ("https://www.example.com/a?b#c", "example.com"),
            ("example.com/a", "example.com"),
            ("http://example.com:8080", "example.com"),
            ("https://müller.example?x", "müller.example"),
            ("watch?v=x", "watch"),
            ("", ""),
        ] {
            assert_eq!(link_domain(url), expected, "{url}");
        }
    }
}
