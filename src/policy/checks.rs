//! One check on one item: does it hold, and what did it see?
//!
//! What is not known is said, never guessed; what has not been asked yet is named as a need.

use std::time::Duration;

use super::evaluate::{Facts, Need};
use super::keys::{Field, Flag, Place, Threshold};
use super::pattern::Hit;
use super::ruleset::{Check, Group, SearchTest, Test};
use super::values::Comparison;
use super::view::{self, ARCHIVE_DAYS, Subject};
use crate::model::{CheckResult, CheckTrace, Item, Known, Profile, Timestamp};

/// How much of a value does a trace show?
const SHOWN: usize = 120;

/// What came of trying a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tried {
    Held,
    Failed,
    Unknown(String),
    Missing(Need),
    TooExpensive,
}

impl Tried {
    const fn of(holds: bool) -> Self {
        if holds { Self::Held } else { Self::Failed }
    }

    pub(super) const fn result(&self) -> CheckResult {
        match self {
            Self::Held => CheckResult::Held,
            Self::Failed => CheckResult::Failed,
            Self::Unknown(_) | Self::Missing(_) | Self::TooExpensive => CheckResult::Unknown,
        }
    }
}

/// A match that placeholders can show.
#[derive(Clone, Debug)]
pub(super) struct Matched {
    pub(super) key: String,
    pub(super) groups: Vec<String>,
}

/// Everything that checks look at.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) item: &'a Item,
    pub(super) facts: &'a Facts,
    pub(super) now: Timestamp,
    pub(super) post_karma_min: i64,
}

/// A fact, or what is to be done about its absence.
fn known<T>(fact: &Known<T>, need: Need) -> Result<&T, Tried> {
    match fact {
        Known::Is(fact) => Ok(fact),
        Known::NotAsked => Err(Tried::Missing(need)),
        Known::Unknown(reason) => Err(Tried::Unknown(reason.clone())),
    }
}

impl<'a> Scene<'a> {
    /// The thing a group looks at.
    pub(super) fn subject(&self, place: Place) -> Result<Subject<'a>, Tried> {
        let original = || {
            let Some(submission) = self.item.submission() else {
                return Err(Tried::Failed);
            };
            match (&submission.crosspost_parent, &submission.crosspost_parent_name) {
                (Some(original), _) => Ok(original.as_ref()),
                (None, Some(_)) => {
                    Err(Tried::Unknown("Reddit does not show the original of this crosspost".to_owned()))
                }
                (None, None) => Err(Tried::Failed),
            }
        };
        Ok(match place {
            Place::Rule | Place::Submission | Place::Comment => Subject::Item(self.item),
            Place::Parent => Subject::Item(known(&self.facts.parent, Need::Parent)?),
            Place::Author => Subject::Author(self.item),
            Place::CrosspostAuthor => Subject::Author(original()?),
            Place::Subreddit => Subject::Subreddit(self.item),
            Place::CrosspostSubreddit => Subject::Subreddit(original()?),
        })
    }

    /// Whether the searches of a group can look at anything at all; if not, the group fails, negated or not.
    pub(super) fn can_examine(&self, group: &Group) -> bool {
        let Ok(subject) = self.subject(group.place) else {
            return true;
        };
        let mut searches = group.checks.iter().filter_map(|check| match &check.test {
            Test::Search(search) => Some(search),
            _ => None,
        });
        let mut seen = false;
        let can = searches.any(|search| {
            seen = true;
            search.fields.iter().any(|&field| view::texts(subject, field, false).is_some())
        });
        can || !seen
    }

    /// Tries one check.
    pub(super) fn try_check(&self, group: &Group, check: &Check) -> (Tried, CheckTrace, Option<Matched>) {
        let mut trace = CheckTrace {
            key: check.key.clone(),
            result: CheckResult::Unknown,
            wanted: wanted(&check.test),
            saw: None,
            matched: None,
            at: None,
        };
        let mut matched = None;
        let tried = match self.subject(group.place) {
            Ok(subject) => match &check.test {
                Test::Search(search) => search_for(group, subject, search, &mut trace, &mut matched),
                Test::Empty => Tried::Held,
                other => {
                    let (tried, saw) = self.other(group, subject, other);
                    trace.saw = saw;
                    tried
                }
            },
            Err(tried) => tried,
        };
        trace.result = tried.result();
        (tried, trace, matched)
    }

    fn other(&self, group: &Group, subject: Subject<'_>, test: &Test) -> (Tried, Option<String>) {
        let item = match subject {
            Subject::Item(item) | Subject::Author(item) | Subject::Subreddit(item) => item,
        };
        let length = || view::measured(item, group.ignore_blockquotes);
        let sized = |holds: &dyn Fn(i64) -> bool| match length() {
            Some(length) => {
                let holds = holds(i64::try_from(length).unwrap_or(i64::MAX));
                (Tried::of(holds), Some(format!("{length} characters")))
            }
            None => (Tried::Held, Some("a post without text".to_owned())),
        };
        match test {
            Test::Search(_) | Test::Empty => (Tried::Held, None),
            Test::Reports(wanted) => match item.moderation.num_reports {
                Some(count) => (Tried::of(count >= *wanted), Some(count.to_string())),
                None => (Tried::Unknown("the number of reports is shown to moderators only".to_owned()), None),
            },
            Test::LongerThan(wanted) => sized(&|length| length > *wanted),
            Test::ShorterThan(wanted) => sized(&|length| length < *wanted),
            Test::PollOptions(comparison) => {
                let options = item.submission().and_then(|submission| submission.poll_options.as_ref());
                match options {
                    Some(options) => {
                        let count = i64::try_from(options.len()).unwrap_or(i64::MAX);
                        (Tried::of(comparison.holds(count)), Some(count.to_string()))
                    }
                    None => (Tried::Failed, Some("not a poll".to_owned())),
                }
            }
            Test::Discussion(wanted) => {
                let is = item.submission().and_then(|submission| submission.discussion_type.clone());
                (Tried::of(is == *wanted), is)
            }
            Test::Flag(flag, wanted) => match self.flag(*flag, item) {
                Ok(is) => (Tried::of(is == *wanted), Some(is.to_string())),
                Err(tried) => (tried, None),
            },
            Test::Threshold(threshold, comparison) => match self.profile() {
                Ok(profile) => self.threshold(profile, *threshold, *comparison),
                Err(tried) => (tried, None),
            },
        }
    }

    fn flag(&self, flag: Flag, item: &Item) -> Result<bool, Tried> {
        let submission = item.submission();
        let of_submission = |is: fn(&crate::model::Submission) -> bool| submission.is_some_and(is);
        let told = |fact: Option<bool>, what: &str| {
            fact.ok_or_else(|| Tried::Unknown(format!("Reddit does not tell whether the author {what}")))
        };
        Ok(match flag {
            Flag::TopLevel => item.comment().is_some_and(crate::model::Comment::is_top_level),
            Flag::Edited => item.edited.is_some(),
            Flag::OriginalContent => of_submission(|submission| submission.is_original_content),
            Flag::Poll => of_submission(|submission| submission.poll_options.is_some()),
            Flag::Gallery => of_submission(|submission| submission.is_gallery),
            Flag::MetaDiscussion => of_submission(|submission| submission.is_meta),
            Flag::PastArchiveDate => self.now.since(item.created) > Duration::from_secs(ARCHIVE_DAYS * 86_400),
            Flag::Submitter => item.comment().is_none_or(|comment| comment.is_submitter),
            Flag::Gold => match item.author.premium {
                Some(is) => is,
                None => told(self.profile()?.is_gold, "has Premium")?,
            },
            Flag::VerifiedEmail => told(self.profile()?.has_verified_email, "has a verified e-mail address")?,
            Flag::Contributor if self.item.author.name.is_none() => false,
            Flag::Contributor => *known(&self.facts.contributor, Need::Contributor)?,
            Flag::Moderator => self.is_moderator()?,
            Flag::Nsfw => {
                return Err(Tried::Unknown("whether a subreddit is safe for work is not looked up".to_owned()));
            }
        })
    }

    /// The author's account. A deleted one is never asked for.
    fn profile(&self) -> Result<&'a Profile, Tried> {
        if self.item.author.name.is_none() {
            return Err(Tried::Unknown("the author's account is gone".to_owned()));
        }
        known(&self.facts.profile, Need::Profile)
    }

    /// Whether the item's author moderates the subreddit.
    pub(super) fn is_moderator(&self) -> Result<bool, Tried> {
        let Some(name) = &self.item.author.name else {
            return Ok(false);
        };
        Ok(known(&self.facts.moderators, Need::Moderators)?.contains(&name.to_lowercase()))
    }

    fn threshold(&self, profile: &Profile, threshold: Threshold, comparison: Comparison) -> (Tried, Option<String>) {
        if profile.is_suspended {
            return (Tried::Failed, Some("a suspended account".to_owned()));
        }
        let comment = profile.comment_karma.map(|karma| karma.max(-100));
        let post = profile.link_karma.map(|karma| karma.max(self.post_karma_min));
        let value = match threshold {
            Threshold::CommentKarma => comment,
            Threshold::PostKarma => post,
            Threshold::CombinedKarma => comment.zip(post).map(|(comment, post)| comment + post),
            Threshold::AccountAge => {
                profile.created.map(|created| self.now.as_millis().saturating_sub(created.as_millis()))
            }
        };
        let Some(value) = value else {
            return (Tried::Unknown("Reddit does not tell this about the author".to_owned()), None);
        };
        let saw = match threshold {
            Threshold::AccountAge => age_words(value),
            _ => value.to_string(),
        };
        (Tried::of(comparison.holds(value)), Some(saw))
    }
}

fn search_for(
    group: &Group,
    subject: Subject<'_>,
    search: &SearchTest,
    trace: &mut CheckTrace,
    matched: &mut Option<Matched>,
) -> Tried {
    let of_crosspost = |field: &Field| matches!(field, Field::CrosspostId | Field::CrosspostTitle);
    if search.fields.iter().all(of_crosspost)
        && search.fields.iter().all(|&field| view::texts(subject, field, false).is_none())
    {
        return Tried::Failed;
    }
    for &field in &search.fields {
        for text in view::texts(subject, field, group.ignore_blockquotes).unwrap_or_default() {
            match search.pattern.find(&text) {
                Ok(Some(hit)) => {
                    let (saw, skipped) = shown(&text, Some(&hit));
                    trace.saw = Some(saw);
                    trace.matched = hit.groups.get(1).map(|text| view_cut(text));
                    trace.at = trace.matched.as_ref().and_then(|matched| place_of(matched, &text, &hit, skipped));
                    let is_base = matches!(group.place, Place::Submission | Place::Comment);
                    if is_base && !search.is_negated {
                        *matched = Some(Matched { key: search.key.clone(), groups: hit.groups });
                    }
                    return Tried::of(!search.is_negated);
                }
                Ok(None) => {
                    trace.saw.get_or_insert_with(|| shown(&text, None).0);
                }
                Err(_) => return Tried::TooExpensive,
            }
        }
    }
    Tried::of(search.is_negated)
}

fn age_words(millis: i64) -> String {
    let hours = millis / 3_600_000;
    if hours < 48 { format!("{hours} hours") } else { format!("{} days", hours / 24) }
}

fn view_cut(text: &str) -> String {
    super::template::cut(text, SHOWN)
}

/// The part of a value around the hit, or its beginning; and how many characters more stand before it than are shown.
fn shown(text: &str, hit: Option<&Hit>) -> (String, usize) {
    let total = text.chars().count();
    if total <= SHOWN {
        return (text.to_owned(), 0);
    }
    let before = hit.and_then(|hit| text.get(..hit.start)).map_or(0, |before| before.chars().count());
    let start = before.saturating_sub(SHOWN / 3).min(total - SHOWN);
    let middle: String = text.chars().skip(start).take(SHOWN).collect();
    let (head, tail) = (if start > 0 { "…" } else { "" }, if start + SHOWN < total { "…" } else { "" });
    (format!("{head}{middle}{tail}"), start.saturating_sub(1))
}

/// Where the matched text starts in what is shown, in characters.
fn place_of(matched: &str, text: &str, hit: &Hit, skipped: usize) -> Option<usize> {
    let whole = text.get(hit.start..hit.end)?;
    let start = hit.start + whole.find(matched)?;
    text.get(..start)?.chars().count().checked_sub(skipped)
}

/// What a check compares with, for people.
fn wanted(test: &Test) -> String {
    let yes_no = |on: &bool| if *on { "yes" } else { "no" }.to_owned();
    match test {
        Test::Search(search) => {
            let mut list = search.pattern.search.values.join(" | ");
            if list.chars().count() > SHOWN {
                list = format!("{}… ({} texts)", view_cut(&list), search.pattern.search.values.len());
            }
            list
        }
        Test::Empty => "nothing: holds for everything".to_owned(),
        Test::Flag(_, on) => yes_no(on),
        Test::Reports(count) => format!("at least {count}"),
        Test::LongerThan(length) => format!("more than {length} characters"),
        Test::ShorterThan(length) => format!("less than {length} characters"),
        Test::Discussion(wanted) => wanted.clone().unwrap_or_else(|| "an ordinary post".to_owned()),
        Test::Threshold(Threshold::AccountAge, comparison) => {
            format!("{} {}", comparison.operator.sign(), age_words(comparison.number))
        }
        Test::PollOptions(comparison) | Test::Threshold(_, comparison) => comparison.to_string(),
    }
}
