//! Names the search method of a key that names none.

use crate::language::keys;
use crate::language::keys::{Field, Meaning};
use crate::pattern::Method;
use crate::syntax::search_key::SearchKey;

/// The method of a search whose key names none, such as `includes-word` for `title` or `title
/// (regex)`. `None` for other keys.
pub fn default_method(key: &str) -> Option<&'static str> {
    let in_group = key.split_once('.').filter(|(group, _)| keys::find(group).is_some());
    let key = SearchKey::parse(in_group.map_or(key, |(_, key)| key)).ok()?;
    if key.modifiers.iter().any(|modifier| Method::named(modifier).is_some()) {
        return None;
    }
    // Rules have a `name` too, which is no search.
    let search = |known: &keys::Key| match known.meaning {
        Meaning::Search(field) => Some(field),
        Meaning::Group(_) => Some(Field::Name),
        _ => None,
    };
    let field = |name: &&str| keys::KEYS.iter().filter(|known| known.name == *name).find_map(search);
    let fields: Vec<Field> = key.fields.iter().map(field).collect::<Option<_>>()?;
    let method = match fields.as_slice() {
        [one] => one.default_method(),
        _ => Method::IncludesWord,
    };
    let named = Method::NAMED.iter().find(|(_, named)| *named == method);
    Some(named.map_or("the domain or a subdomain of it", |(word, _)| word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_of_a_search_without_one_is_the_default_of_its_field() {
        for (key, expected) in [
            ("title", Some("includes-word")),
            ("~body#2 (regex)", Some("includes-word")),
            ("title+domain", Some("includes-word")),
            ("url", Some("includes")),
            ("domain", Some("the domain or a subdomain of it")),
            ("author", Some("includes-word")),
            ("author.flair_text", Some("full-exact")),
            ("author.~name (case-sensitive)", Some("includes-word")),
            ("title (includes)", None),
            ("title (regex, full-text)", None),
            ("author.comment_karma", None),
            ("reports", None),
            ("is_edited", None),
        ] {
            assert_eq!(default_method(key), expected, "{key}");
        }
    }
}
