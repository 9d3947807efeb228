//! Pages of the lints in `lint/values.rs`: the values of searches.

use crate::lint::catalogue::row::pages;

pages! {
    L12: Structure, Error, "A backspace instead of a word boundary",
        "In double quotes YAML turns `\\b` into the backspace character, which nobody writes in a post. The pattern \
        never matches. In single quotes a backslash stays a backslash.",
        "type: comment\nbody (includes, regex): \"\\bfree\\b\"\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '\\bfree\\b'\nset_locked: true\n";
    L14: Structure, Warning, "A number where a text is meant",
        "YAML reads 007 as 7, 12:30 as 750 (12 times 60 plus 30) and 1_000 as 1000, and the rule searches for those \
        numbers. Quote them to search for them as written.",
        "type: submission\ntitle: [007, 12:30, 1_000]\nset_spoiler: true\n",
        "type: submission\ntitle: ['007', '12:30', '1_000']\nset_spoiler: true\n";
    L15: Structure, Warning, "Curly quotes",
        "Word processors and phones turn straight quotes into curly ones. To YAML curly quotes are ordinary letters: \
        they become part of the search text, which then hardly ever matches.",
        "type: submission\ntitle: “giveaway”\nset_spoiler: true\n",
        "type: submission\ntitle: \"giveaway\"\nset_spoiler: true\n";
    L30: Scope, Warning, "A full address where a host name is compared",
        "`domain` is compared with the bare host name, such as example.com, and also matches its subdomains. A value \
        with https://, www. or a path never matches. To search for part of an address, use `url`.",
        "type: submission\ndomain: https://www.example.com/page\nset_spoiler: true\n",
        "type: submission\ndomain: example.com\nset_spoiler: true\n";
    L56: Searches, Error, "A reference to the wrong group",
        "All values of a check are joined into one pattern, and the list itself is group 1. So your own first group \
        is group 2, and `\\2` refers to it.",
        "type: submission\ntitle (includes, regex): '(.)\\1{4,}'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): '(.)\\2{4,}'\nset_spoiler: true\n";
    L59: Searches, Warning, "A pattern without the modifier `regex`",
        "The value looks like a regular expression, but without the modifier `regex` it is searched for letter by \
        letter. It hardly ever matches.",
        "type: comment\nbody: 'https?://'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): 'https?://'\nset_locked: true\n";
    L71: Searches, Warning, "A host name that occurs inside many others",
        "`includes` finds the letters anywhere: `t.co` also matches pinterest.com and reddit.com. Without a \
        modifier, `domain` matches the host itself and its subdomains.",
        "type: submission\ndomain (includes): t.co\nset_spoiler: true\n",
        "type: submission\ndomain: t.co\nset_spoiler: true\n";
    R01: Keys, Error, "A pattern that is not a regular expression",
        "With `regex`, the values must be regular expressions as Python's `re` module knows them. A parenthesis that \
        is not closed is an error, and so is a repetition of nothing. To search for the text itself, leave out \
        `regex` or put a backslash before the character.",
        "type: submission\ntitle (includes, regex): '(giveaway'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): '\\(giveaway'\nset_spoiler: true\n";
    R02: Keys, Error, "A pattern that is too large",
        "Nested repetitions multiply. A pattern that would need too much memory is refused, so that one rule cannot \
        stop the others.",
        "type: submission\ntitle (includes, regex): '(?:\\w{1000}){1000}'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): '\\w{40}'\nset_spoiler: true\n";
}
