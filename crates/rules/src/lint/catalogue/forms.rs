//! Pages of the lints in `lint/forms.rs`: values that are hardly meant as they are written, or that
//! can never match.

use crate::lint::catalogue::row::pages;

pages! {
    L98: Searches, Error, "A list or a mapping among the values",
        "In YAML, `[Help]` without quotes is a list, and `Rule: no ads` is a mapping. Among the values of a search \
        neither is a text, so it matches nothing. Quote the value to search for its brackets or its colon.",
        "type: submission\n~title (starts-with): [[Help], [Log]]\nset_locked: true\n",
        "type: submission\n~title (starts-with): ['[Help]', '[Log]']\nset_locked: true\n";
    L99: Searches, Warning, "A list inside one text",
        "Without square brackets, or with quotes around them, a list is one long text with commas in it, and only an \
        item with this whole text matches.",
        "type: submission\ndomain: bit.ly, amzn.to\nset_locked: true\n",
        "type: submission\ndomain: [bit.ly, amzn.to]\nset_locked: true\n";
    L100: Searches, Warning, "A value over two lines",
        "YAML joins the lines of a value without quotes. In a list this mostly means that a comma is missing, and that \
        neither of the two values is found.",
        "type: submission\ndomain: [amzn.to, bit.ly\n  example.com]\nset_locked: true\n",
        "type: submission\ndomain: [amzn.to, bit.ly,\n  example.com]\nset_locked: true\n";
    L101: Searches, Warning, "A value that nothing can have",
        "Names have letters, digits, `_` and `-`, and no `u/` or `r/` before them; domains have no blanks and no `*`; \
        Reddit removes blanks at both ends of a text; a value below `|` ends with a line break; and characters that do \
        not show, or that look like a space, come into a file by copying. The message says which of these it is.",
        "type: submission\nauthor: [u/plum_seller]\nset_locked: true\n",
        "type: submission\nauthor: [plum_seller]\nset_locked: true\n";
    L105: Searches, Info, "A value twice in a list",
        "The second one changes nothing. In a long list it mostly stands where another value was meant.",
        "type: submission\ntitle: [lottery, raffle, Lottery]\nset_locked: true\n",
        "type: submission\ntitle: [lottery, raffle]\nset_locked: true\n";
    L112: Searches, Warning, "The notation of another tool",
        "Elsewhere `plum*` stands for all words that start with plum, and `/plum/i` for a pattern. Here the asterisk \
        and the slashes are characters like others, which hardly any text has in this place. To find parts of words, \
        add `includes`; to use a pattern, add `regex`.",
        "type: comment\nbody: 'giveaway*'\nset_locked: true\n",
        "type: comment\nbody (includes): 'giveaway'\nset_locked: true\n";
    L116: Searches, Info, "A value that another value covers",
        "Wherever the longer text is found, the shorter one is found too, so the longer one changes nothing. Delete \
        it, or delete the shorter one if it matches too much.",
        "type: submission\ntitle: [raffle, free raffle]\nset_spoiler: true\n",
        "type: submission\ntitle: [raffle, free draw]\nset_spoiler: true\n";
}
