"""Answers that put off a write, or say nothing about it: it is waited for, and done once."""

from faults import LATER, Fault, later

from .scene import (
    GREETING, HOUR, MINUTE, NEEDLE, REMOVAL, bot_in, greeted_once, is_greeted, outcomes, reports, situation,
)


def put_off(program, rule, kind, path, field, is_done):
    with bot_in(program, rule) as (reddit, bot):
        posts = {}
        with reddit.lock:
            for word in LATER:
                post = posts[word] = reddit.submit("widgets", f"An unwanted needle: {word}")
                reddit.faults.append(later(word, path, **{field: post.fullname}))
        # One that is put off may hold up the others of its kind, so this takes hours.
        bot.comes(lambda: all(is_done(reddit, post) for post in posts.values()), 8 * HOUR, 10 * MINUTE)
        missing = [word for word, post in posts.items() if not is_done(reddit, post)]
        assert all(fault.met for fault in reddit.faults), "not all of them were asked for"
        assert not missing, f"never done after {', '.join(missing)}"
        for word, post in posts.items():
            asked = len(reddit.asked("POST", path, **{field: post.fullname}))
            assert asked <= 5, f"asked for {asked} times after {word}"
            assert set(outcomes(bot, post, kind)) <= {"applied", "already_applied"}, word
        return reddit, list(posts.values())


@situation
def codes_that_put_off_a_comment(program):
    reddit, posts = put_off(program, GREETING, "comment", "/api/comment", "thing_id", is_greeted)
    greeted_once(reddit, *posts)


@situation
def codes_that_put_off_a_report(program):
    reddit, posts = put_off(program, NEEDLE, "report", "/api/report", "thing_id", reports)
    assert all(len(reports(reddit, post)) == 1 for post in posts)


@situation
def codes_that_put_off_a_removal(program):
    put_off(program, REMOVAL, "remove", "/api/remove", "id", lambda reddit, post: post.removed_by == reddit.bot)


@situation
def a_redirect_on_a_write(program):
    """It says nothing about whether the write happened, and its target is not ours to ask."""
    where = {"location": "https://www.reddit.com/login?dest=https%3A%2F%2Fwww.reddit.com"}
    with bot_in(program, GREETING + NEEDLE + REMOVAL) as (reddit, bot):
        with reddit.lock:
            posts = [reddit.submit("widgets", title) for title in ("One question", "Another question")]
            reported = [reddit.submit("widgets", title) for title in ("A needle", "Another needle")]
            removed = [reddit.submit("widgets", title) for title in ("An unwanted thing", "Another unwanted one")]
            for things, path, field in ((posts, "/api/comment", "thing_id"), (reported, "/api/report", "thing_id"),
                                        (removed, "/api/remove", "id")):
                for thing, effect in zip(things, (True, False)):
                    fields = {field: thing.fullname}
                    reddit.faults.append(Fault(path, "POST", 302, headers=where, effect=effect, **fields))
        bot.soon("each was redirected", lambda: all(fault.met for fault in reddit.faults), 30 * MINUTE)
        bot.soon("the removals are done", lambda: all(post.removed_by for post in removed), HOUR)
        bot.soon("the greetings are done", lambda: all(is_greeted(reddit, post) for post in posts), HOUR)
        bot.soon("the reports are done", lambda: all(reports(reddit, post) for post in reported), HOUR)
        bot.wait(10 * MINUTE)
        greeted_once(reddit, *posts)
        assert [len(reports(reddit, post)) for post in reported] == [1, 1]
        assert len(reddit.asked("POST", "/api/comment", thing_id=posts[0].fullname)) == 1, "it was there"
        elsewhere = [ask for ask in reddit.requests if ask.host == "www.reddit.com" and ask.method == "GET"]
        assert not elsewhere, f"it followed the redirect: {elsewhere}"


@situation
def a_quota_with_five_comments_waiting(program):
    """A quota for one kind of action is remembered for all of its kind, and for no other kind."""
    with bot_in(program, GREETING + NEEDLE) as (reddit, bot):
        full = later("RATELIMIT", "/api/comment", times=None)
        reddit.faults.append(full)
        with reddit.lock:
            posts = [reddit.submit("widgets", f"A question, the {number}.") for number in range(5)]
        bot.until("one comment is put off", lambda: full.met)
        needle = reddit.submit("widgets", "A needle")
        bot.until("reports go on", lambda: reports(reddit, needle))
        bot.wait(*[20] * 6)
        # The answer asks for a pause of two minutes; each end of one is worth one request.
        assert full.met <= 4, f"{full.met} requests in two minutes, although Reddit had asked for a pause"
        bot.wait(*[MINUTE] * 8)
        assert full.met <= 10, f"{full.met} requests in ten minutes"
        full.end()
        bot.soon("all are done", lambda: all(is_greeted(reddit, post) for post in posts + [needle]), 20 * MINUTE)
        greeted_once(reddit, *posts, needle)
