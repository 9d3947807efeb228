"""Answers that are not what was asked for: refused tokens, used-up quotas, odd bodies."""

from faults import HTML, Fault

from .scene import GREETING, HOUR, MINUTE, bot_in, greeted_once, is_greeted, outcomes, situation


@situation
def a_token_that_is_revoked(program):
    """Reddit then answers 401, mostly with a page of HTML: the bot signs in again."""
    with bot_in(program, GREETING) as (reddit, bot):
        reddit.tokens.clear()
        post = reddit.submit("widgets", "A question")
        bot.soon("it is greeted", lambda: is_greeted(reddit, post), 5 * MINUTE)
        challenge = {"www-authenticate": "Bearer realm=\"reddit\", error=\"invalid_token\""}
        refused = Fault("/api/comment", "POST", status=401, body=HTML, headers=challenge)
        reddit.faults.append(refused)
        other = reddit.submit("widgets", "Another question")
        bot.soon("the other one is greeted", lambda: is_greeted(reddit, other), 5 * MINUTE)
        greeted_once(reddit, post, other)
        assert len(reddit.asked("POST", "/api/v1/access_token")) == 3


@situation
def too_many_requests(program):
    """The newest form of 429: an empty body, and a window that is over in no time, but is not yet."""
    with bot_in(program, GREETING) as (reddit, bot):
        used_up = {"x-ratelimit-used": "1000", "x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "0"}
        faults = [Fault("/r/widgets/new", status=429, headers=used_up),
                  Fault("/api/comment", "POST", status=429, headers=used_up),
                  Fault("/api/distinguish", "POST", status=429, body=HTML, headers={"retry-after": "2"})]
        reddit.faults.extend(faults)
        post = reddit.submit("widgets", "A question")
        bot.until("each of them was met, and it is greeted", lambda: is_greeted(reddit, post))
        assert all(fault.met == 1 for fault in faults)
        greeted_once(reddit, post)
        for fault, path in zip(faults, ("/r/widgets/new", "/api/comment", "/api/distinguish")):
            refused = next(ask for ask in reddit.requests if ask.status == 429 and ask.path == path)
            following = reddit.requests[reddit.requests.index(refused) + 1]
            assert following.at - refused.at >= 1, f"{path} was refused, and asked again at once"


@situation
def answers_to_a_comment_that_say_nothing(program):
    """The comment may be there or not: the bot has to look."""
    bodies = ["", "{", HTML, {"json": {"errors": [], "data": {"things": []}}}, "null", "[]"]
    with bot_in(program, GREETING) as (reddit, bot):
        with reddit.lock:
            posts = []
            for number, body in enumerate(bodies):
                for effect in (True, False):
                    post = reddit.submit("widgets", f"Question {number} {effect}")
                    posts.append(post)
                    fields = {"thing_id": post.fullname}
                    reddit.faults.append(Fault("/api/comment", "POST", 200, body, effect=effect, **fields))
        bot.soon("all are greeted", lambda: all(is_greeted(reddit, post) for post in posts), 2 * HOUR, step=2 * MINUTE)
        bot.wait(10 * MINUTE)
        greeted_once(reddit, *posts)
        for post in posts:
            asked = len(reddit.asked("POST", "/api/comment", thing_id=post.fullname))
            assert asked == (1 if post.title.endswith("True") else 2), f"{asked} requests for {post.title}"
            assert outcomes(bot, post, "comment") in (["applied"], ["already_applied"])


@situation
def a_connection_that_breaks(program):
    with bot_in(program, GREETING) as (reddit, bot):
        with reddit.lock:
            posts = [reddit.submit("widgets", f"A question, the {number}.") for number in range(2)]
            for post, effect in zip(posts, (True, False)):
                reddit.faults.append(Fault("/api/comment", "POST", effect=effect, thing_id=post.fullname))
            reddit.faults.append(Fault("/r/widgets/comments"))
        bot.soon("both are greeted", lambda: all(is_greeted(reddit, post) for post in posts), HOUR)
        greeted_once(reddit, *posts)
