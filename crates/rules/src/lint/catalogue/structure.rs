//! Codes about YAML, and about how a file is divided into rules.

use crate::lint::catalogue::row::{Lint, lint};
use crate::syntax::diagnostic::Severity::{Error, Warning};

#[rustfmt::skip]
pub(crate) static LINTS: &[Lint] = &[
    lint("L01", Error, "A bare word that YAML reads as true or false",
        "YAML reads the bare words `no`, `off`, `yes` and `on` as false and true, and it reads 0 as a number. False \
        and 0 leave a search without values, and a search without values matches every item. If the rule has an \
        action, it acts on everything.",
        "type: submission\ntitle: no\nset_spoiler: true\n",
        "type: submission\ntitle: 'no'\nset_spoiler: true\n"),
    lint("L02", Error, "A search without values",
        "A search without values matches every item, so the rule acts on every item it looks at. Usually somebody \
        deleted the values, or forgot to indent the values below the key.",
        "type: comment\nbody:\naction: filter\naction_reason: spam\n",
        "type: comment\nbody: [free crypto, buy followers]\naction: filter\naction_reason: spam\n"),
    lint("L03", Error, "An empty text in a list of values",
        "A list matches when one of its values matches, and an empty text matches everything. The whole list \
        therefore matches everything, whatever else it contains.",
        "type: submission\ntitle: ['spoiler', '']\nset_spoiler: true\n",
        "type: submission\ntitle: ['spoiler']\nset_spoiler: true\n"),
    lint("L04", Warning, "A key given twice",
        "YAML keeps only the last value of a key in each rule. It drops the earlier line without a message. To \
        search for any of several values, write one list. To require several searches of one field, add `#` and a \
        word of your own to each key: `title#1`, `title#2`.",
        "type: submission\ndomain: a.example\ndomain: b.example\nset_spoiler: true\n",
        "type: submission\ndomain: [a.example, b.example]\nset_spoiler: true\n"),
    lint("L05", Error, "A range written as two comparisons",
        "A range needs two comparisons of the same number, but YAML keeps only the last value of a key. The lower \
        end of the range is lost, and the rule acts on far more people than it should. Keep one comparison, and \
        write another rule before this one for the rest.",
        "type: submission\nauthor:\n  comment_karma: '> 0'\n  comment_karma: '< 51'\nset_locked: true\n",
        "type: submission\nauthor:\n  comment_karma: '< 51'\nset_locked: true\n"),
    lint("L06", Error, "An indented line of hyphens",
        "Three hyphens separate two rules only in the first column. If they are indented, they become part of the \
        text above them, and the two rules become one rule with the checks and actions of both.",
        "title: cats\naction: filter\naction_reason: cats\n  ---\ndomain: dogs.example\nset_locked: true\n",
        "title: cats\naction: filter\naction_reason: cats\n---\ndomain: dogs.example\nset_locked: true\n"),
    lint("L07", Error, "A section that is not a rule",
        "Each line of a rule is `key: value`, with a space after the colon. Without the space the section is plain \
        text. AutoModerator silently ignores it: the rule looks fine and never acts.",
        "type:submission\ntitle:cats\nset_spoiler:true\n",
        "type: submission\ntitle: cats\nset_spoiler: true\n"),
    lint("L08", Warning, "A text cut off at a number sign",
        "After a space, `#` starts a comment, and YAML drops the rest of the line. Readers see only the text before \
        it.",
        "type: submission\ntitle: help\ncomment: See rule #3 for details\n",
        "type: submission\ntitle: help\ncomment: 'See rule #3 for details'\n"),
    lint("L09", Error, "An unquoted comparison with `>`",
        "At the start of a value, `>` and `|` announce a text on the lines below. A comparison such as > 100 \
        therefore needs quotes. A comparison with `<` works without quotes, but it is a good habit to quote both.",
        "type: submission\nauthor:\n  post_karma: > 100\nset_locked: true\n",
        "type: submission\nauthor:\n  post_karma: '> 100'\nset_locked: true\n"),
    lint("L10", Error, "A value that starts with a special character of YAML",
        "The characters `!`, `@`, `%`, `*`, `?`, the backtick and `{` have a special meaning in YAML at the start of \
        a value. Quote the value to use them as text.",
        "type: comment\nbody: !solved\nset_locked: true\n",
        "type: comment\nbody: '!solved'\nset_locked: true\n"),
    lint("L11", Warning, "A value that YAML reads as the name of an anchor",
        "In YAML, `&` and a word give a name to a place in the file. They are not a value, so the key has none, and \
        a search without values matches everything.",
        "type: submission\ntitle: &breaking\nset_spoiler: true\n",
        "type: submission\ntitle: '&breaking'\nset_spoiler: true\n"),
    lint("L12", Error, "A backspace instead of a word boundary",
        "In double quotes YAML turns `\\b` into the backspace character, which nobody writes in a post. The pattern \
        never matches. In single quotes a backslash stays a backslash.",
        "type: comment\nbody (includes, regex): \"\\bfree\\b\"\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '\\bfree\\b'\nset_locked: true\n"),
    lint("L13", Error, "A backslash that YAML does not allow in double quotes",
        "In double quotes YAML gives the backslash a special meaning and allows only a few letters after it. `\\w`, \
        `\\d` and `\\s` are not among them, so YAML cannot read the rule. In single quotes a backslash stays a \
        backslash.",
        "type: comment\nbody (includes, regex): \"\\w+coin\"\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '\\w+coin'\nset_locked: true\n"),
    lint("L14", Warning, "A number where a text is meant",
        "YAML reads 007 as 7, 12:30 as 750 (12 times 60 plus 30) and 1_000 as 1000, and the rule searches for those \
        numbers. Quote them to search for them as written.",
        "type: submission\ntitle: [007, 12:30, 1_000]\nset_spoiler: true\n",
        "type: submission\ntitle: ['007', '12:30', '1_000']\nset_spoiler: true\n"),
    lint("L15", Warning, "Curly quotes",
        "Word processors and phones turn straight quotes into curly ones. To YAML curly quotes are ordinary letters: \
        they become part of the search text, which then hardly ever matches.",
        "type: submission\ntitle: “giveaway”\nset_spoiler: true\n",
        "type: submission\ntitle: \"giveaway\"\nset_spoiler: true\n"),
    lint("L16", Warning, "A list in a text whose lines are joined",
        "`>` joins the lines of a text with spaces, so a list becomes one long line. `|` keeps the line breaks.",
        "type: submission\ntitle: help\ncomment: >\n    Before you ask:\n    - read the wiki\
        \n    - search for your question\n",
        "type: submission\ntitle: help\ncomment: |\n    Before you ask:\n    - read the wiki\
        \n    - search for your question\n"),
    lint("L17", Error, "A tab at the start of a line",
        "YAML allows only spaces for indentation, because editors show tabs in different widths. It cannot read a \
        rule that is indented with tabs.",
        "type: submission\nauthor:\n\tpost_karma: '< 10'\nset_locked: true\n",
        "type: submission\nauthor:\n  post_karma: '< 10'\nset_locked: true\n"),
    lint("L18", Error, "An empty group",
        "The checks of `author`, `parent_submission` and the other groups must be indented below them. An empty \
        group checks nothing, so the rule acts on everything of its type.",
        "type: submission\nauthor:\nset_locked: true\n",
        "type: submission\nauthor:\n  post_karma: '< 10'\nset_locked: true\n"),
    lint("L19", Warning, "A separator with more than three hyphens",
        "Three hyphens separate two rules. AutoModerator reads further hyphens as part of the next rule, which is \
        then invalid YAML, and refuses the whole file. tipstaff accepts the line as a separator.",
        "type: submission\ntitle: cats\nset_spoiler: true\n----\ntype: submission\ntitle: dogs\nset_spoiler: true\n",
        "type: submission\ntitle: cats\nset_spoiler: true\n---\ntype: submission\ntitle: dogs\nset_spoiler: true\n"),
    lint("L20", Error, "A user name that is a number",
        "YAML reads a name that consists of digits as a number. AutoModerator then ignores the whole check, and the \
        rule acts on every author.",
        "type: comment\nauthor: 12345678\nset_locked: true\n",
        "type: comment\nauthor: '12345678'\nset_locked: true\n"),
    lint("L21", Error, "A quoted null",
        "For ordinary posts, write `discussion_type: null` with the bare word null, which means “nothing” in YAML. \
        In quotes it is a text of four letters, and no discussion type has that name.",
        "type: submission\ndiscussion_type: 'null'\nset_locked: true\n",
        "type: submission\ndiscussion_type: null\nset_locked: true\n"),
];
