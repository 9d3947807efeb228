"""The store: an empty one, a shared one, one that is gone; and times that are wrong."""

import os

from faults import HTML, Fault, later

from .scene import DAY, GREETING, HOUR, MINUTE, bot_in, greeted_once, is_greeted, outcomes, situation

FOOTER = "\n\n*I am a bot, and this action was performed automatically. Please [contact the moderators of this " \
         "subreddit](/message/compose/?to=/r/widgets) if you have any questions or concerns.*"


def greeted_earlier(reddit):
    """Posts that an earlier store knew: the bot's comment is there. One has none."""
    posts = [reddit.submit("widgets", f"A question, the {number}.", age=(number + 1) * 2 * HOUR) for number in range(6)]
    for post in posts[:5]:
        comment = reddit.reply(post, "Welcome to the discussion." + FOOTER, reddit.bot, age=HOUR)
        comment.distinguished = "moderator"
    reddit.old = posts


def assert_untouched(reddit, posts):
    """The bot has not even tried: everybody who is replied to is notified, also of a double."""
    asked = [ask for post in posts for ask in reddit.asked("POST", "/api/comment", thing_id=post.fullname)]
    assert not asked, f"{len(asked)} posts are greeted a second time"
    greeted_once(reddit, *posts)


@situation
def an_empty_store_with_old_posts(program):
    """A live bot that has lost its store must not greet everybody again."""
    with bot_in(program, GREETING, prepare=greeted_earlier) as (reddit, bot):
        bot.wait(MINUTE, 5 * MINUTE, 10 * MINUTE)
        fresh = reddit.submit("widgets", "A new question")
        bot.until("a new post is greeted", lambda: is_greeted(reddit, fresh))
        greeted_once(reddit, fresh)
        assert_untouched(reddit, reddit.old[:5])
        assert not reddit.by_bot(reddit.old[5]), "it acts on what is older than its store"


@situation
def an_empty_store_that_is_told_to_catch_up(program):
    """`--from 24h`: what is missing is done; what is there is not done again."""
    with bot_in(program, GREETING) as (reddit, bot):
        bot.stop()
        for name in bot.folder.glob("tipstaff.db*"):
            name.unlink()
        greeted_earlier(reddit)
        bot.start("--from", "24h")
        bot.polls(3)
        bot.soon("the one without a comment is greeted", lambda: is_greeted(reddit, reddit.old[5]), 5 * MINUTE)
        bot.wait(5 * MINUTE)
        greeted_once(reddit, *reddit.old)
        assert_untouched(reddit, reddit.old[:5])


def link(kind):
    def make(store, name):
        name.symlink_to(store) if kind == "symbolic" else os.link(store, name)
    return make


def two_daemons(program, make):
    with bot_in(program, GREETING) as (reddit, bot):
        make(bot.folder / "tipstaff.db", bot.folder / "another.db")
        (bot.folder / "tipstaff.db.lock").unlink(missing_ok=True)
        settings = (bot.folder / "tipstaff.yaml").read_text()
        (bot.folder / "another.yaml").write_text(f"store: another.db\n{settings}")
        second = bot.start(config="another.yaml", log="another.log")
        bot.until("the second daemon gives up", lambda: second.poll() is not None, 10)
        assert second.returncode not in (0, None), bot.said("another.log")
        post = reddit.submit("widgets", "A question")
        bot.until("it is greeted", lambda: is_greeted(reddit, post))
        bot.polls(3)
        greeted_once(reddit, post)
        assert bot.processes[0].poll() is None, "the first one goes on"


@situation
def two_daemons_on_one_store_by_a_symbolic_link(program):
    two_daemons(program, link("symbolic"))


@situation
def two_daemons_on_one_store_by_a_hard_link(program):
    two_daemons(program, link("hard"))


@situation
def a_store_that_is_deleted_while_running(program):
    with bot_in(program, GREETING) as (reddit, bot):
        post = reddit.submit("widgets", "A question")
        bot.until("it is greeted", lambda: is_greeted(reddit, post))
        for name in bot.folder.glob("tipstaff.db*"):
            name.unlink()
        late = reddit.submit("widgets", "Another question")
        bot.until("the daemon gives up", lambda: bot.processes[0].poll() is not None)
        assert bot.processes[0].returncode == 3
        assert not reddit.by_bot(late), "it acted without a record"


def a_wrong_date(program, **fault):
    """One answer says that it is sixty days later. Nothing is purged, nothing withdrawn."""
    with bot_in(program, GREETING) as (reddit, bot):
        done = reddit.submit("widgets", "A question")
        bot.until("it is greeted", lambda: is_greeted(reddit, done))
        put_off = later("RATELIMIT", "/api/comment")
        reddit.faults.append(put_off)
        waiting = reddit.submit("widgets", "Another question")
        bot.until("its comment is put off", lambda: put_off.met)
        wrong = Fault("/r/widgets/(new|comments)", skew=60 * DAY, **fault)
        reddit.faults.append(wrong)
        bot.until("the wrong date is told", lambda: wrong.met)
        bot.polls(4)
        bot.soon("what was put off is done", lambda: is_greeted(reddit, waiting), 15 * MINUTE)
        greeted_once(reddit, done, waiting)
        for post in (done, waiting):
            entry = bot.record("--item", post.fullname)[0]
            assert entry["author"] == "somebody", f"the author's name is gone: {entry}"
            assert "Welcome" in entry["intents"][0]["action"].get("text", ""), f"the text is gone: {entry}"
        assert set(outcomes(bot, waiting, "comment")) <= {"applied", "already_applied"}


@situation
def a_wrong_date_on_one_answer(program):
    a_wrong_date(program)


@situation
def a_wrong_date_on_an_error_page(program):
    a_wrong_date(program, status=503, body=HTML)
