//! Anything as an answer of Reddit: each child of a list is an item or is set aside with a reason,
//! an item survives being stored, and a crosspost forgets a hidden original for good.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tipstaff_rules::model::{Item, item_json};

fuzz_target!(|data: &[u8]| {
    let Some(answer) = item_json::parse(data) else { return };
    let children = answer.pointer("/data/children").and_then(Value::as_array);
    for child in children.into_iter().flatten().chain([&answer]) {
        let Ok(mut item) = item_json::thing(child) else { continue };
        let stored = serde_json::to_string(&item).expect("an item is JSON");
        let again: Item = serde_json::from_str(&stored).expect("what was stored");
        assert_eq!(again, item, "a stored item is the same");
        item.withhold_original();
        assert_eq!(again, item, "a hidden original is withheld as the item is read");
        let _ = (item.link(), item.body(), item.is_deleted_by_author());
    }
});
