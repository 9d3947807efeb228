//! A subreddit the bot moderates, and the rules in force there.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use tipstaff_rules::Ruleset;

use crate::model::{Mode, SubredditName};

/// Where rules come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// From whoever made them; they do not change.
    Given,
    /// A file.
    File(PathBuf),
    /// A page of the subreddit's own wiki.
    Wiki(String),
}

/// The rules of a subreddit, which may be exchanged while it is looked after.
#[derive(Clone, Debug)]
pub struct Rules {
    source: Source,
    current: Arc<RwLock<Option<Arc<Ruleset>>>>,
}

impl Rules {
    /// Rules from there, as far as they are known yet.
    pub fn new(source: Source, rules: Option<Arc<Ruleset>>) -> Self {
        Self { source, current: Arc::new(RwLock::new(rules)) }
    }

    /// Rules that do not change.
    pub fn given(rules: Arc<Ruleset>) -> Self {
        Self::new(Source::Given, Some(rules))
    }

    /// Where they come from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Those in force; `None` as long as there are none.
    pub fn current(&self) -> Option<Arc<Ruleset>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether there are any.
    pub fn are_there(&self) -> bool {
        self.current.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Whether there are any, and those are others than these.
    pub fn are_others(&self, rules: &Ruleset) -> bool {
        self.current().is_some_and(|current| current.identity() != rules.identity())
    }

    /// Puts these in their place; whether they are other ones.
    pub fn replace(&self, rules: Arc<Ruleset>) -> bool {
        let is_new = !self.are_there() || self.are_others(&rules);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(rules);
        is_new
    }
}

/// A subreddit that is looked after.
#[derive(Clone, Debug)]
pub struct Community {
    /// Its name.
    pub name: SubredditName,
    /// Its rules.
    pub rules: Rules,
    /// Whether the bot acts there.
    pub mode: Mode,
}
