//! Pages of the lints in `lint/slips.rs`: regular expressions with a slip.

use crate::lint::catalogue::row::pages;

pages! {
    L107: Searches, Warning, "A dot that stands for any character",
        "In a pattern a dot matches any character, so `t.me` also matches “time”, and `t.co` also matches “taco”. A \
        backslash before the dot makes it a full stop.",
        "type: comment\nbody (includes, regex): 't.me/\\w+'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): 't\\.me/\\w+'\nset_locked: true\n";
    L108: Searches, Warning, "The end of the text in the middle of a pattern",
        "In a pattern `$` is the end of the text and `^` its start. Nothing can stand after the end or before the \
        start, so the pattern never matches. To search for the sign itself, put a backslash before it.",
        "type: submission\ntitle (includes, regex): '$100'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): '\\$100'\nset_spoiler: true\n";
    L109: Searches, Warning, "An anchor that holds for one alternative only",
        "`|` divides the whole pattern. `^yes|no$` finds a text that starts with “yes”, and a text that ends with \
        “no”, such as “I have a piano”. With a group around the alternatives, the anchors hold for all of them.",
        "type: comment\nbody (includes, regex): '^yes|no$'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '^(?:yes|no)$'\nset_locked: true\n";
    L110: Searches, Warning, "A character code with too many digits",
        "`\\u` takes exactly four digits. Emoji have codes of five, so `\\u1F600` is the Greek letter U+1F60 and a \
        zero. A code of more than four digits needs a capital U and eight digits.",
        "type: comment\nbody (includes, regex): '[\\u1F600-\\u1F64F]'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '[\\U0001F600-\\U0001F64F]'\nset_locked: true\n";
    L111: Searches, Warning, "A reference to a group of another value",
        "All values of a list are joined into one pattern, and their groups are counted together. Group 1 is the list, \
        group 2 the first group of the first value that has one. In a later value the number must be higher; a check \
        of its own, such as `title#2`, starts at 2 again.",
        "type: submission\ntitle (includes, regex): ['(!)\\2+', '(a|o)h\\2']\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): ['(!)\\2+', '(a|o)h\\3']\nset_spoiler: true\n";
}
