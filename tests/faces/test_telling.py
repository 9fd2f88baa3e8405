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
    assert screen.getvalue() == "replaying step 1\r\x1b[2Kreplaying step 2\r\x1b[2K"


def test_what_is_shown_as_typed_stays():
    screen = Screen()
    with TerminalLine(screen) as tell:
        tell("$ nbmlops run")
        tell("cell 1")
        tell("-> done")
    assert screen.getvalue() == "$ nbmlops run\ncell 1\r\x1b[2K-> done\n"


def test_a_file_gets_no_line_for_each_number():
    stream = io.StringIO()
    with TerminalLine(stream) as tell:
        for number in range(9):
            tell(f"running cell {number} of 9")
        tell("-> 3 rows")
        tell("-> 4 rows")
    assert stream.getvalue() == "running cell 0 of 9\n-> 3 rows\n-> 4 rows\n"


def test_a_file_gets_a_line_each():
    stream = io.StringIO()
    with TerminalLine(stream) as tell:
        tell("one")
        tell("two\x1b[2J")
    assert stream.getvalue() == "one\ntwo\ufffd[2J\n"
