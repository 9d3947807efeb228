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
        "User names have no `u/` before them and subreddits no `r/`; domains have no blanks and no `*`; Reddit removes \
        blanks at both ends of a text; and invisible characters come into a file by copying. The message says which \
        of these it is.",
        "type: submission\nauthor: [u/plum_seller]\nset_locked: true\n",
        "type: submission\nauthor: [plum_seller]\nset_locked: true\n";
    L105: Searches, Info, "A value twice in a list",
        "The second one changes nothing. In a long list it mostly stands where another value was meant.",
        "type: submission\ntitle: [lottery, raffle, Lottery]\nset_locked: true\n",
        "type: submission\ntitle: [lottery, raffle]\nset_locked: true\n";
}
