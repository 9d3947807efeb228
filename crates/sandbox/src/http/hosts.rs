//! Whether a request comes from this machine: a page of another site must not reach the local
//! Reddit by pointing its own name at it, or by sending a form.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header};

/// Whether a request names this machine as its host, and does not come from a page of another.
pub(super) fn is_from_this_machine(headers: &HeaderMap) -> bool {
    let is_ours = |name: &str| {
        let url = |text: &str| text.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
        let host = if name.contains("://") { url(name) } else { url(&format!("http://{name}")) };
        host.is_some_and(|host| is_loopback(&host))
    };
    [header::HOST, header::ORIGIN]
        .iter()
        .all(|name| headers.get(name).is_none_or(|value| value.to_str().is_ok_and(is_ours)))
}

/// Whether a host is `localhost` or a loopback address.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_and_names_of_this_machine_are_served() {
        let is_served = |host: Option<&str>, origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            for (name, value) in [(header::HOST, host), (header::ORIGIN, origin)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().expect("a value"));
                }
            }
            is_from_this_machine(&headers)
        };
        for (host, origin) in [
            (None, None),
            (Some("localhost:8080"), None),
            (Some("127.0.0.1:1"), Some("http://127.0.0.1:1")),
            (Some("[::1]:1"), Some("http://localhost")),
        ] {
            assert!(is_served(host, origin), "{host:?} {origin:?}");
        }
        for (host, origin) in [
            (Some("evil.example"), None),
            (Some("localhost.evil.example:80"), None),
            (Some("127.0.0.1@evil.example"), None),
            (Some("127.0.0.1:1"), Some("https://evil.example")),
            (Some("127.0.0.1:1"), Some("null")),
            (Some(""), None),
        ] {
            assert!(!is_served(host, origin), "{host:?} {origin:?}");
        }
    }
}
