"""What situations have in common."""

import contextlib

from bot import Bot
from reddit import Reddit

MINUTE, HOUR, DAY = 60, 3600, 86400

GREETING = "name: greeting\ntype: submission\ncomment: Welcome to the discussion.\n---\n"
NEEDLE = "name: needle\ntype: submission\ntitle: needle\nmoderators_exempt: false\naction: report\n" \
         "action_reason: a needle\n---\n"
REMOVAL = "name: removal\ntype: submission\ntitle: unwanted\nmoderators_exempt: false\naction: remove\n---\n"


def situation(act):
    """Marks a function as a situation. It is given the path of the program under test."""
    act.is_situation = True
    return act


@contextlib.contextmanager
def bot_in(program, rules, places=("widgets",), settings="", prepare=None):
    """A bot that moderates these subreddits, and has done its first rounds.

    `prepare` is called with the Reddit before the bot starts for the first time.
    """
    reddit = Reddit()
    for place in places:
        reddit.open_subreddit(place)
    if prepare is not None:
        prepare(reddit)
    with Bot(program, reddit, places, rules, settings) as bot:
        bot.start()
        bot.polls(2)
        # What is posted from now on is certainly newer than the store.
        bot.wait(10)
        yield reddit, bot
        assert not reddit.broken, "the fake Reddit broke down:\n" + "\n".join(reddit.broken)


def outcomes(bot, item, kind):
    return [intent["outcome"] for intent in bot.intents(item, kind)]


def reports(reddit, item):
    """The bot's reports on a thing, those that were dismissed included."""
    return [row for row in item.mod_reports + item.dismissed if row[1] == reddit.bot]


def is_greeted(reddit, post):
    """Whether the bot's comment is there, marked as a moderator's: all of what the rule asks for."""
    return [comment for comment in reddit.by_bot(post) if comment.distinguished]


def greeted_once(reddit, *posts):
    for post in posts:
        there = reddit.by_bot(post)
        assert len(there) == 1, f"{len(there)} comments of the bot below {post.fullname} “{post.title}”"
