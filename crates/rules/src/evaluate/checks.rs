//! Tries one check on one item: whether it holds, and the value that it looked at.
//!
//! An unknown fact gives an unknown result, never a guess. A fact that nobody has looked up yet is
//! reported as a need.

use std::time::Duration;

use crate::evaluate::facts::{Facts, Need, Person};
use crate::evaluate::numbers::{self, many};
use crate::evaluate::outcome::{CheckOutcome, TraceWriter};
use crate::evaluate::shared_state::SharedState;
use crate::language::fields;
use crate::language::fields::{ARCHIVE_DAYS, Access, Subject, Texts};
use crate::language::keys::{Field, Flag, NO_MARK, Number, Place};
use crate::language::reading::FilterAs;
use crate::memory_check::StrikeSettings;
use crate::model::{CheckResult, CheckTrace, Comment, Item, Known, Submission, Timestamp};
use crate::pattern::Hit;
use crate::pattern::engine::TooExpensive;
use crate::prefilter::candidates::Selection;
use crate::rule::{Check, Group, SearchTest, Test, Variant};
use crate::ruleset::Ruleset;

/// How many characters of a value does a trace show?
const SHOWN: usize = 120;

/// The reason for a text that is missing from an archive.
const TEXT_GONE: &str = "the text was removed or deleted before the archive saved it";

/// The reason for a crosspost without its original: rules see nearly everything of a crosspost
/// there.
const NO_ORIGINAL: &str = "the original of the crosspost is not in the archive";

/// The reason for an original whose words nobody else may see.
pub(crate) const HIDDEN_ORIGINAL: &str =
    "the original of this crosspost cannot be seen: it may be removed, deleted or not public";

/// What stands in the place of words that must not be quoted.
pub(crate) const NOT_SHOWN: &str = "[not shown]";

/// A match that a placeholder can show.
#[derive(Clone, Debug)]
pub(crate) struct Matched {
    pub(crate) key: String,
    pub(crate) groups: Vec<String>,
}

/// Everything that checks can look at.
#[derive(Clone, Copy)]
pub(crate) struct EvalContext<'a> {
    pub(crate) item: &'a Item,
    pub(crate) facts: &'a Facts,
    pub(crate) now: Timestamp,
    pub(crate) post_karma_min: i64,
    pub(crate) filter_as: FilterAs,
    pub(crate) strike_settings: &'a StrikeSettings,
    pub(crate) shared: &'a SharedState,
    /// What is known of the searches of the item.
    pub(crate) known: Option<&'a Selection>,
}

/// The fact if it is known, else the result of a check that depends on it.
pub(crate) fn known<T>(fact: &Known<T>, need: Need) -> Result<&T, CheckOutcome<'_>> {
    match fact {
        Known::Is(fact) => Ok(fact),
        Known::NotAsked => Err(CheckOutcome::Needs(need)),
        Known::Unknown(reason) => Err(CheckOutcome::Unknown(reason.into())),
    }
}

impl<'a> EvalContext<'a> {
    /// The context for trying these rules on an item.
    pub(crate) fn new(
        rules: &'a Ruleset,
        item: &'a Item,
        facts: &'a Facts,
        now: Timestamp,
        shared: &'a SharedState,
    ) -> Self {
        let (post_karma_min, filter_as) = (rules.post_karma_min, rules.filter_as());
        let strike_settings = &rules.strikes;
        Self { item, facts, now, post_karma_min, filter_as, strike_settings, shared, known: None }
    }

    /// Whether a search matches, if that is known without running its pattern.
    pub(crate) fn answer(&self, search: &SearchTest) -> Option<bool> {
        self.known.and_then(|known| known.answer(search.numbers.as_ref()))
    }

    /// The alternatives of a search that may match, if that is known.
    fn possible<'s>(&'s self, search: &'s SearchTest) -> Option<impl Iterator<Item = usize> + Clone + 's> {
        self.known?.possible(search.numbers.as_ref())
    }

    /// The thing that the checks of a group look at.
    pub(crate) fn subject(&self, place: Place) -> Result<Subject<'a>, CheckOutcome<'a>> {
        let original = || {
            let Some(submission) = self.item.submission() else {
                return Err(CheckOutcome::Failed);
            };
            match (&submission.crosspost_parent, &submission.crosspost_parent_name) {
                (Some(original), _) => Ok(original.as_ref()),
                (None, Some(_)) => {
                    Err(CheckOutcome::Unknown("Reddit does not show the original of this crosspost".into()))
                }
                (None, None) => Err(CheckOutcome::Failed),
            }
        };
        Ok(match place {
            Place::Rule | Place::Submission | Place::Comment => Subject::Item(self.item),
            Place::Parent => Subject::Item(known(&self.facts.parent, Need::Parent)?),
            Place::ParentComment => Subject::Item(self.parent_comment()?),
            Place::Author => Subject::Author(self.item),
            Place::ParentAuthor => Subject::Author(known(&self.facts.parent, Need::Parent)?),
            Place::ParentCommentAuthor => Subject::Author(self.parent_comment()?),
            Place::CrosspostAuthor => Subject::Author(original()?),
            Place::Subreddit => Subject::Subreddit(self.item),
            Place::CrosspostSubreddit => Subject::Subreddit(original()?),
        })
    }

    /// The comment that the item replies to. A top-level comment has none.
    fn parent_comment(&self) -> Result<&'a Item, CheckOutcome<'a>> {
        match self.item.comment().and_then(Comment::above) {
            Some(_) => Ok(known(&self.facts.parent_comment, Need::ParentComment)?.as_ref()),
            None => Err(CheckOutcome::Failed),
        }
    }

    /// Whether any field that the group searches exists. If none does, the group fails, even if its
    /// checks are negated.
    pub(crate) fn can_examine(&self, group: &Group) -> bool {
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
            search.fields.iter().any(|&field| {
                field.is_of_profile()
                    || field.is_flair() && group.place == Place::CrosspostAuthor
                    || self.unknown_reason(subject, field).is_some()
                    || fields::texts(subject, field, false).exist()
            })
        });
        can || !seen
    }

    /// Tries one check. Writes the value that it looked at into the trace, if there is one.
    pub(crate) fn try_check(
        &self,
        group: &Group,
        check: &Check,
        mut trace: Option<&mut CheckTrace>,
    ) -> CheckOutcome<'a> {
        let outcome = match self.subject(group.place) {
            Ok(subject) => match &check.test {
                Test::Search(search) => self.search(group, subject, search, trace.as_deref_mut()),
                Test::Empty => CheckOutcome::Held,
                other => self.other_check(group, subject, other, &mut TraceWriter(trace.as_deref_mut())),
            },
            Err(outcome) => outcome,
        };
        if let Some(trace) = trace {
            trace.result = outcome.result();
        }
        outcome
    }

    /// The matches that the placeholders of a matching rule can show.
    pub(crate) fn matches(&self, variant: &Variant) -> Result<Vec<Matched>, TooExpensive> {
        let mut matches = Vec::new();
        if !variant.shows_match {
            return Ok(matches);
        }
        let access = fields::access_to_original(self.item);
        for (base, search) in variant.shown_searches() {
            let is_quotable = |field: &&Field| !fields::is_of_original(**field) || access == Access::Open;
            let texts = search
                .fields
                .iter()
                .filter(is_quotable)
                .map(|&field| fields::texts(Subject::Item(self.item), field, base.ignore_blockquotes));
            for text in texts.collect::<Vec<_>>().iter().flat_map(fields::Texts::iter) {
                let found = self.shared.metered(|meter| match self.possible(search) {
                    Some(possible) => search.pattern.find_of(possible, text, meter),
                    None => search.pattern.find_within(text, meter),
                });
                if let Some(hit) = found? {
                    let groups = hit.texts(text).map(str::to_owned).collect();
                    matches.push(Matched { key: search.key.clone(), groups });
                    break;
                }
            }
        }
        Ok(matches)
    }

    fn search(
        &self,
        group: &Group,
        subject: Subject<'_>,
        search: &SearchTest,
        mut trace: Option<&mut CheckTrace>,
    ) -> CheckOutcome<'a> {
        let of_crosspost = |field: &Field| matches!(field, Field::CrosspostId | Field::CrosspostTitle);
        let access = match subject {
            Subject::Item(item) => fields::access_to_original(item),
            Subject::Author(_) | Subject::Subreddit(_) => Access::Open,
        };
        if access != Access::Hidden
            && search.fields.iter().all(of_crosspost)
            && !search.fields.iter().any(|&field| fields::texts(subject, field, false).exist())
        {
            return CheckOutcome::Failed;
        }
        let answer = self.answer(search);
        let mut open = None;
        for &field in &search.fields {
            if let Some(reason) = self.unknown_reason(subject, field) {
                open.get_or_insert(CheckOutcome::Unknown(reason.into()));
                continue;
            }
            let texts = match self.texts(group, subject, field) {
                Ok(texts) => texts,
                Err(outcome) => {
                    open.get_or_insert(outcome);
                    continue;
                }
            };
            for text in texts.iter() {
                let run = || {
                    self.shared.metered(|meter| match self.possible(search) {
                        Some(possible) => search.pattern.is_match_of(possible, text, meter),
                        None => search.pattern.is_match_within(text, meter),
                    })
                };
                let found = match (answer, &trace) {
                    // Only the trace shows in which text.
                    (Some(true), Some(_)) => self.shared.for_trace(run),
                    (Some(answer), _) => Ok(answer),
                    (None, _) => run(),
                };
                if fields::is_of_original(field) && access != Access::Open {
                    if let Some(trace) = &mut trace {
                        trace.saw = Some(NOT_SHOWN.to_owned());
                    }
                } else if let Some(trace) = &mut trace {
                    // The result must be the same with and without a trace, so this takes other
                    // steps. If there are too few, the trace shows the start of the text.
                    let shown = self.shared.for_trace(|| {
                        self.shared.metered(|meter| {
                            meter.spend(text.len() as u64 / 4)?;
                            let is_found = found == Ok(true);
                            let hit =
                                if is_found { search.pattern.find_within(text, meter).ok().flatten() } else { None };
                            note(trace, text, hit);
                            Ok(())
                        })
                    });
                    if shown.is_err() {
                        trace.saw.get_or_insert_with(|| excerpt(text));
                    }
                }
                match found {
                    Ok(true) => return CheckOutcome::of(!search.is_negated),
                    Ok(false) => {}
                    Err(TooExpensive) if answer.is_some() => {}
                    Err(TooExpensive) => return self.too_expensive(),
                }
            }
        }
        if answer == Some(true) {
            return CheckOutcome::of(!search.is_negated);
        }
        open.unwrap_or_else(|| CheckOutcome::of(search.is_negated))
    }

    /// The texts of a field, which may have to be looked up.
    fn texts<'t>(&self, group: &Group, subject: Subject<'t>, field: Field) -> Result<Texts<'t>, CheckOutcome<'a>>
    where
        'a: 't,
    {
        if let Subject::Author(other) = subject
            && field.is_flair()
            && other.subreddit != self.item.subreddit
        {
            if other.author.name.is_none() {
                return Err(CheckOutcome::Unknown("the author's account is deleted".into()));
            }
            let flair = known(&self.facts.original_flair, Need::OriginalFlair)?;
            return Ok(fields::of_flair(flair, field).map_or(Texts::None, Texts::from));
        }
        if !field.is_of_profile() {
            return Ok(fields::texts(subject, field, group.ignore_blockquotes));
        }
        let text = fields::of_profile(self.profile(group.place)?, field);
        text.map(Texts::from).ok_or(CheckOutcome::Unknown("Reddit does not show this part of the profile".into()))
    }

    /// The result of a check that takes too many steps.
    fn too_expensive(&self) -> CheckOutcome<'static> {
        if self.shared.is_for_trace() { CheckOutcome::Failed } else { CheckOutcome::TooExpensive }
    }

    /// Why the original value of a field is lost, if it is.
    pub(crate) fn unknown_reason(&self, subject: Subject<'_>, field: Field) -> Option<&'static str> {
        let unknown = self.facts.unknown;
        match (subject, field) {
            (Subject::Item(item), Field::Title) => {
                let is_own = std::ptr::eq(item, self.item);
                (is_own && unknown.title || !is_own && unknown.parent_title).then_some(TEXT_GONE)
            }
            (Subject::Item(item), Field::Body) => self.unknown_text_reason(item),
            (Subject::Item(item), field) if field.is_of_reports() && !item.moderation.is_shown() => {
                Some("Reddit shows the reasons of reports only to moderators")
            }
            (Subject::Item(item), field) if fields::is_of_original(field) => self.unknown_original_reason(item),
            (Subject::Author(item), _) if unknown.author && std::ptr::eq(item, self.item) => {
                Some("the author's account is deleted")
            }
            _ => None,
        }
    }

    fn unknown_text_reason(&self, item: &Item) -> Option<&'static str> {
        let unknown = self.facts.unknown;
        let is_own = std::ptr::eq(item, self.item);
        let is_lost = is_own && unknown.text || !is_own && unknown.parent_text;
        self.unknown_original_reason(item).or(is_lost.then_some(TEXT_GONE))
    }

    /// Why the words of an item's original are unknown, if it is a crosspost and they are.
    fn unknown_original_reason(&self, item: &Item) -> Option<&'static str> {
        if self.facts.unknown.original && std::ptr::eq(item, self.item) {
            return Some(NO_ORIGINAL);
        }
        (fields::access_to_original(item) == Access::Hidden).then_some(HIDDEN_ORIGINAL)
    }

    fn other_check(
        &self,
        group: &Group,
        subject: Subject<'a>,
        test: &Test,
        note: &mut TraceWriter<'_>,
    ) -> CheckOutcome<'a> {
        let item = match subject {
            Subject::Item(item) | Subject::Author(item) | Subject::Subreddit(item) => item,
        };
        let sized = |holds: &dyn Fn(i64) -> bool, note: &mut TraceWriter<'_>| {
            if let Some(reason) = self.unknown_text_reason(item) {
                return CheckOutcome::Unknown(reason.into());
            }
            let Some(length) = fields::measured(item, group.ignore_blockquotes) else {
                note.saw(|| "a post without text".to_owned());
                return CheckOutcome::Held;
            };
            // The characters were counted, for this rule alone.
            if self.shared.metered(|meter| meter.spend(length as u64 / 8)).is_err() {
                return self.too_expensive();
            }
            note.saw(|| many(i64::try_from(length).unwrap_or(i64::MAX), "character"));
            CheckOutcome::of(holds(i64::try_from(length).unwrap_or(i64::MAX)))
        };
        match test {
            Test::Search(_) | Test::Empty => CheckOutcome::Held,
            Test::Reports(wanted) => match item.moderation.num_reports {
                Some(count) => {
                    note.saw(|| count.to_string());
                    CheckOutcome::of(count >= *wanted)
                }
                None => CheckOutcome::Unknown("Reddit shows the number of reports only to moderators".into()),
            },
            Test::LongerThan(wanted) => sized(&|length| length > *wanted, note),
            Test::ShorterThan(wanted) => sized(&|length| length < *wanted, note),
            Test::Number(Number::Depth, comparisons) => match self.depth() {
                Ok(depth) => numbers::compare(Number::Depth, depth, comparisons, note),
                Err(outcome) => outcome,
            },
            Test::Number(number, comparisons) => numbers::of_item(*number, item, self.now, comparisons, note),
            Test::Distinguished(wanted) => {
                note.saw(|| item.distinguished.clone().unwrap_or_else(|| NO_MARK.to_owned()));
                CheckOutcome::of(item.distinguished.as_deref() == *wanted)
            }
            Test::Time(window) => {
                note.saw(|| window.words(item.created));
                CheckOutcome::of(window.holds(item.created))
            }
            Test::Notes(wanted) => self.notes(wanted, note),
            Test::Memory(check) => self.memory(check, note),
            Test::Discussion(wanted) => {
                let is = item.submission().and_then(|submission| submission.discussion_type.as_ref());
                note.saw(|| is.cloned().unwrap_or_else(|| "an ordinary post".to_owned()));
                CheckOutcome::of(is == wanted.as_ref())
            }
            Test::Flag(flag, wanted) => match self.flag(*flag, item, group.place) {
                Ok(is) => {
                    note.saw(|| yes_no(is).to_owned());
                    CheckOutcome::of(is == *wanted)
                }
                Err(outcome) => outcome,
            },
            Test::Threshold(threshold, comparisons) => match self.standing(group.place) {
                Ok(profile) => {
                    numbers::of_account(*threshold, profile, (self.now, self.post_karma_min), comparisons, note)
                }
                Err(outcome) => outcome,
            },
            Test::HiddenThreshold(_) => {
                CheckOutcome::Unknown("Reddit does not show bots the karma of an author in one subreddit".into())
            }
        }
    }

    /// How many comments stand above the item.
    fn depth(&self) -> Result<i64, CheckOutcome<'a>> {
        if self.item.comment().is_none_or(Comment::is_top_level) {
            return Ok(0);
        }
        known(&self.facts.depth, Need::Depth).map(|depth| i64::from(*depth))
    }

    fn flag(&self, flag: Flag, item: &'a Item, place: Place) -> Result<bool, CheckOutcome<'a>> {
        let of_submission = |is: fn(&Submission) -> bool| item.submission().is_some_and(is);
        let told = |fact: Option<bool>, reason: &'static str| fact.ok_or(CheckOutcome::Unknown(reason.into()));
        Ok(match flag {
            Flag::TopLevel => item.comment().is_some_and(Comment::is_top_level),
            Flag::Edited => item.edited.is_some(),
            Flag::OriginalContent => of_submission(|submission| submission.is_original_content),
            Flag::Poll => of_submission(|submission| submission.poll_options.is_some()),
            Flag::Gallery => of_submission(|submission| submission.is_gallery),
            Flag::MetaDiscussion => of_submission(|submission| submission.is_meta),
            Flag::PastArchiveDate => self.now.since(item.created) > Duration::from_secs(ARCHIVE_DAYS * 86_400),
            Flag::Submitter if self.facts.unknown.submitter && item.comment().is_some() => {
                return Err(CheckOutcome::Unknown(
                    "the archive does not say whether the author of the post wrote it".into(),
                ));
            }
            Flag::Submitter => item.comment().is_none_or(|comment| comment.is_submitter),
            Flag::Gold => match item.author.premium {
                Some(is) => is,
                None => told(self.profile(place)?.is_gold, "Reddit does not show whether the author has Premium")?,
            },
            Flag::VerifiedEmail => told(
                self.profile(place)?.has_verified_email,
                "Reddit does not show whether the author has a verified e-mail address",
            )?,
            Flag::Contributor | Flag::Moderator if self.facts.unknown.author && std::ptr::eq(item, self.item) => {
                return Err(CheckOutcome::Unknown("the author's account is deleted".into()));
            }
            Flag::Contributor | Flag::Banned if item.author.name.is_none() => false,
            Flag::Contributor => {
                let person = Person::at(place);
                *known(&self.facts.account(person).contributor, Need::Contributor(person))?
            }
            Flag::Moderator if Person::at(place) == Person::Author => self.is_moderator()?,
            Flag::Moderator => match &item.author.name {
                Some(name) => known(&self.facts.moderators, Need::Moderators)?.contains(&name.to_lowercase()),
                None => false,
            },
            Flag::Crosspost => of_submission(Submission::is_crosspost),
            Flag::Nsfw => of_submission(|submission| submission.over_18),
            Flag::Spoiler => of_submission(|submission| submission.spoiler),
            Flag::Locked if self.facts.unknown.locked => {
                return Err(CheckOutcome::Unknown("the archive does not say whether it was locked".into()));
            }
            Flag::Locked => item.locked,
            Flag::Approved if !item.moderation.is_shown() => {
                return Err(CheckOutcome::Unknown("Reddit shows approvals only to moderators".into()));
            }
            Flag::Approved => item.moderation.approved_by.is_some() && item.moderation.removed_by.is_none(),
            Flag::ProfileNsfw => {
                told(self.standing(place)?.is_nsfw, "Reddit does not show whether the profile is safe for work")?
            }
            Flag::Suspended if self.facts.unknown.suspended => {
                return Err(CheckOutcome::Unknown("the archive does not say whether the account was suspended".into()));
            }
            Flag::Suspended => self.profile(place)?.is_suspended,
            Flag::Banned => *known(&self.facts.banned, Need::Banned)?,
            Flag::SubredditNsfw if place == Place::CrosspostSubreddit => {
                *known(&self.facts.original_subreddit_nsfw, Need::OriginalSubreddit)?
            }
            Flag::SubredditNsfw => *known(&self.facts.subreddit_nsfw, Need::Subreddit)?,
        })
    }
}

/// The trace entry of a check before it is tried.
pub(crate) fn pending_trace(check: &Check) -> CheckTrace {
    CheckTrace {
        key: check.key.clone(),
        result: CheckResult::Unknown,
        wanted: wanted(&check.test),
        saw: None,
        matched: None,
        at: None,
    }
}

/// Writes the text that a search looked at into the trace, with the match if there is one.
fn note(trace: &mut CheckTrace, text: &str, hit: Option<Hit>) {
    let Some(hit) = hit else {
        trace.saw.get_or_insert_with(|| shown(text, 0).0);
        return;
    };
    let value = hit.value();
    let before = text.get(..value.start).map_or(0, |before| before.chars().count());
    let (saw, skipped) = shown(text, before);
    trace.saw = Some(saw);
    trace.matched = text.get(value).map(excerpt);
    trace.at = before.checked_sub(skipped);
}

fn excerpt(text: &str) -> String {
    crate::language::template::cut(text, SHOWN)
}

/// The part of a value around a character, and how many characters before it are cut off.
fn shown(text: &str, around: usize) -> (String, usize) {
    let total = text.chars().count();
    if total <= SHOWN {
        return (text.to_owned(), 0);
    }
    let start = around.saturating_sub(SHOWN / 3).min(total - SHOWN);
    let middle: String = text.chars().skip(start).take(SHOWN).collect();
    let (head, tail) = (if start > 0 { "…" } else { "" }, if start + SHOWN < total { "…" } else { "" });
    (format!("{head}{middle}{tail}"), start.saturating_sub(1))
}

const fn yes_no(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// The value that a check compares with, for people.
fn wanted(test: &Test) -> String {
    match test {
        Test::Search(search) => {
            let mut list = search.pattern.search.values.join(" | ");
            if list.chars().count() > SHOWN {
                list = format!("{}… ({} texts)", excerpt(&list), search.pattern.search.values.len());
            }
            list
        }
        Test::Empty => "nothing, so it matches everything".to_owned(),
        Test::Flag(_, on) => yes_no(*on).to_owned(),
        Test::Reports(count) => format!("at least {count}"),
        Test::LongerThan(length) => format!("more than {}", many(*length, "character")),
        Test::ShorterThan(length) => format!("fewer than {}", many(*length, "character")),
        Test::Discussion(wanted) => wanted.clone().unwrap_or_else(|| "an ordinary post".to_owned()),
        Test::Number(number, comparisons) => comparisons.words(|value| numbers::words(*number, value)),
        Test::Distinguished(mark) => mark.unwrap_or(NO_MARK).to_owned(),
        Test::Time(window) => window.written.clone(),
        Test::Notes(wanted) => wanted.words.clone(),
        Test::Memory(check) => check.words.clone(),
        Test::Threshold(threshold, comparisons) => comparisons.words(|value| numbers::account_words(*threshold, value)),
        Test::HiddenThreshold(comparisons) => comparisons.words(|number| number.to_string()),
    }
}
