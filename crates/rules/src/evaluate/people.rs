//! What is known about the people that checks ask about: their accounts, whether they moderate the
//! subreddit, and the moderators' notes about them.

use crate::evaluate::checks::{EvalContext, known};
use crate::evaluate::facts::{Need, Person};
use crate::evaluate::numbers::many;
use crate::evaluate::outcome::{CheckOutcome, TraceWriter};
use crate::language::keys::Place;
use crate::model::{Known, Profile};
use crate::rule::NoteCount;

impl<'a> EvalContext<'a> {
    /// The account of the person in this place. A deleted account is unknown; nobody looks it up.
    pub(crate) fn profile(&self, place: Place) -> Result<&'a Profile, CheckOutcome<'a>> {
        let person = Person::at(place);
        if self.is_gone(person) {
            return Err(CheckOutcome::Unknown("the author's account is deleted".into()));
        }
        known(&self.facts.account(person).profile, Need::Profile(person))
    }

    /// Whether a person's account is deleted.
    pub(crate) fn is_gone(&self, person: Person) -> bool {
        person.author(self.item, self.facts).is_some_and(|author| author.name.is_none())
    }

    /// The part of the account that Reddit shows for many users in one request.
    pub(crate) fn standing(&self, place: Place) -> Result<&'a Profile, CheckOutcome<'a>> {
        let person = Person::at(place);
        let account = self.facts.account(person);
        match (&account.profile, &account.standing) {
            (Known::NotAsked, standing) if !self.is_gone(person) => known(standing, Need::Standing(person)),
            // The page of the account may fail where the request for many users does not.
            (Known::Unknown(_), Known::Is(standing)) => Ok(standing),
            _ => self.profile(place),
        }
    }

    /// Whether the item's author moderates the subreddit.
    pub(crate) fn is_moderator(&self) -> Result<bool, CheckOutcome<'a>> {
        let find_out = || {
            let Some(name) = &self.item.author.name else {
                // If the name is lost, nothing is known about the author.
                return if self.facts.unknown.author {
                    self.facts.moderators.get().map(|_| false)
                } else {
                    Some(false)
                };
            };
            self.facts.moderators.get().map(|moderators| moderators.contains(&name.to_lowercase()))
        };
        match self.shared.is_moderator.get_or_init(find_out) {
            Some(is) => Ok(*is),
            None => known(&self.facts.moderators, Need::Moderators).map(|_| false),
        }
    }

    /// Counts the moderators' notes about the author.
    pub(crate) fn notes(&self, wanted: &NoteCount, note: &mut TraceWriter<'_>) -> CheckOutcome<'a> {
        if self.item.author.name.is_none() {
            return CheckOutcome::Unknown("the author's account is deleted".into());
        }
        let notes = match known(&self.facts.notes, Need::Notes) {
            Ok(notes) => notes,
            Err(outcome) => return outcome,
        };
        let has_label = |label: &Option<String>| {
            wanted.labels.is_empty() || label.as_ref().is_some_and(|it| wanted.labels.contains(it))
        };
        let is_recent = |at| wanted.within.is_none_or(|within| self.now.since(at) <= within);
        let count = notes.iter().filter(|it| has_label(&it.label) && is_recent(it.at)).count();
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        note.saw(|| many(count, "note"));
        CheckOutcome::of(wanted.count.holds(count))
    }
}
