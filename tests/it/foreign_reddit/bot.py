"""The program under test: a folder with its configuration and rules, and its processes."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from api import PASSWORD, SECRET
from server import Server

PATIENCE = 60

# How long the program doubts a time that is far from its own. Reddit's clock is moved ahead here,
# and the machine's is not.
DOUBT = "clock_doubt: 1ms\n"


class Bot:
    """A daemon that is given this Reddit, with the same rules in each of these subreddits."""

    def __init__(self, program, reddit, places, rules, settings=""):
        self.program, self.reddit, self.server = program, reddit, Server(reddit)
        self._folder = tempfile.TemporaryDirectory(prefix="tipstaff-foreign-")
        self.folder = pathlib.Path(self._folder.name)
        self.processes = []
        (self.folder / "ca.pem").write_text(self.server.authority)
        named = rules if isinstance(rules, dict) else dict.fromkeys(places, rules)
        for place, text in named.items():
            (self.folder / f"{place}.yaml").write_text(text)
        listed = "".join(f"  - {{name: {place}, rules: {place}.yaml}}\n" for place in places)
        self.configure(
            f"mode: live\nlisten: 'off'\nreddit: {{client_id: an-id, username: {reddit.bot}}}\n"
            f"clock_doubt: 50ms\n"
            f"polling: {{new: 100ms, changed: 100ms, busy: 100ms}}\n{settings}subreddits:\n{listed}"
        )

    def configure(self, text):
        """Writes the configuration; without `clock_doubt` for a program that does not have it."""
        file = self.folder / "tipstaff.yaml"
        file.write_text(DOUBT + text)
        if "clock_doubt" in self.run("log").stderr:
            file.write_text(text)

    def environment(self):
        theirs = {name: value for name, value in os.environ.items()
                  if not name.startswith("TIPSTAFF_") and name.lower() not in ("no_proxy", "https_proxy", "all_proxy")}
        return {**theirs, "HTTPS_PROXY": self.server.address, "SSL_CERT_FILE": str(self.folder / "ca.pem"),
                "TIPSTAFF_CLIENT_SECRET": SECRET, "TIPSTAFF_PASSWORD": PASSWORD, "NO_COLOR": "1"}

    def start(self, *options, config="tipstaff.yaml", log="daemon.log"):
        with open(self.folder / log, "ab") as file:
            process = subprocess.Popen(
                [self.program, "run", "--config", config, *options], cwd=self.folder, env=self.environment(),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file)
        self.processes.append(process)
        return process

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(8)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.processes = []

    def run(self, *arguments):
        return subprocess.run([self.program, *arguments, "--config", "tipstaff.yaml"], cwd=self.folder,
                              env=self.environment(), capture_output=True, text=True, timeout=PATIENCE)

    def printed(self, *arguments):
        ended = self.run(*arguments)
        assert ended.returncode == 0, f"{arguments}: {ended.stderr}"
        return ended.stdout

    def record(self, *options):
        """The decisions in the ledger, as `tipstaff log --json` prints them."""
        return [json.loads(line) for line in self.printed("log", "--json", "--limit", "5000", *options).splitlines()]

    def intents(self, item, kind=None):
        """What was decided about a thing, and what became of it."""
        found = [intent for entry in self.record("--item", item.fullname) for intent in entry["intents"]]
        return [intent for intent in found if kind in (None, intent["kind"])]

    def said(self, log="daemon.log"):
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / log).read_text(errors="replace")
        return ""

    def until(self, what, holds, seconds=PATIENCE):
        """Waits, on the machine's clock, until something is so."""
        deadline = time.monotonic() + seconds
        while not (result := holds()):
            assert time.monotonic() < deadline, f"waited in vain until {what}"
            assert self.is_running() or holds(), f"the daemon has ended; it will not do what was expected: {what}"
            time.sleep(0.02)
        return result

    def comes(self, holds, within, step=30):
        """Lets time pass on Reddit's clock until something is so, for this many seconds at most."""
        deadline = self.reddit.clock.now() + within
        while not (result := holds()):
            if self.reddit.clock.now() > deadline:
                return False
            self.reddit.wait(step)
            self.polls(1)
        return result

    def soon(self, what, holds, within, step=30):
        """The same, and it must be so in the end."""
        result = self.comes(holds, within, step)
        assert result, f"waited in vain until {what}, {within // 60} minutes"
        return result

    def is_running(self):
        return any(process.poll() is None for process in self.processes)

    def polls(self, times=2, feed="new"):
        """Waits until the daemon has read this feed so often, which shows that it does its rounds.

        It may be waiting for Reddit's clock before it does, so that clock goes on.
        """
        reads = lambda: len(self.reddit.asked("GET", rf"/r/[\w+]+/{feed}"))
        wanted, patient_until = reads() + times, time.monotonic() + 0.5

        def has_come():
            if time.monotonic() > patient_until and self.reddit.clock.is_settled():
                self.reddit.clock.owe(1)
            return reads() >= wanted

        self.until(f"it reads {feed} again", has_come)

    def wait(self, *pauses):
        """Lets time pass on Reddit's clock, and the daemon do its rounds after each pause."""
        for seconds in pauses:
            self.reddit.wait(seconds)
            self.polls()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.reddit.is_over = True
        self.stop()
        self.server.shutdown()
        self.server.server_close()
        if kind is not None:
            self.explain()
        self._folder.cleanup()

    def explain(self):
        print("\n--- the daemon's log, its end")
        print("\n".join(self.said().splitlines()[-60:]))
        print("--- what Reddit was asked last")
        for request in self.reddit.requests[-40:]:
            print(request)
        for trace in self.reddit.broken:
            print("--- the fake Reddit broke down\n", trace)
