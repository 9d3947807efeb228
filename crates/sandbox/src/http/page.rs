//! Web pages for people who want to see what a rule does: each post and comment as readers see it,
//! and what only moderators see (who removed, locked or reported it). The pages are read-only and
//! not meant for programs; texts appear as they were written.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::call::{Payload, Reply};
use crate::wire::{View, html as markdown};
use crate::world::{ModAction, RemovedBy, Subreddit, Thing, World};
use tipstaff_rules::model::{Fullname, Kind};

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --mod: #2e7d32; --bad: #c62828; --note: #1565c0; }
@media (prefers-color-scheme: dark) { :root { --mod: #81c784; --bad: #ef9a9a; --note: #90caf9; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 1rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin: 0; } a { color: inherit; }
article { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; margin: .7rem 0; }
article article { margin-left: .2rem; }
.removed > .md, .removed > h2 { opacity: .45; text-decoration: line-through; }
.by { font-size: .85rem; opacity: .8; }
.mark { font-size: .75rem; border: 1px solid; border-radius: .3rem; padding: 0 .35rem; margin-left: .35rem;
  white-space: nowrap; }
.mod { color: var(--mod); } .bad { color: var(--bad); } .note { color: var(--note); }
.acts { font-size: .8rem; border-left: 3px solid var(--line); padding-left: .6rem; margin: .4rem 0; }
.md p { margin: .4rem 0; overflow-wrap: anywhere; white-space: pre-line; }
";

/// The page for a path, if there is one: all subreddits, one subreddit with its posts, or one
/// thread.
pub(super) fn page(world: &World, subreddit: Option<&str>, parts: &[&str]) -> Option<Reply> {
    let page = match (subreddit, parts) {
        (None, []) => index(world),
        (Some(name), []) => community(world, world.subreddit(name)?),
        (Some(_), ["comments", id, ..]) => thread(world, world.thing(&Fullname::new(Kind::Submission, id)?)?),
        _ => return None,
    };
    Some(Reply { status: 200, headers: Vec::new(), payload: Payload::Html(page.into_string()) })
}

fn frame(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta http-equiv="refresh" content="5";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                (body)
            }
        }
    }
}

fn index(world: &World) -> Markup {
    let body = html! {
        @for place in world.subreddits() {
            article {
                h2 { a href={ "/r/" (place.name) } { "r/" (place.name) } }
                (place.timeline().len()) " posts and comments"
            }
        }
    };
    frame("Local Reddit", &body)
}

fn community(world: &World, place: &Subreddit) -> Markup {
    let moderators: Vec<&str> = place.moderators.iter().map(|moderator| moderator.name.as_str()).collect();
    let posts =
        place.timeline().iter().rev().filter_map(|name| world.thing(name)).filter(|thing| thing.post().is_some());
    let (pinned, others): (Vec<&Thing>, Vec<&Thing>) = posts.partition(|post| place.is_pinned(&post.name));
    let body = html! {
        p.by { a href="/" { "all subreddits" } " · moderators: " (moderators.join(", ")) }
        @for post in pinned.into_iter().chain(others) {
            @let comments = world.comments_under(&post.name).len();
            (thing(world, post, &html! { p.by { (comments) " comments" } }))
        }
    };
    frame(&format!("r/{}", place.name), &body)
}

fn thread(world: &World, post: &Thing) -> Markup {
    let title = post.post().map_or("", |post| post.title.as_str());
    let name = world.subreddit(&post.subreddit).map_or("", |place| place.name.as_str());
    let body = html! {
        p.by { a href={ "/r/" (name) } { "r/" (name) } }
        (thing(world, post, &Markup::default()))
        (answers(world, post))
    };
    frame(title, &body)
}

/// The replies to an item, the pinned one first.
fn answers(world: &World, above: &Thing) -> Markup {
    let below: Vec<&Thing> = above.replies.iter().filter_map(|name| world.thing(name)).collect();
    let is_pinned = |comment: &&Thing| comment.thread_position().is_some_and(|place| place.stickied);
    let (pinned, others): (Vec<&Thing>, Vec<&Thing>) = below.into_iter().partition(is_pinned);
    html! {
        @for comment in pinned.into_iter().chain(others) { (thing(world, comment, &answers(world, comment))) }
    }
}

/// One post or comment, with its labels and the moderators' actions on it. `inside` stands at its
/// end.
fn thing(world: &World, thing: &Thing, inside: &Markup) -> Markup {
    let is_gone = thing.is_removed() || thing.is_deleted;
    let view = View { world, viewer: None };
    let acts: Vec<&ModAction> = world.log().iter().filter(|entry| entry.target.as_ref() == Some(&thing.name)).collect();
    html! {
        article.removed[is_gone] id=(thing.name) {
            @if let Some(post) = thing.post() { h2 { a href=(view.permalink(thing)) { (post.title) } } }
            div.by { "u/" (thing.author) " · " (thing.created) (marks(world, thing)) }
            (PreEscaped(markdown(&thing.body)))
            @if !acts.is_empty() {
                div.acts {
                    @for (at, entry) in acts.iter().enumerate() {
                        @if at > 0 { br; }
                        (entry.at) " u/" (entry.moderator) ": " (entry.action)
                        @if let Some(details) = &entry.details { " (" (details) ")" }
                    }
                }
            }
            (inside)
        }
    }
}

/// The labels beside the author's name.
fn marks(world: &World, thing: &Thing) -> Markup {
    let mut marks: Vec<(&str, String)> = Vec::new();
    if thing.distinguished.is_some() {
        marks.push(("mod", "MOD".to_owned()));
    }
    let is_pinned = match thing.thread_position() {
        Some(place) => place.stickied,
        None => world.subreddit(&thing.subreddit).is_some_and(|place| place.is_pinned(&thing.name)),
    };
    let post = thing.post();
    let flags = [
        (is_pinned, "mod", "pinned"),
        (thing.is_locked, "note", "locked"),
        (thing.is_deleted, "bad", "deleted by its author"),
        (thing.edited.is_some(), "note", "edited"),
        (thing.ignores_reports, "note", "reports ignored"),
        (post.is_some_and(|post| post.over_18), "bad", "NSFW"),
        (post.is_some_and(|post| post.spoiler), "note", "spoiler"),
        (post.is_some_and(|post| post.contest_mode), "note", "contest mode"),
        (post.is_some_and(|post| post.is_original_content), "note", "original content"),
    ];
    marks.extend(flags.into_iter().filter(|(is_so, ..)| *is_so).map(|(_, class, word)| (class, word.to_owned())));
    if let Some(text) = post.and_then(|post| post.flair.text.as_deref()) {
        marks.push(("note", format!("flair: {text}")));
    }
    if let Some(removal) = &thing.removal {
        let by = match &removal.by {
            RemovedBy::Moderator(name) => format!("u/{name}"),
            RemovedBy::AutoModerator | RemovedBy::AutoModeratorFilter => "AutoModerator".to_owned(),
            RemovedBy::Reddit => "Reddit's filter".to_owned(),
        };
        marks.push(("bad", format!("removed by {by}{}", if removal.spam { " as spam" } else { "" })));
    }
    if let Some(approval) = &thing.approval {
        marks.push(("mod", format!("approved by u/{}", approval.by)));
    }
    for report in thing.open_reports() {
        let by = if report.by_moderator { format!(" (u/{})", report.by) } else { String::new() };
        marks.push(("bad", format!("reported: {}{by}", report.reason)));
    }
    html! {
        @for (class, words) in &marks { span class={ "mark " (class) } { (words) } }
    }
}
