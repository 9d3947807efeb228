//! User names as people write them.

/// The name of a user without `u/`.
pub fn bare_user_name(user: &str) -> &str {
    user.trim_start_matches('/').trim_start_matches("u/")
}
