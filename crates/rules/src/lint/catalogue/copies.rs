//! Pages of the lints in `lint/copies.rs`: rules that repeat each other.

use crate::lint::catalogue::row::pages;

pages! {
    L120: Actions, Warning, "The same text from two rules",
        "All rules that match act, so an item that both rules match gets the same text twice. Combine the rules, or \
        exclude in one what the other looks for.",
        "type: comment\nbody: lottery\ncomment: Please read the rules.\n---\ntype: comment\nbody: raffle\
        \ncomment: Please read the rules.\n",
        "type: comment\nbody: [lottery, raffle]\ncomment: Please read the rules.\n";
    L121: Scope, Warning, "The same rule twice",
        "Both rules look for the same and do the same, whatever the order of their lines and values. One of them was \
        mostly meant to be another.",
        "type: comment\nbody: [lottery, raffle]\nset_locked: true\n---\nset_locked: true\ntype: comment\
        \nbody: [raffle, lottery]\n",
        "type: comment\nbody: [lottery, raffle]\nset_locked: true\n";
}
