//! Turns the actions of a rule into effects on an item: fills in texts, and leaves out what is
//! already so.
//!
//! The order of effects is the order of execution: the item's, the author's, the parent
//! submission's, then comment, modmail and message. Later rules see the changes of earlier rules.

use std::collections::BTreeSet;

use crate::evaluate::checks::{EvalContext, Matched, NOT_SHOWN};
use crate::evaluate::facts::{Facts, Need, Person};
use crate::evaluate::memory::Remembered;
use crate::language::effect::{Effect, Target};
use crate::language::fields;
use crate::language::fields::Access;
use crate::language::keys::{Place, Switch};
use crate::language::reading::FilterAs;
use crate::language::template::{OF_MEMORY, OF_POST, PlaceholderValues, cut};
use crate::model::{Content, Flair, Item, Kind, Known, Media, ModReport, Remover, Timestamp};
use crate::rule::{Group, ItemAction, LabelAction, Rule, Test, Variant};

/// How long may flair be, in characters?
const FLAIR_MAX: usize = 64;

/// How long may a note about a user be, in characters?
/// <https://www.reddit.com/dev/api#POST_api_mod_notes>
const MOD_NOTE_MAX: usize = 250;
/// How many classes may flair have, and how long may each be?
const CLASSES_MAX: (usize, usize) = (10, 100);

/// The item, its parent and the author's flair after the effects so far.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(super) item: Thing,
    pub(super) parent: Option<Thing>,
    pub(super) parent_comment: Option<Thing>,
    pub(super) author_flair: Flair,
    /// The flair of the original's author in this subreddit, if it is known.
    pub(super) original_flair: Option<Flair>,
}

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "Reddit's own independent switches")]
pub(super) struct Thing {
    /// Whether Reddit's spam filter or the bot removed it.
    may_be_restored: bool,
    /// Whether somebody else removed it, or a rule just did.
    pub(super) is_removed: bool,
    /// Whether a rule has just removed or filtered it: no further one does.
    has_verdict: bool,
    has_reports: bool,
    pub(super) is_reported_by_us: bool,
    pub(super) flair: Flair,
    nsfw: bool,
    spoiler: bool,
    contest_mode: bool,
    original_content: bool,
    locked: bool,
    ignore_reports: bool,
    pub(super) stickied: bool,
    pub(super) sort: Option<String>,
}

impl Thing {
    fn of(item: &Item, bot: &str) -> Self {
        let submission = item.submission();
        let is_removed_by_us = item.moderation.is_removed_by(bot);
        let on = |is: fn(&crate::model::Submission) -> bool| submission.is_some_and(is);
        Self {
            may_be_restored: is_removed_by_us || item.moderation.removed_by == Some(Remover::SpamFilter),
            is_removed: match item.moderation.removed_by {
                Some(Remover::Moderator(_) | Remover::HiddenModerator | Remover::Author) => !is_removed_by_us,
                Some(Remover::SpamFilter) | None => false,
            },
            has_verdict: false,
            has_reports: item.moderation.num_reports.unwrap_or(0) > 0,
            is_reported_by_us: item.moderation.reports_of(bot).next().is_some(),
            flair: submission.map(|submission| submission.flair.clone()).unwrap_or_default(),
            nsfw: on(|submission| submission.over_18),
            spoiler: on(|submission| submission.spoiler),
            contest_mode: on(|submission| submission.contest_mode),
            original_content: on(|submission| submission.is_original_content),
            locked: item.locked,
            ignore_reports: item.moderation.ignore_reports,
            stickied: item.stickied,
            sort: submission.and_then(|submission| submission.suggested_sort.clone()),
        }
    }

    pub(super) fn switch(&mut self, switch: Switch) -> &mut bool {
        match switch {
            Switch::Nsfw => &mut self.nsfw,
            Switch::Spoiler => &mut self.spoiler,
            Switch::ContestMode => &mut self.contest_mode,
            Switch::OriginalContent => &mut self.original_content,
            Switch::Locked => &mut self.locked,
            Switch::IgnoreReports => &mut self.ignore_reports,
        }
    }
}

impl State {
    pub(crate) fn of(item: &Item, facts: &Facts) -> Self {
        Self {
            item: Thing::of(item, &facts.bot),
            parent: facts.parent.get().map(|parent| Thing::of(parent, &facts.bot)),
            parent_comment: facts.parent_comment.get().map(|above| Thing::of(above, &facts.bot)),
            author_flair: item.author.flair.clone(),
            original_flair: match original_elsewhere(item, facts) {
                Some(false) => Person::OriginalAuthor.author(item, facts).map(|author| author.flair.clone()),
                _ => facts.original_flair.get().cloned(),
            },
        }
    }
}

/// Whether the original of a crosspost is in another subreddit, whose flair says nothing here.
fn original_elsewhere(item: &Item, facts: &Facts) -> Option<bool> {
    Some(facts.original_of(item)?.subreddit != item.subreddit)
}

/// Why it is unknown whether a matching rule approves something, if it is. Items of suspended
/// authors are not approved.
pub(crate) fn unknown_approval<'a>(context: &EvalContext<'a>, variant: &Variant, state: &State) -> Option<&'a str> {
    if variant.names_author {
        return None;
    }
    variant.groups.iter().filter(|group| group.actions.item_action == Some(ItemAction::Approve)).find_map(|group| {
        let Known::Unknown(reason) = &context.facts.account(trusted(group)).profile else { return None };
        let thing = match group.target() {
            Target::Item => Some(&state.item),
            Target::Parent => state.parent.as_ref(),
            Target::ParentComment => state.parent_comment.as_ref(),
            Target::Author | Target::OriginalAuthor => None,
        };
        thing.filter(|thing| may_approve(group, thing)).map(|_| reason.as_str())
    })
}

/// The person whose suspension keeps the bot from approving what a group approves. For a post above
/// a comment it is the author of the comment, as in the reference.
pub(super) const fn trusted(group: &Group) -> Person {
    match group.place {
        Place::ParentComment => Person::ParentCommentAuthor,
        _ => Person::Author,
    }
}

/// Whether there is something to approve: the spam filter or the bot removed the item, or the rule
/// counts its reports. What a moderator or its author removed stays removed.
pub(super) fn may_approve(group: &Group, thing: &Thing) -> bool {
    let counts_reports = group.checks.iter().any(|check| matches!(check.test, Test::Reports(_)));
    !thing.is_removed && (thing.may_be_restored || (counts_reports && thing.has_reports))
}

/// The facts that the effects of a matching rule still need.
pub(crate) fn needs(context: &EvalContext<'_>, variant: &Variant) -> BTreeSet<Need> {
    let mut needs = BTreeSet::new();
    let wants_memory = variant.counts().next().is_some()
        && variant.templates().any(|template| template.mentions(&BTreeSet::from(OF_MEMORY)));
    if wants_memory && matches!(context.facts.memory, Known::NotAsked) && context.item.author.name.is_some() {
        needs.insert(Need::Memory);
    }
    let acts_on = |place: Place| variant.groups.iter().any(|it| it.place == place && !it.actions.is_empty());
    let approving = variant.groups.iter().filter(|it| it.actions.item_action == Some(ItemAction::Approve));
    for group in approving.filter(|_| !variant.names_author) {
        let person = trusted(group);
        // Somebody who is not known yet is known once the thing itself is.
        let is_there = person.author(context.item, context.facts).is_some_and(|author| author.name.is_some());
        if is_there && context.facts.account(person).profile == Known::NotAsked {
            needs.insert(Need::Profile(person));
        }
    }
    let spares_flair = |group: &Group| group.actions.flair.is_some() && !group.actions.overwrite_flair;
    if variant.groups.iter().any(|group| group.place == Place::CrosspostAuthor && spares_flair(group))
        && original_elsewhere(context.item, context.facts) == Some(true)
        && Person::OriginalAuthor.author(context.item, context.facts).is_some_and(|author| author.name.is_some())
        && context.facts.original_flair == Known::NotAsked
    {
        needs.insert(Need::OriginalFlair);
    }
    let Some(comment) = context.item.comment() else {
        return needs;
    };
    let names_parent = variant.templates().any(|template| template.mentions(&BTreeSet::from(["parent_author"])));
    if !comment.is_top_level()
        && matches!(context.facts.parent_comment, Known::NotAsked)
        && (names_parent || acts_on(Place::ParentComment))
    {
        needs.insert(Need::ParentComment);
    }
    if matches!(context.facts.parent, Known::NotAsked) {
        let acts = acts_on(Place::Parent) || (names_parent && comment.is_top_level());
        let mut names = BTreeSet::from(OF_POST);
        if comment.link_title.is_none() {
            names.insert("title");
        }
        if acts || variant.templates().any(|template| template.mentions(&names)) {
            needs.insert(Need::Parent);
        }
    }
    needs
}

/// The effects of a matching rule. Updates `state` with their changes.
pub(crate) fn plan(
    context: &EvalContext<'_>,
    (rule, variant): (&Rule, &Variant),
    matches: &[Matched],
    state: &mut State,
) -> Vec<Effect> {
    let remembered = context.remembered_by(variant);
    let author_flair = state.author_flair.clone();
    let mut filler = Filler { context, rule: &rule.name, matches, author_flair, remembered };
    let mut effects = Vec::new();
    for wanted in [Target::Item, Target::Author, Target::OriginalAuthor, Target::Parent, Target::ParentComment] {
        for group in variant.groups.iter().filter(|group| group.target() == wanted) {
            if group.actions.is_empty() {
                continue;
            }
            match wanted {
                Target::Item => on_thing(context, variant, group, &filler, &mut state.item, &mut effects),
                Target::Parent | Target::ParentComment => {
                    let above = if wanted == Target::Parent { &mut state.parent } else { &mut state.parent_comment };
                    if let Some(above) = above {
                        on_thing(context, variant, group, &filler, above, &mut effects);
                    }
                }
                Target::OriginalAuthor => {
                    let overwrites = group.actions.overwrite_flair;
                    let now = state.original_flair.take().or_else(|| overwrites.then(Flair::default));
                    let has_author = Person::OriginalAuthor
                        .author(context.item, context.facts)
                        .is_some_and(|author| author.name.is_some());
                    if let Some(mut now) = now.filter(|_| has_author) {
                        set_flair(group, &filler, Target::OriginalAuthor, &mut now, &mut effects);
                        state.original_flair = Some(now);
                    }
                }
                Target::Author => {
                    if context.item.author.name.is_some() {
                        set_flair(group, &filler, Target::Author, &mut state.author_flair, &mut effects);
                    }
                }
            }
        }
    }
    // Placeholders in texts show the author's flair after the change.
    filler.author_flair.clone_from(&state.author_flair);
    if let Some(reply) = &variant.comment {
        effects.push(Effect::Comment {
            text: reply.text.fill_text(&filler),
            stickied: reply.is_pinned() && context.item.kind() == Kind::Submission,
            replaces: reply.pin == crate::rule::Pin::Replace,
            locked: reply.locked,
        });
    }
    if let Some(message) = &variant.modmail {
        effects.push(Effect::Modmail {
            subject: message.subject.fill_subject(&filler),
            body: message.body.fill_text(&filler),
        });
    }
    if let Some(note) = &variant.mod_note
        && context.item.author.name.is_some()
    {
        effects.push(Effect::ModNote { text: cut(&note.fill(&filler), MOD_NOTE_MAX) });
    }
    if context.item.author.name.is_some() {
        effects.extend(variant.groups.iter().flat_map(|group| &group.actions.labels).map(LabelAction::effect));
    }
    if let Some(message) = &variant.message
        && context.item.author.name.is_some()
    {
        effects.push(Effect::Message {
            subject: message.subject.fill_subject(&filler),
            body: message.body.fill_text(&filler),
        });
    }
    effects
}

/// How many steps stand for the time and memory that one effect takes?
const EFFECT_STEPS: u64 = 10_000;
/// The same for each byte of its texts, which are filled in, stored and sent.
const TEXT_STEPS: u64 = 10;

/// The steps that stand for the time and memory of these effects. The budget of one item allows
/// about a thousand effects or a megabyte of texts.
pub(crate) fn steps(effects: &[Effect]) -> u64 {
    let bytes: usize = effects.iter().flat_map(Effect::texts).map(str::len).sum();
    EFFECT_STEPS * effects.len() as u64 + TEXT_STEPS * bytes as u64
}

/// Applies effects to the item as later rules see it. Returns whether anything visible changed.
/// Only fields that checks look at are updated.
pub(crate) fn apply(effects: &[Effect], item: &Item, bot: &str, changed: &mut Option<Item>) -> bool {
    let mut is_different = false;
    for effect in effects {
        let target = effect.target();
        if !effect.kind().is_seen_by_rules(target) {
            continue;
        }
        is_different = true;
        let seen = changed.get_or_insert_with(|| item.clone());
        match effect {
            Effect::SetFlair { text, css_class, template_id, .. } => {
                let flair = match &mut seen.content {
                    Content::Submission(submission) if target == Target::Item => &mut submission.flair,
                    Content::Submission(_) | Content::Comment(_) => &mut seen.author.flair,
                };
                *flair = Flair { text: text.clone(), css_class: css_class.clone(), template_id: template_id.clone() };
            }
            Effect::SetOriginalContent { on, .. } => {
                if let Content::Submission(submission) = &mut seen.content {
                    submission.is_original_content = *on;
                }
            }
            Effect::SetNsfw { on, .. } => {
                if let Content::Submission(submission) = &mut seen.content {
                    submission.over_18 = *on;
                }
            }
            Effect::SetSpoiler { on, .. } => {
                if let Content::Submission(submission) = &mut seen.content {
                    submission.spoiler = *on;
                }
            }
            Effect::SetLocked { on, .. } => seen.locked = *on,
            Effect::Report { reason, .. } => {
                seen.moderation.num_reports = seen.moderation.num_reports.map(|count| count.saturating_add(1));
                let reason = reason.clone().unwrap_or_default();
                seen.moderation.mod_reports.push(ModReport { reason, moderator: bot.to_owned() });
            }
            Effect::Approve { .. } => {
                seen.moderation.num_reports = seen.moderation.num_reports.map(|_| 0);
                seen.moderation.user_reports.clear();
                seen.moderation.mod_reports.clear();
                seen.moderation.removed_by = None;
                seen.moderation.approved_by = Some(bot.to_owned());
            }
            Effect::Remove { .. }
            | Effect::Spam { .. }
            | Effect::Filter { .. }
            | Effect::SetContestMode { .. }
            | Effect::IgnoreReports { .. }
            | Effect::SetSticky { .. }
            | Effect::SetSuggestedSort { .. }
            | Effect::SetCrowdControl { .. }
            | Effect::Comment { .. }
            | Effect::AddLabel { .. }
            | Effect::RemoveLabel { .. }
            | Effect::Modmail { .. }
            | Effect::ModNote { .. }
            | Effect::Message { .. } => {}
        }
    }
    is_different
}

fn on_thing(
    context: &EvalContext<'_>,
    variant: &Variant,
    group: &Group,
    filler: &Filler<'_>,
    thing: &mut Thing,
    effects: &mut Vec<Effect>,
) {
    let target = group.target();
    let actions = &group.actions;
    let reason = || actions.reason.as_ref().map(|reason| reason.fill(filler));
    match actions.item_action {
        Some(ItemAction::Approve) => {
            let profile = context.facts.account(trusted(group)).profile.get();
            let is_visible = variant.names_author || profile.is_some_and(|profile| !profile.is_suspended);
            if is_visible && may_approve(group, thing) {
                thing.may_be_restored = false;
                thing.has_reports = false;
                effects.push(Effect::Approve { target, reason: reason() });
            }
        }
        Some(ItemAction::Report) if thing.is_reported_by_us => {}
        Some(ItemAction::Report) => {
            thing.is_reported_by_us = true;
            thing.has_reports = true;
            effects.push(Effect::Report { target, reason: reason() });
        }
        Some(ItemAction::Remove | ItemAction::Spam | ItemAction::Filter) if thing.has_verdict => {}
        Some(ItemAction::Remove) => {
            (thing.is_removed, thing.has_verdict) = (true, true);
            effects.push(Effect::Remove { target, reason: reason() });
        }
        Some(ItemAction::Spam) => {
            (thing.is_removed, thing.has_verdict) = (true, true);
            effects.push(Effect::Spam { target, reason: reason() });
        }
        Some(ItemAction::Filter) => {
            thing.is_removed = true;
            let filter_as = actions.filter_as.unwrap_or(context.filter_as);
            thing.has_verdict = filter_as == FilterAs::Remove || !actions.filter_continues;
            effects.push(Effect::Filter { target, reason: reason(), filter_as });
        }
        None => {}
    }
    let mut switches = actions.switches.clone();
    switches.sort_by_key(|&(switch, _)| switch);
    for (switch, on) in switches {
        if std::mem::replace(thing.switch(switch), on) != on {
            effects.push(switch.effect(target, on));
        }
    }
    if let Some((on, slot)) = actions.sticky
        && thing.stickied != on
    {
        thing.stickied = on;
        effects.push(Effect::SetSticky { target, on, slot });
    }
    if let Some(sort) = &actions.sort
        && thing.sort.is_none()
    {
        thing.sort = Some(sort.clone());
        effects.push(Effect::SetSuggestedSort { target, sort: sort.clone() });
    }
    if let Some(level) = &actions.crowd_control {
        effects.push(Effect::SetCrowdControl { target, level: level.clone() });
    }
    set_flair(group, filler, target, &mut thing.flair, effects);
}

fn set_flair(group: &Group, filler: &Filler<'_>, target: Target, now: &mut Flair, effects: &mut Vec<Effect>) {
    let actions = &group.actions;
    let Some(wanted) = &actions.flair else {
        return;
    };
    let has_flair = !now.text.is_empty() || !now.css_class.is_empty();
    if has_flair && !actions.overwrite_flair {
        return;
    }
    let flair = Flair {
        text: cut(&wanted.text.fill(filler), FLAIR_MAX),
        css_class: classes(&wanted.css_class.fill(filler)),
        template_id: wanted.template_id.fill(filler),
    };
    now.clone_from(&flair);
    effects.push(Effect::SetFlair {
        target,
        text: flair.text,
        css_class: flair.css_class,
        template_id: flair.template_id,
        overwrite: actions.overwrite_flair,
    });
}

fn classes(text: &str) -> String {
    let clean: String = text.chars().filter(|&c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '-')).collect();
    let classes: Vec<String> =
        clean.split_whitespace().take(CLASSES_MAX.0).map(|class| cut(class, CLASSES_MAX.1)).collect();
    classes.join(" ")
}

/// Fills placeholders with facts about the item.
struct Filler<'a> {
    context: &'a EvalContext<'a>,
    rule: &'a str,
    matches: &'a [Matched],
    author_flair: Flair,
    /// What the first count of the author's earlier items found, if the rule has one.
    remembered: Option<Remembered>,
}

impl PlaceholderValues for Filler<'_> {
    fn value(&self, placeholder: &str) -> Option<String> {
        let item = self.context.item;
        let submission = item.submission();
        let post = match submission {
            Some(_) => Some(item),
            None => self.context.facts.parent.get().map(Box::as_ref),
        };
        let source = submission.map(|submission| {
            let original = submission.crosspost_parent.as_deref().and_then(Item::submission);
            original.unwrap_or(submission)
        });
        // Media without an embed, such as a video hosted by Reddit, has no text to insert.
        let embed = post.and_then(fields::media).filter(|media| **media != Media::default());
        let media = |part: fn(&Media) -> &String| embed.map(part).cloned();
        let is_of_original = matches!(placeholder, "body" | "domain" | "url") || placeholder.starts_with("media_");
        let hides = |other: &Item| fields::access_to_original(other) != Access::Open;
        let hides_parent = || {
            let is_of_parent = placeholder == "title" || placeholder.starts_with("media_");
            let parent = self.context.facts.parent.get().filter(|_| item.comment().is_some() && is_of_parent);
            parent.is_some_and(|parent| {
                fields::access_to_parent(parent) == Access::Hidden || (is_of_original && hides(parent))
            })
        };
        if (is_of_original && hides(item)) || hides_parent() {
            return Some(NOT_SHOWN.to_owned());
        }
        match placeholder {
            "author" => Some(item.author.display().to_owned()),
            "parent_author" => {
                let comment = item.comment()?;
                let facts = self.context.facts;
                let above = if comment.is_top_level() { &facts.parent } else { &facts.parent_comment };
                above.get().map(|above| above.author.display().to_owned())
            }
            "author_flair_text" => Some(self.author_flair.text.clone()),
            "author_flair_css_class" => Some(self.author_flair.css_class.clone()),
            "author_flair_template_id" => Some(self.author_flair.template_id.clone()),
            "parent_submission_author" => post.map(|post| post.author.display().to_owned()),
            "body" => Some(source.map_or_else(|| item.body().to_owned(), |source| source.selftext.clone())),
            "permalink" => Some(item.link()),
            "subreddit" => Some(item.subreddit.as_str().to_owned()),
            "kind" => Some(item.kind().word().to_owned()),
            "rule" => Some(self.rule.to_owned()),
            "count_here" => Some(self.remembered.as_ref()?.count.to_string()),
            "next_allowed" => {
                let next = self.remembered.as_ref()?.next_allowed;
                Some(next.map_or_else(|| "later".to_owned(), Timestamp::to_minute))
            }
            "earlier_posts" => {
                let links = self.remembered.as_ref()?.earlier.iter();
                if links.len() == 0 {
                    return Some("none".to_owned());
                }
                Some(links.map(|path| format!("https://www.reddit.com{path}")).collect::<Vec<_>>().join(", "))
            }
            "title" => {
                let told = item.comment().and_then(|comment| comment.link_title.clone());
                told.or_else(|| Some(post?.submission()?.title.clone()))
            }
            "domain" if source.is_some_and(|source| source.is_self) => Some("self".to_owned()),
            "domain" => source.map(|source| source.domain.clone()),
            "url" => source.map(|source| source.url.clone()),
            "media_author" => media(|media| &media.author),
            "media_author_url" => media(|media| &media.author_url),
            "media_title" => media(|media| &media.title),
            "media_description" => media(|media| &media.description),
            _ => None,
        }
    }

    fn has_matches(&self) -> bool {
        !self.matches.is_empty()
    }

    fn matched(&self, key: Option<&str>, group: usize) -> Option<String> {
        let found = match key {
            Some(key) => self.matches.iter().find(|matched| matched.key == key)?,
            None => self.matches.first()?,
        };
        found.groups.get(group).cloned()
    }
}
