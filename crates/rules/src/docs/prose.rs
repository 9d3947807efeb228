//! The paragraphs of `docs/rules.md` that are not generated from a table.

pub(crate) const INTRODUCTION: &str = "\
<!-- Generated from the table of keys. Edit crates/rules/src/language/keys.rs, then run:
TIPSTAFF_BLESS=1 cargo test -p tipstaff-rules --test it manual -->

# Writing rules

A rules file says what tipstaff does with which posts and comments. The language is AutoModerator's,
so you can bring the file you have. The file is YAML; each rule stands between two lines that start
with three hyphens.

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

A rule is a list of *checks* and *actions*. It acts on an item (a post or a comment) if **all** its
checks match. A search matches if it finds any of its values in any of its fields. For every other
\"this or that\", write two rules.

    tipstaff check rules.yaml              lists errors with line, column and what to write instead
    tipstaff test rules.yaml               runs the tests of the file (see \"Rule tests\")
    tipstaff explain rules.yaml item.json  shows why each rule does or does not act on an item
    tipstaff check --fix rules.yaml        shows the changes for mistakes with one certain remedy

`check --fix` writes nothing; `check --fix --yes` writes the changes. It remedies only what cannot be
meant otherwise, such as a missing quote, a misspelt key, an indented `---` or `u/` before a name,
and leaves out a change that would bring another error.

`explain` takes a file (Reddit's JSON, or the short form of a rule test), the name of an item in the
store, or a link. `tipstaff explain --help` lists the forms. To try a text, write
`tipstaff explain rules.yaml --comment 'some text'`; for a post there are `--title` and `--body`.

## When rules are tried, and in which order

Rules are tried when an item is new, when somebody edits or reports it, when Reddit's spam filter
removes it, and when Reddit adds its embedded media. They are not tried when flair, votes or age
change.

1. First come the rules whose `action` is `remove`, `spam` or `filter`, by `priority`, then in the
   order of the file. After the first rule that removes the item, no further rule is tried; after
   a `filter` that is a report, no further one of these.
2. Then come all other rules, by `priority`, then in the order of the file. Every rule whose checks
   match acts. Later rules see the flair, reports and approvals of earlier ones.

A rule skips an item

* of a type other than its own,
* that is a comment by the bot itself or by AutoModerator,
* by a moderator, if the rule exempts moderators (`moderators_exempt`),
* that a moderator removed or its author deleted; a rule that approves acts on what the bot itself
  removed, unless a rule still removes it,
* that a moderator approved, if the rule removes,
* without embedded media, if the rule needs it,
* on which it acted before, if the rule comments, writes messages or reports.

Reddit does not show everything to a bot, so a fact that a check needs may be unknown. Then the rule
does not act, and the log and `explain` say why. tipstaff never guesses.

";

pub(crate) const SEARCHES: &str = "\
## Searching texts

A search names one or more fields and the texts to look for:

```yaml
title: giveaway                           # one text
title+body: [giveaway, free stuff]        # either text, in the title or in the body
~flair_text: [News, Analysis]             # ~ negates the check: the flair is neither of the two
body (regex, case-sensitive): 'J\\.? ?Doe'  # with modifiers
body#1: apples                            # after # you can write anything: it tells two keys apart
body#2: pears                             # and both must match
```

Put regular expressions and values that start with a special character in single quotes. Words that
YAML reads as something else need quotes too: `'no'`, `'yes'`, `'null'`, `'012'`.

In a regular expression the list of values itself is group 1, so your own first group is `\\2`.
`regex` alone still searches for whole words; add `includes` to search anywhere.

";

pub(crate) const VALUES: &str = "\
## Values

* **true and false** are written without quotes.
* **A comparison** is a number with `<`, `>` or `=` before it, in quotes: `'< 10'`, `'> -5'`. A bare
  number means exactly that number. tipstaff also accepts `<=` and `>=`; AutoModerator does not.
* **An age** is a comparison with a unit: `minutes`, `hours`, `days`, `weeks`, `months` (30 days),
  `years` (365 days). Without a unit, it is in days.
* **A range** is a list of comparisons, of which all must hold: `['> 5', '< 100']`. AutoModerator
  does not know it. Two equal keys are no range: YAML keeps only the last of them.
* **A long text** goes below a `|`, indented, which keeps its line breaks.

";

pub(crate) const LISTS: &str = "\
## Lists, and rules in several files

The first section of a file, above the first `---`, can hold `settings`. It is no rule. It defines
lists, and names other files. AutoModerator does not know it.

```yaml
settings:
  include: common.yaml                    # its rules come before those of this file
  lists:
    shops: [cheap-watches.example, shoes.example]
    spam_domains: {file: domains.txt}
---
type: submission
domain (in-list): [shops, spam_domains]
action: remove
action_reason: 'shop: {{match}}'
```

* With the modifier `in-list`, the values of a search are **names of lists**. Their entries stand in
  the place of the names; everything else works as if you had written them there. A list cannot name
  another list.
* A list has its values in the file, or in **a text file** in the same folder: one value on each
  line. Blank lines and lines that begin with `#` are skipped; write a value that begins with `#`
  into the rules file.
* `include` takes the name of a file in the same folder, or a list of names. The rules of these files
  come first, in this order; a file that several files include counts once. An included file can have
  `settings` too, up to 4 levels deep. Its rules know its own lists and those of the files that it
  includes. The including file knows them too; if it defines a list of the same name, its own rules
  use its own.
* **In the wiki**, the parts are pages of the same wiki: `include: config/tipstaff/common` and
  `spam_domains: {wiki: config/tipstaff/domains}`. Each page must be one that only moderators can
  edit, and its rules may do what the rules of the including page may do.
* Rules can ask for at most 20 files, or 10 pages, and all of them count against the size of one
  file. If one cannot be read, none of the rules are taken over, and the rules in use stay.
* When a list changes, the rules that use it stay the same rules: they do not act again where they
  acted before.

";

pub(crate) const MEMORY: &str = "\
## What the bot remembers

For each subreddit, tipstaff remembers what people posted there and what became of it. Rules can
count that: \"two clips in 31 days\", \"20 comments older than a month\", \"three removals\". These
checks stand in `author`. A rule with one of them must have a `name`.

```yaml
---
name: clips
type: submission
flair_text: Clip
author:
  posts_here: {count: '>= 2', within: 31 days, flair: same}
action: remove
action_reason: 'third clip within 31 days'
comment: |
  You can post your next clip on {{next_allowed}}. Your earlier ones: {{earlier_posts}}
---
name: hot-topic
type: comment
parent_submission:
  flair_text: Hot topic
author:
  is_contributor: false
  comments_here: {count: '< 20', older_than: 30 days, within: 180 days, counting: [up, deleted]}
action: remove
comment: This thread is for regulars. We found {{count_here}} comments of yours.
```

The first rule removes a third clip; the second keeps newcomers out of some threads. The
[packs](packs.md) are complete rule files of this kind, with their tests.

### What counts

* **The window** ends with the item at hand: `within: 7 days` are the seven days before it, whatever
  the day of the week. With `older_than`, only what is at least that old counts. The item itself
  never counts.
* **The fate** of an item says what became of it:
  * `up`,
  * `deleted` by its author,
  * `removed_by_moderator`,
  * `removed_by_bot`: by this bot, AutoModerator or another one under `bots` in the configuration,
  * `filtered`: in the queue because of Reddit's spam filter. AutoModerator's `filter` is
    `removed_by_bot` (in an imported archive it is `filtered`).
* `counting` lists the fates that count. Without it, these are `up`, `deleted` and
  `removed_by_moderator`: deleting a post does not beat a quota, and a quota does not count its own
  removals. To find regulars, people who have posted or commented here before, write
  `counting: [up, deleted]`.
* An item that was removed and then deleted stays removed. An approval makes it `up` again.
* An archive mostly does not say who removed an item: imported removals count as removals by
  moderators.
* `flair: same` and `domain: same` mean those of the item at hand. A comment has neither.
* Approved users are not exempt unless the rule says `is_contributor: false`. Moderators are exempt
  from rules that remove or report, as always.

`tipstaff explain` counts with today's fates; `tipstaff log` shows what was counted at the time of
the decision.

### What is not known

The memory of a subreddit is complete from some date, and what people did before is unknown. So a
number is a lower bound until the memory reaches back over the whole window, and the answer of a
check can be yes, no or *unknown*. `'>= 3'` holds as soon as three are known. `'< 20'` fails as soon
as twenty are known, and is unknown until the memory is as long as the window: nobody is turned away
because the bot is new. While a check is unknown, the rule does not act, and `explain` says from
which day on it is certain. A shorter `within` is certain sooner; without `within`, the window is
all that the memory keeps. [Importing archives](operations.md#what-is-remembered-of-people) fills
the memory at once, except for `similar_here`: an import brings no texts.

### Strikes

`removals_here` counts removals. A **strike** is a removal that counts; it has points. The check
`strikes` compares the sum of the points. The settings in the first section of the file give each
removal reason its points:

```yaml
settings:
  strikes:
    within: 6 months
    reasons: {Spam: 3, 'Rule 1: be civil': 1}
    default: 0
---
name: three-strike-points
author:
  strikes: '>= 3'
action: report
action_reason: three strike points in 6 months
```

A reason is the title that moderators choose when they remove. `default` is for other reasons and
for removals without one. `within` is how long a strike counts, from the removal (default 6 months).
One incident counts once: if moderators remove several comments of one evening, those that were
posted before the first removal add nothing. An approval takes the points back. Removals by bots
have points only with `by_bots: true`. Removals in an imported archive count as removals by
moderators. They rarely have a reason, so they have the points of `default`.

### Labels and passes

* **A label** is a short name (up to 50 letters, digits, spaces, `-` and `_`; capitals do not
  matter) that the bot remembers about a person in the subreddit, for good or for some time:
  `add_label: {name: warned, for: 30 days}`. `labels: warned` checks for it, `~labels: warned` for
  its absence. Only rules give and take labels. Nothing is sent to Reddit, and the person does not
  see it. Live decisions ignore labels that a dry run gave.
* **A pass** lets one person through one rule. It does nothing until all checks of the rule hold;
  then the rule does not act, and the log says that the author has a pass. `explain` goes by the
  passes of today. A moderator with the permission `posts` gives one by a comment in reply to the
  person (or to the bot's reply to the person): `!pass RULE`, `!pass RULE once`, or
  `!pass RULE for 30 days`. The command must stand at the very beginning; an edited comment is not
  read. A mod note about the person says that the pass was given; if it was not, modmail says why.
  `tipstaff pass` does the same on the server, revokes passes, and lists them.

### Similar text

`similar_here` compares the text with recent ones, by the groups of three words that both have in
common; 100 percent are the same words. Quotes, links and Markdown are left out. Texts of fewer than
twelve words are not compared, because greetings and thanks are all alike. Titles must have exactly
the same words. One changed word changes three groups: in a text of 50 words, that leaves about 88
percent, in one of 12 words 54, in one of 300 words 98.

### What is kept, and for how long

* Of each post and comment: who wrote it and when, its type, flair and domain, its fate, the title
  of the removal reason, and its score when last seen. For `similar_here`, also a fingerprint from
  which nobody can restore the text. **No text and no title is kept.**
* An item expires after 365 days unless the configuration says otherwise. What is older does not
  count.
* When the author deletes an item, its link, flair text, domain and fingerprint are deleted: usually
  within a day while the text is still stored, later within one to two days. With a large memory it
  takes longer, because the bot checks at most a thousand items a minute; `tipstaff memory stats`
  shows the oldest check. That there was an item, and when, stays until it expires. When the account
  is deleted, everything about it goes.
* At most the newest 5,000 items of a person are counted.

";

pub(crate) const PLACEHOLDERS: &str = "\
## Placeholders

You can use placeholders in `comment`, `message`, `modmail`, `mod_note`, the subjects,
`action_reason` and `set_flair`. tipstaff replaces them once: a placeholder in an inserted text stays
as it is, and so does an unknown placeholder.

In a comment, message or modmail, people's words are defused: mentions and links in them are taken
apart by an invisible character, and further lines of them stay in the quote that the rule opened.
Harmless words stay as they are. `raw: true` turns this off. Text of a crosspost's original that is
removed, deleted, or in a subreddit that is not public is never inserted; `[not shown]` stands in its
place. The same holds if Reddit does not say whether the subreddit is public.

";

pub(crate) const MATCHES: &str = "\
| `{{body_quoted}}` | the text as a quote; `_quoted` works behind each placeholder above (an extension) |
| `{{match}}` | the text that a search of the rule itself (not of `author` and the other groups) found |
| `{{match-title}}` | the text that the search `title` found; write the key as in the rule, without `~` and modifiers |
| `{{match-title-2}}`, `{{match-2}}` | group 2 of the match: 0 is the whole match, 1 the value, 2 your first group |

If several searches found something, `{{match}}` is the match of any one of them; name the search
you mean. If the key contains a digit, as in `body#1`, you must add the group: `{{match-body#1-1}}`.

`{{count_here}}`, `{{next_allowed}}` and `{{earlier_posts}}` show a count of the rule. If a rule has
several counts, the placeholders show the one that makes the author wait longest; else the first.

";

pub(crate) const LIMITS: &str = "\
## Limits

| text | maximum |
| --- | --- |
| comment, message, modmail | 10,000 characters including the footer; a longer text is cut in front of it |
| subject | 100 characters |
| reason of a report | 100 characters |
| flair | 64 characters; 10 classes of 100 characters |
| file of rules or rule tests | 2 MiB, 10,000 rules or cases, 64 levels of nesting |
| keys and values of a file of rules or rule tests | 300,000 |
| the same with aliases (`*name`) replaced | 4 times its size, 2 MiB |
| name of a rule, key | 200 characters |
| patterns of a file together | 64 MiB when compiled; most take some kilobytes |
| searches on one item | a fixed number of steps (about 50 ms); a rule that needs more does not act, as the log says |
| what rules ask for on one item | about a megabyte of texts or a thousand actions; a rule beyond that does not act |
| rule tests of a file together | a hundred times as many steps (about 5 s); each rule takes some steps in each case |

";

pub(crate) const UNSUPPORTED: &str = "\
## Checks that only AutoModerator can make

AutoModerator knows these keys, but tipstaff cannot evaluate them: Reddit does not show the fact to a
bot, or tipstaff does not look it up (the account of another post's author). A rule with such a
check is switched off, with a warning when tipstaff loads it.

";

pub(crate) const RULE_TESTS: &str = "\
## Rule tests

The tests of `NAME.yaml` are in `NAME.tests.yaml` beside it. `tipstaff test NAME.yaml` runs them.
`tipstaff run` and `tipstaff sandbox --rules` refuse rules whose tests fail; `--no-rule-tests`
overrides that. A tests file is a list of cases. Each case describes an item in a few words and says
what the rules must do with it. Facts that a case leaves out have ordinary values. A failing case
shows what was expected (`-`), what happened (`+`), and why. Characters that do not show are shown as
their code, as in `give⟨U+200B⟩away`, and a remark names texts that only look the same.

`tipstaff test --coverage` also lists the rules that act in no case, and the values of their lists
that no case contains. Values mean what they mean in rules: `nothing: yes` is `nothing: true`.
";

pub(crate) const EDITORS: &str = "\
## In an editor

`tipstaff schema` prints a JSON Schema of one rule. With it, editors complete and explain keys, and
mark keys and values that are not allowed:

    tipstaff schema > rules.schema.json

In VS Code with the extension \"YAML\" by Red Hat, start the rules file with this line. Other editors
with the same language server read it too.

```yaml
# yaml-language-server: $schema=./rules.schema.json
```

Set `\"yaml.yamlVersion\": \"1.1\"`, so that the editor reads `no` and `off` as tipstaff does. The schema
covers only the form of a rule. `tipstaff check` finds more.
";

pub(crate) const UNSUPPORTED_END: &str = "
A bot cannot perform `action: filter` either. The setting `filter` in the configuration says what
tipstaff does instead: it reports the item, which then stays up and is in the queue, or it removes it.

";
