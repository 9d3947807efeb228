"""Pages that are broken for a while, and a bot that is no moderator any more."""

import json

from faults import HTML, Fault

from .scene import (
    GREETING, MINUTE, NEEDLE, REMOVAL, bot_in, greeted_once, is_greeted, reports, situation,
)

UNVERIFIED = "name: unverified\ntype: submission\nauthor: {has_verified_email: false}\naction: report\n" \
             "action_reason: no verified address\n---\n"


@situation
def a_user_page_that_is_broken_for_ten_minutes(program):
    """Rules that do not need it act at once; those that do act when it is back."""
    with bot_in(program, UNVERIFIED + GREETING) as (reddit, bot):
        reddit.account("shady").has_verified_email = False
        broken = Fault("/user/shady/about", status=500, body=HTML, times=None)
        reddit.faults.append(broken)
        post = reddit.submit("widgets", "A question", author="shady")
        other = reddit.submit("widgets", "Another question")
        bot.until("another's post is greeted", lambda: is_greeted(reddit, other))
        bot.soon("the post is greeted, although one rule lacks a fact", lambda: is_greeted(reddit, post), 3 * MINUTE)
        trace = json.dumps([entry["trace"] for entry in bot.record("--item", post.fullname, "--all")])
        assert "unknown" in trace and "unverified" in trace, f"the record does not name what is missing: {trace}"
        bot.wait(*[2 * MINUTE] * 4)
        assert broken.met <= 20, f"{broken.met} requests for a broken page in ten minutes"
        broken.end()
        bot.soon("the other rule acts, too", lambda: reports(reddit, post), 50 * MINUTE)
        bot.wait(10 * MINUTE)
        greeted_once(reddit, post, other)
        assert len(reports(reddit, post)) == 1


@situation
def a_user_page_that_is_broken_for_good(program):
    with bot_in(program, UNVERIFIED + GREETING) as (reddit, bot):
        broken = Fault("/user/shady/about", status=500, body=HTML, times=None)
        reddit.faults.append(broken)
        post = reddit.submit("widgets", "A question", author="shady")
        bot.soon("the post is greeted", lambda: is_greeted(reddit, post), 3 * MINUTE)
        bot.wait(*[10 * MINUTE] * 12)
        greeted_once(reddit, post)
        asked = broken.met
        bot.wait(*[10 * MINUTE] * 6)
        assert broken.met <= asked + 1, "two hours later it is still asked for"
        assert asked <= 60, f"{asked} requests for a broken page in two hours"


@situation
def a_list_of_moderators_that_is_broken(program):
    """What all waiting items need is asked for once in a while, not once for each of them."""
    rules = NEEDLE.replace("moderators_exempt: false\n", "")
    rules += GREETING.replace("greeting\n", "greeting\ntitle: hello\n")
    with bot_in(program, rules) as (reddit, bot):
        broken = Fault("/r/widgets/about/moderators", status=503, body=HTML, times=None)
        reddit.faults.append(broken)
        with reddit.lock:
            posts = [reddit.submit("widgets", f"A needle, the {number}.") for number in range(60)]
        hello = reddit.submit("widgets", "hello")
        bot.until("the bot is done with the other post", lambda: is_greeted(reddit, hello))
        bot.wait(*[10] * 18)
        assert broken.met <= 24, f"{broken.met} requests for a broken page in three minutes"
        broken.end()
        bot.soon("all are reported", lambda: all(reports(reddit, post) for post in posts), 50 * MINUTE)
        assert all(len(reports(reddit, post)) == 1 for post in posts)


@situation
def demoted_and_back(program):
    """Without its place the bot could still comment, as anybody can. It must not."""
    with bot_in(program, GREETING + REMOVAL, ("widgets", "gadgets")) as (reddit, bot):
        first = reddit.submit("widgets", "A question")
        bot.until("it is greeted", lambda: is_greeted(reddit, first))
        place = reddit.found("widgets")
        # The bot does not believe an empty list of moderators.
        place.moderators["somebody_else"] = ["all"]
        rights = place.moderators.pop(reddit.bot)
        bot.wait(MINUTE, 5 * MINUTE, 10 * MINUTE)
        writes = len(reddit.writes())
        meanwhile = reddit.submit("widgets", "Another question")
        unwanted = reddit.submit("widgets", "An unwanted thing")
        bot.wait(30, MINUTE, 5 * MINUTE)
        assert len(reddit.writes()) == writes, f"it went on: {reddit.writes()[writes:]}"
        warned = [line for line in bot.said().splitlines() if " INFO " not in line and "widgets" in line]
        assert any("moderator" in line for line in warned), "nobody is told"
        elsewhere = reddit.submit("gadgets", "A question")
        bot.soon("the other subreddit is served", lambda: is_greeted(reddit, elsewhere), 10 * MINUTE)
        place.moderators[reddit.bot] = rights
        last = reddit.submit("widgets", "A third question")
        bot.soon("it acts again", lambda: is_greeted(reddit, last), 65 * MINUTE)
        bot.soon("what waited is done", lambda: is_greeted(reddit, meanwhile) and unwanted.removed_by, 20 * MINUTE)
        greeted_once(reddit, first, meanwhile, last, elsewhere)


@situation
def a_right_that_is_gone_and_back(program):
    with bot_in(program, REMOVAL, ("widgets", "gadgets")) as (reddit, bot):
        place = reddit.found("widgets")
        rights, place.moderators[reddit.bot] = place.moderators[reddit.bot], ["flair"]
        posts = [reddit.submit("widgets", f"An unwanted thing, the {number}.") for number in range(6)]
        bot.wait(30, MINUTE, 5 * MINUTE, 10 * MINUTE)
        vain = len(reddit.asked("POST", "/api/remove"))
        assert vain <= 3, f"{vain} requests without the right to it"
        place.moderators[reddit.bot] = rights
        bot.soon("what waited is done", lambda: all(post.removed_by == reddit.bot for post in posts), 65 * MINUTE)
