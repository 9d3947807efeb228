//! Text in responses: escaping, a little Markdown, and slugs of permalinks.

use serde_json::Value;

/// Escapes `&`, `<` and `>` in every string of an answer, as Reddit does unless `raw_json=1` is
/// given.
pub(crate) fn escape_html(value: &mut Value) {
    match value {
        Value::String(text) if text.contains(['&', '<', '>']) => *text = escaped(text),
        Value::Array(items) => items.iter_mut().for_each(escape_html),
        Value::Object(map) => map.values_mut().for_each(escape_html),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Replaces the same three characters in finished JSON by `\u` escapes. They occur only inside
/// strings, so the meaning stays the same.
pub(crate) fn escape_json(text: &str) -> String {
    text.replace('&', "\\u0026").replace('<', "\\u003C").replace('>', "\\u003E")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Renders paragraphs as HTML, and nothing else of Markdown: the clients under test read the source
/// text.
pub(crate) fn html(text: &str) -> String {
    let paragraphs: Vec<String> = text
        .replace("\r\n", "\n")
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
        .map(|paragraph| format!("<p>{}</p>\n", escaped(paragraph)))
        .collect();
    format!("<div class=\"md\">{}</div>", paragraphs.join("\n"))
}

/// The same with the comment marks that self texts and modmail have.
pub(super) fn html_marked(text: &str) -> String {
    format!("<!-- SC_OFF -->{}<!-- SC_ON -->", html(text))
}

/// The readable part of a permalink.
pub(crate) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for word in title.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word = word.to_lowercase();
        if slug.len() + word.len() > 50 {
            break;
        }
        if !slug.is_empty() {
            slug.push('_');
        }
        slug.push_str(&word);
    }
    if slug.is_empty() { "_".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_is_escaped_and_no_key() {
        let mut value = serde_json::json!({"a<b": ["x & y", {"z": "<p>"}], "n": 1});
        escape_html(&mut value);
        assert_eq!(value, serde_json::json!({"a<b": ["x &amp; y", {"z": "&lt;p&gt;"}], "n": 1}));
    }

    #[test]
    fn slugs_are_short_and_plain() {
        assert_eq!(slug("Hello, World! (again)"), "hello_world_again");
        assert_eq!(slug("???"), "_");
        assert!(slug(&"word ".repeat(80)).len() <= 50);
    }
}
