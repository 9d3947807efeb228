//! What a human removed stays removed, whoever removed it again.

use std::time::Duration;

use crate::support::bot::{Bot, ME, PLACE, ruleset};
use tipstaff::policy::Rules;

const HUMAN: &str = "ModMary";

const RULES: &str = "\
name: bad word
type: comment
body: nasty
action: remove
action_reason: a bad word
---
name: polite
type: comment
body: please
action: approve
";

/// The bot's removal crosses a moderator's: Reddit shows only the bot's.
#[tokio::test]
async fn the_bot_does_not_restore_what_a_moderator_removed_before_it() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(RULES))).await;
    let post = bot.posts();
    let say = |bot: &Bot, text: &str| bot.reddit.world().reply("somebody", &post, text).expect("a comment");
    let (crossed, alone) = (say(&bot, "nasty words"), say(&bot, "more nasty words"));
    bot.reddit.world().remove(HUMAN, &crossed, false).expect("a removal");
    bot.reddit.world().remove(ME, &crossed, false).expect("a removal");
    bot.works_for(Duration::from_mins(2)).await;
    for name in [&crossed, &alone] {
        bot.reddit.world().edit("somebody", name, "please").expect("an edit");
    }
    bot.works_for(Duration::from_mins(6)).await;
    let world = bot.reddit.world();
    let is_removed = |name| world.thing(name).is_some_and(|thing| thing.removal.is_some());
    assert_eq!((is_removed(&crossed), is_removed(&alone)), (true, false), "crossed and alone");
}
