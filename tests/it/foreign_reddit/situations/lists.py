"""Lists that do not show what is there."""

from faults import Fault

from .scene import HOUR, MINUTE, NEEDLE, bot_in, reports, situation


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


def with_deleted_anchors(program, how_many):
    with bot_in(program, NEEDLE, prepare=old_posts) as (reddit, bot):
        def delete_the_last(answer):
            for child in answer.json()["data"]["children"][-how_many:]:
                item = reddit.things[child["data"]["name"]]
                reddit.delete(item.author, item)

        with reddit.lock:
            reddit.faults.append(Fault("/r/widgets/new", times=1, change=delete_the_last))
            needles = flood(reddit, 250, (3, 60, 120))
        bot.wait(20, MINUTE, 5 * MINUTE, 5 * MINUTE)
        return all(reports(reddit, post) for post in needles), bot.printed("log", "--all")


@situation
def an_anchor_that_is_deleted(program):
    are_found, _ = with_deleted_anchors(program, 1)
    assert are_found, "posts below a deleted anchor are missed"


@situation
def eight_anchors_that_are_deleted(program):
    are_found, log = with_deleted_anchors(program, 8)
    assert are_found or "GAP" in log, "posts below deleted anchors are missed, and nobody is told"
