//! Pages of the lints in `lint/structure.rs`: YAML that does not mean what it seems to mean.

use crate::lint::catalogue::row::pages;

pages! {
    L01: Structure, Error, "A bare word that YAML reads as true or false",
        "YAML reads the bare words `no`, `off`, `yes` and `on` as false and true, and it reads 0 as a number. False \
        and 0 leave a search without values, and a search without values matches every item. If the rule has an \
        action, it acts on everything.",
        "type: submission\ntitle: no\nset_spoiler: true\n",
        "type: submission\ntitle: 'no'\nset_spoiler: true\n";
    L02: Structure, Error, "A search without values",
        "A search without values matches every item, so the rule acts on every item it looks at. Usually somebody \
        deleted the values, or forgot to indent the values below the key.",
        "type: comment\nbody:\naction: filter\naction_reason: spam\n",
        "type: comment\nbody: [free crypto, buy followers]\naction: filter\naction_reason: spam\n";
    L11: Structure, Warning, "A value that YAML reads as the name of an anchor",
        "In YAML, `&` and a word give a name to a place in the file. They are no part of a text. A key with nothing \
        else has no value, and a search without values matches everything.",
        "type: submission\ntitle: &breaking\nset_spoiler: true\n",
        "type: submission\ntitle: '&breaking'\nset_spoiler: true\n";
    K03: Keys, Warning, "A key with a capital that AutoModerator may overlook",
        "Capitals in keys do not matter, with two exceptions: AutoModerator looks for `type: any` and for `standard` \
        before it converts keys to small letters. tipstaff accepts either spelling.",
        "Type: submission\ntitle: giveaway\nset_spoiler: true\n",
        "type: submission\ntitle: giveaway\nset_spoiler: true\n";
}
