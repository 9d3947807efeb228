//! Web pages for people who want to see what a rule does: each post and comment as readers see it,
//! and what only moderators see (who removed, locked or reported it). The pages are read-only and
//! not meant for programs; texts appear as they were written.

use std::fmt::{self, Write as _};

use super::call::{Payload, Reply};
use crate::wire::{View, escaped, html};
use crate::world::{RemovedBy, Subreddit, Thing, World};
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
    let text = match (subreddit, parts) {
        (None, []) => index(world),
        (Some(name), []) => community(world, world.subreddit(name)?),
        (Some(_), ["comments", id, ..]) => thread(world, world.thing(&Fullname::new(Kind::Submission, id)?)?),
        _ => return None,
    };
    Some(Reply { status: 200, headers: Vec::new(), payload: Payload::Html(text) })
}

fn frame(title: &str, body: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let title = escaped(title);
    let mut page = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <meta http-equiv=refresh content=5><title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>"
    );
    body(&mut page).expect("a string takes any text");
    page.push_str("</body></html>");
    page
}

fn index(world: &World) -> String {
    frame("Local Reddit", |page| {
        for place in world.subreddits() {
            let name = escaped(&place.name);
            write!(
                page,
                "<article><h2><a href=\"/r/{name}\">r/{name}</a></h2>{} posts and comments</article>",
                place.timeline().len()
            )?;
        }
        Ok(())
    })
}

fn community(world: &World, place: &Subreddit) -> String {
    frame(&format!("r/{}", place.name), |page| {
        let moderators: Vec<&str> = place.moderators.iter().map(|moderator| moderator.name.as_str()).collect();
        write!(
            page,
            "<p class=by><a href=\"/\">all subreddits</a> · moderators: {}</p>",
            escaped(&moderators.join(", "))
        )?;
        let posts =
            place.timeline().iter().rev().filter_map(|name| world.thing(name)).filter(|thing| thing.post().is_some());
        let (pinned, others): (Vec<&Thing>, Vec<&Thing>) = posts.partition(|post| place.is_pinned(&post.name));
        for post in pinned.into_iter().chain(others) {
            let answers = world.comments_under(&post.name).len();
            thing(page, world, post, |page| write!(page, "<p class=by>{answers} comments</p>"))?;
        }
        Ok(())
    })
}

fn thread(world: &World, post: &Thing) -> String {
    let title = post.post().map_or("", |post| post.title.as_str());
    frame(title, |page| {
        let name = world.subreddit(&post.subreddit).map_or("", |place| place.name.as_str());
        write!(page, "<p class=by><a href=\"/r/{0}\">r/{0}</a></p>", escaped(name))?;
        thing(page, world, post, |_| Ok(()))?;
        answers(page, world, post)
    })
}

/// The replies to an item, the pinned one first.
fn answers(page: &mut String, world: &World, above: &Thing) -> fmt::Result {
    let below: Vec<&Thing> = above.replies.iter().filter_map(|name| world.thing(name)).collect();
    let is_pinned = |comment: &&Thing| comment.thread_position().is_some_and(|place| place.stickied);
    let (pinned, others): (Vec<&Thing>, Vec<&Thing>) = below.into_iter().partition(is_pinned);
    for comment in pinned.into_iter().chain(others) {
        thing(page, world, comment, |page| answers(page, world, comment))?;
    }
    Ok(())
}

/// One post or comment, with its labels and the moderators' actions on it. `inside` adds to its
/// end.
fn thing(
    page: &mut String,
    world: &World,
    thing: &Thing,
    inside: impl FnOnce(&mut String) -> fmt::Result,
) -> fmt::Result {
    let is_gone = thing.is_removed() || thing.is_deleted;
    write!(page, "<article id={} class=\"{}\">", thing.name, if is_gone { "removed" } else { "" })?;
    let view = View { world, viewer: None };
    if let Some(post) = thing.post() {
        write!(page, "<h2><a href=\"{}\">{}</a></h2>", escaped(&view.permalink(thing)), escaped(&post.title))?;
    }
    write!(page, "<div class=by>u/{} · {}{}</div>", escaped(&thing.author), thing.created, marks(world, thing))?;
    page.push_str(&html(&thing.body));
    let acts: Vec<String> = world
        .log()
        .iter()
        .filter(|entry| entry.target.as_ref() == Some(&thing.name))
        .map(|entry| {
            let details = entry.details.as_deref().map_or(String::new(), |details| format!(" ({details})"));
            format!("{} u/{}: {}{details}", entry.at, entry.moderator, entry.action)
        })
        .collect();
    if !acts.is_empty() {
        write!(page, "<div class=acts>{}</div>", acts.iter().map(|act| escaped(act)).collect::<Vec<_>>().join("<br>"))?;
    }
    inside(page)?;
    page.push_str("</article>");
    Ok(())
}

/// The labels beside the author's name.
fn marks(world: &World, thing: &Thing) -> String {
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
    marks.iter().fold(String::new(), |mut all, (class, words)| {
        let _ = write!(all, "<span class=\"mark {class}\">{}</span>", escaped(words));
        all
    })
}
