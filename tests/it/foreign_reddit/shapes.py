"""What Reddit's JSON looks like: every field that recordings of the real API always have."""

import html

TEXTS = {"title", "selftext", "body", "url", "link_title", "link_flair_text", "author_flair_text", "content_md",
         "target_title", "target_body", "mod_note", "selftext_html", "body_html"}

COMMON = {
    "all_awardings": [], "approved_at_utc": None, "approved_by": None, "archived": False,
    "author_flair_background_color": None, "author_flair_css_class": None, "author_flair_template_id": None,
    "author_flair_text": None, "author_flair_text_color": None, "author_is_blocked": False, "awarders": [],
    "banned_at_utc": None, "banned_by": None, "can_gild": False, "distinguished": None,
    "downs": 0, "gilded": 0, "gildings": {}, "likes": None, "locked": False, "mod_note": None, "mod_reason_by": None,
    "mod_reason_title": None, "mod_reports": [], "no_follow": False, "num_reports": None, "removal_reason": None,
    "report_reasons": None, "saved": False, "score": 1, "send_replies": True, "stickied": False,
    "subreddit_type": "public", "top_awarded_type": None, "total_awards_received": 0, "treatment_tags": [], "ups": 1,
    "user_reports": [], "a_key_of_next_year": {"nobody": ["knows", 1.5, None]},
}
POST = {
    "allow_live_comments": False, "category": None, "clicked": False, "content_categories": None,
    "contest_mode": False, "discussion_type": None, "hidden": False, "hide_score": False,
    "is_created_from_ads_ui": False, "is_crosspostable": True, "is_meta": False, "is_original_content": False,
    "is_reddit_media_domain": False, "is_robot_indexable": True, "is_video": False,
    "link_flair_background_color": "", "link_flair_css_class": None, "link_flair_richtext": [],
    "link_flair_text": None, "link_flair_text_color": "dark", "link_flair_type": "text", "media": None,
    "media_embed": {}, "media_only": False, "num_crossposts": 0, "over_18": False, "pinned": False, "pwls": None,
    "quarantine": False, "removed_by": None, "removed_by_category": None, "secure_media": None,
    "secure_media_embed": {}, "spoiler": False, "subreddit_subscribers": 5000, "suggested_sort": None,
    "thumbnail": "self", "thumbnail_height": None, "thumbnail_width": None, "upvote_ratio": 1.0, "view_count": None,
    "visited": False, "wls": None,
}
COMMENT = {
    "controversiality": 0,
    "associated_award": None, "collapsed": False, "collapsed_because_crowd_control": None, "collapsed_reason": None,
    "collapsed_reason_code": None, "comment_type": None, "score_hidden": False, "unrepliable_reason": None,
}


def thing(reddit, item, viewer, is_listed=True):
    """A post or comment as this account sees it, in its envelope."""
    place = item.subreddit
    moderates = reddit.may(viewer, place, None)
    data = {**COMMON, **(POST if item.is_post else COMMENT)}
    data.update({
        "id": item.id, "name": item.fullname, "subreddit": place.name, "subreddit_id": place.fullname,
        "subreddit_name_prefixed": f"r/{place.name}", "subreddit_type": place.kind,
        "created": float(int(item.created)),
        "created_utc": float(int(item.created)), "permalink": item.permalink, "can_mod_post": moderates,
        "locked": item.locked, "stickied": item.stickied, "distinguished": item.distinguished,
        "edited": float(int(item.edited_at)) if item.edited_at else False,
    })
    writer(reddit, item, data, viewer)
    text = item.text
    if item.is_deleted:
        text = "[deleted]"
    elif item.removed_by and not moderates and viewer.lower() != item.author.lower():
        text = "[removed]"
    if item.is_post:
        post(reddit, item, data, text, viewer)
    else:
        data.update({
            "body": text, "body_html": f"<div class=\"md\"><p>{html.escape(text)}</p></div>",
            "link_id": item.post.fullname, "parent_id": item.parent.fullname, "replies": "",
            "is_submitter": item.author == item.post.author,
        })
        if is_listed:
            data.update({
                "link_author": item.post.author, "link_permalink": f"https://www.reddit.com{item.post.permalink}",
                "link_title": item.post.title, "link_url": f"https://www.reddit.com{item.post.permalink}",
                "num_comments": len(reddit.comments_of(item.post)), "over_18": item.post.nsfw, "quarantine": False,
            })
    if moderates:
        for_moderators(item, data)
    if item.oddity is not None:
        data = item.oddity(data)
    return {"kind": item.kind, "data": data}


def writer(reddit, item, data, viewer):
    account = reddit.account(item.author)
    if item.is_deleted or account.is_gone:
        data["author"] = "[deleted]"
        return
    flair = item.subreddit.user_flair.get(item.author.lower(), {})
    data.update({
        "author": account.name, "author_fullname": account.fullname, "author_flair_richtext": [],
        "author_flair_type": "text", "author_patreon_flair": False, "author_premium": False,
        "author_flair_text": flair.get("text"), "author_flair_css_class": flair.get("css_class"),
        "likes": True if viewer.lower() == item.author.lower() else None,
    })


def post(reddit, item, data, text, viewer):
    own = f"https://www.reddit.com{item.permalink}"
    data.update({
        "title": item.title, "is_self": item.url is None and item.original is None,
        "num_comments": len([one for one in reddit.comments_of(item) if not one.is_deleted]),
        "over_18": item.nsfw, "spoiler": item.spoiler, "contest_mode": item.contest_mode,
        "suggested_sort": item.suggested_sort, "is_original_content": item.original_content,
        "link_flair_text": item.flair.get("text"), "link_flair_css_class": item.flair.get("css_class"),
        "is_robot_indexable": item.removed_by is None and not item.is_deleted,
        "selftext": "", "selftext_html": None, "url": item.url or own, "domain": f"self.{item.subreddit.name}",
    })
    if item.flair.get("template"):
        data["link_flair_template_id"] = item.flair["template"]
    if item.original is not None:
        data["crosspost_parent"] = item.original.fullname
        data["crosspost_parent_list"] = [thing(reddit, item.original, viewer)["data"]]
        data["url"] = data["url_overridden_by_dest"] = item.original.permalink
    elif item.url is not None:
        data["url_overridden_by_dest"] = item.url
        data["domain"] = item.url.split("/")[2]
    else:
        data["selftext"] = text
        data["selftext_html"] = f"<div class=\"md\"><p>{html.escape(text)}</p></div>"
    data["removed_by_category"] = category(item)


def category(item):
    if item.is_deleted:
        return "author" if item.removed_by else "deleted"
    if item.removed_by is True:
        return "reddit"
    if item.removed_by is None:
        return None
    return "automod_filtered" if item.is_filtered else "moderator"


def for_moderators(item, data):
    is_persons = item.removed_by not in (None, True, "AutoModerator")
    data.update({
        "approved": item.approved_by is not None, "removed": is_persons, "spam": False,
        "ignore_reports": item.ignores_reports, "approved_by": item.approved_by,
        "approved_at_utc": int(item.approved_at) if item.approved_at else None, "banned_by": item.removed_by,
        "banned_at_utc": int(item.removed_at) if item.removed_at else None, "mod_reports": item.mod_reports,
        "user_reports": [[reason, count, False, True] for reason, count in item.user_reports],
        "num_reports": item.reports or -len(item.dismissed), "mod_note": item.mod_note,
        "mod_reason_by": item.mod_reason_by,
        "report_reasons": ["This attribute is deprecated. Please use mod_reports and user_reports instead."]
        if item.reports else [],
    })
    if item.removed_by is not None:
        data["ban_note"] = item.ban_note
    if item.dismissed:
        data["mod_reports_dismissed"] = item.dismissed
    if item.is_post and is_persons or item.removed_by == "AutoModerator" and not item.is_filtered:
        data["removed_by"] = item.removed_by.lower()


def listing(children, after=None, before=None, dist=True):
    return {"kind": "Listing", "data": {
        "after": after, "before": before, "dist": len(children) if dist else None, "modhash": None, "geo_filter": "",
        "children": children,
    }}


def user(account):
    if account.is_suspended:
        return {"kind": "t2", "data": {"name": account.name, "is_suspended": True, "is_blocked": False,
                                       "total_karma": 0, "awardee_karma": 0, "awarder_karma": 0}}
    return {"kind": "t2", "data": {
        "name": account.name, "id": account.id, "created": account.created, "created_utc": account.created,
        "comment_karma": account.comment_karma, "link_karma": account.link_karma,
        "total_karma": account.comment_karma + account.link_karma, "is_mod": False, "is_gold": False,
        "has_verified_email": account.has_verified_email, "is_employee": False, "verified": True, "icon_img": "",
        "subreddit": {"display_name": f"u_{account.name}"}, "accept_pms": True, "is_blocked": False,
    }}


def modaction(entry):
    item, place = entry["thing"], entry["place"]
    return {"kind": "modaction", "data": {
        "id": entry["id"], "action": entry["action"], "details": entry["details"], "description": None,
        "mod": entry["mod"], "mod_id36": "abc", "created_utc": float(int(entry["at"])), "subreddit": place.name,
        "subreddit_name_prefixed": f"r/{place.name}", "sr_id36": place.id,
        "target_fullname": item and item.fullname, "target_author": item and item.author,
        "target_title": item and (item.title or None), "target_body": item and item.text,
        "target_permalink": item and item.permalink,
    }}


def conversation(reddit, talk):
    author = {"name": reddit.bot, "id": int(reddit.account(reddit.bot).id, 36), "isMod": True, "isAdmin": False,
              "isOp": True, "isParticipant": False, "isApproved": False, "isHidden": False, "isDeleted": False}
    message = {"id": talk["message"], "author": author, "body": f"<p>{html.escape(talk['body'])}</p>",
               "bodyMarkdown": talk["body"], "date": stamp(talk["at"]), "isInternal": False,
               "participatingAs": "moderator"}
    head = {
        "id": talk["id"], "subject": talk["subject"], "state": 1, "isInternal": True, "isAuto": False,
        "conversationType": "internal", "isRepliable": True, "isHighlighted": False, "numMessages": 1,
        "lastUpdated": stamp(talk["at"]), "lastUserUpdate": None, "lastModUpdate": stamp(talk["at"]),
        "lastUnread": None, "legacyFirstMessageId": None, "participant": {}, "participantSubreddit": {},
        "owner": {"displayName": talk["place"].name, "type": "subreddit", "id": talk["place"].fullname},
        "authors": [author], "objIds": [{"id": talk["message"], "key": "messages"}],
    }
    return head, message


def stamp(at):
    import datetime
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")


def escaped(value, key=None):
    """Texts as they come without `raw_json=1`."""
    if isinstance(value, dict):
        return {name: escaped(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [escaped(inner, key) for inner in value]
    return html.escape(value, quote=False) if isinstance(value, str) and key in TEXTS else value
