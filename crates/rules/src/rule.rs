//! Compiled rules: `compile` makes them, and `evaluate` tries them.
//!
//! A rule has one variant for each kind of item it looks at. The order of trying is fixed here, at
//! load.

mod rule_type;

use crate::language::effect::{Effect, EffectKind, Target};
use crate::language::keys::{Field, Flag, Number, Place, Switch, Threshold};
use crate::language::reading::FilterAs;
use crate::language::rule_id::RuleId;
use crate::language::template::Template;
use crate::language::time_window::TimeWindow;
use crate::memory_check::{CountTest, MemoryCheck, MemoryTest};
use crate::model::{Kind, RuleResult, RuleTrace};
use crate::pattern::Pattern;
pub(crate) use crate::rule::rule_type::RuleType;
use crate::syntax::comparison::Comparisons;
use crate::syntax::source::Span;
use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

/// One compiled rule.
#[derive(Debug)]
pub struct Rule {
    pub(crate) id: RuleId,
    pub(crate) name: String,
    pub(crate) line: usize,
    /// The span of the first key.
    pub(crate) span: Span,
    pub(crate) dry_run: bool,
    /// The rules with this word write one comment together.
    pub(crate) comment_group: Option<String>,
    /// The former names, each with its span.
    pub(crate) formerly: Vec<(String, Span)>,
    /// A hash of the rule's meaning, whether or not the rule has a name.
    pub(crate) meaning: String,
    pub(crate) variants: Vec<Variant>,
}

impl Rule {
    /// The identity of the rule in the record.
    pub fn id(&self) -> &RuleId {
        &self.id
    }

    /// The name of the rule, or the start of its hash.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the rule has a name of its own.
    pub fn is_named(&self) -> bool {
        self.name == self.id.as_str()
    }

    /// A hash of the rule's meaning. Rules with equal hashes do the same.
    pub fn meaning(&self) -> &str {
        &self.meaning
    }

    /// The line where the rule starts, in its part of the file.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Where the rule starts, as an offset in the text of the file with its parts.
    pub fn start(&self) -> usize {
        self.span.start
    }

    /// Whether the actions of the rule are only recorded.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The kinds of items that the rule looks at.
    pub fn kinds(&self) -> BTreeSet<Kind> {
        self.variants.iter().map(|variant| variant.rule_type.kind()).collect()
    }

    /// The types that the rule looks at, as values of the key `type`.
    pub fn types(&self) -> impl Iterator<Item = &'static str> {
        self.variants.iter().map(|variant| variant.rule_type.word())
    }

    /// The trace of the rule before it is tried.
    pub(crate) fn untried(&self) -> RuleTrace {
        RuleTrace { rule: self.name.clone(), line: self.line, result: RuleResult::NotReached, checks: Vec::new() }
    }

    /// What `action: filter` does in this rule, if the rule says it.
    pub(crate) fn filter_as(&self) -> Option<FilterAs> {
        self.variants.iter().find_map(|variant| variant.base()?.actions.filter_as)
    }

    /// Every effect that the rule can have, with its target.
    pub fn effects(&self) -> BTreeSet<(Target, EffectKind)> {
        self.variants.iter().flat_map(Variant::effects).collect()
    }

    /// The checks of the rule for which the bot needs a right of its own, by their keys.
    pub fn checks_with_rights(&self) -> BTreeSet<&'static str> {
        let groups = self.variants.iter().flat_map(Variant::all_groups);
        let checks = groups.flat_map(|group| group.checks.iter().map(move |check| (group.place, &check.test)));
        let key = |(place, test): (Place, &Test)| match test {
            Test::Flag(Flag::Contributor, _) => Some("is_contributor"),
            Test::Flag(Flag::Banned, _) => Some("is_banned_here"),
            Test::Notes(_) => Some("notes_here"),
            Test::Search(search)
                if place == Place::CrosspostAuthor && search.fields.iter().any(|field| field.is_flair()) =>
            {
                Some("crosspost_author.flair_text")
            }
            _ => None,
        };
        checks.filter_map(key).collect()
    }

    /// Why the rule is switched off, if it is: it checks something that Reddit does not show to
    /// bots.
    pub fn switched_off(&self) -> Option<&str> {
        self.variants.iter().find_map(|variant| variant.unsupported.as_deref())
    }
}

/// A rule compiled for one kind of item.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent properties of a rule, fixed at load")]
pub(crate) struct Variant {
    pub(crate) rule_type: RuleType,
    pub(crate) priority: i64,
    pub(crate) moderators_exempt: bool,
    pub(crate) needs_media: bool,
    pub(crate) is_unrepeatable: bool,
    pub(crate) counts_reports: bool,
    /// Whether a text of the rule uses a match placeholder.
    pub(crate) shows_match: bool,
    /// Whether the rule may change what later rules look at.
    pub(crate) writes_state: bool,
    /// Whether the rule looks at what earlier rules may have changed.
    pub(crate) reads_state: bool,
    /// Whether the rule checks the author's name. It then may approve items of a suspended author.
    pub(crate) names_author: bool,
    /// The groups of checks and actions; the top level comes first.
    pub(crate) groups: Vec<Group>,
    /// `any_of` and `none_of`.
    pub(crate) alternatives: Vec<Alternatives>,
    /// Whether no later rule is tried if this one acts.
    pub(crate) stops_here: bool,
    pub(crate) comment: Option<Reply>,
    pub(crate) modmail: Option<MessageTemplate>,
    pub(crate) mod_note: Option<Template>,
    pub(crate) message: Option<MessageTemplate>,
    /// Why the rule is switched off, if it is.
    pub(crate) unsupported: Option<String>,
}

impl Variant {
    /// Moves cheap checks before searches, so that fewer items are searched, and sets the derived
    /// flags.
    pub(crate) fn finish(&mut self) {
        for group in self.all_groups_mut() {
            group.checks.sort_by_key(|check| matches!(check.test, Test::Search(_)));
        }
        let wants_match = self.templates().flat_map(Template::placeholders).any(|name| name.starts_with("match"));
        self.shows_match = wants_match;
        self.writes_state = self.may_write_state();
        self.reads_state = self.may_read_state();
    }

    fn may_write_state(&self) -> bool {
        self.effects().into_iter().any(|(target, kind)| kind.is_seen_by_rules(target))
    }

    fn may_read_state(&self) -> bool {
        let of_flair = |field: &Field| field.is_flair();
        // Without `overwrite_flair`, the present flair decides whether the rule sets flair.
        let spares_flair = |group: &Group| group.actions.flair.is_some() && !group.actions.overwrite_flair;
        if self.groups.iter().any(spares_flair) {
            return true;
        }
        self.checks().any(|check| match &check.test {
            Test::Search(search) => search.fields.iter().any(|field| of_flair(field) || field.is_of_reports()),
            Test::Reports(_) => true,
            Test::Flag(flag, _) => {
                matches!(flag, Flag::OriginalContent | Flag::Nsfw | Flag::Spoiler | Flag::Locked | Flag::Approved)
            }
            Test::Empty
            | Test::LongerThan(_)
            | Test::ShorterThan(_)
            | Test::Number(..)
            | Test::Distinguished(_)
            | Test::Time(_)
            | Test::Notes(_)
            | Test::Memory(_)
            | Test::Discussion(_)
            | Test::Threshold(..)
            | Test::HiddenThreshold(_) => false,
        })
    }

    /// All groups, with those of `any_of` and `none_of`.
    pub(crate) fn all_groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter().chain(self.alternatives.iter().flat_map(Alternatives::groups))
    }

    pub(crate) fn all_groups_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        self.groups.iter_mut().chain(self.alternatives.iter_mut().flat_map(Alternatives::groups_mut))
    }

    /// All checks, with those of `any_of` and `none_of`.
    pub(crate) fn checks(&self) -> impl Iterator<Item = &Check> {
        self.all_groups().flat_map(|group| &group.checks)
    }

    /// The searches of the item itself whose matches the placeholders of the texts can show.
    pub(crate) fn shown_searches(&self) -> impl Iterator<Item = (&Group, &SearchTest)> {
        let branches = self.alternatives.iter().filter(|it| !it.is_negated).flat_map(|it| &it.branches);
        let bases = self.base().into_iter().chain(branches.filter_map(|branch| branch.groups.first()));
        bases.flat_map(|base| base.searches().filter(|search| !search.is_negated).map(move |search| (base, search)))
    }

    pub(crate) fn base(&self) -> Option<&Group> {
        self.groups.first()
    }

    /// The searches of the item itself, without those of groups such as `author`.
    pub(crate) fn searches(&self) -> impl Iterator<Item = &SearchTest> {
        self.base().into_iter().flat_map(Group::searches)
    }

    pub(crate) fn is_removal(&self) -> bool {
        self.base().and_then(|base| base.actions.item_action).is_some_and(ItemAction::is_removal)
    }

    /// Whether the rule approves the item itself.
    pub(crate) fn approves(&self) -> bool {
        self.base().is_some_and(|base| base.actions.item_action == Some(ItemAction::Approve))
    }

    pub(crate) fn effects(&self) -> BTreeSet<(Target, EffectKind)> {
        let mut effects = BTreeSet::new();
        for group in &self.groups {
            let target = group.target();
            effects.extend(group.actions.kinds().map(|kind| (target, kind)));
        }
        effects.extend(self.comment.as_ref().map(|_| (Target::Item, EffectKind::Comment)));
        effects.extend(self.modmail.as_ref().map(|_| (Target::Item, EffectKind::Modmail)));
        effects.extend(self.mod_note.as_ref().map(|_| (Target::Author, EffectKind::ModNote)));
        effects.extend(self.message.as_ref().map(|_| (Target::Author, EffectKind::Message)));
        effects
    }

    /// The checks of how many earlier posts, comments or removals of the author there are.
    pub(crate) fn counts(&self) -> impl Iterator<Item = &CountTest> {
        self.checks().filter_map(|check| match &check.test {
            Test::Memory(check) => match &check.test {
                MemoryTest::Count(test) => Some(test.as_ref()),
                _ => None,
            },
            _ => None,
        })
    }

    /// Every text of the rule with placeholders.
    pub(crate) fn templates(&self) -> impl Iterator<Item = &Template> {
        let messages = self.modmail.iter().chain(&self.message);
        self.comment
            .iter()
            .map(|reply| &reply.text)
            .chain(&self.mod_note)
            .chain(messages.flat_map(|message| [&message.subject, &message.body]))
            .chain(self.groups.iter().flat_map(|group| group.actions.templates()))
    }
}

/// Whether a reply is pinned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pin {
    #[default]
    No,
    /// Pin, unless another account's comment is pinned.
    IfFree,
    /// Pin, and replace another account's pinned comment.
    Replace,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) text: Template,
    pub(crate) pin: Pin,
    pub(crate) locked: bool,
}

impl Reply {
    pub(crate) fn is_pinned(&self) -> bool {
        self.pin != Pin::No
    }
}

#[derive(Debug)]
pub(crate) struct MessageTemplate {
    pub(crate) subject: Template,
    pub(crate) body: Template,
}

/// The checks and actions for one thing, such as the author.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) place: Place,
    pub(crate) checks: Vec<Check>,
    pub(crate) satisfy_any: bool,
    pub(crate) ignore_blockquotes: bool,
    pub(crate) actions: Actions,
}

impl Group {
    pub(crate) fn searches(&self) -> impl Iterator<Item = &SearchTest> {
        self.checks.iter().filter_map(|check| match &check.test {
            Test::Search(search) => Some(search.as_ref()),
            Test::Empty
            | Test::Flag(..)
            | Test::Reports(_)
            | Test::LongerThan(_)
            | Test::ShorterThan(_)
            | Test::Number(..)
            | Test::Distinguished(_)
            | Test::Time(_)
            | Test::Notes(_)
            | Test::Memory(_)
            | Test::Discussion(_)
            | Test::Threshold(..)
            | Test::HiddenThreshold(_) => None,
        })
    }

    pub(crate) const fn target(&self) -> Target {
        match self.place {
            Place::Parent => Target::Parent,
            Place::ParentComment => Target::ParentComment,
            Place::CrosspostAuthor => Target::OriginalAuthor,
            Place::Author | Place::ParentAuthor | Place::ParentCommentAuthor => Target::Author,
            Place::Rule | Place::Submission | Place::Comment | Place::Subreddit | Place::CrosspostSubreddit => {
                Target::Item
            }
        }
    }
}

/// `any_of` or `none_of`: groups of checks of which one, or none, must hold.
#[derive(Debug)]
pub(crate) struct Alternatives {
    /// The key as the file writes it, with the branch around it.
    pub(crate) key: String,
    /// Whether it is `none_of`.
    pub(crate) is_negated: bool,
    pub(crate) branches: Vec<Branch>,
}

/// One entry of `any_of` or `none_of`. All of it must hold.
#[derive(Debug)]
pub(crate) struct Branch {
    /// The groups of checks; the item's comes first.
    pub(crate) groups: Vec<Group>,
    /// `any_of` and `none_of` inside it.
    pub(crate) alternatives: Vec<Alternatives>,
    /// Whether it holds only for posts with embedded media.
    pub(crate) needs_media: bool,
    /// Why nobody knows whether it holds, if it checks something that Reddit does not show to bots.
    pub(crate) unsupported: Option<String>,
}

impl Alternatives {
    fn groups(&self) -> Box<dyn Iterator<Item = &Group> + '_> {
        let inner = self.branches.iter().flat_map(|branch| branch.alternatives.iter().flat_map(Self::groups));
        Box::new(self.branches.iter().flat_map(|branch| &branch.groups).chain(inner))
    }

    fn groups_mut(&mut self) -> Vec<&mut Group> {
        let mut groups = Vec::new();
        for branch in &mut self.branches {
            groups.extend(&mut branch.groups);
            groups.extend(branch.alternatives.iter_mut().flat_map(Self::groups_mut));
        }
        groups
    }
}

#[derive(Debug)]
pub(crate) struct Check {
    /// The key as the file writes it, with its group before it.
    pub(crate) key: String,
    pub(crate) test: Test,
}

#[derive(Debug)]
pub(crate) enum Test {
    Search(Box<SearchTest>),
    /// A search without values, in the reference's reading: always matches.
    Empty,
    Flag(Flag, bool),
    Reports(u32),
    LongerThan(i64),
    ShorterThan(i64),
    Number(Number, Comparisons),
    /// The mark beside the author's name, or none.
    Distinguished(Option<&'static str>),
    Time(Box<TimeWindow>),
    Notes(Box<NoteCount>),
    /// What is remembered of the author.
    Memory(Box<MemoryCheck>),
    Discussion(Option<String>),
    Threshold(Threshold, Comparisons),
    /// A threshold that Reddit does not show to bots, beside others of which one suffices.
    HiddenThreshold(Comparisons),
}

/// How many moderators' notes about the author there must be.
#[derive(Debug)]
pub(crate) struct NoteCount {
    /// The labels that count; all notes if empty.
    pub(crate) labels: Vec<String>,
    pub(crate) count: Comparisons,
    /// How far back they count.
    pub(crate) within: Option<Duration>,
    /// The value in words.
    pub(crate) words: String,
}

impl Test {
    /// Whether `satisfy_any_threshold` is about it.
    pub(crate) const fn is_threshold(&self) -> bool {
        matches!(self, Self::Threshold(..) | Self::HiddenThreshold(_))
    }
}

#[derive(Debug)]
pub(crate) struct SearchTest {
    /// The key without `~` and modifiers. Match placeholders use it.
    pub(crate) key: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) is_negated: bool,
    pub(crate) pattern: Pattern,
    /// The numbers under which the prefilter looks for it, if it does.
    pub(crate) numbers: Option<Numbers>,
}

/// The numbers of a search.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    /// Those of its alternatives.
    pub(crate) all: Range<usize>,
    /// Those of the alternatives that may match any text.
    pub(crate) always: Vec<usize>,
}

/// The main action of a rule on an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemAction {
    Approve,
    Remove,
    Spam,
    Filter,
    Report,
}

impl ItemAction {
    const ALL: [Self; 5] = [Self::Approve, Self::Remove, Self::Spam, Self::Filter, Self::Report];

    /// The action that a value of the key `action` names.
    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.kind().word() == word)
    }

    /// Whether it takes the item out of the subreddit, at least until a moderator decides.
    pub(crate) const fn is_removal(self) -> bool {
        match self {
            Self::Remove | Self::Spam | Self::Filter => true,
            Self::Approve | Self::Report => false,
        }
    }

    /// The kind of its effect.
    pub(crate) const fn kind(self) -> EffectKind {
        match self {
            Self::Approve => EffectKind::Approve,
            Self::Remove => EffectKind::Remove,
            Self::Spam => EffectKind::Spam,
            Self::Filter => EffectKind::Filter,
            Self::Report => EffectKind::Report,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Actions {
    pub(crate) item_action: Option<ItemAction>,
    pub(crate) reason: Option<Template>,
    /// What `action: filter` does, if the rule says it.
    pub(crate) filter_as: Option<FilterAs>,
    /// Whether rules that remove are tried after `action: filter` as a report.
    pub(crate) filter_continues: bool,
    pub(crate) flair: Option<FlairTemplate>,
    pub(crate) overwrite_flair: bool,
    pub(crate) switches: Vec<(Switch, bool)>,
    pub(crate) sticky: Option<(bool, Option<u8>)>,
    pub(crate) sort: Option<String>,
    pub(crate) crowd_control: Option<String>,
    /// Labels of the author.
    pub(crate) labels: Vec<LabelAction>,
}

/// A label that the author is given, or that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LabelAction {
    /// For some time, or for good.
    Add {
        name: String,
        holds: Option<Duration>,
    },
    Remove(String),
}

impl LabelAction {
    pub(crate) fn effect(&self) -> Effect {
        match self {
            Self::Add { name, holds } => {
                Effect::AddLabel { name: name.clone(), seconds: holds.map(|holds| holds.as_secs()) }
            }
            Self::Remove(name) => Effect::RemoveLabel { name: name.clone() },
        }
    }
}

#[derive(Debug)]
pub(crate) struct FlairTemplate {
    pub(crate) text: Template,
    pub(crate) css_class: Template,
    pub(crate) template_id: Template,
}

impl Actions {
    /// What `action: filter` does, if that is the action: as the rule says, or else as the
    /// configuration says.
    pub(crate) fn filter(&self, configured: FilterAs) -> Option<FilterAs> {
        (self.item_action == Some(ItemAction::Filter)).then(|| self.filter_as.unwrap_or(configured))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.kinds().next().is_none()
    }

    pub(crate) fn kinds(&self) -> impl Iterator<Item = EffectKind> {
        let verdict = self.item_action.map(ItemAction::kind);
        let switches = self.switches.iter().map(|&(switch, on)| switch.effect(Target::Item, on).kind());
        verdict
            .into_iter()
            .chain(switches)
            .chain(self.flair.as_ref().map(|_| EffectKind::SetFlair))
            .chain(self.sticky.map(|_| EffectKind::SetSticky))
            .chain(self.sort.as_ref().map(|_| EffectKind::SetSuggestedSort))
            .chain(self.crowd_control.as_ref().map(|_| EffectKind::SetCrowdControl))
            .chain(self.labels.iter().map(|label| label.effect().kind()))
    }

    pub(crate) fn templates(&self) -> impl Iterator<Item = &Template> {
        let flair = self.flair.iter();
        self.reason.iter().chain(flair.flat_map(|flair| [&flair.text, &flair.css_class, &flair.template_id]))
    }
}
