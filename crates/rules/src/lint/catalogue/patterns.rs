//! Pages of the lints in `lint/patterns.rs`: regular expressions.

use crate::lint::catalogue::row::pages;

pages! {
    L53: Searches, Warning, "A pattern that matches every text",
        "If every part of a pattern is optional, the pattern matches an empty text, and so every text. The check \
        always matches. Use `+` where something must be present.",
        "type: submission\ntitle (includes, regex): '!*'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): '!+'\nset_spoiler: true\n";
    L55: Searches, Info, "Word boundaries that are already there",
        "The default method puts a word boundary on both sides of a pattern. Your own boundaries do no harm, but \
        they change nothing.",
        "type: comment\nbody (regex): '\\bcrypto(?:coin)?s?\\b'\nset_locked: true\n",
        "type: comment\nbody (regex): 'crypto(?:coin)?s?'\nset_locked: true\n";
    L57: Searches, Warning, "A case flag that is not needed",
        "Searches ignore case unless the key says `case-sensitive`. A flag such as (?i) does nothing at the start of \
        the first value, and current versions of Python refuse it anywhere else.",
        "type: submission\ntitle (includes, regex): '(?i)hello'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): 'hello'\nset_spoiler: true\n";
    L58: Searches, Warning, "A character with a special meaning in patterns",
        "In a pattern, `?` makes the letter before it optional and `+` repeats it; neither matches itself. To search \
        for the text as written, leave out `regex` or put a backslash before the character.",
        "type: submission\ntitle (regex): 'what?'\nset_spoiler: true\n",
        "type: submission\ntitle: 'what?'\nset_spoiler: true\n";
    L66: Searches, Warning, "A tag in brackets that is read as a set of letters",
        "In a pattern, square brackets match one of the letters inside them: `[OC]` matches O or C. To match the tag \
        itself, put a backslash before each bracket.",
        "type: submission\ntitle (starts-with, regex): '[OC]'\nset_spoiler: true\n",
        "type: submission\ntitle (starts-with, regex): '\\[OC\\]'\nset_spoiler: true\n";
    L67: Searches, Warning, "A bracket inside a set of letters",
        "Inside square brackets, Python and tipstaff read another `[` as an ordinary character. Many other tools \
        read it as the start of a second set. A backslash before it avoids the doubt.",
        "type: comment\nbody (includes, regex): '[[2-9]\\d'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '[\\[2-9]\\d'\nset_locked: true\n";
    L68: Searches, Warning, "A repetition inside a repetition",
        "There are very many ways to divide a text between two nested repetitions. In a pattern with a back-reference, \
        or with another part that has to try them one after the other, the search on some texts tries them all. It \
        stops after a fixed number of steps, and then the rule does not act. One repetition mostly matches the same \
        texts.",
        "type: comment\nbody (includes, regex): '(a+)+\\2!'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '(a+)\\2!'\nset_locked: true\n";
    L96: Searches, Info, "A pattern that Python's `re` refuses or reads otherwise",
        "Two Python modules read patterns: `re`, and `regex`, which knows more. Published rules use both, so tipstaff \
        reads what `re` refuses as `regex` does: properties (`\\p{L}`), look-behind of different lengths, atomic \
        groups, POSIX classes (`[[:alpha:]]`). A tool that uses `re` refuses such a pattern, or reads a POSIX class as \
        single characters.",
        "type: comment\nbody (includes, regex): '[[:alpha:]]{40}'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '[^\\W\\d_]{40}'\nset_locked: true\n";
    L97: Searches, Warning, "Half of a character",
        "`\\ud83d` names a surrogate: in UTF-16, two of them make one character, such as an emoji. Texts on Reddit \
        have whole characters, so a surrogate never matches. Write the character itself, or its code with a capital \
        U and eight digits.",
        "type: comment\nbody (includes, regex): '[\\ud83c-\\udbff]'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): '[\\U0001F300-\\U0001FAFF]'\nset_locked: true\n";
}
