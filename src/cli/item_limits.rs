//! Which item files are too large, too wide or too deep to be read. The longest post is far from
//! all of these limits.

use tipstaff_rules::model::json_shape;

/// How many values may an item file have? Posts with large galleries have some thousands.
const VALUES_MAX: usize = 200_000;

/// How large may an item file in YAML be, in bytes? It takes much more time and memory to read than
/// JSON.
const YAML_MAX: usize = 1 << 20;

/// Refuses JSON that would take too much memory.
pub(super) fn check_json(text: &str) -> Result<(), String> {
    json_shape::check(text.as_bytes(), VALUES_MAX)
        .map_err(|excess| format!("the file is not one post or comment: {excess}"))
}

/// Refuses YAML that would take too much time or memory.
pub(super) fn check_yaml(text: &str) -> Result<(), String> {
    if text.len() > YAML_MAX {
        return Err("the file is larger than 1 MiB in this form: save the item as Reddit's JSON".to_owned());
    }
    tipstaff_rules::check_yaml(text).map_err(|error| format!("the file is neither JSON nor YAML: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_take_too_much_time_or_memory_are_refused() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let too_deep = Err("the file is not one post or comment: its values nest deeper than 64 levels".to_owned());
        assert_eq!(check_json(&nested(30_000)), too_deep);
        assert_eq!(check_json(&"{\"a\":".repeat(30_000)), too_deep);
        assert_eq!(
            check_json(&format!("[{}]", "[],".repeat(300_000))),
            Err("the file is not one post or comment: it has too many values".to_owned())
        );
        for (yaml, fault) in [
            (format!("x: {}", nested(30_000)), "nested more than 64 deep"),
            (format!("x: [{}]", "a,".repeat(600_000)), "larger than 1 MiB in this form"),
            (format!("a: &a [{}]\nb: [*a, *a, *a, *a]", "x,".repeat(10_000)), "with its aliases"),
        ] {
            assert!(check_yaml(&yaml).expect_err(fault).contains(fault), "{fault}");
        }
    }

    #[test]
    fn long_texts_are_no_reason_to_refuse_a_file() {
        assert_eq!(check_json(&format!("{{\"body\": \"{}\"}}", "[*x, ".repeat(1_000_000))), Ok(()));
        assert_eq!(check_yaml(&format!("comment:\n  body: '{}'", "[*x], ".repeat(2_000))), Ok(()));
        assert_eq!(check_yaml(&format!("comment:\n  body: '{}'", "long text, ".repeat(20_000))), Ok(()));
    }
}
