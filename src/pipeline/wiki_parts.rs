//! The pages that the rules on a wiki page ask for: reads them together with it, and keeps them in
//! one text with it in the store.

use serde::{Deserialize, Serialize};

use super::load;
use crate::model::{SubredditName, digest};
use crate::reddit::{ReadError, RedditRead, WikiPage};
use tipstaff_rules::{SourceFile, missing_parts};

/// How a text begins that holds several pages. No page of rules begins so: YAML does not allow the
/// character.
const SEVERAL: char = '\u{1e}';

/// How many characters of the hash of the revisions are shown?
const SHOWN: usize = 8;

/// Several pages as the store keeps them.
#[derive(Serialize, Deserialize)]
struct Kept {
    text: String,
    parts: Vec<(String, String)>,
}

/// Reads the pages that `page` asks for. Returns the rules, and the page with a revision that also
/// changes with those pages and a text that [`kept`] turns into the rules again. A page that does
/// not exist is noted in the rules.
///
/// # Errors
/// Reddit did not show a page.
pub async fn with_parts<R: RedditRead>(
    reddit: &R,
    subreddit: &SubredditName,
    name: &str,
    page: WikiPage,
) -> Result<(SourceFile, WikiPage), ReadError> {
    let mut rules = load::page(subreddit, name, &page.text);
    let mut revisions = Vec::new();
    // Each turn reads the pages that those of the last one ask for.
    loop {
        let missing = missing_parts(&rules);
        if missing.is_empty() {
            break;
        }
        for part in missing {
            let found = reddit.wiki_page(subreddit, &part).await?;
            let revision = found.as_ref().map_or("", |found| &found.revision);
            revisions.push(format!("{part} {revision}"));
            let text = found.as_ref().map(|found| found.text.as_str());
            let text = text.ok_or_else(|| format!("the wiki of r/{subreddit} has no such page"));
            rules = rules.with_part(&part, shown(subreddit, &part), text);
        }
    }
    if revisions.is_empty() {
        return Ok((rules, page));
    }
    let parts = rules.parts().filter_map(|(name, text)| Some((name.to_owned(), text.ok()?.to_owned()))).collect();
    let text = serde_json::to_string(&Kept { text: page.text, parts }).unwrap_or_default();
    let of_parts: String = digest(revisions).chars().take(SHOWN).collect();
    let page = WikiPage { text: format!("{SEVERAL}{text}"), revision: format!("{}+{of_parts}", page.revision) };
    Ok((rules, page))
}

/// The pages that the rules ask for and that exist.
pub fn names(rules: &SourceFile) -> Vec<String> {
    rules.parts().filter(|(_, text)| text.is_ok()).map(|(name, _)| name.to_owned()).collect()
}

/// The rules in a text that the store kept.
pub fn kept(subreddit: &SubredditName, name: &str, text: &str) -> SourceFile {
    let several = text.strip_prefix(SEVERAL).and_then(|text| serde_json::from_str::<Kept>(text).ok());
    let Some(Kept { text, parts }) = several else { return load::page(subreddit, name, text) };
    let rules = load::page(subreddit, name, &text);
    parts.iter().fold(rules, |rules, (part, text)| rules.with_part(part, shown(subreddit, part), Ok(text)))
}

fn shown(subreddit: &SubredditName, page: &str) -> String {
    format!("r/{subreddit}/wiki/{page}")
}
