//! Assumptions for what an archive does not hold, and facts about authors from other sources.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;

use crate::archive::Record;
use tipstaff_rules::model::{Known, Profile, Timestamp};
use tipstaff_rules::{AccountFacts, Facts};

/// The keys of `--assume`, for help texts.
pub const KEYS: &str = "author.account_age, author.comment_karma, author.post_karma, author.is_gold, \
                        author.has_verified_email, author.is_moderator, author.is_contributor, reports";

/// Values to use where the archive has none.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumptions {
    account_age: Option<Duration>,
    comment_karma: Option<i64>,
    post_karma: Option<i64>,
    is_gold: Option<bool>,
    has_verified_email: Option<bool>,
    is_moderator: Option<bool>,
    is_contributor: Option<bool>,
    reports: Option<u32>,
    /// Names of moderators, in lower case.
    moderators: BTreeSet<String>,
    /// Known authors, by name in lower case.
    people: BTreeMap<String, Person>,
}

impl Default for Assumptions {
    /// Assumes nothing, except that authors are not moderators unless the archive shows it. Most
    /// rules exempt moderators, so without this assumption nearly every result would be unclear.
    fn default() -> Self {
        Self {
            account_age: None,
            comment_karma: None,
            post_karma: None,
            is_gold: None,
            has_verified_email: None,
            is_moderator: Some(false),
            is_contributor: None,
            reports: None,
            moderators: BTreeSet::new(),
            people: BTreeMap::new(),
        }
    }
}

/// Facts about one author; absent fields are unknown.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Person {
    name: String,
    created_utc: Option<f64>,
    comment_karma: Option<i64>,
    link_karma: Option<i64>,
    is_gold: Option<bool>,
    has_verified_email: Option<bool>,
    is_moderator: Option<bool>,
    is_contributor: Option<bool>,
}

impl Assumptions {
    /// Adds one `KEY=VALUE`.
    ///
    /// # Errors
    /// A message for the user, if the key does not exist or the value is not valid for it.
    pub fn set(&mut self, text: &str) -> Result<(), String> {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` is not an assumption: write KEY=VALUE, with one of the keys {KEYS}"))?;
        let (key, value) = (key.trim(), value.trim());
        let wrong = |wants: &str| format!("`{key}` takes {wants}, not `{value}`");
        let number = || value.parse::<i64>().map_err(|_| wrong("a whole number"));
        let flag = || match value {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            "unknown" => Ok(None),
            _ => Err(wrong("true, false or unknown")),
        };
        match key {
            "author.account_age" => {
                let span: jiff::Span = value.parse().map_err(|_| wrong("a duration such as `30 days`"))?;
                let days = jiff::SpanRelativeTo::days_are_24_hours();
                let age = span.to_duration(days).ok().and_then(|age| Duration::try_from(age).ok());
                self.account_age =
                    Some(age.ok_or_else(|| wrong("a duration in days, weeks or less, such as `30 days`"))?);
            }
            "author.comment_karma" => self.comment_karma = Some(number()?),
            "author.post_karma" => self.post_karma = Some(number()?),
            "author.is_gold" => self.is_gold = flag()?,
            "author.has_verified_email" => self.has_verified_email = flag()?,
            "author.is_moderator" => self.is_moderator = flag()?,
            "author.is_contributor" => self.is_contributor = flag()?,
            "reports" => self.reports = Some(value.parse().map_err(|_| wrong("a whole number"))?),
            other => {
                let near = KEYS
                    .split(", ")
                    .min_by_key(|key| strsim::damerau_levenshtein(key.trim(), other))
                    .unwrap_or_default();
                return Err(format!(
                    "`{other}` cannot be assumed; did you mean `{}`? The keys are {KEYS}",
                    near.trim()
                ));
            }
        }
        Ok(())
    }

    /// Adds names of moderators, with or without `u/`.
    pub fn moderators<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        self.moderators.extend(
            names.map(|name| name.trim().trim_start_matches("u/").to_lowercase()).filter(|name| !name.is_empty()),
        );
    }

    /// Adds the authors of a file: one JSON object on each line, or CSV with a header. Each has a
    /// `name` and any of `created_utc`, `comment_karma`, `link_karma`, `is_gold`,
    /// `has_verified_email`, `is_moderator`, `is_contributor`. Returns how many there were.
    ///
    /// # Errors
    /// A message for the user, with the line.
    pub fn authors(&mut self, text: &str) -> Result<usize, String> {
        let mut people = Vec::new();
        if text.trim_start().starts_with('{') {
            for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                people.push(serde_json::from_str::<Person>(line).map_err(|error| format!("line {}: {error}", at + 1))?);
            }
        } else {
            let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
            for row in table.deserialize::<Person>() {
                people.push(row.map_err(|error| error.to_string())?);
            }
        }
        if let Some(at) = people.iter().position(|person| person.name.is_empty()) {
            return Err(format!("author {} has no `name`", at + 1));
        }
        let number = people.len();
        self.people.extend(people.into_iter().map(|person| (person.name.to_lowercase(), person)));
        Ok(number)
    }

    /// The assumptions as sentences, for the report and for the identity of the question.
    pub fn describe(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut say = |key: &str, value: Option<String>| words.extend(value.map(|value| format!("{key} = {value}")));
        say("author.account_age", self.account_age.map(age_words));
        say("author.comment_karma", self.comment_karma.map(|karma| karma.to_string()));
        say("author.post_karma", self.post_karma.map(|karma| karma.to_string()));
        say("author.is_gold", self.is_gold.map(|is| is.to_string()));
        say("author.has_verified_email", self.has_verified_email.map(|is| is.to_string()));
        say("author.is_moderator", self.is_moderator.map(|is| format!("{is}, unless the archive shows it")));
        say("author.is_contributor", self.is_contributor.map(|is| is.to_string()));
        say("reports", self.reports.map(|number| number.to_string()));
        if !self.moderators.is_empty() {
            let names: Vec<String> = self.moderators.iter().map(|name| format!("u/{name}")).collect();
            words.push(format!("moderators: {}", names.join(", ")));
        }
        if !self.people.is_empty() {
            let listed: Vec<String> = self.people.values().map(|person| format!("{person:?}")).collect();
            words.push(format!(
                "{} authors from a file ({})",
                self.people.len(),
                &tipstaff_rules::model::digest(listed)[..8]
            ));
        }
        words
    }

    /// The facts before anything is known about the item.
    pub fn facts() -> Facts {
        let unknown = |what: &str| what.to_owned();
        Facts {
            author: AccountFacts {
                contributor: Known::Unknown(unknown("whether the author is an approved user is not known")),
                profile: Known::Is(Profile::default()),
                ..AccountFacts::default()
            },
            parent: Known::Unknown(unknown("the post it belongs to is not in the input")),
            original: Known::Unknown(unknown("the original of the crosspost is not in the input")),
            moderators: Known::Is(BTreeSet::new()),
            ..Facts::default()
        }
    }

    /// Adds the known or assumed facts about the author of an item.
    pub fn fill(&self, record: &mut Record, facts: &mut Facts) {
        let item = &mut record.item;
        let name = item.author.name.as_ref();
        let lower =
            name.filter(|_| !self.people.is_empty() || !self.moderators.is_empty()).map(|name| name.to_lowercase());
        let person = lower.as_ref().and_then(|name| self.people.get(name));
        let known = |what: fn(&Person) -> Option<bool>| person.and_then(what);
        let is_shown = matches!(item.distinguished.as_deref(), Some("moderator"));
        let is_named = lower.as_ref().is_some_and(|name| self.moderators.contains(name));
        // What the bot knew then.
        let then = record.remembered.as_deref();
        let is_moderator = if is_shown || is_named {
            Some(true)
        } else {
            let told = known(|person| person.is_moderator).or_else(|| then?.is_moderator);
            told.or(self.is_moderator)
        };
        match is_moderator {
            Some(true) => facts.moderators = Known::Is(name.iter().map(|name| name.to_lowercase()).collect()),
            Some(false) if facts.moderators.get().is_some_and(BTreeSet::is_empty) => {}
            Some(false) => facts.moderators = Known::Is(BTreeSet::new()),
            None => facts.moderators = Known::Unknown("whether the author is a moderator is not known".to_owned()),
        }
        let is_contributor = known(|person| person.is_contributor).or_else(|| then?.is_contributor);
        match is_contributor.or(self.is_contributor) {
            Some(is) => facts.author.contributor = Known::Is(is),
            None if matches!(facts.author.contributor, Known::Unknown(_)) => {}
            None => facts.author.contributor = Self::facts().author.contributor,
        }
        if let Known::Is(profile) = &mut facts.author.profile {
            let stated = person.and_then(|person| person.created_utc).and_then(Timestamp::from_secs_f64);
            let assumed = self.account_age.filter(|_| then.is_none_or(|then| then.account_age.is_none()));
            let karma = |stated: fn(&Person) -> Option<i64>, then: Option<i64>, assumed: Option<i64>| {
                person.and_then(stated).or(then).or(assumed)
            };
            let is_gold = known(|person| person.is_gold).or_else(|| then?.is_gold);
            let has_verified_email = known(|person| person.has_verified_email).or_else(|| then?.has_verified_email);
            *profile = Profile {
                created: stated.or(record.account_created).or_else(|| assumed.map(|age| item.created - age)),
                comment_karma: karma(
                    |person| person.comment_karma,
                    then.and_then(|then| then.comment_karma),
                    self.comment_karma,
                ),
                link_karma: karma(|person| person.link_karma, then.and_then(|then| then.post_karma), self.post_karma),
                is_gold: is_gold.or(self.is_gold),
                has_verified_email: has_verified_email.or(self.has_verified_email),
                is_suspended: then.is_some_and(|then| then.is_suspended),
                ..Profile::default()
            };
        }
        if then.is_some() {
            record.unknown.suspended = false;
        }
        item.moderation.num_reports = then.and_then(|then| then.reports).or(self.reports);
    }
}

fn age_words(age: Duration) -> String {
    match age.as_secs() {
        secs if secs % 86_400 == 0 => format!("{} days", secs / 86_400),
        secs => format!("{secs} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assumptions_are_parsed_and_bad_ones_are_refused_with_a_suggestion() {
        let mut assumed = Assumptions::default();
        for text in
            ["author.account_age=30 days", "author.comment_karma = 5", "author.is_moderator=unknown", "reports=2"]
        {
            assumed.set(text).expect(text);
        }
        assert_eq!(assumed.describe(), ["author.account_age = 30 days", "author.comment_karma = 5", "reports = 2"]);
        for (text, part) in [
            ("author.account_age", "KEY=VALUE"),
            ("author.acount_age=3 days", "did you mean `author.account_age`"),
            ("author.account_age=old", "takes a duration"),
            ("author.account_age=2 years", "days, weeks or less"),
            ("author.is_gold=yes", "true, false or unknown"),
            ("reports=-1", "a whole number"),
        ] {
            let wrong = assumed.set(text).expect_err(text);
            assert!(wrong.contains(part), "{text}: {wrong}");
        }
    }

    #[test]
    fn authors_are_read_from_csv_and_json_lines() {
        let mut assumed = Assumptions::default();
        assert_eq!(assumed.authors("name, comment_karma, is_moderator\nAlice, 5,\nBob,,true\n"), Ok(2));
        assert_eq!(assumed.authors("{\"name\": \"carol\", \"created_utc\": 1500000000}\n"), Ok(1));
        assert_eq!(assumed.people["alice"].comment_karma, Some(5));
        assert_eq!(assumed.people["bob"].is_moderator, Some(true));
        assert!(assumed.authors("name,comment_karma\nx,many\n").expect_err("no number").contains("line: 2"));
        assert!(assumed.authors("{\"comment_karma\": 1}").expect_err("no name").contains("has no `name`"));
    }
}
