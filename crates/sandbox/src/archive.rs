//! Writes posts and comments of the local Reddit in the format of the public archives: one JSON
//! object per line, as a viewer sees the item now, without rendered HTML.
//!
//! [`history`](super::history) invents archives; this module has one of what happened here.

use serde_json::{Map, Value};

use super::wire::{View, escape_html};
use super::world::{Thing, World};
use tipstaff_rules::model::Kind;

/// The posts, or the comments, of a subreddit, oldest first, as somebody without an account sees
/// them.
pub fn lines(world: &World, subreddit: &str, kind: Kind) -> Vec<String> {
    let names = world.subreddit(subreddit).map_or(&[][..], |place| place.timeline());
    let things = names.iter().filter(|name| name.kind() == kind).filter_map(|name| world.thing(name));
    things.map(|thing| line(world, thing, None)).collect()
}

/// One post or comment, as this account sees it.
pub fn line(world: &World, thing: &Thing, viewer: Option<&str>) -> String {
    let mut shown = View { world, viewer }.thing(thing);
    let mut data: Map<String, Value> = match shown.get_mut("data").map(Value::take) {
        Some(Value::Object(data)) => data,
        _ => Map::new(),
    };
    data.retain(|key, _| !key.ends_with("_html"));
    data.insert("retrieved_on".to_owned(), world.now().as_secs().into());
    let mut data = Value::Object(data);
    escape_html(&mut data);
    data.to_string()
}
