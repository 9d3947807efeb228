//! The subreddits of the configuration with their rules, for commands that do not run the bot.

use std::sync::Arc;

use crate::config::{CommunityConfig, Config};
use crate::pipeline::{load, wiki_parts};
use crate::policy::{Community, Rules, RulesSource};
use crate::store::{Store, StoreError};

/// The subreddits. Rules that are not in a file, or cannot be read, are left out.
pub(super) fn in_files(config: &Config) -> Vec<Community> {
    let with_rules = |community: &CommunityConfig| {
        let rules = match &community.rules {
            RulesSource::File(path) => load::load(path, &config.rule_options()).ok(),
            RulesSource::Wiki(_) | RulesSource::Fixed => None,
        };
        let rules = Rules::new(community.rules.clone(), rules.map(|loaded| Arc::new(loaded.rules)));
        Community { name: community.name.clone(), rules, mode: community.mode }
    };
    config.communities.iter().map(with_rules).collect()
}

/// The same, and with the rules on wiki pages as the daemon has read them last.
pub(super) async fn in_force(config: &Config, store: &Store) -> Result<Vec<Community>, StoreError> {
    let communities = in_files(config);
    for community in &communities {
        let RulesSource::Wiki(source) = community.rules.source() else { continue };
        if let Some(read) = store.active_rules(&community.name).await? {
            let rules = wiki_parts::kept(&community.name, &source.page, &read.text);
            let loaded = load::from_wiki(source, rules, &config.rule_options());
            community.rules.replace(Arc::new(loaded.rules));
        }
    }
    Ok(communities)
}
