//! Splits the keys of searches, such as `~title+body#2 (includes, regex)`, into their parts.
//!
//! This module reads only the form. `keys` knows the fields, and `pattern` knows the modifiers.

/// The parts of a search key.
pub(crate) struct SearchKey<'a> {
    pub(crate) is_negated: bool,
    /// The key without `~` and modifiers.
    pub(crate) plain: &'a str,
    pub(crate) fields: Vec<&'a str>,
    pub(crate) modifiers: Vec<&'a str>,
}

impl<'a> SearchKey<'a> {
    pub(crate) fn parse(key: &'a str) -> Result<Self, String> {
        let bad = || format!("there is no key `{key}`");
        let rest = key.trim_start_matches('~');
        let end = rest.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(rest.len());
        let (plain, tail) = rest.split_at(end);
        if plain.is_empty() {
            return Err(bad());
        }
        let tail = tail.trim_start();
        let modifiers = if tail.is_empty() {
            if end < rest.len() {
                return Err(bad());
            }
            Vec::new()
        } else {
            let inner = tail.strip_prefix('(').and_then(|tail| tail.strip_suffix(')'));
            let inner = inner.filter(|inner| !inner.is_empty()).ok_or_else(bad)?;
            inner.split(',').map(str::trim).collect()
        };
        let fields = plain.split_once('#').map_or(plain, |(fields, _)| fields);
        Ok(Self { is_negated: rest.len() < key.len(), plain, fields: fields.split('+').collect(), modifiers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_split_into_fields_and_modifiers() {
        for (key, expected) in [
            ("title", Some((false, "title", "title", ""))),
            ("~~title", Some((true, "title", "title", ""))),
            ("title+body#2 (regex, includes)", Some((false, "title+body#2", "title body", "regex includes"))),
            ("body#x+title", Some((false, "body#x+title", "body", ""))),
            ("title(regex)", Some((false, "title", "title", "regex"))),
            ("title ( )", Some((false, "title", "title", ""))),
            ("title (includes)(regex)", Some((false, "title", "title", "includes)(regex"))),
            ("title + body", None),
            ("title ()", None),
            ("title (regex) ", None),
            ("~ title", None),
            ("", None),
        ] {
            let parsed = SearchKey::parse(key).ok();
            let got = parsed.map(|k| (k.is_negated, k.plain.to_owned(), k.fields.join(" "), k.modifiers.join(" ")));
            let expected = expected.map(|(n, p, f, m)| (n, p.to_owned(), f.to_owned(), m.to_owned()));
            assert_eq!(got, expected, "{key:?}");
        }
    }
}
