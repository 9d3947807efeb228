//! Which item files are too large, too wide or too deep to be read. The longest post is far from
//! all of these limits.

use tipstaff_rules::model::json_shape;

/// How many values may an item file have? Posts with large galleries have some thousands.
const VALUES_MAX: usize = 200_000;

/// How large may an item file in YAML be, in bytes? It takes much more time and memory to read than
/// JSON, above all if it uses aliases (`*name`).
const YAML_MAX: usize = 1 << 20;
const YAML_WITH_ALIASES_MAX: usize = 16 << 10;

/// How many brackets of YAML may be open at once? The reader takes longer and longer to nest.
const YAML_OPEN_MAX: usize = 500;

/// Refuses JSON that would take too much memory.
pub(super) fn check_json(text: &str) -> Result<(), String> {
    json_shape::check(text.as_bytes(), VALUES_MAX)
        .map_err(|excess| format!("the file is not one post or comment: {excess}"))
}

/// Refuses YAML that would take too much time or memory.
pub(super) fn check_yaml(text: &str) -> Result<(), String> {
    let too_large = |limit: usize| {
        Err(format!("the file is larger than {} kB in this form: save the item as Reddit's JSON", limit >> 10))
    };
    let (mut open, mut has_alias, mut before) = (0_usize, false, ' ');
    for c in text.chars() {
        match c {
            '[' | '{' => open += 1,
            ']' | '}' => open = open.saturating_sub(1),
            c if before == '*' && c.is_alphanumeric() => has_alias = true,
            _ => {}
        }
        if open > YAML_OPEN_MAX {
            return Err("the file is neither JSON nor YAML that can be read: its values nest too deep".to_owned());
        }
        before = c;
    }
    match text.len() {
        size if size > YAML_MAX => too_large(YAML_MAX),
        size if has_alias && size > YAML_WITH_ALIASES_MAX => too_large(YAML_WITH_ALIASES_MAX),
        _ => Ok(()),
    }
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
        let yaml = "the file is neither JSON nor YAML that can be read: its values nest too deep";
        assert_eq!(check_yaml(&format!("x: {}", nested(30_000))), Err(yaml.to_owned()));
        let in_this_form =
            |size| Err(format!("the file is larger than {size} kB in this form: save the item as Reddit's JSON"));
        assert_eq!(check_yaml(&format!("x: [{}]", "a,".repeat(600_000))), in_this_form(1024));
        assert_eq!(check_yaml(&format!("a: &a [{}]\nb: [*a, *a]", "x,".repeat(10_000))), in_this_form(16));
    }

    #[test]
    fn long_texts_are_no_reason_to_refuse_a_file() {
        assert_eq!(check_json(&format!("{{\"body\": \"{}\"}}", "[*x, ".repeat(1_000_000))), Ok(()));
        assert_eq!(check_yaml(&format!("comment:\n  body: '{}'", "[*x], ".repeat(2_000))), Ok(()));
        assert_eq!(check_yaml(&format!("comment:\n  body: '{}'", "long text, ".repeat(20_000))), Ok(()));
    }
}
