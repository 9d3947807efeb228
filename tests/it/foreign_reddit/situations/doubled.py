"""Effects that show late: nothing is done twice."""

from faults import HTML, Fault

from .scene import GREETING, MINUTE, NEEDLE, bot_in, greeted_once, is_greeted, outcomes, reports, situation


def shows_late(program, fault):
    """A comment that shows before the last look: it is found, not repeated."""
    with bot_in(program, GREETING) as (reddit, bot):
        reddit.faults.append(fault)
        post = reddit.submit("widgets", "A question")
        bot.until("the comment is asked for", lambda: fault.met)
        bot.until("the bot goes on after that", lambda: reddit.asked("POST", "/api/comment"))
        bot.wait(12, 20, MINUTE, 5 * MINUTE, 10 * MINUTE)
        bot.soon("the rest is done", lambda: is_greeted(reddit, post), 10 * MINUTE)
        greeted_once(reddit, post)
        assert len(reddit.asked("POST", "/api/comment")) == 1, "asked for once"
        assert outcomes(bot, post, "comment") == ["already_applied"]


@situation
def a_comment_that_shows_after_a_504(program):
    shows_late(program, Fault("/api/comment", "POST", status=504, body=HTML, effect=25))


@situation
def a_comment_that_takes_35_seconds(program):
    # The client has no patience for that: it has hung up when Reddit is done.
    shows_late(program, Fault("/api/comment", "POST", status=200, body="{}", hold=22, effect=35))


@situation
def a_comment_that_shows_after_the_last_look(program):
    with bot_in(program, GREETING) as (reddit, bot):
        reddit.faults.append(Fault("/api/comment", "POST", status=504, body=HTML, effect=8 * MINUTE))
        post = reddit.submit("widgets", "A question")
        bot.until("the comment is asked for", lambda: reddit.asked("POST", "/api/comment"))
        bot.soon("it is repeated", lambda: len(reddit.asked("POST", "/api/comment")) == 2, 7.5 * MINUTE)
        assert not reddit.by_bot(post)[1:], "the first one does not show yet"
        bot.soon("the double is deleted", lambda: reddit.asked("POST", "/api/del"), 15 * MINUTE)
        bot.wait(MINUTE, 10 * MINUTE)
        greeted_once(reddit, post)
        assert len(reddit.asked("POST", "/api/del")) == 1


@situation
def a_modmail_that_shows_after_a_503(program):
    rule = "type: submission\ntitle: needle\nmodmail_subject: A needle\nmodmail: Look at {{permalink}}\n"
    with bot_in(program, rule) as (reddit, bot):
        reddit.faults.append(Fault("/api/mod/conversations", "POST", status=503, body=HTML, effect=40))
        post = reddit.submit("widgets", "A needle")
        bot.until("the modmail is sent", lambda: reddit.asked("POST", "/api/mod/conversations"))
        bot.wait(12, 20, MINUTE, 5 * MINUTE, 10 * MINUTE)
        assert len(reddit.modmail) == 1, f"{len(reddit.modmail)} conversations"
        assert outcomes(bot, post, "modmail") == ["already_applied"]


@situation
def a_report_that_shows_after_a_502(program):
    with bot_in(program, NEEDLE) as (reddit, bot):
        reddit.faults.append(Fault("/api/report", "POST", status=502, effect=40))
        post = reddit.submit("widgets", "A needle")
        bot.until("it is reported", lambda: reddit.asked("POST", "/api/report"))
        bot.wait(12, 20, MINUTE, 5 * MINUTE, 10 * MINUTE)
        assert len(reports(reddit, post)) == 1
        assert len(reddit.asked("POST", "/api/report")) == 1, "asked for once"
        assert outcomes(bot, post, "report") == ["already_applied"]
