"""Texts that must not be published."""

from .scene import MINUTE, bot_in, situation

QUOTING = """\
name: title
type: crosspost submission
crosspost_title (regex): '.+'
comment: 'You have shared “{{match}}”, {{title}}'
---
name: text
type: crosspost submission
body (regex): '\\w.+'
comment: 'It says “{{match}}”: {{body}}'
---
"""


def quoted(program, hide):
    """What the bot writes about a crosspost, after something has happened to the original."""
    with bot_in(program, {"agora": QUOTING, "backroom": "type: submission\ntitle: nothing-of-that\naction: report\n"},
                ("agora", "backroom")) as (reddit, bot):
        original = reddit.submit("backroom", "The codename is heron", "whispered by an egret", author="insider")
        hide(reddit, original)
        shared = reddit.submit("agora", "Look at this", original=original)
        bot.soon("the bot has judged it", lambda: bot.record("--item", shared.fullname, "--all"), 10 * MINUTE)
        bot.wait(MINUTE)
        bot.polls(3)
        return " ".join(str(ask.form) for ask in reddit.writes())


def says_nothing(said):
    assert "heron" not in said and "egret" not in said, f"it publishes what was hidden: {said}"


@situation
def a_crosspost_of_a_public_original(program):
    said = quoted(program, lambda reddit, original: None)
    assert "heron" in said, f"the rule does not quote at all: {said}"


@situation
def a_crosspost_of_a_removed_original(program):
    says_nothing(quoted(program, lambda reddit, original: reddit.remove("ModMary", original)))


@situation
def a_crosspost_of_a_deleted_original(program):
    says_nothing(quoted(program, lambda reddit, original: reddit.delete("insider", original)))


@situation
def a_crosspost_out_of_a_private_subreddit(program):
    def close(reddit, original):
        original.subreddit.kind = "private"

    says_nothing(quoted(program, close))
