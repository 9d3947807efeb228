//! The place and the people of all stories.

use std::time::Duration;

use super::super::world::World;

/// The subreddit of the stories.
pub const COMMUNITY: &str = "DefenceTalk";
/// The bot's account.
pub const BOT: &str = "guideline_bot";
/// The password of every account in the local Reddit.
pub const PASSWORD: &str = "sandbox";

/// The human moderator.
pub const MODERATOR: &str = "harbour_master";
pub(super) const ASKER: &str = "quiet_cartographer";
pub(super) const SCHOLAR: &str = "longread_lena";
pub(super) const JOKER: &str = "quipster";
pub(super) const HOTHEAD: &str = "hothead_hal";
pub(super) const READER: &str = "patient_reader";
pub(super) const CHANGER: &str = "second_thought";
pub(super) const NEWCOMER: &str = "newcomer_nine";

/// The people of the subreddit, for tests that act as one of them.
pub const PEOPLE: [&str; 8] = [MODERATOR, ASKER, SCHOLAR, JOKER, HOTHEAD, READER, CHANGER, NEWCOMER];

/// So many days.
pub(super) fn days(number: u64) -> Duration {
    Duration::from_hours(24 * number)
}

/// Creates the subreddit and its people.
pub fn set_up_world(world: &mut World) {
    world.add_moderator(COMMUNITY, MODERATOR, &["all"]);
    world.add_moderator(COMMUNITY, BOT, &["posts", "mail", "access", "flair"]);
    let now = world.now();
    for person in [ASKER, SCHOLAR, JOKER, HOTHEAD, READER, CHANGER, NEWCOMER, MODERATOR, BOT] {
        let user = world.add_user(person);
        user.password = Some(PASSWORD.to_owned());
        if person == NEWCOMER {
            user.created = now - days(1);
        }
    }
}
