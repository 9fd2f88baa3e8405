"""Offered: a real `nbmlops ui` in a process of its own, as a person starts it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

__all__ = ["Offered"]


class Offered:
    """The page of a store; `url` is what the command printed, `origin` and `root` are parts of it."""

    def __init__(self, store: Path, browser: bool = False) -> None:
        command = [sys.executable, "-m", "nbmlops", "ui", "--store", str(store)]
        command += [] if browser else ["--no-browser"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.printed = ""
        for line in self.process.stderr:
            self.printed += line
            found = re.search(r"(http://127\.0\.0\.1:\d+)(/\w+/)\?token=(\S+)", line)
            if found:
                self.url, self.origin, self.root = found[0], found[1], found[1] + found[2]
                return
        raise RuntimeError(self.printed)

    def ask(self, place="", method="GET", body=None, **headers):
        """Ask for a place, and return the status, the headers and the text of the answer."""
        url = place if place.startswith("http") else self.root + place
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(url, body, named, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=600) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, refused.read().decode()

    def stop(self, number=signal.SIGINT):
        """Interrupt it, and return its exit code and what it said last."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=600)
        return self.process.returncode, out, err
