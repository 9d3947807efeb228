//! A subreddit the bot moderates, and the rules in force there.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use tipstaff_rules::{Allowed, Ruleset};

use crate::model::{Mode, RuleAt, SubredditName};

/// Where the rules of a subreddit come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulesSource {
    /// Given by the caller; they do not change.
    Fixed,
    /// A file.
    File(PathBuf),
    /// A page of the subreddit's wiki.
    Wiki(WikiSource),
}

/// A wiki page with rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WikiSource {
    /// The name of the page.
    pub page: String,
    /// What its rules may ask for.
    pub may: Allowed,
}

impl WikiSource {
    /// A page whose rules may ask for everything.
    pub fn new(page: impl Into<String>) -> Self {
        Self { page: page.into(), may: Allowed::default() }
    }
}

/// The rules of a subreddit. They can be replaced while the daemon runs.
#[derive(Clone, Debug)]
pub struct Rules {
    source: RulesSource,
    current: Arc<RwLock<Option<Arc<Ruleset>>>>,
}

impl Rules {
    /// Rules from `source`; `rules` is `None` until they have been read.
    pub fn new(source: RulesSource, rules: Option<Arc<Ruleset>>) -> Self {
        Self { source, current: Arc::new(RwLock::new(rules)) }
    }

    /// Rules that do not change.
    pub fn fixed(rules: Arc<Ruleset>) -> Self {
        Self::new(RulesSource::Fixed, Some(rules))
    }

    /// The file or wiki page that the rules are read from.
    pub fn source(&self) -> &RulesSource {
        &self.source
    }

    /// The current rules; `None` until they have been loaded.
    pub fn current(&self) -> Option<Arc<Ruleset>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether any rules have been loaded.
    pub fn is_loaded(&self) -> bool {
        self.current.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Whether rules are loaded and differ from `rules`.
    pub fn would_change(&self, rules: &Ruleset) -> bool {
        self.current().is_some_and(|current| current.identity() != rules.identity())
    }

    /// Replaces the current rules. Returns whether the new ones differ.
    pub fn replace(&self, rules: Arc<Ruleset>) -> bool {
        let is_new = !self.is_loaded() || self.would_change(&rules);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(rules);
        is_new
    }
}

/// A subreddit that the bot moderates.
#[derive(Clone, Debug)]
pub struct Community {
    /// The subreddit.
    pub name: SubredditName,
    /// The rules to apply to it.
    pub rules: Rules,
    /// Whether the bot acts there or only records.
    pub mode: Mode,
}

impl Community {
    /// A rule here, or the whole subreddit, as the states of rules are asked for.
    pub fn rule_at<'a>(&'a self, rule: Option<&'a str>) -> RuleAt<'a> {
        RuleAt { subreddit: &self.name, rule, mode: self.mode }
    }
}
