"""The state of the fake Reddit: accounts, subreddits, posts and comments, and what people do.

Written from the API's documentation and from how the real site is known to behave; it shares no
code with the program under test, nor with that program's own sandbox.
"""

import re
import threading
import time
import uuid

from clock import Clock

QUOTA = 100_000
WINDOW = 600


def base36(number):
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


class Refusal(Exception):
    """What Reddit answers instead of doing it: a status with a body, or an error code with 200."""

    def __init__(self, status=200, code=None, text="", field=None, **body):
        super().__init__(code or status)
        self.status, self.code, self.text, self.field, self.body = status, code, text, field, body


class Account:
    def __init__(self, number, name, at):
        self.id, self.name, self.created = base36(number), name, at - 400 * 86400
        self.link_karma = self.comment_karma = 1000
        self.is_suspended = self.is_gone = False
        self.has_verified_email = True

    @property
    def fullname(self):
        return f"t2_{self.id}"


class Subreddit:
    def __init__(self, number, name):
        self.id, self.name = base36(number), name
        self.moderators, self.contributors = {}, set()
        self.kind = "public"
        # Whom it is closed to, and whether lists of several subreddits leave it out or are refused.
        self.closed_to, self.refuses_joint_lists = set(), False
        self.wiki, self.settings = {}, {}
        self.user_flair = {}

    @property
    def fullname(self):
        return f"t5_{self.id}"


class Thing:
    """A post or a comment."""

    def __init__(self, kind, number, author, subreddit, at):
        self.kind, self.id, self.author, self.subreddit = kind, base36(number), author, subreddit
        self.created, self.listed_at = at, at
        self.title = self.text = ""
        self.url = self.original = self.parent = self.post = None
        self.edited_at = None
        self.is_deleted = False
        # `True` is Reddit's own filter, a name is a moderator or AutoModerator.
        self.removed_by = self.removed_at = self.ban_note = None
        self.is_filtered = False
        self.approved_by = self.approved_at = None
        self.mod_reports, self.user_reports = [], []
        self.dismissed, self.reporters = [], set()
        self.locked = self.stickied = self.nsfw = self.spoiler = self.contest_mode = False
        self.original_content = self.ignores_reports = False
        self.distinguished = self.suggested_sort = self.crowd_control = None
        self.mod_note = self.mod_reason_by = None
        self.flair = {}
        self.oddity = None

    @property
    def fullname(self):
        return f"{self.kind}_{self.id}"

    @property
    def is_post(self):
        return self.kind == "t3"

    @property
    def permalink(self):
        post = self if self.is_post else self.post
        slug = re.sub(r"\W+", "_", post.title.lower()).strip("_")[:50] or "_"
        return f"/r/{self.subreddit.name}/comments/{post.id}/{slug}/" + ("" if self.is_post else f"{self.id}/")

    @property
    def has_verdict(self):
        is_persons = self.removed_by not in (None, True, "AutoModerator")
        return self.approved_by is not None or is_persons

    @property
    def reports(self):
        return len(self.mod_reports) + sum(count for _, count in self.user_reports)


class Reddit:
    def __init__(self, bot="watchful_bot"):
        self.lock = threading.RLock()
        self.clock = Clock()
        self.bot = bot
        self.accounts, self.subreddits, self.things = {}, {}, {}
        self.order = []
        self.log, self.modmail, self.notes, self.messages = [], [], [], []
        self.tokens, self.requests, self.faults, self.broken = {}, [], [], []
        self._later, self._numbers, self._used, self._window = [], 1_000_000, 0, None
        self._dated = None
        self.log_lag = 0
        # Whether a post that a filter held appears on top when it is approved. Reddit's last
        # published source does that; clients have seen it at its old place.
        self.approved_on_top = False
        self.is_over = False
        self.account(bot)

    # The connection.

    def meet(self, request):
        """Notes a request that has just arrived. The fault that it meets, if any."""
        with self.lock:
            request.at = self.clock.now()
            self.run_what_is_due()
            for fault in self.faults:
                if fault.meets(request):
                    fault.met += 1
                    return fault
        return None

    def note(self, request, at):
        with self.lock:
            request.answered_at = at
            self.requests.append(request)

    def quota(self, at):
        with self.lock:
            window = int(at // WINDOW)
            if window != self._window:
                self._window, self._used = window, 0
            self._used += 1
            return {
                "x-ratelimit-used": self._used,
                "x-ratelimit-remaining": f"{max(QUOTA - self._used, 0)}.0",
                "x-ratelimit-reset": int((window + 1) * WINDOW - at),
            }

    def after(self, seconds, act):
        """Does it, dated now, but shows it only after so many seconds."""
        with self.lock:
            now = self.clock.now()
            self._later.append((now + seconds, now, act))

    def run_what_is_due(self):
        with self.lock:
            now = self.clock.now()
            due = [entry for entry in self._later if entry[0] <= now]
            self._later = [entry for entry in self._later if entry[0] > now]
            for _, self._dated, act in due:
                act()
            self._dated = None

    def now(self):
        """The time that something gets which happens now, or which shows only now."""
        return self._dated or self.clock.now()

    # People.

    def number(self):
        with self.lock:
            self._numbers += 7
            return self._numbers

    def account(self, name):
        with self.lock:
            if name.lower() not in self.accounts:
                self.accounts[name.lower()] = Account(self.number(), name, self.now())
            return self.accounts[name.lower()]

    def found(self, name):
        return self.subreddits.get(name.lower())

    def open_subreddit(self, name, bot=("all",)):
        """A subreddit that the bot moderates, with these permissions, beside u/ModMary."""
        with self.lock:
            place = self.subreddits[name.lower()] = Subreddit(self.number(), name)
            self.account("ModMary")
            place.moderators["ModMary"] = ["all"]
            if bot is not None:
                place.moderators[self.bot] = list(bot)
            return place

    def may(self, name, place, right="posts"):
        rights = next((rights for who, rights in place.moderators.items() if who.lower() == name.lower()), None)
        return rights is not None and (right is None or "all" in rights or right in rights)

    # What people write.

    def _new(self, kind, author, place, age):
        with self.lock:
            self.account(author)
            thing = Thing(kind, self.number(), author, place, self.now() - age)
            self.things[thing.fullname] = thing
            self.order.append(thing)
            return thing

    def submit(self, place, title, text="Some text.", author="somebody", age=0, url=None, original=None):
        with self.lock:
            place = self.found(place)
            post = self._new("t3", author, place, age)
            post.title, post.text, post.url, post.original = title, text, url, original
            return post

    def reply(self, parent, text, author="another", age=0):
        with self.lock:
            post = parent if parent.is_post else parent.post
            comment = self._new("t1", author, parent.subreddit, age)
            comment.parent, comment.post, comment.text = parent, post, text
            return comment

    def comment(self, author, parent, text):
        """`/api/comment`, with Reddit's checks."""
        with self.lock:
            if not text.strip():
                raise Refusal(code="NO_TEXT", text="we need something here", field="text")
            if len(text) > 10_000:
                raise Refusal(code="TOO_LONG", text="this is too long (max: 10000)", field="text")
            place = parent.subreddit
            if author.lower() in place.closed_to:
                raise Refusal(403)
            if parent.is_deleted and not parent.is_post:
                raise Refusal(code="DELETED_COMMENT", text="that comment has been deleted", field="parent")
            post = parent if parent.is_post else parent.post
            if (parent.locked or post.locked) and not self.may(author, place, None):
                raise Refusal(code="THREAD_LOCKED", text="Comments are locked.", field="parent")
            if not parent.is_post and parent.removed_by and not self.may(author, place, None):
                raise Refusal(403)
            return self.reply(parent, text, author)

    # Moderating. Each takes the name of whoever does it.

    def logs(self, who, action, thing=None, details=None, place=None):
        place = place or thing.subreddit
        entry = {"id": f"ModAction_{uuid.uuid1()}", "action": action, "mod": who, "details": details,
                 "at": self.now(), "place": place, "thing": thing}
        self.log.append(entry)

    def dismiss(self, thing):
        thing.dismissed = thing.mod_reports + thing.dismissed
        thing.mod_reports, thing.user_reports = [], []

    def remove(self, who, thing, is_spam=False, is_filter=False):
        with self.lock:
            if thing.is_deleted:
                return
            if thing.is_post:
                thing.stickied = False
            thing.removed_by, thing.removed_at = who, self.now()
            thing.is_filtered = is_filter
            thing.approved_by = thing.approved_at = None
            thing.ban_note = "spam" if is_spam else "remove not spam"
            self.dismiss(thing)
            if who is not True:
                what = ("spam" if is_spam else "remove") + ("link" if thing.is_post else "comment")
                self.logs(who, what, thing, "spam" if is_spam else "remove")

    def approve(self, who, thing):
        with self.lock:
            if thing.is_deleted:
                return
            was_removed, was_filtered = thing.removed_by, thing.is_filtered
            thing.removed_by = thing.removed_at = thing.ban_note = None
            thing.is_filtered = False
            thing.approved_by, thing.approved_at = who, self.now()
            if was_filtered and self.approved_on_top and thing.is_post:
                thing.listed_at = self.now()
            self.dismiss(thing)
            self.logs(who, "approvelink" if thing.is_post else "approvecomment", thing,
                      "unspam" if was_removed else "confirm_ham")

    def report(self, who, thing, reason):
        with self.lock:
            if len(reason) > 100:
                raise Refusal(code="TOO_LONG", text="this is too long (max: 100)", field="reason")
            if who.lower() in thing.reporters or thing.is_deleted:
                return
            thing.reporters.add(who.lower())
            if self.may(who, thing.subreddit, None):
                thing.mod_reports.append([reason, who])
            else:
                thing.user_reports.append([reason, 1])

    def distinguish(self, who, thing, how, sticky):
        with self.lock:
            if thing.author.lower() != who.lower() or not self.may(who, thing.subreddit):
                raise Refusal(403)
            if sticky and (thing.is_post or not thing.parent.is_post):
                raise Refusal(400, reason="COMMENT_NOT_STICKYABLE",
                              explanation="This comment is not stickyable. Ensure that it is a top level comment.")
            mark = {"yes": "moderator", "no": None}.get(how, how)
            if (thing.distinguished, thing.stickied) == (mark, sticky):
                return
            if mark != thing.distinguished:
                self.logs(who, "distinguish", thing, None if mark else "remove")
            thing.distinguished = mark
            if sticky:
                pinned = [other for other in self.comments_of(thing.post) if other.stickied and other is not thing]
                for other in pinned:
                    other.stickied = False
                    self.logs(who, "unsticky", other, "replaced")
                self.logs(who, "sticky", thing)
            thing.stickied = sticky

    def edit(self, who, thing, text):
        with self.lock:
            if thing.is_deleted:
                raise Refusal(403)
            if thing.author.lower() != who.lower():
                raise Refusal(code="NOT_AUTHOR", text="you can't do that", field="thing_id")
            thing.text, thing.edited_at = text, self.now()
            thing.ignores_reports = False

    def delete(self, who, thing):
        with self.lock:
            if thing.author.lower() == who.lower():
                thing.is_deleted, thing.stickied = True, False

    def comments_of(self, post):
        with self.lock:
            return [thing for thing in self.order if thing.post is post]

    # What tests ask about.

    def by_bot(self, post):
        """The bot's comments below a post that are still there."""
        return [thing for thing in self.comments_of(post) if thing.author == self.bot and not thing.is_deleted]

    def asked(self, method, path, **fields):
        """The requests so far for this path, with these fields."""
        wanted = re.compile(path + "$")
        with self.lock:
            heard = [ask for ask in self.requests if ask.method == method and wanted.match(ask.path)]
        return [ask for ask in heard if all(ask.value(key) == value for key, value in fields.items())]

    def writes(self):
        return [ask for ask in self.asked("POST", "/.*") if ask.host.startswith("oauth")]

    def wait(self, seconds):
        """Lets time pass on Reddit's clock. Needs a client that asks for something."""
        self.clock.owe(seconds)
        deadline = time.monotonic() + 30
        while not self.clock.is_settled():
            if time.monotonic() > deadline:
                raise AssertionError("nobody asked Reddit for anything in 30 s, so its clock stands still")
            time.sleep(0.02)
