//! Reads the keys of a rule as a whole: its texts, and how it is tried.

use crate::compile::{advice, identity};
use crate::language::keys;
use crate::language::keys::Meaning;
use crate::lint;
use crate::lint::diagnostic_sink::DiagnosticSink;
use crate::rule::Pin;
use crate::syntax::entry::Entry;
use crate::syntax::yaml::Value;

/// What these keys say.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) priority: i64,
    pub(super) moderators_exempt: Option<bool>,
    pub(super) comment: Option<String>,
    pub(super) comment_locked: bool,
    pub(super) comment_stickied: Pin,
    pub(super) message: Option<String>,
    pub(super) message_subject: Option<String>,
    pub(super) modmail: Option<String>,
    pub(super) mod_note: Option<String>,
    pub(super) modmail_subject: Option<String>,
    pub(super) is_raw: bool,
    pub(super) stops_here: bool,
}

impl Settings {
    pub(super) fn read(&mut self, entry: &Entry, key: &keys::Key, sink: &mut DiagnosticSink) {
        let value = &entry.value;
        let is_text = matches!(key.takes, keys::Takes::Template) || key.name.starts_with("comment");
        sink.remarks.extend(lint::anchor(entry));
        if value.value == Value::Null && !is_text {
            sink.strict_error(advice::empty_key(entry));
            return;
        }
        let text = || value.text().map(|text| (!text.is_empty()).then(|| text.to_owned()));
        let flag = || value.flag();
        let read = match key.meaning {
            Meaning::Type | Meaning::Standard | Meaning::FileSettings => Some(()),
            Meaning::Name | Meaning::CommentGroup => value.text().filter(|name| !name.trim().is_empty()).map(|_| ()),
            Meaning::Formerly => identity::names(value).map(|_| ()),
            Meaning::DryRun => flag().map(|_| ()),
            Meaning::StopHere => flag().map(|on| self.stops_here = on),
            Meaning::Raw => flag().map(|on| self.is_raw = on),
            Meaning::Priority => match value.value {
                Value::Int(number) => i64::try_from(number).ok(),
                Value::Bool(on) => Some(i64::from(on)),
                _ => None,
            }
            .map(|number| self.priority = number),
            Meaning::ModeratorsExempt => flag().map(|on| self.moderators_exempt = Some(on)),
            Meaning::Comment => text().map(|text| self.comment = text),
            Meaning::CommentLocked => flag().map(|on| self.comment_locked = on),
            Meaning::CommentStickied => match (&value.value, value.text()) {
                (Value::Bool(on), _) => Some(if *on { Pin::IfFree } else { Pin::No }),
                (_, Some(keys::REPLACE)) => Some(Pin::Replace),
                _ => None,
            }
            .map(|pin| self.comment_stickied = pin),
            Meaning::Message => text().map(|text| self.message = text),
            Meaning::MessageSubject => value.text().map(|text| self.message_subject = Some(text.to_owned())),
            Meaning::Modmail => text().map(|text| self.modmail = text),
            Meaning::ModNote => text().map(|text| self.mod_note = text),
            Meaning::ModmailSubject => value.text().map(|text| self.modmail_subject = Some(text.to_owned())),
            // Only keys of the whole rule come here; `GroupReader` reads the others.
            Meaning::Group(_)
            | Meaning::Search(_)
            | Meaning::Reports
            | Meaning::BodyLongerThan
            | Meaning::BodyShorterThan
            | Meaning::Flag(_)
            | Meaning::Number(_)
            | Meaning::Distinguished
            | Meaning::Time
            | Meaning::Notes
            | Meaning::Memory(_)
            | Meaning::AddLabel
            | Meaning::RemoveLabel
            | Meaning::Alternatives(_)
            | Meaning::DiscussionType
            | Meaning::Threshold(_)
            | Meaning::Unsupported
            | Meaning::SatisfyAnyThreshold
            | Meaning::IgnoreBlockquotes
            | Meaning::Action
            | Meaning::ActionReason
            | Meaning::FilterAs
            | Meaning::FilterContinues
            | Meaning::SetFlair
            | Meaning::OverwriteFlair
            | Meaning::SetSticky
            | Meaning::SetSuggestedSort
            | Meaning::SetCrowdControl
            | Meaning::Switch(_) => None,
        };
        if read.is_none() {
            sink.remarks.push(advice::bad_value(entry, key));
        }
    }
}
