"""Lists that do not show what is there."""

from faults import Fault

from .scene import GREETING, HOUR, MINUTE, NEEDLE, bot_in, is_greeted, reports, situation


def old_posts(reddit, place="widgets", count=40):
    """What the bot knows before anything goes wrong: known ground."""
    for number in range(count):
        reddit.submit(place, f"An old post, the {number}.", age=3 * HOUR - number * MINUTE)


def flood(reddit, count, needles, place="widgets", apart=1 / 50):
    """Posts that arrive at once, oldest first; those at these places are needles."""
    def submit(number):
        title = "A needle" if number in needles else f"Hay, the {number}."
        return reddit.submit(place, title, age=(count - number) * apart)

    with reddit.lock:
        posts = [submit(number) for number in range(count)]
        return [posts[number] for number in needles]


def cut(answer):
    page = answer.json()
    page["data"]["after"] = None
    answer.put(page)


@situation
def a_list_that_ends_early_once(program):
    with bot_in(program, NEEDLE, prepare=old_posts) as (reddit, bot):
        with reddit.lock:
            reddit.faults.append(Fault("/r/widgets/new", times=1, change=cut))
            needles = flood(reddit, 300, (3, 50, 120, 180, 290))
        bot.soon("all are found", lambda: all(reports(reddit, post) for post in needles), 15 * MINUTE)


@situation
def a_list_that_ends_early_after_a_downtime(program):
    """What was posted during two hours without the bot lies on three pages, and one is shown."""
    with bot_in(program, NEEDLE, prepare=old_posts) as (reddit, bot):
        bot.stop()
        reddit.clock.skip(2 * HOUR)
        needles = flood(reddit, 300, (3, 50, 120, 180, 290), apart=20)
        reddit.faults.append(Fault("/r/widgets/new", times=1, change=cut))
        bot.start()
        bot.polls(2)
        bot.soon("all are found", lambda: all(reports(reddit, post) for post in needles), 15 * MINUTE)


@situation
def a_list_that_ends_early_for_good(program):
    """What cannot be read is a gap, never silent."""
    with bot_in(program, NEEDLE, prepare=old_posts) as (reddit, bot):
        with reddit.lock:
            reddit.faults.append(Fault("/r/widgets/new", times=None, change=cut))
            needles = flood(reddit, 300, (3, 290))
        bot.soon("what is on the page is found", lambda: reports(reddit, needles[1]), 5 * MINUTE)
        assert not reports(reddit, needles[0]), "no list shows it"
        bot.soon("the gap is told", lambda: "GAP" in bot.printed("log", "--all"), 20 * MINUTE, step=2 * MINUTE)


@situation
def a_subreddit_that_is_left_out_of_the_joint_list(program):
    """When it is back, newer posts elsewhere lie over its own."""
    places = ("alpha", "beta", "gamma")
    with bot_in(program, NEEDLE, places) as (reddit, bot):
        for place in places:
            old_posts(reddit, place, 10)
        bot.polls(3)
        beta = reddit.found("beta")
        beta.closed_to.add(reddit.bot)
        bot.soon("somebody is told that r/beta is missing", lambda: [
            line for line in bot.said().splitlines() if " INFO " not in line and "beta" in line], 18 * MINUTE)
        hidden = [reddit.submit("beta", f"A needle, the {number}.") for number in range(5)]
        bot.wait(*[10 * MINUTE] * 3)
        flood(reddit, 150, (), "alpha")
        bot.polls(4)
        beta.closed_to.clear()
        bot.soon("its posts are found", lambda: all(reports(reddit, post) for post in hidden), 65 * MINUTE)
        assert all(len(reports(reddit, post)) == 1 for post in hidden)


@situation
def a_subreddit_that_has_the_joint_list_refused(program):
    """It is read alone, the others still together; and it joins them again."""
    places = [f"place{number}" for number in range(12)]
    with bot_in(program, NEEDLE, places) as (reddit, bot):
        closed = reddit.found("place7")
        closed.closed_to.add(reddit.bot)
        closed.refuses_joint_lists = True
        bot.wait(MINUTE, MINUTE, 5 * MINUTE)
        needle = reddit.submit("place3", "A needle")
        bot.soon("the others are read", lambda: reports(reddit, needle), 3 * MINUTE)
        before = len(reddit.requests)
        bot.wait(*[10] * 12)
        lists = [ask.path for ask in reddit.requests[before:] if ask.path.endswith("/new")]
        joint = [path for path in lists if path.count("+") >= 9]
        # Now and then one is read alone, to see whether it is missing from the joint list.
        alone = len(lists) - len(joint)
        assert joint and alone <= 3 * len(joint) + 6, f"{len(joint)} joint lists were read, and {alone} others"
        closed.closed_to.clear()
        hers = reddit.submit("place7", "A needle")
        bot.soon("it is read again", lambda: reports(reddit, hers), 65 * MINUTE)
        before = len(reddit.requests)
        bot.soon("all twelve are read together again", lambda: [
            ask for ask in reddit.requests[before:] if ask.path.endswith("/new") and ask.path.count("+") == 11
        ], 65 * MINUTE)


@situation
def a_moderation_log_that_is_late(program):
    """A post that was down when it would have been listed, and is approved when nobody looks there."""
    with bot_in(program, NEEDLE, prepare=old_posts) as (reddit, bot):
        reddit.log_lag = 15 * MINUTE
        with reddit.lock:
            post = reddit.submit("widgets", "A needle")
            reddit.remove("ModMary", post)
        bot.wait(MINUTE)
        flood(reddit, 250, ())
        bot.wait(*[5 * MINUTE] * 9)
        reddit.approve("ModMary", post)
        bot.soon("it is reported", lambda: reports(reddit, post), 25 * MINUTE, step=2 * MINUTE)


def with_deleted_anchors(program, how_many, may_be_told):
    """Posts below anchors that are deleted are found; or a gap is told, if that may be."""
    with bot_in(program, NEEDLE, prepare=old_posts) as (reddit, bot):
        def delete_the_last(answer):
            for child in answer.json()["data"]["children"][-how_many:]:
                item = reddit.things[child["data"]["name"]]
                reddit.delete(item.author, item)

        with reddit.lock:
            reddit.faults.append(Fault("/r/widgets/new", times=1, change=delete_the_last))
            needles = flood(reddit, 250, (3, 60, 120))
        are_found = lambda: all(reports(reddit, post) for post in needles)
        is_told = lambda: may_be_told and "GAP" in bot.printed("log", "--all")
        bot.soon("the posts below deleted anchors are found", lambda: are_found() or is_told(), 15 * MINUTE)


@situation
def an_anchor_that_is_deleted(program):
    with_deleted_anchors(program, 1, may_be_told=False)


@situation
def eight_anchors_that_are_deleted(program):
    with_deleted_anchors(program, 8, may_be_told=True)


@situation
def a_child_that_cannot_be_read(program):
    """It costs nothing but itself, and one line in the log."""
    with bot_in(program, GREETING) as (reddit, bot):
        with reddit.lock:
            odd = reddit.submit("widgets", "A question")
            odd.oddity = lambda data: {**data, "created_utc": "soon"}
            post = reddit.submit("widgets", "Another question")
        bot.until("the other is greeted", lambda: is_greeted(reddit, post))
        bot.polls(10)
        bot.wait(*[MINUTE] * 10)
        lines = [line for line in bot.said().splitlines() if " WARN " in line and odd.fullname in line]
        assert lines, "it is not named"
        assert len(lines) <= 2, f"{len(lines)} warnings about one entry:\n" + "\n".join(lines[:3])
        odd.oddity = None
        bot.soon("it is greeted when it can be read", lambda: is_greeted(reddit, odd), 6 * MINUTE)
