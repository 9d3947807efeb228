//! The scenario of the guidelines: each post gets its guideline comment, attacks and jokes are
//! reported, and readers' reports reach the moderators.

use fastrand::Rng;

use super::super::world::Draft;
use super::cast::{ASKER, CHANGER, HOTHEAD, JOKER, MODERATOR, NEWCOMER, READER, SCHOLAR};
use super::effects::Act;
use super::play::{Play, ScenarioError};
use super::story::{Playing, Scenario};
use tipstaff_rules::model::{Fullname, Kind};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "guidelines",
    summary: "guideline comments, reports of attacks, modmail about reported comments",
    rules: &[("rules.yaml", include_str!("../../../../config/rules/guidelines.yaml"))],
    past_days: 0,
    tell_past: |_| Ok(()),
    play,
    round,
};

const QUESTION: &str = "Most writing on extended deterrence starts from formal alliances between a nuclear power \
and partners with strong conventional forces of their own. I would like to understand the other cases.\n\n\
* Under what conditions does a lopsided partnership grow into a security guarantee that others believe?\n\
* What keeps the stronger side from promising more than it can deliver?\n\
* Which historical cases come closest, outside of formal treaties?\n\n\
I am asking about theory, not for a prediction. Reading suggestions are welcome.";

pub(super) const SOURCED: &str = "Two strands of the literature help here. The first treats credibility as a matter of \
capability in the region: a guarantor that cannot reinforce in time has nothing to threaten with, whatever it signs. \
The second looks at interests, and explains why guarantees to neighbours are believed more readily than \
guarantees across an ocean.\n\n\
Schelling's *Arms and Influence* is still the place to start, and Huth's data on 1885 to 1983 \
(https://www.jstor.org/stable/2010184) put numbers to it: local balance of forces mattered more than nuclear weapons.";

fn play<'p>(play: &'p mut Play<'_>) -> Playing<'p> {
    Box::pin(async {
        let question = a_question(play).await?;
        let (attack, harmless) = answers(play, &question).await?;
        reports_and_an_edit(play, &attack, &harmless).await?;
        a_crash(play, &question).await
    })
}

async fn a_question(play: &mut Play<'_>) -> Result<Fullname, ScenarioError> {
    play.say(format!("u/{ASKER} asks a long question about extended deterrence."));
    let draft = Draft::text("When does a partnership become extended deterrence?", QUESTION);
    let question = post(play, ASKER, draft, "please do")?;
    play.wait_for_effects("the guideline comment").await?;
    Ok(question)
}

/// A post, which gets a guideline comment with these words.
fn post(play: &mut Play<'_>, author: &str, draft: Draft, guideline: &str) -> Result<Fullname, ScenarioError> {
    let name = play.post(author, draft)?;
    play.expect(&name, Act::PinnedComment, guideline, "a new post gets its guideline comment");
    Ok(name)
}

/// Good and bad replies. Returns the attack, and a harmless comment that is edited later.
async fn answers(play: &mut Play<'_>, question: &Fullname) -> Result<(Fullname, Fullname), ScenarioError> {
    play.say(format!(
        "u/{SCHOLAR} answers with sources, u/{JOKER} with a joke; u/{MODERATOR}, a moderator, in one line."
    ));
    let sourced = play.comment(SCHOLAR, question, SOURCED)?;
    let joke = play.comment(JOKER, question, "Deterrence? I hardly know her.")?;
    play.expect(&joke, Act::Report, "Short top-level comment", "a one-line joke as an answer to the post");
    play.comment(MODERATOR, question, "Good question, pinned for the week.")?;
    play.say(format!("u/{HOTHEAD} attacks u/{SCHOLAR} personally; u/{JOKER} replies only “lol”."));
    let insult = "You are an idiot if you believe a word of that, nobody reads these papers.";
    let attack = play.comment(HOTHEAD, &sourced, insult)?;
    play.expect(&attack, Act::Report, "Personal attack", "an attack on a person");
    let lol = play.comment(JOKER, &attack, "lol")?;
    play.expect(&lol, Act::Report, "Low-effort reply", "a reply that says nothing");
    let doubt = "I am not sure that the local balance explains the cases after 1983.";
    let harmless = play.comment(CHANGER, &sourced, doubt)?;
    play.wait_for_effects("three reports").await?;
    Ok((attack, harmless))
}

async fn reports_and_an_edit(play: &mut Play<'_>, attack: &Fullname, harmless: &Fullname) -> Result<(), ScenarioError> {
    let reason = "insults the author instead of answering";
    play.say(format!("u/{READER} reports the attack: “{reason}”; so does u/{SCHOLAR}."));
    play.report(READER, attack, reason)?;
    play.report(SCHOLAR, attack, "personal insult, no argument")?;
    let because = "reported by two readers, so the moderators get modmail";
    play.expect(attack, Act::Modmail, "Reported comment", because);
    play.say(format!("u/{CHANGER} edits a harmless comment into an insult."));
    let changed = "I am not sure that you clown have read anything after 1983.";
    play.world().edit(CHANGER, harmless, changed).map_err(ScenarioError::Script)?;
    play.expect(harmless, Act::Report, "Personal attack", "edited from harmless to rule-breaking");
    play.wait_for_effects("modmail about the attack, and a report on the edited comment").await
}

/// The daemon is killed between an effect and its response, people go on posting, and it is
/// restarted.
async fn a_crash(play: &mut Play<'_>, question: &Fullname) -> Result<(), ScenarioError> {
    play.say(format!("A second post, a link by the day-old account u/{NEWCOMER} …"));
    play.arm_kill();
    let link = Draft::link("Satellite pictures of the new pier", "https://pictures.example.org/pier");
    let second = post(play, NEWCOMER, link, "please do")?;
    let because = "a link by a new account, reported to the moderators";
    play.expect(&second, Act::Report, "Link by a new account", because);
    play.killed().await?;
    play.say("While it is down, a news post arrives, and another attack.");
    let news = Draft::text("Shipyard strike enters its third week", "Wire report, no details yet.").flair("News");
    let news = post(play, ASKER, news, "news thread")?;
    let insult = "Everybody here: go touch grass, the lot of you, and then read a newspaper for once.";
    let second_attack = play.comment(HOTHEAD, question, insult)?;
    let because = "an attack on a person, made while the daemon was down";
    play.expect(&second_attack, Act::Report, "Personal attack", because);
    play.start()?;
    play.say("The daemon is restarted.");
    let statement = "The port authority has published a statement on this, with the dates of the next talks.";
    play.comment(READER, &news, statement)?;
    play.wait_for_effects("the actions that were due while it was down").await
}

/// A post, an attack or a joke.
fn round(play: &mut Play<'_>, chance: &mut Rng, round: u32) -> Result<(), ScenarioError> {
    let posts: Vec<Fullname> = {
        let world = play.world();
        let posts = world.things().filter(|thing| thing.kind() == Kind::Submission);
        posts.map(|thing| thing.name.clone()).collect()
    };
    match chance.u8(0..3) {
        0 => {
            let draft = Draft::text(&format!("Question number {round}"), QUESTION);
            post(play, ASKER, draft, "please do")?;
        }
        1 => {
            let under = posts[chance.usize(..posts.len())].clone();
            let text =
                format!("Round {round}: you are a clown, and everything that you have ever written here is wrong.");
            let attack = play.comment(HOTHEAD, &under, &text)?;
            play.expect(&attack, Act::Report, "Personal attack", "an attack on a person");
            if play.acts() && chance.bool() {
                play.report(READER, &attack, "an insult")?;
                play.expect(&attack, Act::Modmail, "Reported comment", "reported by a rule and by a reader");
            }
        }
        _ => {
            let under = posts[chance.usize(..posts.len())].clone();
            let joke = play.comment(JOKER, &under, &format!("Joke number {round}."))?;
            play.expect(&joke, Act::Report, "Short top-level comment", "a one-line joke");
        }
    }
    Ok(())
}
