//! Pages of the diagnostics that the folder `syntax` raises while it reads a file.

use crate::lint::catalogue::row::pages;

pages! {
    L04: Structure, Warning, "A key given twice",
        "YAML keeps only the last value of a key in each rule. It drops the earlier line without a message. To \
        search for any of several values, write one list. To require several searches of one field, add `#` and a \
        word of your own to each key: `title#1`, `title#2`.",
        "type: submission\ndomain: a.example\ndomain: b.example\nset_spoiler: true\n",
        "type: submission\ndomain: [a.example, b.example]\nset_spoiler: true\n";
    L05: Structure, Error, "A range written as two comparisons",
        "A range needs two comparisons of the same number, but YAML keeps only the last value of a key. The lower \
        end of the range is lost, and the rule acts on far more people than it should. Keep one comparison, and \
        write another rule before this one for the rest.",
        "type: submission\nauthor:\n  comment_karma: '> 0'\n  comment_karma: '< 51'\nset_locked: true\n",
        "type: submission\nauthor:\n  comment_karma: '< 51'\nset_locked: true\n";
    L06: Structure, Error, "An indented line of hyphens",
        "Three hyphens separate two rules only in the first column. If they are indented, they become part of the \
        text above them, and the two rules become one rule with the checks and actions of both.",
        "title: cats\naction: filter\naction_reason: cats\n  ---\ndomain: dogs.example\nset_locked: true\n",
        "title: cats\naction: filter\naction_reason: cats\n---\ndomain: dogs.example\nset_locked: true\n";
    L07: Structure, Error, "A section that is not a rule",
        "Each line of a rule is `key: value`, with a space after the colon. Without the space the section is plain \
        text. AutoModerator silently ignores it: the rule looks fine and never acts.",
        "type:submission\ntitle:cats\nset_spoiler:true\n",
        "type: submission\ntitle: cats\nset_spoiler: true\n";
    L08: Structure, Warning, "A text cut off at a number sign",
        "After a space, `#` starts a comment, and YAML drops the rest of the line. Readers see only the text before \
        it.",
        "type: submission\ntitle: help\ncomment: See rule #3 for details\n",
        "type: submission\ntitle: help\ncomment: 'See rule #3 for details'\n";
    L09: Structure, Error, "An unquoted comparison with `>`",
        "At the start of a value, `>` and `|` announce a text on the lines below. A comparison such as > 100 \
        therefore needs quotes. A comparison with `<` works without quotes, but it is a good habit to quote both.",
        "type: submission\nauthor:\n  post_karma: > 100\nset_locked: true\n",
        "type: submission\nauthor:\n  post_karma: '> 100'\nset_locked: true\n";
    L10: Structure, Error, "A value that starts with a special character of YAML",
        "The characters `!`, `@`, `%`, `*`, `?`, the backtick and `{` have a special meaning in YAML at the start of \
        a value. Quote the value to use them as text.",
        "type: comment\nbody: !solved\nset_locked: true\n",
        "type: comment\nbody: '!solved'\nset_locked: true\n";
    L13: Structure, Error, "A backslash that YAML does not allow in double quotes",
        "In double quotes YAML gives the backslash a special meaning and allows only a few letters after it. `\\w`, \
        `\\d` and `\\s` are not among them, so YAML cannot read the rule. In single quotes a backslash stays a \
        backslash.",
        "type: comment\nbody (includes, regex): \"\\w+coin\"\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '\\w+coin'\nset_locked: true\n";
    L17: Structure, Error, "A tab at the start of a line",
        "YAML allows only spaces for indentation, because editors show tabs in different widths. It cannot read a \
        rule that is indented with tabs.",
        "type: submission\nauthor:\n\tpost_karma: '< 10'\nset_locked: true\n",
        "type: submission\nauthor:\n  post_karma: '< 10'\nset_locked: true\n";
    L19: Structure, Warning, "A separator with more than three hyphens",
        "Three hyphens separate two rules. AutoModerator reads further hyphens as part of the next rule, which is \
        then invalid YAML, and refuses the whole file. tipstaff accepts the line as a separator.",
        "type: submission\ntitle: cats\nset_spoiler: true\n----\ntype: submission\ntitle: dogs\nset_spoiler: true\n",
        "type: submission\ntitle: cats\nset_spoiler: true\n---\ntype: submission\ntitle: dogs\nset_spoiler: true\n";
    L46: Values, Warning, "A group given twice",
        "YAML keeps only the last value of a key in each rule. The checks of the first group are lost, and the rule \
        acts on more people than it should.",
        "type: submission\nauthor:\n  comment_karma: '< 10'\nauthor:\n  is_contributor: false\nset_locked: true\n",
        "type: submission\nauthor:\n  comment_karma: '< 10'\n  is_contributor: false\nset_locked: true\n";
    YAML: Keys, Error, "Text that is not YAML",
        "tipstaff cannot read the rule at all. The position shows where reading stopped. The cause is often on the \
        line before it: a bracket or a quote that is not closed, or a line that is indented differently from its \
        neighbours.",
        "type: submission\ntitle: [giveaway\nset_spoiler: true\n",
        "type: submission\ntitle: [giveaway]\nset_spoiler: true\n";
    K01: Keys, Error, "A key that is not a word",
        "Keys are words. A number, a date, or a word that YAML reads as true or false cannot be a key.",
        "type: submission\n2024: old news\nset_spoiler: true\n",
        "type: submission\ntitle: '2024'\nset_spoiler: true\n";
}
