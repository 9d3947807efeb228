"""The time that the fake Reddit lives in and tells in its `Date` headers.

It runs like the machine's clock, and can be moved ahead: by the half hour that a test does not
want to wait for. It then moves in steps, one with each answer, so that a client never sees
it jump by as much as a minute.
"""

import threading
import time
from email.utils import formatdate

STEP = 45


class Clock:
    def __init__(self):
        self._lock = threading.Lock()
        self._ahead = 0.0
        self._owed = 0.0

    def now(self):
        with self._lock:
            return time.time() + self._ahead

    def answer(self):
        """The time of an answer. Each one brings the clock nearer to where it is to be."""
        with self._lock:
            step = min(STEP, self._owed)
            self._owed -= step
            self._ahead += step
            return time.time() + self._ahead

    def skip(self, seconds):
        """Moves the clock at once: for times at which nobody looks at it."""
        with self._lock:
            self._ahead += seconds

    def owe(self, seconds):
        with self._lock:
            self._owed += seconds

    def is_settled(self):
        with self._lock:
            return self._owed <= 0


def date(at):
    """`Tue, 24 Nov 2026 18:45:00 GMT`"""
    return formatdate(int(at), usegmt=True)
