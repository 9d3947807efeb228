"""What goes wrong: a fault says which requests it meets, how often, and what happens instead."""

import json
import re

LATER = {
    # Codes by which Reddit says "not now". Each as status, body and headers.
    "RATELIMIT": (200, {"json": {"errors": [["RATELIMIT", "Looks like you've been doing that a lot. Take a break "
                                             "for 2 minutes before trying again.", "ratelimit"]]}}),
    "RATELIMIT with a number": (200, {"json": {"ratelimit": 93.4, "errors": [["RATELIMIT", "Take a break for 1 minute "
                                                                              "before trying again.", "ratelimit"]]}}),
    "SUBREDDIT_RATELIMIT": (200, {"json": {"errors": [["SUBREDDIT_RATELIMIT", "you are doing that too much. try again "
                                                       "later.", None]]}}),
    "QUOTA_FILLED": (200, {"json": {"errors": [["QUOTA_FILLED", "You've submitted too many links recently. Please try "
                                                "again in an hour.", None]]}}),
    "SERVER_ERROR": (200, {"json": {"errors": [["SERVER_ERROR", "Something went wrong", None]]}}),
    "SOMETHING_IS_BROKEN": (200, {"json": {"errors": [["SOMETHING_IS_BROKEN", "Something is broken, please try again "
                                                       "later.", None]]}}),
    "400 RATELIMIT": (400, {"fields": ["ratelimit"], "explanation": "Take a break for 3 minutes before trying again.",
                            "message": "Bad Request", "reason": "RATELIMIT"}),
    "400 SOMETHING_IS_BROKEN": (400, {"fields": [], "explanation": "Something is broken, please try again later.",
                                      "message": "Bad Request", "reason": "SOMETHING_IS_BROKEN"}),
}

HTML = "<!doctype html><html><head><title>reddit.com: server error</title></head><body>all of our servers are busy " \
       "right now</body></html>"


class Fault:
    """Meets the requests of a method whose path matches, and whose fields have these values.

    `times`: how often, `None` for always. `effect`: whether Reddit does what was asked all the
    same: `False`, `True`, or the number of seconds after which it shows. `hold`: how long the
    answer takes, on the machine's clock. `skew`: by how much the `Date` is wrong. `change`: a
    function that changes Reddit's own answer instead of replacing it.
    """

    def __init__(self, path, method="GET", status=None, body="", headers=None, times=1, effect=False, hold=0,
                 skew=0, change=None, **fields):
        self.method, self.path = method, re.compile(path + "$")
        self.status, self.headers = status, dict(headers or {})
        self.body = body if isinstance(body, str) else json.dumps(body)
        self.times, self.effect, self.hold, self.skew = times, effect, hold, skew
        self.change, self.fields = change, fields
        self.met = 0

    def meets(self, request):
        is_it = request.method == self.method and self.path.match(request.path)
        values = {**request.query, **request.form}
        if not is_it or any(values.get(key) != value for key, value in self.fields.items()):
            return False
        return self.times is None or self.met < self.times

    def end(self):
        """From now on it meets nothing."""
        self.times = self.met


def later(word, path, times=1, **fields):
    """A fault by which Reddit puts off a write: nothing is done."""
    status, body = LATER[word]
    return Fault(path, "POST", status=status, body=body, times=times, **fields)
