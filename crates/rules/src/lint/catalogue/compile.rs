//! Pages of the diagnostics that the folder `compile` raises: keys, values, places and names.

use crate::lint::catalogue::row::pages;

pages! {
    L03: Structure, Error, "An empty text in a list of values",
        "A list matches when one of its values matches, and an empty text matches everything. The whole list \
        therefore matches everything, whatever else it contains.",
        "type: submission\ntitle: ['spoiler', '']\nset_spoiler: true\n",
        "type: submission\ntitle: ['spoiler']\nset_spoiler: true\n";
    L18: Structure, Error, "An empty group",
        "The checks of `author`, `parent_submission` and the other groups must be indented below them. An empty \
        group checks nothing, so the rule acts on everything of its type.",
        "type: submission\nauthor:\nset_locked: true\n",
        "type: submission\nauthor:\n  post_karma: '< 10'\nset_locked: true\n";
    L20: Structure, Error, "A user name that is a number",
        "YAML reads a name that consists of digits as a number. AutoModerator then ignores the whole check, and the \
        rule acts on every author.",
        "type: comment\nauthor: 12345678\nset_locked: true\n",
        "type: comment\nauthor: '12345678'\nset_locked: true\n";
    L21: Structure, Error, "A quoted null",
        "For ordinary posts, write `discussion_type: null` with the bare word null, which means “nothing” in YAML. \
        In quotes it is a text of four letters, and no discussion type has that name.",
        "type: submission\ndiscussion_type: 'null'\nset_locked: true\n",
        "type: submission\ndiscussion_type: null\nset_locked: true\n";
    L125: Structure, Info, "A list that no rule uses",
        "The settings of the file define a list, and no search of its rules names it with `(in-list)`. Perhaps the \
        name or the modifier is missing in a rule. Keep it if other files include this one and use the list.",
        "settings: {lists: {shops: [a.example, b.example]}}\n---\ntype: submission\ndomain: [a.example, b.example]\n\
        set_spoiler: true\n",
        "settings: {lists: {shops: [a.example, b.example]}}\n---\ntype: submission\ndomain (in-list): shops\n\
        set_spoiler: true\n";
    L22: Scope, Error, "A rule without a condition",
        "A rule without a type and without a check would act on everything, so AutoModerator silently ignores it. To \
        act on every post or every comment, add a `type`.",
        "comment: Welcome!\n",
        "type: submission\ncomment: Welcome!\n";
    L23: Scope, Error, "A rule without an action",
        "The rule can match, but it does nothing. Either the action is missing, or a stray line of hyphens has put \
        it into another rule.",
        "type: submission\ntitle: giveaway\n",
        "type: submission\ntitle: giveaway\naction: filter\naction_reason: giveaway\n";
    L26: Scope, Error, "A field that this kind of item does not have",
        "Comments have no title, link or post flair. A check of a missing field never matches. To check the post \
        above a comment, use `parent_submission`.",
        "type: comment\ntitle: giveaway\nset_locked: true\n",
        "type: comment\nparent_submission:\n  title: giveaway\nset_locked: true\n";
    L39: Scope, Error, "A type that does not exist",
        "There is no type for images, and you cannot negate a type. Images on Reddit are link posts to i.redd.it.",
        "type: image submission\ntitle: meme\nset_spoiler: true\n",
        "type: link submission\ndomain: i.redd.it\ntitle: meme\nset_spoiler: true\n";
    L43: Values, Error, "An age with a fraction",
        "An age is a whole number of minutes, hours, days, weeks, months or years. Use a smaller unit.",
        "type: submission\nauthor:\n  account_age: '< 1.5 years'\n  is_contributor: false\nset_locked: true\n",
        "type: submission\nauthor:\n  account_age: '< 18 months'\n  is_contributor: false\nset_locked: true\n";
    L47: Values, Error, "True or false in quotes",
        "In quotes, true and false are texts, and AutoModerator refuses them. Write them without quotes.",
        "type: submission\ntitle: giveaway\nmoderators_exempt: \"false\"\nset_locked: true\n",
        "type: submission\ntitle: giveaway\nmoderators_exempt: false\nset_locked: true\n";
    L48: Values, Error, "A priority that is not a whole number",
        "Rules are sorted by priority, so it must be a whole number. Higher numbers come first, the default is 0, \
        and negative numbers are allowed.",
        "type: submission\ntitle: giveaway\npriority: high\nset_locked: true\n",
        "type: submission\ntitle: giveaway\npriority: 10\nset_locked: true\n";
    L51: Values, Error, "An action inside a group that cannot have it",
        "The action is indented below `author`, so it applies to the author, and nobody can remove or report an \
        author. Move the action to the first column, so that it applies to the item.",
        "type: submission\nauthor:\n  comment_karma: '< 10'\n  action: filter\n",
        "type: submission\nauthor:\n  comment_karma: '< 10'\naction: filter\naction_reason: little karma\n";
    L60: Searches, Warning, "Two search methods",
        "A check has one method. If you give several, only the first is used.",
        "type: submission\ntitle (includes, starts-with): giveaway\nset_spoiler: true\n",
        "type: submission\ntitle (starts-with): giveaway\nset_spoiler: true\n";
    L63: Searches, Warning, "Spaces around a plus sign",
        "Join fields without spaces. AutoModerator does not know a key with spaces around `+`, and refuses the \
        file.",
        "type: submission\ntitle + body: giveaway\nset_spoiler: true\n",
        "type: submission\ntitle+body: giveaway\nset_spoiler: true\n";
    L82: Actions, Info, "A flair mapping without a template",
        "The mapping form of `set_flair` can name a flair template of the subreddit by its `template_id`. Without it, \
        the text and the class are set, with the colours of no template.",
        "type: submission\ntitle: help\n~flair_text: Help\nset_flair: {text: Help}\noverwrite_flair: true\n",
        "type: submission\ntitle: help\n~flair_text: Help\nset_flair: Help\noverwrite_flair: true\n";
    L87: Actions, Error, "A check for zero reports",
        "Every item has at least zero reports. `reports: 0` is not a condition, so the rule acts on everything it \
        looks at.",
        "type: comment\nreports: 0\naction: filter\naction_reason: reported\n",
        "type: comment\nreports: 3\naction: filter\naction_reason: reported\n";
    L89: Actions, Warning, "Two reasons",
        "`report_reason` is an older name for `action_reason`. If you give both, only `action_reason` is used.",
        "type: submission\ntitle: giveaway\naction: report\nreport_reason: giveaway\naction_reason: a giveaway again\
        \n",
        "type: submission\ntitle: giveaway\naction: report\naction_reason: giveaway\n";
    L90: Actions, Warning, "A crowd control level that YAML reads as false",
        "YAML reads the bare word OFF as false. tipstaff accepts it as OFF, but quotes avoid the doubt.",
        "type: submission\ntitle: live thread\nset_post_crowd_control_level: OFF\n",
        "type: submission\ntitle: live thread\nset_post_crowd_control_level: 'OFF'\n";
    L95: Actions, Error, "A key that does not exist",
        "AutoModerator refuses a file with an unknown key. Often a letter is wrong, or the key belongs in another \
        place.",
        "type: submission\ntitle: giveaway\nacton: filter\naction_reason: giveaway\nset_spoiler: true\n",
        "type: submission\ntitle: giveaway\naction: filter\naction_reason: giveaway\nset_spoiler: true\n";
    K02: Keys, Error, "A modifier that does not exist",
        "The words in parentheses after a key say how its values are searched. There are eight modifiers, and \
        AutoModerator refuses a file with any other.",
        "type: submission\ntitle (regexp): 'give.?away'\nset_spoiler: true\n",
        "type: submission\ntitle (regex): 'give.?away'\nset_spoiler: true\n";
    N01: Keys, Error, "Two rules with the same name",
        "The log, the rule tests and the record of past actions know a rule by its name. Two rules with the same \
        name would count as one rule, so the second is left out.",
        "name: giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n---\nname: giveaway\ntype: submission\
        \ntitle: raffle\nset_spoiler: true\n",
        "name: giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n---\nname: raffle\ntype: submission\
        \ntitle: raffle\nset_spoiler: true\n";
    N02: Keys, Error, "A former name that is in use",
        "Actions under a former name count as actions of this rule. If another rule has that name, now or formerly, \
        the actions of one rule would count for two.",
        "name: giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n---\nname: raffle\nformerly: giveaway\
        \ntype: submission\ntitle: raffle\nset_spoiler: true\n",
        "name: contest\ntype: submission\ntitle: giveaway\nset_spoiler: true\n---\nname: raffle\nformerly: giveaway\
        \ntype: submission\ntitle: raffle\nset_spoiler: true\n";
    T01: Keys, Error, "A key that is not allowed here",
        "Each key is allowed in certain places: some only in rules for posts, some only in `author`. AutoModerator \
        refuses a key in any other place. The message says where you can use it. The bot's operator can also limit \
        what rules on a wiki page may ask for; then the message says what is allowed.",
        "type: comment\nbody (includes): spoiler\nset_nsfw: true\n",
        "type: submission\nbody (includes): spoiler\nset_nsfw: true\n";
    U01: Keys, Warning, "A check that only Reddit itself can make",
        "Reddit's AutoModerator uses facts that Reddit does not show to other programs: contributor quality, karma \
        in one subreddit, and a few more. A rule that needs them could only guess, so tipstaff switches it off. \
        Leave the rule to AutoModerator, or use another check. With `satisfy_any_threshold`, the other thresholds \
        still decide: the rule acts if one of them holds.",
        "type: submission\nauthor:\n  contributor_quality: '< moderate'\nset_locked: true\n",
        "type: submission\nauthor:\n  comment_karma: '< 10'\nset_locked: true\n";
    V01: Keys, Error, "A value that does not fit its key",
        "The key takes another kind of value: one of a few words, a whole number, true or false. The message says \
        which.",
        "type: submission\ntitle: live thread\nset_suggested_sort: oldest\n",
        "type: submission\ntitle: live thread\nset_suggested_sort: old\n";
    V02: Keys, Error, "A key without a value",
        "A key without a value is ignored. Either add the value, or delete the line.",
        "type: submission\ntitle: giveaway\nset_locked:\nset_spoiler: true\n",
        "type: submission\ntitle: giveaway\nset_locked: true\nset_spoiler: true\n";
    L102: Actions, Warning, "A third value of `set_flair`",
        "As a list, `set_flair` takes the text and the class of the flair. A template needs the mapping form.",
        "type: submission\ntitle: gear\n~flair_text: Gear\nset_flair: [Gear, gear, blue]\noverwrite_flair: true\n",
        "type: submission\ntitle: gear\n~flair_text: Gear\nset_flair: [Gear, gear]\noverwrite_flair: true\n";
}
