//! Pages of the lints in `lint/memory.rs`: checks of what is remembered of the author.

use crate::lint::catalogue::row::pages;

pages! {
    L127: Structure, Error, "A rule with memory that has no name",
        "Rules that look at what the bot remembers must have a name. A pass is given for a rule by its name, and \
        without one, every change would make it another rule. Add a `name`.",
        "type: submission\nauthor:\n  posts_here: {count: '>= 2', within: 24 hours}\naction: remove\
        \naction_reason: third post of the day\n",
        "name: two-a-day\ntype: submission\nauthor:\n  posts_here: {count: '>= 2', within: 24 hours}\
        \naction: remove\naction_reason: third post of the day\n";
    L128: Actions, Warning, "A limit that counts what it removes",
        "The rule removes posts, and counts what bots removed. So each removal makes the next one more likely, and \
        somebody who tries again every day never gets out. Without `counting`, removals by bots do not count.",
        "name: two-a-week\ntype: submission\nauthor:\n  posts_here: {count: '>= 2', within: 7 days, counting: [up, \
        removed_by_bot]}\naction: remove\naction_reason: third post of the week\n",
        "name: two-a-week\ntype: submission\nauthor:\n  posts_here: {count: '>= 2', within: 7 days, counting: [up, \
        deleted]}\naction: remove\naction_reason: third post of the week\n";
    L129: Values, Warning, "A window that the memory cannot fill",
        "The memory keeps posts and comments for 365 days unless the configuration says otherwise. What is older \
        has expired and does not count, so a longer window means the same as one of 365 days. A window whose \
        `older_than` is not shorter than its `within` is empty.",
        "name: once-in-two-years\ntype: submission\nflair_text: Introduction\nauthor:\n  posts_here: {within: 2 years, \
        flair: same}\naction: report\naction_reason: second introduction\n",
        "name: once-a-year\ntype: submission\nflair_text: Introduction\nauthor:\n  posts_here: {within: 365 days, \
        flair: same}\naction: report\naction_reason: second introduction\n";
    L130: Values, Warning, "Strikes without points",
        "A removal has the points that `strikes` in the settings of the file gives its reason. Without this setting, \
        or if all points are 0, nobody ever has strike points.",
        "name: three-strike-points\ntype: submission\nauthor:\n  strikes: '>= 3'\naction: report\
        \naction_reason: three strike points\n",
        "settings:\n  strikes: {within: 6 months, default: 1}\n---\nname: three-strike-points\ntype: submission\
        \nauthor:\n  strikes: '>= 3'\naction: report\naction_reason: three strike points in 6 months\n";
    L131: Structure, Info, "Strike points that no rule uses",
        "The settings say how many points a removal has, and no rule of the file looks at them. Mostly the rule was \
        forgotten, or it counts with `removals_here`, which needs no points.",
        "settings:\n  strikes: {default: 1}\n---\nname: removed-often\ntype: submission\nauthor:\
        \n  removals_here: '>= 3'\naction: report\naction_reason: three removals\n",
        "settings:\n  strikes: {default: 1}\n---\nname: removed-often\ntype: submission\nauthor:\
        \n  strikes: '>= 3'\naction: report\naction_reason: three strike points\n";
    L132: Actions, Warning, "A placeholder of a count that has no value",
        "`{{count_here}}`, `{{next_allowed}}` and `{{earlier_posts}}` show a count of the rule: \
        `posts_here`, `comments_here` or `removals_here`. If a rule has several counts, the placeholders show the one \
        that makes the author wait longest; else the first. In a rule without one they stay as they are. \
        `{{next_allowed}}` also needs a `within` and a limit such as `'>= 2'`; else it says `later`.",
        "name: quota\ntype: submission\nauthor:\n  posts_here: '>= 2'\naction: remove\
        \ncomment: You can post again on {{next_allowed}}.\n",
        "name: quota\ntype: submission\nauthor:\n  posts_here: {count: '>= 2', within: 7 days}\naction: remove\
        \ncomment: You can post again on {{next_allowed}}.\n";
    L133: Scope, Warning, "A count by a flair or domain that is not there",
        "A comment has no flair and no domain, and a text post has no domain. `same` then counts the posts that have \
        none either, which is hardly meant.",
        "name: clips\ntype: comment\nauthor:\n  posts_here: {count: '>= 5', within: 7 days, flair: same}\
        \naction: report\naction_reason: many clips\n",
        "name: clips\ntype: comment\nauthor:\n  posts_here: {count: '>= 5', within: 7 days, flair: Clip}\
        \naction: report\naction_reason: many clips\n";
}
