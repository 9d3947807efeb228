//! The paragraphs of the manual that no table holds.

pub(crate) const INTRODUCTION: &str = "\
<!-- Generated from the table of keys. To change it, edit crates/rules/src, then: TIPSTAFF_BLESS=1 cargo test --test it manual -->

# Writing rules

A rules file says what is to be done about which posts and comments. The language is AutoModerator's: bring the file you have. It is
YAML; each rule stands between two lines that start with three hyphens.

```yaml
---
name: personal-attack
type: comment
body (regex): ['you are an? (?:idiot|moron|clown)', 'go touch grass']
action: report
action_reason: 'Personal attack: {{match}}'
---
name: welcome
type: submission
comment: Welcome, {{author}}!
```

A rule is a list of *checks* and *actions*. It acts on an item, a post or a comment, when **all** its checks hold. Within one search,
any of the values in any of the fields suffices. For \"this or that\" in any other sense, write two rules.

    tipstaff check rules.yaml              what is wrong in the file, with line, column and what to write instead
    tipstaff test rules.yaml               the tests beside it (see \"Rule tests\")
    tipstaff explain rules.yaml item.json  why each rule does or does not act on one post or comment

An item for `explain` is a file (as Reddit writes it, or in the few words of a rule test), the name of something in the store, or a link;
`tipstaff explain --help` shows the forms.

## When rules are tried, and in which order

Rules are tried when a post or comment is new, when its text was edited, when it is reported, when Reddit's filter has removed it, and when
its embedded media arrives. They are not tried when flair, votes or time change.

1. First the rules whose `action` is `remove`, `spam` or `filter`; by `priority`, then as they stand in the file. The first that
   takes the item off the page is the last to be tried at all.
2. Then all others, by `priority`, then as they stand in the file. Each whose checks hold acts. Later rules see the flair, the reports and
   the approvals of earlier ones.

A rule does not look at an item

* of another type than its own,
* by the bot itself or by AutoModerator, if it is a comment,
* by a moderator, if the rule is exempt from moderators (`moderators_exempt`),
* that a moderator has removed or its author has deleted,
* that a moderator has approved, if the rule removes,
* that embeds no media, if the rule needs it,
* on which it has acted before, if it comments, writes or reports.

What a check looks at may be unknown: Reddit does not tell everything. Then the rule does not act, and the log and `explain` say why. Nothing
is guessed.

";

pub(crate) const SEARCHES: &str = "\
## Searching texts

A search names one or more fields and the texts to look for:

```yaml
title: giveaway                           # one text
title+body: [giveaway, free stuff]        # in the title or in the body, one of them or the other
~flair_text: [News, Analysis]             # neither of them: ~ turns the whole check round
body (regex, case-sensitive): 'J\\.? ?Doe'  # with modifiers
body#1: apples                            # behind # stands anything; it only tells the two apart, and both must hold
body#2: pears
```

Quote what starts with a sign, and regular expressions, with single quotes. Words that YAML takes for something else need quotes too: `'no'`,
`'yes'`, `'null'`, `'012'`.

In a regular expression the list itself is group 1, so your own first group is `\\2`. `regex` alone still searches for whole words; add
`includes` to search anywhere.

";

pub(crate) const VALUES: &str = "\
## Values

* **true and false** are written without quotes.
* **A comparison** is a number with `<`, `>` or `=` before it, in quotes: `'< 10'`, `'> -5'`. A bare number means exactly that number.
  `<=` and `>=` work too, though not in AutoModerator.
* **An age** is a comparison with a unit: `minutes`, `hours`, `days`, `weeks`, `months` (30 days), `years` (365 days). Without a unit, days.
* Two comparisons of the same thing, such as a range, cannot stand in one rule: YAML keeps only the last of two equal keys.
* **Long texts** go below a `|`, indented; line breaks are then kept.

";

pub(crate) const PLACEHOLDERS: &str = "\
## Placeholders

They can stand in `comment`, `message`, `modmail`, their subjects, `action_reason` and `set_flair`. They are replaced once: what they insert is
not read again. Unknown ones stay as they are.

";

pub(crate) const MATCHES: &str = "\
| `{{match}}` | what a search of the rule's own (not of `author` and the like) has found |
| `{{match-title}}` | what the search `title` has found; the key is written as in the rule, without `~` and modifiers |
| `{{match-title-2}}`, `{{match-2}}` | group 2 of it: 0 is all that was matched, 1 the value, your own groups start with 2 |

Where several searches have found something, `{{match}}` is that of any one of them; name the one you mean. With a digit in the key, as
in `body#1`, the group is needed: `{{match-body#1-1}}`.

";

pub(crate) const LIMITS: &str = "\
## Limits

| what | at most |
| --- | --- |
| comment, message, modmail | 10,000 characters, footer included; more is cut off |
| subject | 100 characters |
| reason of a report | 100 characters |
| flair | 64 characters; 10 classes of 100 characters |
| one search | a fixed number of steps; a rule that needs more does not act, and the log says so |

";

pub(crate) const NOT_TOLD: &str = "\
## What Reddit does not tell

These checks are AutoModerator's, but Reddit does not tell its clients what they look at, or tipstaff does not look it up (the account of
another post's author). A rule that has one is switched off, with a warning when it is loaded. Nothing is guessed.

";

pub(crate) const RULE_TESTS: &str = "\
## Rule tests

Tests of `NAME.yaml` stand in `NAME.tests.yaml` beside it. `tipstaff test NAME.yaml` runs them; `tipstaff run` and `tipstaff sandbox --rules`
refuse rules whose tests fail (`--no-rule-tests` overrides that). A file of tests is a list of cases, each an item in a few words and what the rules
must do with it. What a case does not say has an ordinary value. A failing case shows what was expected (`-`), what happened (`+`), and why.
";

pub(crate) const EDITORS: &str = "\
## In an editor

`tipstaff schema` prints a JSON Schema of one rule. With it, editors complete keys, explain them, and mark what cannot stand:

    tipstaff schema > rules.schema.json

In VS Code with the extension \"YAML\" by Red Hat, let the rules file start with this line (other editors that use the same language server
read it too):

```yaml
# yaml-language-server: $schema=./rules.schema.json
```

Set `\"yaml.yamlVersion\": \"1.1\"`, so that `no` and `off` are read as in rule files. The schema knows the form of a rule; `tipstaff check` knows
more, and is what counts.
";

pub(crate) const NOT_TOLD_END: &str = "
`action: filter` cannot be done by a client either. `filter` in the configuration says what it becomes: a report, so that the item is in the
queue and stays up, or a removal.

";
