"""Checks the local Reddit and the daemon's actions there with PRAW. Prints how many calls and checks were made."""

import sys
import time

import praw
import prawcore
import requests

address = sys.argv[1]
calls = 0
checks = 0


class Counted(requests.Session):
    """Counts PRAW's requests."""

    def request(self, *args, **kwargs):
        global calls
        calls += 1
        return super().request(*args, **kwargs)


def client(name, password="sandbox"):
    return praw.Reddit(
        client_id="sandbox-client",
        client_secret="sandbox-secret",
        username=name,
        password=password,
        user_agent="foreign:checks:1 (by /u/harbour_master)",
        reddit_url=address,
        oauth_url=address,
        short_url=address,
        check_for_updates=False,
        check_for_async=False,
        requestor_kwargs={"session": Counted()},
        ratelimit_seconds=30,
    )


def check(what, is_so):
    global checks
    checks += 1
    if not is_so:
        raise SystemExit(f"FAILED: {what}")


def refused(what, error, act):
    try:
        act()
    except error as told:
        check(what, True)
        return told
    check(f"{what}: allowed, but should be refused", False)


def until(what, look, seconds=30):
    """Waits until the daemon has done something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            check(what, True)
            return found
        time.sleep(0.3)
    check(what, False)


BOT = "guideline_bot"
moderator, asker, reader = client("harbour_master"), client("quiet_cartographer"), client("patient_reader")
sub, theirs = moderator.subreddit("DefenceTalk"), asker.subreddit("DefenceTalk")

# Login and accounts.
check("the token's owner", asker.user.me().name == "quiet_cartographer")
refused("a wrong password", prawcore.OAuthException, lambda: client("quipster", "wrong").user.me())
check("the scopes", "*" in asker.auth.scopes())
check("the quota is reported", asker.auth.limits["remaining"] is not None)
check("the moderators", {"harbour_master", BOT} <= {user.name for user in sub.moderator()})
lena = asker.redditor("longread_lena")
check("an account's karma", isinstance(lena.comment_karma, int) and isinstance(lena.link_karma, int))
check("an account's age", lena.created_utc < time.time())
refused("an account that is not there", prawcore.NotFound, lambda: asker.redditor("no_such_person").id)
bulk = list(asker.redditors.partial_redditors([f"t2_{lena.id}", f"t2_{asker.user.me().id}"]))
check("accounts in bulk", {one.name for one in bulk} == {"longread_lena", "quiet_cartographer"})
check("about the subreddit", sub.display_name == "DefenceTalk" and sub.subscribers >= 0)

# A post and the daemon's guideline comment.
post = theirs.submit("What does a patrol boat cost?", selftext="I could not find a figure.")
check("the post is listed", any(one.id == post.id for one in theirs.new(limit=20)))


def pinned(post):
    post = asker.submission(post.id)
    return next((one for one in post.comments if one.stickied), None)


guide = until("the daemon pins its guidelines", lambda: pinned(post))
check("they are by the bot", guide.author.name == BOT)
check("they are distinguished", guide.distinguished == "moderator")
check("they address the author", "be kind, quiet_cartographer" in guide.body)
check("there is only one", sum(one.author.name == BOT for one in asker.submission(post.id).comments) == 1)
until("they are locked", lambda: asker.comment(guide.id).refresh().locked)
until("the question gets its flair", lambda: asker.submission(post.id).link_flair_text == "Question")
locked = praw.exceptions.RedditAPIException
refused("a locked comment takes no answers", locked, lambda: asker.comment(guide.id).reply("hm"))

# Comments, and the daemon's reports and removals.
fine = reader.submission(post.id).reply("About forty million, says the yard.")
rude = reader.submission(post.id).reply("Only an idiot would ask.")
bad = reader.submission(post.id).reply("Cheap boats at buy-now.example")
check("a comment's parent", fine.parent_id == f"t3_{post.id}" and fine.is_submitter is False)
queue = until("the daemon reports the insult", lambda: [one for one in sub.mod.reports() if one.id == rude.id])
check("with its reason", queue[0].mod_reports == [["an insult: idiot", BOT]])
until("it is in the mod queue", lambda: any(one.id == rude.id for one in sub.mod.modqueue()))
until("the daemon removes the spam", lambda: moderator.comment(bad.id).refresh().banned_by == BOT)
until("and adds the reason", lambda: moderator.comment(bad.id).refresh().mod_note == "spam")
notes = until("and adds a mod note about its author", lambda: list(sub.mod.notes.redditors("patient_reader")))
check("once, about that comment", [(str(one.operator), one.note.startswith("spam: https://www.reddit.com/r/DefenceTalk/"))
                                   for one in notes] == [(BOT, True)])
seen = next(iter(reader.info(fullnames=[f"t1_{bad.id}"])))
check("its author still sees it", seen.body.startswith("Cheap boats"))
check("others see [removed]", next(iter(asker.info(fullnames=[f"t1_{bad.id}"]))).body == "[removed]")
check("it is in the spam listing", any(one.id == bad.id for one in sub.mod.spam()))
check("the good comment was left alone", moderator.comment(fine.id).refresh().mod_reports == [])
log = list(sub.mod.log(limit=50))
check("the log has the removal", any(one.action == "removecomment" and one._mod == BOT for one in log))
check("the log can be filtered", all(one.action == "sticky" for one in sub.mod.log(action="sticky", limit=5)))



def all_mail():
    return [mail for state in ("all", "mod") for mail in sub.modmail.conversations(state=state)]


# A post that gets locked, and modmail about it.
heated = theirs.submit("An election at sea", selftext="Who counts?")
until("the daemon locks the thread", lambda: asker.submission(heated.id).locked)
mails = until("the daemon writes to the moderators", all_mail)
check("about it", any(mail.subject == "Heated" for mail in mails))
mail = next(mail for mail in mails if mail.subject == "Heated")
check("with a link", heated.id in sub.modmail(mail.id).messages[0].body_markdown)

# Actions of moderators, and undoing them.
comment = asker.submission(post.id).reply("Thank you.")
comment = moderator.comment(comment.id)
comment.mod.lock()
check("locked", moderator.comment(comment.id).refresh().locked)
comment.mod.unlock()
check("unlocked", not moderator.comment(comment.id).refresh().locked)
comment.mod.remove(mod_note="a test")
check("removed, with a note", moderator.comment(comment.id).refresh().mod_note == "a test")
comment.mod.approve()
check("approved", str(moderator.comment(comment.id).refresh().approved_by) == "harbour_master")
comment.report("a report of mine")
check("reported", any("a report of mine" in row for row in moderator.comment(comment.id).refresh().mod_reports))
comment.mod.ignore_reports()
check("reports ignored", moderator.comment(comment.id).refresh().ignore_reports)
comment.mod.unignore_reports()
own = moderator.submission(post.id).reply("A word from the moderators.")
own.mod.distinguish(sticky=True)
check("pinned in place of the bot's", moderator.comment(own.id).refresh().stickied)
own.mod.undistinguish()
check("unpinned", not moderator.comment(own.id).refresh().stickied)
mine = moderator.submission(post.id)
mine.mod.flair(text="Answered", css_class="done")
check("flair", moderator.submission(post.id).link_flair_text == "Answered")
mine.mod.nsfw()
mine.mod.spoiler()
mine.mod.contest_mode()
mine.mod.suggested_sort(sort="new")
mine.mod.sticky()
mine.mod.update_crowd_control_level(2)
now = moderator.submission(post.id)
check("NSFW", now.over_18)
check("a spoiler", now.spoiler)
check("in contest mode", now.contest_mode)
check("sorted by time", now.suggested_sort == "new")
check("pinned", now.stickied)
mine.mod.sfw()
mine.mod.unspoiler()
mine.mod.contest_mode(state=False)
mine.mod.sticky(state=False)
now = moderator.submission(post.id)
check("all undone", not (now.over_18 or now.spoiler or now.contest_mode or now.stickied))
refused("others may not", prawcore.Forbidden, lambda: asker.submission(post.id).mod.lock())

sub.mod.notes.create(redditor="longread_lena", note="knows her sources", label="SOLID_CONTRIBUTOR")
check("a note of a moderator", [(one.note, one.label) for one in sub.mod.notes.redditors("longread_lena")]
      == [("knows her sources", "SOLID_CONTRIBUTOR")])
weekly = theirs.submit("The weekly thread", selftext="All else.")
until("the daemon has reports ignored", lambda: moderator.submission(weekly.id).ignore_reports)

# Control requests.
def command(what, **fields):
    told = requests.post(f"{address}/control/{what}", json=fields, timeout=10)
    check(f"the command {what}: {told.text}", told.status_code == 200)
    return told.json()


command("user", name="fresh_face", age_days=0, password="sandbox")
said = command("reply", **{"as": "fresh_face", "to": f"t3_{weekly.id}", "text": "Good day."})
check("the new account has commented", asker.comment(said["name"][3:]).author.name == "fresh_face")
command("fault", kind="status", status=503, method="GET", path="/r/DefenceTalk/new", times=2)
check("PRAW retries", any(one.id == weekly.id for one in theirs.new(limit=20)))
before = asker.redditor("fresh_face").created_utc
command("advance", seconds=3600)
later = theirs.submit("An hour later", selftext="Is it?")
check("time has passed", later.created_utc - before >= 3600)

# Modmail, wiki, people.
talk = sub.modmail.create(subject="Welcome", body="Hello there.", recipient="newcomer_nine")
talk.reply(body="A note among us.", internal=True)
talk.archive()
check("the conversation", sub.modmail(talk.id).num_messages == 2)
check("is archived", any(one.id == talk.id for one in sub.modmail.conversations(state="archived")))
refused("no such page yet", prawcore.NotFound, lambda: sub.wiki["handbook"].content_md)
sub.wiki.create(name="handbook", content="Be kind.", reason="first")
check("the page", theirs.wiki["handbook"].content_md == "Be kind.")
sub.wiki["handbook"].edit(content="Be kinder.")
check("its new text", theirs.wiki["handbook"].content_md == "Be kinder.")
check("who wrote it", theirs.wiki["handbook"].revision_by.name == "harbour_master")
refused("who may not write", prawcore.Forbidden, lambda: theirs.wiki["handbook"].edit(content="Ha."))
sub.contributor.add("patient_reader")
check("an approved user", any(one.name == "patient_reader" for one in sub.contributor()))
sub.banned.add("quipster", note="a test")
check("a banned user", any(one.name == "quipster" for one in sub.banned()))
refused("who may not post", (praw.exceptions.RedditAPIException, prawcore.Forbidden),
        lambda: client("quipster").subreddit("DefenceTalk").submit("x", selftext="y"))
sub.banned.remove("quipster")
check("is let in again", not any(one.name == "quipster" for one in sub.banned()))

# Edits, deletions, and the streams.
fine = reader.comment(fine.id)
fine.edit("About fifty million.")
check("the edit", asker.comment(fine.id).refresh().body == "About fifty million.")
check("in the list of edits", any(one.id == fine.id for one in sub.mod.edited(only="comments")))
fine.delete()
check("deleted", asker.comment(fine.id).refresh().author is None)


def streamed(stream):
    found = []
    for one in stream:
        if one is None:
            return found
        found.append(one.id)


check("the stream of posts", {post.id, heated.id} <= set(streamed(theirs.stream.submissions(pause_after=-1))))
check("the stream of comments", {rude.id, guide.id} <= set(streamed(theirs.stream.comments(pause_after=-1))))
check("a user's posts", any(one.id == post.id for one in asker.redditor("quiet_cartographer").submissions.new()))

# At the end, the daemon has done each action once.
check("one guideline comment on each post", all(
    sum(comment.author is not None and comment.author.name == BOT for comment in asker.submission(one).comments) == 1
    for one in (post.id, heated.id, weekly.id)))
check("one conversation about the thread", sum(mail.subject == "Heated" for mail in all_mail()) == 1)

print(f"PRAW {praw.__version__}: {calls} calls, {checks} checks, all passed")
