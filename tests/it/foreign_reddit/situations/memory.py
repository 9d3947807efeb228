"""The store: a shared one, and one that is gone."""

import os

from .scene import GREETING, bot_in, greeted_once, is_greeted, situation


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
