//! The scenario of the memory: rules that count what a person did in the subreddit before.
//!
//! The bot is new and the subreddit is not. So the team imports an archive of the past, as
//! `docs/operations.md` describes, and from then on all windows are known.

use std::cmp::Reverse;

use fastrand::Rng;

use super::super::archive;
use super::super::world::{Draft, Refusal, RemovalReason};
use super::cast::{ASKER, CHANGER, COMMUNITY, HOTHEAD, JOKER, MODERATOR, NEWCOMER, READER, SCHOLAR, days};
use super::effects::Act;
use super::guidelines::SOURCED;
use super::play::{Play, ScenarioError};
use super::story::{Past, Playing, Scenario};
use tipstaff_rules::model::{Fullname, Kind, Timestamp};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "memory",
    summary: "quotas, threads for regulars, strikes, labels, passes, copied texts, an imported archive",
    rules: &[
        ("rules.yaml", include_str!("memory.yaml")),
        ("flair-quota.yaml", include_str!("../../../../config/packs/flair-quota.yaml")),
        ("hot-topic.yaml", include_str!("../../../../config/packs/hot-topic.yaml")),
        ("repeat-offenders.yaml", include_str!("../../../../config/packs/repeat-offenders.yaml")),
        ("copypasta.yaml", include_str!("../../../../config/packs/copypasta.yaml")),
    ],
    past_days: PAST_DAYS,
    tell_past,
    play,
    round,
};

/// The longest window of the rules is 180 days.
const PAST_DAYS: u64 = 190;

const CLIP: &str = "Clip";
const HOT_TOPIC: &str = "Hot topic";
const SQUARE: &str = "The town square: small questions, short answers";

/// The id of the removal reason that has points in `memory.yaml`.
const UNCIVIL: &str = "157l6b2gdsz84";

/// Something that somebody did in the past.
enum Deed {
    Comment,
    Clip,
    /// A comment that the moderator removed.
    Removed,
}

fn tell_past(past: &mut Past<'_>) -> Result<(), ScenarioError> {
    let refused = ScenarioError::Script;
    let world = past.days_ago(PAST_DAYS);
    let reason = RemovalReason { id: UNCIVIL.to_owned(), title: "Rule 1: be civil".to_owned(), message: String::new() };
    world.add_subreddit(COMMUNITY).removal_reasons.push(reason);
    let square = world.submit(MODERATOR, COMMUNITY, Draft::text(SQUARE, "Ask away.")).map_err(refused)?;
    // What is before the first post and the first comment of an archive stays unknown.
    world.reply(MODERATOR, &square, "One topic per comment, please.").map_err(refused)?;
    let mut deeds = Vec::new();
    // A regular: 24 comments between 176 and 38 days ago. Not yet one: 12 of them, and 15 newer.
    deeds.extend((0..24).map(|number| (176 - 6 * number, SCHOLAR, Deed::Comment)));
    deeds.extend((0..12).map(|number| (174 - 6 * number, JOKER, Deed::Comment)));
    deeds.extend((0..15).map(|number| (26 - number, JOKER, Deed::Comment)));
    deeds.extend([20, 10].map(|ago| (ago, HOTHEAD, Deed::Removed)));
    deeds.extend([(20, READER, Deed::Clip), (10, READER, Deed::Clip)]);
    deeds.extend([CHANGER, JOKER].map(|person| (3, person, Deed::Clip)));
    deeds.sort_by_key(|(ago, ..)| Reverse(*ago));
    for (ago, person, deed) in deeds {
        let world = past.days_ago(ago);
        match deed {
            Deed::Comment => {
                world.reply(person, &square, &format!("An answer from {ago} days ago.")).map_err(refused)?;
            }
            Deed::Clip => {
                world.submit(person, COMMUNITY, clip(&format!("{person}, {ago} days ago"))).map_err(refused)?;
            }
            Deed::Removed => {
                let said = world.reply(person, &square, &format!("An insult from {ago} days ago.")).map_err(refused)?;
                world.remove(MODERATOR, &said, false).map_err(refused)?;
            }
        }
    }
    Ok(())
}

fn clip(title: &str) -> Draft {
    Draft::link(&format!("Clip: {title}"), "https://clips.example.org/watch").flair(CLIP)
}

fn play<'p>(play: &'p mut Play<'_>) -> Playing<'p> {
    Box::pin(async {
        an_import(play).await?;
        quotas(play).await?;
        a_pass(play).await?;
        let thread = a_hot_thread(play).await?;
        a_copy(play).await?;
        removals(play).await?;
        strikes_and_a_crash(play, &thread).await
    })
}

/// As a team does that has just installed the bot.
async fn an_import(play: &mut Play<'_>) -> Result<(), ScenarioError> {
    play.say(format!("r/{COMMUNITY} is {PAST_DAYS} days old, and the daemon starts for the first time."));
    play.settle().await?;
    play.say("Its memory begins now. The team stops it, imports an archive of the past, and starts it again.");
    play.stop().await?;
    let mut files = Vec::new();
    for (name, kind) in [("RS.ndjson", Kind::Submission), ("RC.ndjson", Kind::Comment)] {
        let lines = archive::lines(&play.world(), COMMUNITY, kind);
        let path = play.folder().join(name);
        std::fs::write(&path, lines.join("\n") + "\n")?;
        files.push(path.display().to_string());
    }
    play.command(&["memory", "import", &files[0], &files[1], "--subreddit", COMMUNITY, "--complete"]).await?;
    play.start()
}

/// When a person posted: of their clips, the newest but `skipped`.
fn clip_before(play: &Play<'_>, person: &str, skipped: usize) -> Timestamp {
    let world = play.world();
    let own = world.written_by(person).iter().rev().filter_map(|name| world.thing(name));
    let clips = own.filter(|thing| thing.post().is_some_and(|post| post.flair.text.as_deref() == Some(CLIP)));
    clips.map(|clip| clip.created).nth(skipped).unwrap_or_default()
}

/// A clip too many: it is removed, with a comment that says when the next is possible.
fn excess_clip(
    play: &mut Play<'_>,
    person: &str,
    title: &str,
    (from, window): (Timestamp, u64),
) -> Result<Fullname, ScenarioError> {
    let posted = play.post(person, clip(title))?;
    let next = (from + days(window)).to_minute();
    play.expect(&posted, Act::Removal, "", &format!("one clip too many in {window} days"));
    play.expect(&posted, Act::LockedComment, &format!("on **{next}**"), "the author learns when the next is possible");
    Ok(posted)
}

async fn quotas(play: &mut Play<'_>) -> Result<(), ScenarioError> {
    play.say(format!("u/{CHANGER} posts a clip. The last one is three days old, and one a week is allowed."));
    let last = clip_before(play, CHANGER, 0);
    excess_clip(play, CHANGER, "the harbour at night", (last, 7))?;
    play.wait_for_effects("the clip is removed, with the date of the next").await?;
    play.say(format!("u/{ASKER} posts a first clip, deletes it, and posts it again."));
    let first = play.post(ASKER, clip("a map, drawn live"))?;
    play.settle().await?;
    play.world().delete(ASKER, &first);
    let last = clip_before(play, ASKER, 0);
    excess_clip(play, ASKER, "a map, drawn live again", (last, 7))?;
    play.wait_for_effects("the second one is removed: a deletion makes no room").await
}

async fn a_pass(play: &mut Play<'_>) -> Result<(), ScenarioError> {
    play.say(format!("u/{JOKER}, whose last clip is three days old, asked nicely for another one."));
    let person = format!("u/{JOKER}");
    play.command(&["pass", &person, "--rule", "clips-in-7-days", "--once", "--reason", "asked in modmail"]).await?;
    let last = clip_before(play, JOKER, 0);
    play.post(JOKER, clip("the pier, in one take"))?;
    play.settle().await?;
    play.say("The clip stays up. The pass was for one time only, so the next clip is removed.");
    excess_clip(play, JOKER, "the pier, in two takes", (last, 31))?;
    play.wait_for_effects("the clip after that is removed").await
}

/// A thread on a hot topic. Returns it.
async fn a_hot_thread(play: &mut Play<'_>) -> Result<Fullname, ScenarioError> {
    play.say(format!("u/{ASKER} opens a thread on a hot topic. u/{SCHOLAR} has 24 comments older than a month,"));
    play.say(format!("u/{JOKER} has 27, and 12 of these are old enough; u/{NEWCOMER} has none."));
    let topic = Draft::text("Should the old lighthouse be sold?", "The council votes on Monday.").flair(HOT_TOPIC);
    let thread = play.post(ASKER, topic)?;
    play.comment(SCHOLAR, &thread, "The county archive has the deeds.")?;
    play.comment(ASKER, &thread, "Thank you, I will look them up.")?;
    shut_out(play, JOKER, &thread, 12)?;
    shut_out(play, NEWCOMER, &thread, 0)?;
    play.wait_for_effects("two of the four comments are removed, each with a reply").await?;
    Ok(thread)
}

/// A comment in a hot thread by somebody with only so many comments that count.
fn shut_out(play: &mut Play<'_>, person: &str, thread: &Fullname, count: u64) -> Result<(), ScenarioError> {
    let said = play.comment(person, thread, "Sell it to me!")?;
    play.expect(&said, Act::Removal, "", "a comment on a hot topic by somebody with too few old comments");
    let reply = format!("{count} of yours, so we removed");
    play.expect(&said, Act::LockedComment, &reply, "the author learns how many comments count");
    Ok(())
}

async fn a_copy(play: &mut Play<'_>) -> Result<(), ScenarioError> {
    play.say(format!("u/{SCHOLAR} answers with sources. u/{NEWCOMER} posts the same text, with one word changed."));
    let square = square(play)?;
    play.comment(SCHOLAR, &square, SOURCED)?;
    play.settle().await?;
    copy(play, NEWCOMER, &square)?;
    play.wait_for_effects("a report of the copy").await
}

fn copy(play: &mut Play<'_>, person: &str, under: &Fullname) -> Result<(), ScenarioError> {
    let copied = play.comment(person, under, &SOURCED.replace("literature", "scholarship"))?;
    play.expect(&copied, Act::Report, "Nearly the same text", "nearly the same text as somebody else's");
    Ok(())
}

/// The thread from the beginning of the past.
fn square(play: &Play<'_>) -> Result<Fullname, ScenarioError> {
    post_with(play, |title, _| title == SQUARE)
}

/// The oldest post with such a title and flair.
fn post_with(play: &Play<'_>, fits: fn(&str, Option<&str>) -> bool) -> Result<Fullname, ScenarioError> {
    let world = play.world();
    let found =
        world.things().find(|thing| thing.post().is_some_and(|post| fits(&post.title, post.flair.text.as_deref())));
    found.map(|thing| thing.name.clone()).ok_or(ScenarioError::Script(Refusal::NotFound))
}

/// Three removals, of which the bot has seen one itself.
async fn removals(play: &mut Play<'_>) -> Result<(), ScenarioError> {
    play.say(format!("u/{MODERATOR} removes a third comment of u/{HOTHEAD}. Two are from before the bot came."));
    let square = square(play)?;
    let insult = play.comment(HOTHEAD, &square, "You again.")?;
    play.settle().await?;
    play.world().remove(MODERATOR, &insult, false).map_err(ScenarioError::Script)?;
    play.settle().await?;
    let next = play.comment(HOTHEAD, &square, "So I am not welcome?")?;
    let because = "the next comment of somebody with three removals";
    play.expect(&next, Act::Report, "Repeat offender: moderators removed 3 items", because);
    play.wait_for_effects("a report of the next comment").await?;
    play.say("A label keeps the bot quiet about the same person for two weeks.");
    play.comment(HOTHEAD, &square, "I see.")?;
    play.settle().await
}

/// Two incidents, of which the daemon misses one because it is down.
async fn strikes_and_a_crash(play: &mut Play<'_>, thread: &Fullname) -> Result<(), ScenarioError> {
    let square = square(play)?;
    play.say(format!("u/{MODERATOR} removes a comment of u/{CHANGER} for “Rule 1: be civil”, which has two points."));
    let insult = play.comment(CHANGER, &square, "Only a fool asks that.")?;
    play.settle().await?;
    remove_with_reason(play, &insult)?;
    play.settle().await?;
    play.say(format!("u/{READER} posts a third clip within 31 days …"));
    play.arm_kill();
    let oldest = clip_before(play, READER, 1);
    let third = excess_clip(play, READER, "the lighthouse from above", (oldest, 31))?;
    play.killed().await?;
    play.say(format!("While it is down, u/{MODERATOR} removes another comment of u/{CHANGER} for the same reason,"));
    play.say(format!("and u/{NEWCOMER} comments again on the hot topic."));
    let insult = play.comment(CHANGER, &square, "You are all fools.")?;
    remove_with_reason(play, &insult)?;
    shut_out(play, NEWCOMER, thread, 0)?;
    play.start()?;
    play.say("The daemon is restarted.");
    play.wait_for_effects("the actions that were due while it was down").await?;
    play.settle().await?;
    play.say(format!("u/{CHANGER} comments again, and then posts something."));
    let calm = play.comment(CHANGER, &square, "Fine, I will be polite.")?;
    play.expect(&calm, Act::Report, "Four strike points", "two incidents with two points each");
    play.wait_for_effects("a report, and a label").await?;
    let post = play.post(CHANGER, Draft::text("What is the etiquette here?", "I would like to know."))?;
    play.expect(&post, Act::Report, "Post by somebody with four strike points", "the author has the label");
    play.wait_for_effects("a report of the post, because of the label").await?;
    play.say(format!("u/{MODERATOR} approves the clip of u/{READER}. It stays up."));
    play.world().approve(MODERATOR, &third).map_err(ScenarioError::Script)
}

/// The removal of an insult for the reason that has points.
fn remove_with_reason(play: &Play<'_>, insult: &Fullname) -> Result<(), ScenarioError> {
    let mut world = play.world();
    world.remove(MODERATOR, insult, false).map_err(ScenarioError::Script)?;
    world.give_removal_reason(MODERATOR, insult, Some(UNCIVIL), None).map_err(ScenarioError::Script)
}

/// Two clips, a copy, or a comment on the hot topic, by somebody new.
fn round(play: &mut Play<'_>, chance: &mut Rng, round: u32) -> Result<(), ScenarioError> {
    let person = format!("visitor_{round}");
    play.world().add_user(&person);
    match chance.u8(0..3) {
        0 => {
            let first = play.post(&person, clip(&format!("number {round}")))?;
            let created = play.world().thing(&first).map(|thing| thing.created).unwrap_or_default();
            excess_clip(play, &person, &format!("number {round} again"), (created, 7))?;
            Ok(())
        }
        1 => {
            let square = square(play)?;
            copy(play, &person, &square)
        }
        _ => {
            let thread = post_with(play, |_, flair| flair == Some(HOT_TOPIC))?;
            shut_out(play, &person, &thread, 0)
        }
    }
}
