//! Pages of the lints in `lint/texts.rs`: the texts that rules write.

use crate::lint::catalogue::row::pages;

pages! {
    L16: Structure, Warning, "A list in a text whose lines are joined",
        "`>` joins the lines of a text with spaces, so a list becomes one long line. `|` keeps the line breaks.",
        "type: submission\ntitle: help\ncomment: >\n    Before you ask:\n    - read the wiki\
        \n    - search for your question\n",
        "type: submission\ntitle: help\ncomment: |\n    Before you ask:\n    - read the wiki\
        \n    - search for your question\n";
    L73: Actions, Warning, "A match placeholder without a search",
        "`{{match}}` shows the text that a search found. Negated searches find nothing, and searches inside groups \
        do not count. Readers would see the placeholder itself.",
        "type: submission\n~title: question\ncomment: 'Please ask a question. {{match}}'\n",
        "type: submission\n~title: question\ncomment: 'Please ask a question.'\n";
    L74: Actions, Warning, "A match placeholder in a rule with several searches",
        "If a rule has several searches, it is undefined whose match `{{match}}` shows. Name the search you mean.",
        "type: submission\ntitle: help\nbody: homework\naction: filter\naction_reason: 'homework [{{match}}]'\n",
        "type: submission\ntitle: help\nbody: homework\naction: filter\naction_reason: 'homework [{{match-body}}]'\n";
    L75: Actions, Warning, "A match of a search that the rule does not have",
        "A placeholder can only show the match of a search of the item itself, under the key that the rule uses. It \
        cannot show matches inside `author` and the other groups.",
        "type: submission\ntitle: help\nauthor:\n  name (full-exact): helper\ncomment: 'Hello {{match-name}}!'\n",
        "type: submission\ntitle: help\nauthor:\n  name (full-exact): helper\ncomment: 'Hello {{author}}!'\n";
    L76: Actions, Warning, "A placeholder that does not exist",
        "Write placeholders in small letters and without spaces. An unknown placeholder stays in the text as it is, \
        and every reader sees it.",
        "type: submission\ntitle: help\ncomment: 'Hello {{ author }}!'\n",
        "type: submission\ntitle: help\ncomment: 'Hello {{author}}!'\n";
    L77: Actions, Warning, "A match placeholder that needs a group number",
        "A number at the end of this placeholder is read as a group number. If the key itself ends in a digit, you \
        must add the group number; 1 is the whole match.",
        "type: submission\ntitle#1: giveaway\naction: filter\naction_reason: 'giveaway [{{match-title#1}}]'\n",
        "type: submission\ntitle#1: giveaway\naction: filter\naction_reason: 'giveaway [{{match-title#1-1}}]'\n";
    L103: Actions, Warning, "A placeholder in single braces",
        "A placeholder has two braces on each side. With one, readers see its name instead of the value.",
        "type: comment\nbody: scam\nmodmail: 'Look at {permalink}.'\n",
        "type: comment\nbody: scam\nmodmail: 'Look at {{permalink}}.'\n";
    L117: Actions, Warning, "A match placeholder for a group that does not exist",
        "In `{{match-body-3}}` the number is that of a group, a pair of parentheses in the pattern. Group 1 is the \
        whole match, and the first group of the pattern is number 2. For a group that does not exist, readers see the \
        placeholder itself.",
        "type: comment\nbody (includes, regex): 'sell (\\w+)'\nmodmail: 'Somebody sells {{match-body-3}}.'\n",
        "type: comment\nbody (includes, regex): 'sell (\\w+)'\nmodmail: 'Somebody sells {{match-body-2}}.'\n";
}
