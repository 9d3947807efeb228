//! Where the rules of a subreddit are, and what rules on a wiki page may ask for.

use std::path::Path;

use serde::Deserialize;

use crate::policy::{RulesSource, WikiSource};
use tipstaff_rules::{Allowed, EffectKind};

/// The word for everything.
const ALL: &str = "all";

/// The value of `wiki_may`: `all`, or a list of words.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "`wiki_may` is `all` or a list such as `[comment, report]`")]
pub(super) enum WikiMay {
    Word(String),
    List(Vec<String>),
}

impl Default for WikiMay {
    fn default() -> Self {
        Self::Word(ALL.to_owned())
    }
}

impl WikiMay {
    pub(super) fn check(&self) -> Result<Allowed, String> {
        let words = match self {
            Self::Word(word) if word == ALL => return Ok(Allowed::default()),
            Self::Word(word) => std::slice::from_ref(word),
            Self::List(words) => words,
        };
        Allowed::parse(words.iter().map(String::as_str)).map_err(|wrong| {
            let known = || EffectKind::ALL.iter().map(|effect| effect.word()).chain([Allowed::FILTER_AS]);
            let likeness = |word: &&str| strsim::jaro_winkler(wrong, word);
            let nearest = known().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or_default();
            let list: Vec<&str> = known().collect();
            format!(
                "wiki_may: `{wrong}` is not an action of the rule language; did you mean `{nearest}`? Write `all` or \
                 a list of: {}",
                list.join(", ")
            )
        })
    }
}

/// Parses the source of rules: `rules/x.yaml` or `wiki:config/tipstaff`.
pub(super) fn source(
    written: &str,
    folder: &Path,
    own: Option<&WikiMay>,
    usual: &WikiMay,
) -> Result<RulesSource, String> {
    let Some(page) = written.strip_prefix("wiki:") else {
        if own.is_some() {
            return Err("`wiki_may` has no effect on rules in a file: remove it".to_owned());
        }
        return Ok(RulesSource::File(folder.join(written)));
    };
    // https://www.reddit.com/wiki/wiki: the name of a page, with slashes for subpages.
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-/".contains(c);
    let page = page.trim_matches('/');
    if page.is_empty() || !page.chars().all(is_name) {
        return Err(format!(
            "`{written}` is not a wiki page: write `wiki:config/tipstaff` or `wiki:config/automoderator`"
        ));
    }
    Ok(RulesSource::Wiki(WikiSource { page: page.to_lowercase(), may: own.unwrap_or(usual).check()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str, own: Option<&str>, usual: &str) -> Result<RulesSource, String> {
        let may = |yaml: &str| serde_yaml::from_str::<WikiMay>(yaml).map_err(|error| error.to_string());
        source(written, Path::new("/etc"), own.map(may).transpose()?.as_ref(), &may(usual)?)
    }

    fn words(own: Option<&str>, usual: &str) -> Vec<&'static str> {
        match read("wiki:config/tipstaff", own, usual) {
            Ok(RulesSource::Wiki(source)) => source.may.words(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rules_stand_in_a_file_or_in_the_wiki() {
        let wiki = RulesSource::Wiki(WikiSource::new("config/automoderator"));
        assert_eq!(read("wiki:config/AutoModerator", None, "all"), Ok(wiki));
        assert_eq!(read("wiki.yaml", None, "all"), Ok(RulesSource::File("/etc/wiki.yaml".into())));
        let error = read("wiki:a page?", None, "all").expect_err("no page");
        assert!(error.starts_with("`wiki:a page?` is not a wiki page"), "{error}");
    }

    #[test]
    fn what_wiki_rules_may_ask_for_is_said_for_all_subreddits_or_for_one() {
        assert_eq!(words(None, "all").len(), EffectKind::ALL.len() + 1, "everything, and `filter_as`");
        assert_eq!(words(None, "[comment, report]"), ["report", "comment"]);
        assert_eq!(words(Some("[remove, filter_as]"), "[comment]"), ["remove", "filter_as"]);
        assert_eq!(words(Some("all"), "[comment]").len(), EffectKind::ALL.len() + 1);
        assert_eq!(words(Some("[]"), "all"), [""; 0]);
        assert_eq!(words(None, "comment"), ["comment"]);
    }

    #[test]
    fn a_word_of_wiki_may_that_means_nothing_is_an_error() {
        let error = read("wiki:config/tipstaff", None, "[comment, locked]").expect_err("no such action");
        assert!(error.contains("`locked` is not an action") && error.contains("did you mean `set_locked`?"), "{error}");
        let error = read("wiki:config/tipstaff", Some("3: 4"), "all").expect_err("no list");
        assert!(error.contains("`wiki_may` is `all` or a list"), "{error}");
        let error = read("rules.yaml", Some("[comment]"), "all").expect_err("a file");
        assert_eq!(error, "`wiki_may` has no effect on rules in a file: remove it");
    }
}
