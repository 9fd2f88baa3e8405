"""Panel: the status line, the runs and the bar under a bare `%nbmlops`."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from nbmlops.api.capturing import capture_status
from nbmlops.core.progress import silent
from nbmlops.faces.calling import call_request
from nbmlops.faces.grammar import Request
from nbmlops.faces.page import render_html
from nbmlops.faces.show_status import show_status
from nbmlops.faces.text import render_text
from nbmlops.faces.verbs import find_verb
from nbmlops.faces.wording import address_blocks

__all__ = ["show_panel"]


def show_panel(shell: InteractiveShell) -> None:
    """Show what is recorded and the runs, and in a kernel the bar with its buttons."""
    runs = call_request(Request(find_verb("runs"), {"store": None}), silent)
    shown = [*show_status(capture_status(), len(runs)), *find_verb("runs").show(runs)]
    blocks = address_blocks(shown, "%nbmlops")
    if getattr(shell, "kernel", None) is None:
        print(render_text(blocks))  # noqa: T201
        return
    # ipywidgets takes as long to import as all of nbmlops: only where the bar is shown
    from nbmlops.faces.bar import Bar

    display({"text/plain": render_text(blocks), "text/html": render_html(blocks)}, raw=True)
    display(Bar(shell.user_ns).make_bundle(), raw=True)
