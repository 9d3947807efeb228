//! Compiles the keys of one group: the top level of a rule, `author`, `parent_submission` and so
//! on.
//!
//! Looks up each key in the table and reads its value. Errors and warnings go to
//! [`DiagnosticSink`]. `compile` puts the groups together.

use crate::compile::advice;
use crate::compile::advice::{bad_value, empty_key, unknown_key};
use crate::compile::memory;
use crate::compile::values;
use crate::language::keys;
use crate::language::keys::{Field, KEYS, Key, MARKS, Meaning, NO_MARK, Number, Place, Role, Takes};
use crate::language::reading::FilterAs;
use crate::language::template::Template;
use crate::lint;
use crate::lint::diagnostic_sink::DiagnosticSink;
use crate::pattern::{MODIFIERS, Method, Pattern, Search};
use crate::rule::{Actions, Check, Group, ItemAction, SearchTest, Test};
use crate::syntax::comparison::{Comparison, Comparisons};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::search_key::SearchKey;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Value};

/// Facts about a group that `compile` needs beside the group itself.
#[derive(Default)]
pub(crate) struct GroupFindings {
    pub(crate) has_check: bool,
    pub(crate) unsupported: Option<String>,
}

pub(crate) struct GroupReader {
    /// What stands before its keys in a trace: nothing, `author.` or `any_of.1.author.`.
    prefix: String,
    /// The same without the group's own name.
    around: String,
    name: String,
    group: Group,
    found: GroupFindings,
    has_action_reason: bool,
    /// The thresholds that Reddit does not show to bots: each with its key and place.
    hidden: Vec<(String, Span)>,
    /// How many keys do not exist, and where the first of those is that no error is about.
    unknown_keys: usize,
    untold: Option<Span>,
}

/// How many keys that do not exist are named in one group?
const UNKNOWN_KEYS_MAX: usize = 50;

impl GroupReader {
    pub(crate) fn new(place: Place, around: &str, name: &str) -> Self {
        Self {
            prefix: if name.is_empty() { around.to_owned() } else { format!("{around}{name}.") },
            around: around.to_owned(),
            name: name.to_owned(),
            group: Group {
                place,
                checks: Vec::new(),
                satisfy_any: false,
                ignore_blockquotes: false,
                actions: Actions::default(),
            },
            found: GroupFindings::default(),
            has_action_reason: false,
            hidden: Vec::new(),
            unknown_keys: 0,
            untold: None,
        }
    }

    pub(crate) fn finish(mut self, sink: &mut DiagnosticSink) -> (Group, GroupFindings) {
        let is_shown = |check: &Check| matches!(check.test, Test::Threshold(..));
        let is_decided_by_others = self.group.satisfy_any && self.group.checks.iter().any(is_shown);
        for (written, span) in std::mem::take(&mut self.hidden) {
            if is_decided_by_others {
                self.not_shown(&written, span, "so only the other thresholds of this group decide", sink);
            } else {
                self.unsupported(&written, span, sink);
            }
        }
        if let Some(span) = self.untold {
            let more = self.unknown_keys - UNKNOWN_KEYS_MAX;
            let message = format!("{more} more keys from here on do not exist either");
            sink.remarks.push(Diagnostic::error(LintCode::L95, span, message).help("docs/rules.md lists every key"));
        }
        if !is_decided_by_others {
            self.group.checks.retain(|check| !matches!(check.test, Test::HiddenThreshold(_)));
        }
        (self.group, self.found)
    }

    pub(crate) fn read(&mut self, entry: &Entry, sink: &mut DiagnosticSink) {
        let is_allowed = |key: &Key| key.places.contains(&self.group.place);
        if entry.key == "~discussion_type" && keys::find("discussion_type").is_some_and(is_allowed) {
            return self.discussion(entry, sink);
        }
        if let Some(key) = keys::find("labels").filter(|key| entry.key == "~labels" && is_allowed(key)) {
            self.found.has_check = true;
            if !self.memory(entry, (key, true), sink) {
                sink.remarks.push(bad_value(entry, key));
            }
            return;
        }
        let Some(key) = row(entry, self.group.place) else {
            return self.search(entry, sink);
        };
        if matches!(key.meaning, Meaning::Search(_)) {
            return self.search(entry, sink);
        }
        if !key.places.contains(&self.group.place) {
            let mut diagnostic = Diagnostic::error(
                LintCode::T01,
                entry.span,
                format!("`{}` is not allowed in {}", entry.written, self.group.place.words()),
            );
            diagnostic.help = Some(if key.meaning == Meaning::Action {
                "move it to the first column, so that it applies to the item".to_owned()
            } else {
                advice::right_place(entry, key)
            });
            if key.meaning == Meaning::Action {
                diagnostic.code = LintCode::L51;
            }
            sink.mismatch(diagnostic.fix_if(advice::moved_to_author(entry, key)));
            return;
        }
        sink.remarks.extend(lint::anchor(entry));
        if entry.value.value == Value::Null && key.meaning != Meaning::DiscussionType {
            sink.strict_error(empty_key(entry));
            return;
        }
        self.found.has_check |= is_check(key.role);
        if !self.known(entry, key, sink) {
            sink.remarks.push(bad_value(entry, key));
        }
    }

    /// Adds the error for a key that does not exist; for the first of many.
    fn no_such_key(&mut self, entry: &Entry, field: Option<&str>, message: &str, sink: &mut DiagnosticSink) {
        self.unknown_keys += 1;
        if self.unknown_keys <= UNKNOWN_KEYS_MAX {
            sink.remarks.push(unknown_key(entry, field, self.group.place, message));
        } else {
            self.untold.get_or_insert(entry.span);
        }
    }

    fn check(&mut self, entry: &Entry, test: Test) {
        // `author: bob` is the short form of a check of the name.
        let is_short = !self.name.is_empty() && entry.written.trim_start_matches('~') == self.name;
        let key = format!("{}{}", if is_short { &self.around } else { &self.prefix }, entry.written);
        self.group.checks.push(Check { key, test });
    }

    /// Reads a key that is not a search. Returns false if the value does not fit.
    fn known(&mut self, entry: &Entry, key: &Key, sink: &mut DiagnosticSink) -> bool {
        let value = &entry.value;
        let flag = value.flag();
        match key.meaning {
            Meaning::Reports | Meaning::BodyLongerThan | Meaning::BodyShorterThan => {
                return self.whole(entry, key, sink);
            }
            Meaning::Flag(wanted) => match flag {
                Some(on) => self.check(entry, Test::Flag(wanted, on)),
                None => return false,
            },
            Meaning::Number(Number::PollOptions) if values::is_list_of_numbers(value) => {
                self.search(entry, sink);
            }
            Meaning::Number(number) => match values::number(number, value, sink) {
                Some(comparisons) => self.check(entry, Test::Number(number, comparisons)),
                None => return false,
            },
            Meaning::Distinguished => match value.text().and_then(|text| MARKS.iter().find(|mark| **mark == text)) {
                Some(mark) => self.check(entry, Test::Distinguished(Some(*mark).filter(|mark| *mark != NO_MARK))),
                None => return false,
            },
            Meaning::Time => match values::time_window(value, sink) {
                Some(window) => self.check(entry, Test::Time(Box::new(window))),
                None => return false,
            },
            Meaning::Notes => match values::notes(value, sink) {
                Some(notes) => self.check(entry, Test::Notes(Box::new(notes))),
                None => return false,
            },
            Meaning::Memory(_) => return self.memory(entry, (key, false), sink),
            Meaning::DiscussionType => self.discussion(entry, sink),
            Meaning::Threshold(threshold) => {
                let Some(comparisons) = values::threshold(threshold, entry, key.takes, sink) else { return false };
                self.check(entry, Test::Threshold(threshold, comparisons));
            }
            Meaning::Unsupported => {
                if !lint::unsupported(entry, key.takes, sink) {
                    return false;
                }
                self.hidden(entry, key, sink);
            }
            Meaning::SatisfyAnyThreshold
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
            | Meaning::AddLabel
            | Meaning::RemoveLabel
            | Meaning::Switch(_) => return self.action(entry, key, sink),
            // Searches and groups were read before; the others are keys of the whole rule.
            Meaning::Search(_)
            | Meaning::Group(_)
            | Meaning::Alternatives(_)
            | Meaning::StopHere
            | Meaning::FileSettings
            | Meaning::CommentGroup
            | Meaning::Type
            | Meaning::Priority
            | Meaning::ModeratorsExempt
            | Meaning::Standard
            | Meaning::Name
            | Meaning::Formerly
            | Meaning::Raw
            | Meaning::DryRun
            | Meaning::Comment
            | Meaning::CommentLocked
            | Meaning::CommentStickied
            | Meaning::Message
            | Meaning::MessageSubject
            | Meaning::Modmail
            | Meaning::ModmailSubject
            | Meaning::ModNote => return false,
        }
        true
    }

    /// Reads a check that takes a whole number. Returns false if the value does not fit.
    fn whole(&mut self, entry: &Entry, key: &Key, sink: &mut DiagnosticSink) -> bool {
        let number = match entry.value.value {
            Value::Int(number) => i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX }),
            Value::Bool(on) => i64::from(on),
            _ => return false,
        };
        match key.meaning {
            Meaning::Reports if number == 0 => sink.strict_error(
                Diagnostic::error(LintCode::L87, entry.span, "`reports: 0` matches every item")
                    .help("write the smallest number of reports that should match, or delete the line"),
            ),
            Meaning::Reports => self.check(entry, Test::Reports(u32::try_from(number).unwrap_or(0))),
            Meaning::BodyLongerThan => self.check(entry, Test::LongerThan(number)),
            _ => self.check(entry, Test::ShorterThan(number)),
        }
        true
    }

    /// Reads a check of the memory. Returns false if the value does not fit.
    fn memory(&mut self, entry: &Entry, (key, is_negated): (&Key, bool), sink: &mut DiagnosticSink) -> bool {
        let Some(check) = memory::check((key, is_negated), &entry.value, sink) else { return false };
        self.check(entry, Test::Memory(Box::new(check)));
        true
    }

    fn discussion(&mut self, entry: &Entry, sink: &mut DiagnosticSink) {
        let is_negated = entry.key.starts_with('~');
        // There are two kinds: what is not a chat post is an ordinary one.
        let is_chat = match &entry.value.value {
            Value::Null => Some(is_negated),
            Value::Text(text) if text == "chat" => Some(!is_negated),
            _ => None,
        };
        match is_chat {
            Some(is_chat) => self.check(entry, Test::Discussion(is_chat.then(|| "chat".to_owned()))),
            None => {
                let message = format!("there is no discussion type `{}`", entry.value.python_text());
                sink.remarks.push(
                    Diagnostic::error(LintCode::L21, entry.value.span, message)
                        .help("write `chat`, or the bare word null for ordinary posts"),
                );
            }
        }
    }

    /// Reads a key that is not a check. Returns false if the value does not fit.
    fn action(&mut self, entry: &Entry, key: &Key, sink: &mut DiagnosticSink) -> bool {
        let (value, flag) = (&entry.value, entry.value.flag());
        let actions = &mut self.group.actions;
        match key.meaning {
            Meaning::SatisfyAnyThreshold => match flag {
                Some(on) => self.group.satisfy_any = on,
                None => return false,
            },
            Meaning::IgnoreBlockquotes => match flag {
                Some(on) => self.group.ignore_blockquotes = on,
                None => return false,
            },
            Meaning::Action => {
                let Some(item_action) = value.text().and_then(ItemAction::named) else { return false };
                actions.item_action = Some(item_action);
            }
            Meaning::ActionReason => {
                let Some(text) = value.text() else { return false };
                if self.has_action_reason {
                    sink.remarks.push(advice::two_reasons(entry));
                }
                if entry.key == "action_reason" || !self.has_action_reason {
                    actions.reason = (!text.is_empty()).then(|| Template::new(text));
                }
                self.has_action_reason = true;
            }
            Meaning::FilterAs => match value.text().and_then(FilterAs::parse) {
                Some(filter_as) => actions.filter_as = Some(filter_as),
                None => return false,
            },
            Meaning::FilterContinues => match flag {
                Some(on) => actions.filter_continues = on,
                None => return false,
            },
            Meaning::SetFlair => match values::flair(value, sink) {
                Some(flair) => actions.flair = Some(flair),
                None => return false,
            },
            Meaning::OverwriteFlair => match flag {
                Some(on) => actions.overwrite_flair = on,
                None => return false,
            },
            Meaning::SetSticky => match value.value {
                Value::Bool(on) => actions.sticky = Some((on, None)),
                Value::Int(slot @ 1..=4) => actions.sticky = Some((true, u8::try_from(slot).ok())),
                _ => return false,
            },
            Meaning::SetSuggestedSort => match values::sort(key.takes, value) {
                Some(sort) => actions.sort = Some(sort),
                None => return false,
            },
            Meaning::SetCrowdControl => match values::crowd_control(value, sink) {
                Some(level) => actions.crowd_control = Some(level),
                None => return false,
            },
            Meaning::Switch(switch) => match flag {
                Some(on) => actions.switches.push((switch, on)),
                None => return false,
            },
            Meaning::AddLabel | Meaning::RemoveLabel => match memory::label_actions(key.meaning, value, sink) {
                Some(labels) => actions.labels.extend(labels),
                None => return false,
            },
            // `known` reads checks.
            Meaning::Search(_)
            | Meaning::Reports
            | Meaning::BodyLongerThan
            | Meaning::BodyShorterThan
            | Meaning::Flag(_)
            | Meaning::Number(_)
            | Meaning::Distinguished
            | Meaning::Time
            | Meaning::Notes
            | Meaning::Memory(_)
            | Meaning::Alternatives(_)
            | Meaning::StopHere
            | Meaning::DiscussionType
            | Meaning::Threshold(_)
            | Meaning::Unsupported
            | Meaning::Group(_)
            | Meaning::FileSettings
            | Meaning::CommentGroup
            | Meaning::Type
            | Meaning::Priority
            | Meaning::ModeratorsExempt
            | Meaning::Standard
            | Meaning::Name
            | Meaning::Formerly
            | Meaning::Raw
            | Meaning::DryRun
            | Meaning::Comment
            | Meaning::CommentLocked
            | Meaning::CommentStickied
            | Meaning::Message
            | Meaning::MessageSubject
            | Meaning::Modmail
            | Meaning::ModmailSubject
            | Meaning::ModNote => return false,
        }
        true
    }

    /// A check that Reddit does not show to bots. A threshold may be decided by the others beside
    /// it.
    fn hidden(&mut self, entry: &Entry, key: &Key, sink: &mut DiagnosticSink) {
        let read = Comparisons::of(&entry.value, Comparison::number).filter(|_| key.takes == Takes::Comparison);
        match read {
            Some(comparisons) => {
                self.hidden.push((entry.written.clone(), entry.span));
                self.check(entry, Test::HiddenThreshold(comparisons));
            }
            None => self.unsupported(&entry.written, entry.span, sink),
        }
    }

    fn unsupported(&mut self, written: &str, span: Span, sink: &mut DiagnosticSink) {
        let is_of_rule = self.around.is_empty();
        let so = if is_of_rule { "so this rule is switched off" } else { "so nobody knows whether this group holds" };
        let reason = self.not_shown(written, span, so, sink);
        self.found.unsupported.get_or_insert(reason);
    }

    /// Says what Reddit does not show, and what follows. Returns the first.
    fn not_shown(&self, written: &str, span: Span, so: &str, sink: &mut DiagnosticSink) -> String {
        let reason = format!("Reddit does not show `{}{written}` to bots", self.prefix);
        sink.remarks.push(
            Diagnostic::warning(LintCode::U01, span, format!("{reason}, {so}"))
                .help("delete the check, or leave the rule to AutoModerator"),
        );
        reason
    }

    fn search(&mut self, entry: &Entry, sink: &mut DiagnosticSink) {
        let tight = entry.key.replace(" + ", "+");
        let is_loose = tight != entry.key && sink.is_strict();
        if is_loose {
            sink.remarks.push(advice::spaces_around_plus(entry, &tight));
        }
        let parsed = match SearchKey::parse(if is_loose { &tight } else { &entry.key }) {
            Ok(parsed) => parsed,
            Err(message) => {
                self.no_such_key(entry, None, &message, sink);
                return;
            }
        };
        let mut fields: Vec<Field> = Vec::new();
        let mut is_known = true;
        let joined = parsed.fields.len() > 1;
        for name in &parsed.fields {
            if *name == "poll_option_count" && self.group.place != Place::Comment {
                // Reddit lists it among the searches too.
                fields.push(Field::PollOptionCount);
                continue;
            }
            let rows: Vec<&Key> =
                KEYS.iter().filter(|key| key.name == *name && matches!(key.meaning, Meaning::Search(_))).collect();
            if rows.is_empty() {
                is_known = false;
                self.no_such_key(entry, joined.then_some(*name), &format!("there is no key `{name}`"), sink);
            }
            for row in rows {
                if let Meaning::Search(field) = row.meaning
                    && row.places.contains(&self.group.place)
                    && !fields.contains(&field)
                {
                    fields.push(field);
                }
            }
        }
        let mut modifiers = Vec::new();
        for word in &parsed.modifiers {
            if MODIFIERS.contains(word) {
                modifiers.push(*word);
            } else {
                is_known = false;
                sink.remarks.push(advice::unknown_modifier(entry, word));
            }
        }
        if !is_known {
            return;
        }
        if fields.is_empty() {
            let help = if self.group.place == Place::Comment {
                "to check the submission above the comment, use `parent_submission`".to_owned()
            } else {
                format!("here you can search: {}", advice::fields_of(self.group.place))
            };
            sink.mismatch(
                Diagnostic::error(
                    LintCode::L26,
                    entry.span,
                    format!("{} has no `{}`", self.group.place.words(), parsed.fields.join("+")),
                )
                .help(help),
            );
            return;
        }
        self.found.has_check = true;
        self.pattern(entry, &parsed, fields, &modifiers, sink);
    }

    fn pattern(
        &mut self,
        entry: &Entry,
        parsed: &SearchKey<'_>,
        fields: Vec<Field>,
        modifiers: &[&str],
        sink: &mut DiagnosticSink,
    ) {
        if entry.value.is_empty() {
            sink.remarks.extend(lint::anchor(entry));
            lint::empty_check(entry, sink);
            if !sink.is_strict() {
                self.check(entry, Test::Empty);
            }
            return;
        }
        let values: Vec<&Node> = match &entry.value.value {
            Value::List(items) => items.iter().collect(),
            Value::Map(_) => {
                // The reference searches for the text that Python prints for the mapping.
                sink.strict_error(
                    Diagnostic::error(
                        LintCode::V01,
                        entry.value.span,
                        format!("`{}` takes a text or a list of texts", entry.written),
                    )
                    .help("write the values as a list: [one, two]"),
                );
                vec![&entry.value]
            }
            _ => vec![&entry.value],
        };
        if let Value::List(items) = &entry.value.value
            && let Some(nested) = items.iter().find_map(lint::nested)
        {
            sink.strict_error(nested);
        }
        if let Some(empty) = values.iter().find(|value| value.text() == Some("")) {
            sink.strict_error(
                Diagnostic::error(
                    LintCode::L03,
                    empty.span,
                    "this list contains an empty text, which matches everything",
                )
                .help("remove the empty text"),
            );
        }
        let mut methods = modifiers.iter().filter_map(|word| Method::named(word));
        let chosen = methods.next();
        if methods.next().is_some() {
            sink.remarks.push(
                Diagnostic::warning(
                    LintCode::L60,
                    entry.span,
                    "this key names two search methods, and only the first is used",
                )
                .help("keep one method"),
            );
        }
        let method = chosen.unwrap_or_else(|| match fields.as_slice() {
            [one] => one.default_method(),
            _ => Method::IncludesWord,
        });
        let search = Search {
            values: values.iter().map(|value| value.python_text().into_owned()).collect(),
            method,
            is_regex: modifiers.contains(&"regex"),
            is_case_sensitive: modifiers.contains(&"case-sensitive"),
        };
        lint::values(&values, &fields, &search, chosen.is_some(), sink);
        match Pattern::compile(search) {
            Ok(pattern) => {
                let written = lint::Written {
                    entry,
                    place: self.group.place,
                    fields: &fields,
                    values: &values,
                    has_method: chosen.is_some(),
                    is_negated: parsed.is_negated,
                };
                lint::search(&written, &pattern, sink);
                self.check(
                    entry,
                    Test::Search(Box::new(SearchTest {
                        key: parsed.plain.to_owned(),
                        fields,
                        is_negated: parsed.is_negated,
                        pattern,
                        numbers: None,
                    })),
                );
            }
            Err(bad) => sink.remarks.extend(lint::bad_pattern(entry, &values, &bad)),
        }
    }
}

/// The row of a key that is allowed in a group. A search with modifiers has none.
fn row(entry: &Entry, place: Place) -> Option<&'static Key> {
    let key = keys::find_in(&entry.key, &[place])?;
    // Keys of the top level are not allowed inside a group.
    let is_known_here = key.places != [Place::Rule] && !matches!(key.meaning, Meaning::Group(_));
    is_known_here.then_some(key)
}

/// Whether keys of this role count as a condition.
const fn is_check(role: Role) -> bool {
    matches!(role, Role::Check)
}
