from __future__ import annotations

import io

from nbmlops.faces.telling import TerminalLine


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_keeps_one_line_and_then_none():
    screen = Screen()
    with TerminalLine(screen) as tell:
        tell("replaying step 1")
        tell("replaying step 1")
        tell("replaying\nstep 2")
    assert screen.getvalue() == "\r\x1b[2Kreplaying step 1\r\x1b[2Kreplaying step 2\r\x1b[2K"


def test_a_file_gets_a_line_each():
    stream = io.StringIO()
    with TerminalLine(stream) as tell:
        tell("one")
        tell("two\x1b[2J")
    assert stream.getvalue() == "one\ntwo\ufffd[2J\n"
