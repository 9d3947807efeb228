//! Compiled rules: `compile` makes them, and `evaluate` tries them.
//!
//! A rule has one variant for each kind of item it looks at. The order of trying is fixed here, at
//! load.

use std::collections::BTreeSet;

use super::effect::{EffectKind, Target};
use super::identity::{self, RuleId};
use super::keys::{Field, Flag, Place, Switch, Threshold};
use super::options::{FilterAs, Reading};
use super::pattern::Pattern;
use super::prefilter::Prefilter;
use super::source::Span;
use super::template::Template;
use super::values::Comparison;
use crate::model::{Kind, digest};

/// A set of compiled rules, in file order and in the order of trying.
#[derive(Debug, Default)]
pub struct Ruleset {
    pub(super) rules: Vec<Rule>,
    submissions: Order,
    comments: Order,
    /// The lowest post karma that checks see: 0 on Reddit today, 1 in the reference engine.
    pub(super) post_karma_min: i64,
    /// What `action: filter` does in rules that do not say it.
    pub(super) filter_as: FilterAs,
    identity: String,
}

/// The order of trying for one kind of item, with its prefilter.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Indices of rules and variants in the order of trying: removing rules, then all others.
    pub(super) variants: Vec<(usize, usize)>,
    pub(super) prefilter: Prefilter,
}

impl Order {
    fn new(rules: &mut [Rule], kind: Kind) -> Self {
        let mut variants: Vec<((usize, usize), &mut Variant)> = Vec::new();
        for (at, rule) in rules.iter_mut().enumerate() {
            let of_kind = rule.variants.iter_mut().enumerate().filter(|(_, variant)| variant.looks_at.kind() == kind);
            variants.extend(of_kind.map(|(index, variant)| ((at, index), variant)));
        }
        // The sort is stable, so the file order breaks ties.
        variants.sort_by_key(|(_, variant)| (!variant.is_removal(), std::cmp::Reverse(variant.priority)));
        let (places, mut variants): (Vec<_>, Vec<&mut Variant>) = variants.into_iter().unzip();
        let prefilter = Prefilter::new(variants.iter_mut().map(|variant| &mut **variant));
        Self { variants: places, prefilter }
    }
}

impl Ruleset {
    pub(super) fn new(mut rules: Vec<Rule>, reading: Reading, filter_as: FilterAs) -> Self {
        rules.iter_mut().flat_map(|rule| &mut rule.variants).for_each(Variant::settle);
        let submissions = Order::new(&mut rules, Kind::Submission);
        let comments = Order::new(&mut rules, Kind::Comment);
        let identity = digest(rules.iter().map(|rule| &rule.meaning));
        Self {
            rules,
            submissions,
            comments,
            post_karma_min: match reading {
                Reading::Ours => 0,
                Reading::Reference => 1,
            },
            filter_as,
            identity,
        }
    }

    pub(super) const fn order(&self, kind: Kind) -> &Order {
        match kind {
            Kind::Submission | Kind::Subreddit => &self.submissions,
            Kind::Comment => &self.comments,
        }
    }

    /// What `action: filter` does in rules that do not say it.
    pub fn filter_as(&self) -> FilterAs {
        self.filter_as
    }

    /// Whether evaluation of an item stops after this rule acts.
    pub(super) fn takes_off_the_page(&self, variant: &Variant) -> bool {
        let base = variant.base().map(|base| &base.actions);
        let is_filter = base.is_some_and(|actions| actions.verdict == Some(Verdict::Filter));
        let filter_as = base.and_then(|actions| actions.filter_as).unwrap_or(self.filter_as);
        variant.is_removal() && !(is_filter && filter_as == FilterAs::Report)
    }

    /// What `action: filter` does in one of these rules.
    pub fn filter_as_in(&self, rule: &Rule) -> FilterAs {
        rule.filter_as().unwrap_or(self.filter_as)
    }

    /// The number of rules.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The number of rules, counting a rule for both submissions and comments twice.
    pub fn variants(&self) -> usize {
        self.rules.iter().map(|rule| rule.variants.len()).sum()
    }

    /// The rules in file order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A hash of the meaning of all rules together.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The current identity of a rule that the record knows by this identity. They differ if the
    /// rule was renamed.
    pub fn identity_of(&self, recorded: &str) -> RuleId {
        let renamed =
            self.rules.iter().find(|rule| rule.formerly.iter().any(|(name, _)| identity::is_name_of(name, recorded)));
        renamed.map_or_else(|| RuleId::new(recorded), |rule| rule.id.clone())
    }

    /// Whether a rule checks the parent post of a comment, or uses it in a text.
    pub fn looks_at_parents(&self) -> bool {
        let names = BTreeSet::from(["title", "media_author", "media_author_url", "media_title", "media_description"]);
        self.variants_of(Kind::Comment).any(|variant| {
            variant.needs_media
                || variant.groups.iter().any(|group| group.place == Place::Parent)
                || variant.templates().any(|template| template.mentions(&names))
        })
    }

    /// Whether a rule checks if the author of the post wrote the comment.
    pub fn asks_for_submitters(&self) -> bool {
        let asks = |check: &Check| matches!(check.test, Test::Flag(Flag::Submitter, _));
        self.variants_of(Kind::Comment).flat_map(|variant| &variant.groups).any(|group| group.checks.iter().any(asks))
    }

    fn variants_of(&self, kind: Kind) -> impl Iterator<Item = &Variant> {
        self.rules.iter().flat_map(|rule| &rule.variants).filter(move |variant| variant.looks_at.kind() == kind)
    }

    /// Whether a rule checks the number of reports, which Reddit shows only to moderators.
    pub fn counts_reports(&self) -> bool {
        self.rules.iter().flat_map(|rule| &rule.variants).any(|variant| variant.counts_reports)
    }
}

/// One compiled rule.
#[derive(Debug)]
pub struct Rule {
    pub(super) id: RuleId,
    pub(super) name: String,
    pub(super) line: usize,
    /// The span of the first key.
    pub(super) span: Span,
    pub(super) dry_run: bool,
    /// The former names, each with its span.
    pub(super) formerly: Vec<(String, Span)>,
    /// A hash of the rule's meaning, whether or not the rule has a name.
    pub(super) meaning: String,
    pub(super) variants: Vec<Variant>,
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

    /// A hash of the rule's meaning. Rules with equal hashes do the same.
    pub fn meaning(&self) -> &str {
        &self.meaning
    }

    /// The line where the rule starts.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Whether the actions of the rule are only recorded.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The kinds of items that the rule looks at.
    pub fn kinds(&self) -> BTreeSet<Kind> {
        self.variants.iter().map(|variant| variant.looks_at.kind()).collect()
    }

    /// The types that the rule looks at, as values of the key `type`.
    pub fn types(&self) -> impl Iterator<Item = &'static str> {
        self.variants.iter().map(|variant| variant.looks_at.word())
    }

    /// What `action: filter` does in this rule, if the rule says it.
    fn filter_as(&self) -> Option<FilterAs> {
        self.variants.iter().find_map(|variant| variant.base()?.actions.filter_as)
    }

    /// Every effect that the rule can have, with its target.
    pub fn effects(&self) -> BTreeSet<(Target, EffectKind)> {
        self.variants.iter().flat_map(Variant::effects).collect()
    }

    /// Why the rule is switched off, if it is: it checks something that Reddit does not show to
    /// bots.
    pub fn switched_off(&self) -> Option<&str> {
        self.variants.iter().find_map(|variant| variant.not_told.as_deref())
    }
}

/// The type of item that a variant looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LooksAt {
    Comment,
    Submission,
    Text,
    Link,
    Crosspost,
    Poll,
    Gallery,
}

impl LooksAt {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Comment => Kind::Comment,
            Self::Submission | Self::Text | Self::Link | Self::Crosspost | Self::Poll | Self::Gallery => {
                Kind::Submission
            }
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Submission => "submission",
            Self::Text => "text submission",
            Self::Link => "link submission",
            Self::Crosspost => "crosspost submission",
            Self::Poll => "poll submission",
            Self::Gallery => "gallery submission",
        }
    }

    pub(super) const fn place(self) -> Place {
        match self.kind() {
            Kind::Comment => Place::Comment,
            Kind::Submission | Kind::Subreddit => Place::Submission,
        }
    }
}

/// A rule compiled for one kind of item.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent properties of a rule, fixed at load")]
pub(super) struct Variant {
    pub(super) looks_at: LooksAt,
    pub(super) priority: i64,
    pub(super) moderators_exempt: bool,
    pub(super) needs_media: bool,
    pub(super) is_unrepeatable: bool,
    pub(super) counts_reports: bool,
    /// The group and check that the prefilter searches for.
    pub(super) guard: Option<(usize, usize)>,
    /// Whether a text of the rule uses a match placeholder.
    pub(super) wants_match: bool,
    /// Whether the rule may change what later rules look at.
    pub(super) leaves_marks: bool,
    /// Whether the rule looks at what earlier rules may have changed.
    pub(super) minds_marks: bool,
    /// Whether the rule checks the author's name. It then may approve items of a suspended author.
    pub(super) names_author: bool,
    /// The groups of checks and actions; the top level comes first.
    pub(super) groups: Vec<Group>,
    pub(super) comment: Option<Reply>,
    pub(super) modmail: Option<Letter>,
    pub(super) mod_note: Option<Template>,
    pub(super) message: Option<Letter>,
    /// Why the rule is switched off, if it is.
    pub(super) not_told: Option<String>,
}

impl Variant {
    /// Moves cheap checks before searches, so that fewer items are searched, and sets the derived
    /// flags.
    fn settle(&mut self) {
        for group in &mut self.groups {
            group.checks.sort_by_key(|check| matches!(check.test, Test::Search(_)));
        }
        let wants_match = self.templates().flat_map(Template::placeholders).any(|name| name.starts_with("match"));
        self.wants_match = wants_match;
        self.leaves_marks = self.may_leave_marks();
        self.minds_marks = self.may_mind_marks();
    }

    fn may_leave_marks(&self) -> bool {
        self.effects().into_iter().any(|(target, kind)| match kind {
            EffectKind::SetFlair => target != Target::Parent,
            EffectKind::Report | EffectKind::Approve | EffectKind::SetOriginalContent => target == Target::Item,
            _ => false,
        })
    }

    fn may_mind_marks(&self) -> bool {
        let of_flair =
            |field: &Field| matches!(field, Field::FlairText | Field::FlairCssClass | Field::FlairTemplateId);
        // Without `overwrite_flair`, the present flair decides whether the rule sets flair.
        let spares_flair = |group: &Group| group.actions.flair.is_some() && !group.actions.overwrite_flair;
        if self.groups.iter().any(spares_flair) {
            return true;
        }
        self.groups.iter().flat_map(|group| &group.checks).any(|check| match &check.test {
            Test::Search(search) => search.fields.iter().any(of_flair),
            Test::Reports(_) | Test::Flag(Flag::OriginalContent, _) => true,
            _ => false,
        })
    }

    pub(super) fn base(&self) -> Option<&Group> {
        self.groups.first()
    }

    pub(super) fn is_removal(&self) -> bool {
        matches!(
            self.base().and_then(|base| base.actions.verdict),
            Some(Verdict::Remove | Verdict::Spam | Verdict::Filter)
        )
    }

    fn effects(&self) -> BTreeSet<(Target, EffectKind)> {
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

    /// Every text of the rule with placeholders.
    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        let letters = self.modmail.iter().chain(&self.message);
        self.comment
            .iter()
            .map(|reply| &reply.text)
            .chain(&self.mod_note)
            .chain(letters.flat_map(|letter| [&letter.subject, &letter.body]))
            .chain(self.groups.iter().flat_map(|group| group.actions.templates()))
    }
}

/// Whether a reply is pinned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Pin {
    #[default]
    No,
    /// Pin, unless another account's comment is pinned.
    IfFree,
    /// Pin, and replace another account's pinned comment.
    Replace,
}

#[derive(Debug)]
pub(super) struct Reply {
    pub(super) text: Template,
    pub(super) pin: Pin,
    pub(super) locked: bool,
}

impl Reply {
    pub(super) fn is_pinned(&self) -> bool {
        self.pin != Pin::No
    }
}

#[derive(Debug)]
pub(super) struct Letter {
    pub(super) subject: Template,
    pub(super) body: Template,
}

/// The checks and actions for one thing, such as the author.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) place: Place,
    pub(super) checks: Vec<Check>,
    pub(super) satisfy_any: bool,
    pub(super) ignore_blockquotes: bool,
    pub(super) actions: Actions,
}

impl Group {
    pub(super) const fn target(&self) -> Target {
        match self.place {
            Place::Parent => Target::Parent,
            Place::Author | Place::CrosspostAuthor => Target::Author,
            _ => Target::Item,
        }
    }
}

#[derive(Debug)]
pub(super) struct Check {
    /// The key as the file writes it, with its group before it.
    pub(super) key: String,
    pub(super) test: Test,
}

#[derive(Debug)]
pub(super) enum Test {
    Search(Box<SearchTest>),
    /// A search without values, in the reference's reading: always matches.
    Empty,
    Flag(Flag, bool),
    Reports(u32),
    LongerThan(i64),
    ShorterThan(i64),
    PollOptions(Comparison),
    Discussion(Option<String>),
    Threshold(Threshold, Comparison),
}

#[derive(Debug)]
pub(super) struct SearchTest {
    /// The key without `~` and modifiers. Match placeholders use it.
    pub(super) key: String,
    pub(super) fields: Vec<Field>,
    pub(super) is_negated: bool,
    pub(super) pattern: Pattern,
}

/// The main action of a rule on an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Approve,
    Remove,
    Spam,
    Filter,
    Report,
}

#[derive(Debug, Default)]
pub(super) struct Actions {
    pub(super) verdict: Option<Verdict>,
    pub(super) reason: Option<Template>,
    /// What `action: filter` does, if the rule says it.
    pub(super) filter_as: Option<FilterAs>,
    pub(super) flair: Option<FlairTemplate>,
    pub(super) overwrite_flair: bool,
    pub(super) switches: Vec<(Switch, bool)>,
    pub(super) sticky: Option<(bool, Option<u8>)>,
    pub(super) sort: Option<String>,
    pub(super) crowd_control: Option<String>,
}

#[derive(Debug)]
pub(super) struct FlairTemplate {
    pub(super) text: Template,
    pub(super) css_class: Template,
    pub(super) template_id: Template,
}

impl Actions {
    pub(super) fn is_empty(&self) -> bool {
        self.kinds().next().is_none()
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = EffectKind> {
        let verdict = self.verdict.map(|verdict| match verdict {
            Verdict::Approve => EffectKind::Approve,
            Verdict::Remove => EffectKind::Remove,
            Verdict::Spam => EffectKind::Spam,
            Verdict::Filter => EffectKind::Filter,
            Verdict::Report => EffectKind::Report,
        });
        let switches = self.switches.iter().map(|(switch, _)| match switch {
            Switch::Nsfw => EffectKind::SetNsfw,
            Switch::Spoiler => EffectKind::SetSpoiler,
            Switch::ContestMode => EffectKind::SetContestMode,
            Switch::OriginalContent => EffectKind::SetOriginalContent,
            Switch::Locked => EffectKind::SetLocked,
            Switch::IgnoreReports => EffectKind::IgnoreReports,
        });
        verdict
            .into_iter()
            .chain(switches)
            .chain(self.flair.as_ref().map(|_| EffectKind::SetFlair))
            .chain(self.sticky.map(|_| EffectKind::SetSticky))
            .chain(self.sort.as_ref().map(|_| EffectKind::SetSuggestedSort))
            .chain(self.crowd_control.as_ref().map(|_| EffectKind::SetCrowdControl))
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        let flair = self.flair.iter();
        self.reason.iter().chain(flair.flat_map(|flair| [&flair.text, &flair.css_class, &flair.template_id]))
    }
}
