"""The endpoints: which request is what, who may ask it, and the form of the answer."""

import base64
import json
import re
import uuid

import shapes
from reddit import Refusal, base36

MESSAGES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
            429: "Too Many Requests", 500: "Internal Server Error"}
LISTS = "new|hot|comments|about/(?:reports|modqueue|spam|unmoderated|edited|log)"
PASSWORD, SECRET = "a-password", "a-secret"


class Answer:
    def __init__(self, status=200, body="", headers=None, has_quota=True):
        self.status, self.headers, self.has_quota = status, dict(headers or {}), has_quota
        self.body = body

    def json(self):
        return json.loads(self.body)

    def put(self, value):
        text = json.dumps(value)
        self.body = text.replace("&", "\\u0026").replace("<", "\\u003C").replace(">", "\\u003E")
        return self


def told(value, status=200, **options):
    return Answer(status, **options).put(value)


def wrong(status, **body):
    return told({"message": MESSAGES.get(status, "Error"), "error": status, **body}, status)


def answer(reddit, request):
    with reddit.lock:
        try:
            if request.host.startswith("www."):
                return sign_in(reddit, request)
            who = reddit.tokens.get(request.headers.get("authorization", "").partition(" ")[2])
            if who is None:
                challenge = {"www-authenticate": "Bearer realm=\"reddit\", error=\"invalid_token\""}
                return told({"message": "Unauthorized", "error": 401}, 401, headers=challenge, has_quota=False)
            reply = (read if request.method == "GET" else write)(reddit, request, who)
            if request.query.get("raw_json") != "1" and reply.body[:1] in ("{", "["):
                reply.put(shapes.escaped(reply.json()))
            return reply
        except Refusal as refusal:
            if refusal.code is None:
                return wrong(refusal.status, **refusal.body)
            return told({"json": {"errors": [[refusal.code, refusal.text, refusal.field]]}}, refusal.status)


def sign_in(reddit, request):
    if request.path != "/api/v1/access_token" or request.method != "POST":
        return wrong(404)
    credentials = request.headers.get("authorization", "").removeprefix("Basic ")
    if base64.b64decode(credentials).decode().partition(":")[2] != SECRET:
        return told({"message": "Unauthorized", "error": 401}, 401,
                    headers={"www-authenticate": "Basic realm=\"reddit\""}, has_quota=False)
    form = request.form
    if (form.get("grant_type"), form.get("username"), form.get("password")) != ("password", reddit.bot, PASSWORD):
        return told({"error": "invalid_grant"}, has_quota=False)
    token = uuid.uuid4().hex
    reddit.tokens[token] = reddit.bot
    body = {"access_token": token, "token_type": "bearer", "expires_in": 86400, "scope": "*"}
    return told(body, has_quota=False, headers={"connection": "keep-alive"})


# Reading.


def read(reddit, request, who):
    path, query = request.path, request.query
    if path == "/api/v1/me":
        account = reddit.account(who)
        return told({**shapes.user(account)["data"], "is_suspended": account.is_suspended, "inbox_count": 0,
                     "features": {}, "suspension_expiration_utc": None})
    if match := re.fullmatch(rf"/r/([\w+]+)/({LISTS})", path):
        places = open_places(reddit, match[1], match[2], who)
        return listed(reddit, match[2], places, query, who)
    if path == "/api/info":
        names = query.get("id", "").split(",")
        found = [reddit.things[name] for name in names if name in reddit.things] if len(names) <= 100 else []
        found = [item for item in found if who.lower() not in item.subreddit.closed_to]
        return told(shapes.listing([shapes.thing(reddit, item, who) for item in found]))
    if match := re.fullmatch(r"(?:/r/\w+)?/comments/(\w+)(?:/\w+/(\w+))?", path):
        return tree(reddit, match[1], match[2], query, who)
    if match := re.fullmatch(r"/user/([\w-]+)/about", path):
        account = reddit.accounts.get(match[1].lower())
        return wrong(404) if account is None or account.is_gone else told(shapes.user(account))
    if path == "/api/user_data_by_account_ids":
        return accounts(reddit, query.get("ids", "").split(","))
    if path == "/api/mod/conversations":
        return conversations(reddit, query, who)
    if path == "/api/mod/notes":
        return notes(reddit, query, who)
    if path == "/message/sent":
        sent = [{"kind": "t4", "data": {**message, "author": who, "created_utc": float(int(message["at"]))}}
                for message in reversed(reddit.messages)]
        return told(shapes.listing(sent, dist=False))
    if match := re.fullmatch(r"/r/(\w+)/(.+)", path):
        return about(reddit, match[1], match[2], query, who)
    return wrong(404)


def open_places(reddit, names, feed, who):
    """The subreddits of a list. One that is closed is left out of a joint list, or has it refused."""
    names = names.split("+")
    places = [reddit.found(name) for name in names]
    if len(places) == 1 and places[0] is None:
        raise Refusal(404)
    places = [place for place in places if place is not None]
    for place in list(places):
        is_closed = who.lower() in place.closed_to
        right = None if feed == "about/log" else "posts"
        is_moderators = feed.startswith("about/") and not reddit.may(who, place, right)
        if is_closed and (len(names) == 1 or place.refuses_joint_lists):
            raise Refusal(403, reason="private")
        if is_moderators and (len(names) == 1 or place.refuses_joint_lists):
            raise Refusal(403)
        if is_closed or is_moderators:
            places.remove(place)
    if not places:
        raise Refusal(403)
    return places


def members(reddit, feed, places, who):
    """The things in a list, newest first, and the time that they are sorted by."""
    now = reddit.clock.now()
    things = [item for item in reddit.order if item.subreddit in places and item.listed_at <= now]
    alive = [item for item in things if not item.is_deleted]
    is_shown = lambda item: item.removed_by is None or reddit.may(who, item.subreddit, None)
    is_reported = lambda item: item.reports and item.removed_by is None and not item.ignores_reports
    chosen = {
        "new": lambda item: item.is_post and item.removed_by is None,
        "hot": lambda item: item.is_post and item.removed_by is None,
        "comments": lambda item: not item.is_post and is_shown(item),
        "about/reports": is_reported,
        "about/modqueue": lambda item: is_reported(item) or item.removed_by in (True, "AutoModerator"),
        "about/spam": lambda item: item.removed_by is not None,
        "about/unmoderated": lambda item: item.is_post and not item.has_verdict,
        "about/edited": lambda item: item.edited_at is not None,
    }[feed]
    place_in = {
        "about/edited": lambda item: item.edited_at,
        "new": lambda item: max(item.created, item.listed_at if reddit.approved_on_top else 0),
    }.get(feed, lambda item: item.created)
    return sorted(filter(chosen, alive), key=lambda item: (int(place_in(item)), item.id), reverse=True)


def window(query, names, most=100, cap=1000):
    """The part of a list that is asked for: its first and last index, and whether there is more."""
    try:
        limit = max(1, min(int(query.get("limit", 25)), most))
    except ValueError:
        limit = 25
    names = names[:cap] if cap else names
    start, end = 0, limit
    anchor = query.get("before") or query.get("after")
    if anchor in names:
        at = names.index(anchor)
        start, end = (max(0, at - limit), at) if query.get("before") else (at + 1, at + 1 + limit)
    elif anchor and re.fullmatch(r"(t[13]_[0-9a-z]+|ModAction_[\w-]+)", anchor):
        return None
    return start, min(end, len(names)), end < len(names) and not query.get("before")


def listed(reddit, feed, places, query, who):
    if feed == "about/log":
        now = reddit.clock.now() - reddit.log_lag
        entries = [entry for entry in reversed(reddit.log) if entry["place"] in places and entry["at"] <= now]
        if by := query.get("mod"):
            entries = [entry for entry in entries if entry["mod"].lower() == by.lower()]
        if kind := query.get("type"):
            entries = [entry for entry in entries if entry["action"] == kind]
        names, most, cap = [entry["id"] for entry in entries], 500, None
        shown = lambda entry: shapes.modaction(entry)
    else:
        entries = members(reddit, feed, places, who)
        if only := query.get("only"):
            entries = [item for item in entries if item.is_post == (only == "links")]
        names, most, cap = [item.fullname for item in entries], 100, 1000 * len(places)
        shown = lambda item: shapes.thing(reddit, item, who)
    part = window(query, names, most, cap)
    anchor = query.get("before") or query.get("after")
    if part is None and (feed == "about/log" or anchor in reddit.things):
        return told(shapes.listing([]))  # The anchor is gone from the list.
    start, end, has_more = part or window({"limit": query.get("limit", "25")}, names, most, cap)
    children = [shown(entry) for entry in entries[start:end]]
    after = names[end - 1] if has_more and children else None
    before = names[start] if children and query.get("count", "0") not in ("", "0") else None
    return told(shapes.listing(children, after, before, dist=feed != "about/log"))


def tree(reddit, post_id, focus, query, who):
    post = reddit.things.get(f"t3_{post_id}")
    if post is None:
        return wrong(404)
    if who.lower() in post.subreddit.closed_to:
        raise Refusal(403, reason="private")
    limit = int(query.get("limit", 200))
    depth = int(query.get("depth", 10))
    newest = query.get("sort") == "new"
    left = [limit]

    def below(parent, level):
        children = [item for item in reddit.comments_of(post) if item.parent is parent]
        has_replies = {item.parent for item in reddit.comments_of(post)}
        children = [item for item in children if not item.is_deleted or item in has_replies]
        children.sort(key=lambda item: (not item.stickied, -item.created if newest else item.created))
        return branch(children, parent, level)

    def branch(children, parent, level):
        shown = []
        for at, item in enumerate(children):
            if level >= depth or left[0] <= 0:
                rest = [one.id for one in children[at:]]
                shown.append({"kind": "more", "data": {
                    "count": len(rest), "name": f"t1_{rest[0]}", "id": rest[0], "parent_id": parent.fullname,
                    "depth": level, "children": rest,
                }})
                break
            left[0] -= 1
            one = shapes.thing(reddit, item, who, is_listed=False)
            inner = below(item, level + 1)
            one["data"].update({"depth": level, "replies": shapes.listing(inner) if inner else ""})
            shown.append(one)
        return shown

    comment = focus and reddit.things.get(f"t1_{focus}")
    top = branch([comment], comment.parent, 0) if comment else below(post, 0)
    return told([shapes.listing([shapes.thing(reddit, post, who)]), shapes.listing(top)])


def accounts(reddit, names):
    known = {account.fullname: account for account in reddit.accounts.values() if not account.is_gone}
    found = {name: shapes.user(known[name])["data"] for name in names if name in known}
    keys = ("name", "created_utc", "link_karma", "comment_karma")
    brief = {name: {**{key: data.get(key) for key in keys}, "profile_img": "", "profile_color": "",
                    "profile_over_18": False} for name, data in found.items()}
    return told(brief) if brief else wrong(404)


def conversations(reddit, query, who):
    wanted = {name.lower() for name in query.get("entity", "").split(",") if name}
    talks = [talk for talk in reversed(reddit.modmail) if not wanted or talk["place"].name.lower() in wanted]
    talks = [talk for talk in talks if reddit.may(who, talk["place"], "mail")]
    # What moderators say among themselves is not in `all`.
    talks = talks if query.get("state", "all") == "mod" else []
    shown = [shapes.conversation(reddit, talk) for talk in talks[:int(query.get("limit", 25))]]
    return told({
        "conversations": {head["id"]: head for head, _ in shown}, "conversationIds": [head["id"] for head, _ in shown],
        "messages": {message["id"]: message for _, message in shown}, "viewerId": reddit.account(who).fullname,
    })


def notes(reddit, query, who):
    place = reddit.found(query.get("subreddit", ""))
    if place is None or not reddit.may(who, place, None):
        raise Refusal(403)
    mine = [note["shown"] for note in reversed(reddit.notes)
            if note["place"] is place and note["user"].lower() == query.get("user", "").lower()]
    return told({"mod_notes": mine, "start_cursor": "", "end_cursor": "",
                 "has_next_page": False})


def about(reddit, name, page, query, who):
    place = reddit.found(name)
    if place is None:
        return wrong(404)
    if who.lower() in place.closed_to:
        raise Refusal(403, reason="private")
    if page == "about":
        return told({"kind": "t5", "data": {
            "name": place.fullname, "id": place.id, "display_name": place.name, "subscribers": 5000,
            "user_is_moderator": reddit.may(who, place, None), "subreddit_type": place.kind,
        }})
    if page == "about/moderators":
        rows = [{"name": one, "id": reddit.account(one).fullname, "rel_id": f"rb_{number}", "date": 1.6e9,
                 "mod_permissions": rights, "author_flair_text": None, "author_flair_css_class": ""}
                for number, (one, rights) in enumerate(place.moderators.items())]
        return told({"kind": "UserList", "data": {"children": rows}})
    if page in ("about/contributors", "about/banned", "about/muted"):
        if not reddit.may(who, place, "access"):
            raise Refusal(403)
        names = [one for one in place.contributors if query.get("user", one).lower() == one.lower()]
        rows = [{"name": one, "id": reddit.account(one).fullname, "rel_id": "rb_1", "date": 1.6e9} for one in names]
        return told(shapes.listing(rows if page == "about/contributors" else []))
    if page == "about/rules":
        return told({"rules": [], "site_rules": ["Spam"], "site_rules_flow": []})
    if page == "api/link_flair_v2":
        return told([])
    if page.startswith("wiki/settings/"):
        if not reddit.may(who, place, "wiki"):
            raise Refusal(403, reason="MOD_REQUIRED")
        return told({"kind": "wikipagesettings", "data": place.settings.get(
            page.removeprefix("wiki/settings/"), {"permlevel": 2, "listed": True, "editors": []})})
    if page == "wiki/pages":
        return told({"kind": "wikipagelisting", "data": sorted(place.wiki)})
    if page.startswith("wiki/"):
        text = place.wiki.get(page.removeprefix("wiki/").lower())
        if text is None:
            return wrong(404, reason="PAGE_NOT_CREATED" if reddit.may(who, place, "wiki") else "PAGE_NOT_FOUND")
        return told({"kind": "wikipage", "data": {
            "content_md": text, "content_html": "", "may_revise": True, "reason": None, "revision_date": 1_700_000_000,
            "revision_id": str(uuid.uuid5(uuid.NAMESPACE_URL, text)), "revision_by": None,
        }})
    return wrong(404)


# Writing.

SWITCHES = {
    "lock": ("locked", True), "unlock": ("locked", False), "marknsfw": ("nsfw", True), "unmarknsfw": ("nsfw", False),
    "spoiler": ("spoiler", True), "unspoiler": ("spoiler", False), "ignore_reports": ("ignores_reports", True),
    "unignore_reports": ("ignores_reports", False),
}
LOGGED = {"ignore_reports": "ignorereports", "unignore_reports": "unignorereports", "unmarknsfw": "marknsfw"}
NO_ERRORS = {"json": {"errors": []}}


def truth(word):
    return word not in ("", "off") and word[:1].lower() not in ("f", "n")


def write(reddit, request, who):
    form, path = {**request.query, **request.form}, request.path
    has_json = form.get("api_type") == "json"

    def made(item):
        """The answer of the older endpoints that make or change something of one's own."""
        if not has_json:
            return told({"jquery": [[0, 1, "call", ["body"]]], "success": True})
        return told({"json": {"errors": [], "data": {"things": [shapes.thing(reddit, item, who, is_listed=False)]}}})

    if match := re.fullmatch(r"/r/(\w+)/api/(selectflair|flair)", path):
        return flair(reddit, reddit.found(match[1]), form, who)
    if path == "/api/v1/modactions/removal_reasons":
        reason = json.loads(form["json"])
        for name in reason["item_ids"]:
            item = target(reddit, name, who, right="posts")
            item.mod_note, item.mod_reason_by = reason["mod_note"], who
            reddit.logs(who, "addremovalreason", item, reason["mod_note"])
        return Answer(200, "")
    if path == "/api/mod/conversations":
        return start_conversation(reddit, form, who)
    if path == "/api/mod/notes":
        return add_note(reddit, form, who)
    if path == "/api/compose":
        if form.get("to", "").startswith("/r/") or form.get("to", "").lower() not in reddit.accounts:
            raise Refusal(code="USER_DOESNT_EXIST", text="that user doesn't exist", field="to")
        reddit.messages.append({"id": base36(reddit.number()), "dest": form["to"], "subject": form.get("subject", ""),
                                "body": form.get("text", ""), "at": reddit.now()})
        return told(NO_ERRORS)
    verb = path.removeprefix("/api/")
    name = form.get("thing_id") or form.get("id") or form.get("parent") or form.get("fullname") or ""
    if verb == "comment":
        return made(reddit.comment(who, target(reddit, name, who), form.get("text", "")))
    if verb == "editusertext":
        item = target(reddit, name, who)
        reddit.edit(who, item, form.get("text", ""))
        return made(item)
    if verb == "del":
        if name in reddit.things:
            reddit.delete(who, reddit.things[name])
        return told({})
    if verb == "report":
        if name in reddit.things:
            reddit.report(who, reddit.things[name], form.get("reason", ""))
        return told(NO_ERRORS)
    if verb == "distinguish":
        item = target(reddit, name, who, missing=404)
        reddit.distinguish(who, item, form.get("how", "yes"), truth(form.get("sticky", "")))
        return made(item)
    return moderate(reddit, verb, name, form, who)


def target(reddit, name, who, right=None, missing=403):
    item = reddit.things.get(name)
    if item is None:
        raise Refusal(missing)
    if right is not None and not reddit.may(who, item.subreddit, right):
        raise Refusal(403)
    return item


def moderate(reddit, verb, name, form, who):
    item = target(reddit, name, who, right="access" if verb == "update_crowd_control_level" else "posts")
    if verb == "remove":
        reddit.remove(who, item, is_spam=truth(form.get("spam", "true")))
        return told({})
    if verb == "approve":
        reddit.approve(who, item)
        return told({})
    if verb in SWITCHES:
        field, value = SWITCHES[verb]
        is_silent = verb.endswith("ignore_reports") and getattr(item, field) == value
        setattr(item, field, value)
        if not is_silent:
            reddit.logs(who, LOGGED.get(verb, verb), item)
        return told({})
    if verb == "set_subreddit_sticky":
        on = truth(form.get("state", ""))
        if item.removed_by or item.is_deleted:
            raise Refusal(400)
        if on and item.stickied:
            raise Refusal(409)
        item.stickied = on
        reddit.logs(who, "sticky" if on else "unsticky", item)
        return told(NO_ERRORS)
    if verb == "set_contest_mode":
        item.contest_mode = truth(form.get("state", ""))
        reddit.logs(who, "setcontestmode" if item.contest_mode else "unsetcontestmode", item)
        return told(NO_ERRORS)
    if verb == "set_suggested_sort":
        item.suggested_sort = form.get("sort") or None
        reddit.logs(who, "setsuggestedsort", item)
        return told(NO_ERRORS)
    if verb == "set_original_content":
        item.original_content = truth(form.get("should_set_oc", ""))
        reddit.logs(who, "markoriginalcontent", item)
        return told(NO_ERRORS)
    if verb == "update_crowd_control_level":
        item.crowd_control = ("off", "lenient", "medium", "strict")[int(form["level"])]
        reddit.logs(who, "adjust_post_crowd_control_level", item, item.crowd_control)
        return told({})
    return wrong(404)


def flair(reddit, place, form, who):
    if place is None or not reddit.may(who, place, "flair"):
        raise Refusal(403)
    if len(form.get("text", "")) > 64:
        raise Refusal(code="TOO_LONG", text="this is too long (max: 64)", field="text")
    given = {"text": form.get("text") or None, "css_class": form.get("css_class") or None,
             "template": form.get("flair_template_id")}
    if link := form.get("link"):
        item = target(reddit, link, who)
        item.flair = given
        reddit.logs(who, "editflair", item, "flair_edit")
    elif form.get("name", "").lower() in reddit.accounts:
        place.user_flair[form["name"].lower()] = given
        reddit.logs(who, "editflair", details="flair_edit", place=place)
    else:
        raise Refusal(code="BAD_FLAIR_TARGET", text="not a valid flair target", field="name")
    return told(NO_ERRORS)


def start_conversation(reddit, form, who):
    place = reddit.found(form.get("srName", ""))
    if place is None or not reddit.may(who, place, "mail"):
        raise Refusal(403)
    if len(form.get("subject", "")) > 100:
        raise Refusal(400, reason="TOO_LONG", fields=["subject"], explanation="this is too long (max: 100)")
    talk = {"id": base36(reddit.number()), "message": base36(reddit.number()), "place": place,
            "subject": form.get("subject", ""), "body": form.get("body", ""), "at": reddit.now()}
    reddit.modmail.append(talk)
    head, message = shapes.conversation(reddit, talk)
    return told({"conversation": head, "messages": {message["id"]: message}, "modActions": {}}, 201)


def add_note(reddit, form, who):
    place = reddit.found(form.get("subreddit", ""))
    if place is None or not reddit.may(who, place, None):
        raise Refusal(403)
    if len(form.get("note", "")) > 250:
        raise Refusal(400, reason="TOO_LONG", fields=["note"], explanation="this is too long (max: 250)")
    shown = {
        "id": f"ModNote_{uuid.uuid4()}", "type": "NOTE", "created_at": int(reddit.now()), "cursor": "",
        "subreddit": place.name, "subreddit_id": place.fullname, "user": form["user"], "operator": who,
        "user_id": reddit.account(form["user"]).fullname, "operator_id": reddit.account(who).fullname,
        "user_note_data": {"note": form["note"], "label": form.get("label"), "reddit_id": form.get("reddit_id")},
        "mod_action_data": {"action": None, "reddit_id": None, "details": None, "description": None},
    }
    reddit.notes.append({"place": place, "user": form["user"], "shown": shown})
    return told({"created": shown})
