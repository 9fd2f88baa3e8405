"""Extension: what `%load_ext nbmlops` puts into a shell, and what `%unload_ext` takes out again."""

from __future__ import annotations

import contextlib
import gc
import importlib
from collections.abc import Callable, Iterator
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import no_var_expand

from nbmlops.api.capturing import start_capture, stop_capture
from nbmlops.api.telling import are_hints_live
from nbmlops.core.marks import CELL_MAGICS
from nbmlops.errors import NbmlopsError
from nbmlops.faces.comm import offer_comm, withdraw_comm
from nbmlops.faces.displays import add_displays, remove_displays
from nbmlops.faces.marks import ShownError, strip_marks
from nbmlops.faces.store_line import follow_store, leave_store

__all__ = ["load_ipython_extension", "unload_ipython_extension"]

_KEY = "%nbmlops"
_SWEEP = "%%sweep"


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Start recording and offer the magics; print one line at most. Loading twice changes nothing."""
    if _is_loaded(shell):
        return
    try:
        with _hold_collector():
            told = start_capture(shell)
    except NbmlopsError as error:
        raise ShownError(error) from None
    shell.input_transformers_cleanup.append(strip_marks)
    magics: Any = shell.magics_manager
    magics.register_function(_bind_line(shell), "line", "nbmlops")
    for name in CELL_MAGICS:
        magics.register_function(_refuse_mark(name), "cell", name)
    magics.register_function(_bind_sweep(shell), "cell", "sweep")
    shell.set_hook("complete_command", _complete_event, str_key=_KEY)
    add_displays(shell)
    shell.set_hook("complete_command", _complete_sweep, str_key=_SWEEP)
    offer_comm(shell)
    follow_store(shell)
    if are_hints_live():
        _import_later("hint_line").follow_hints(shell)
    if told:
        print(told)  # noqa: T201


@contextlib.contextmanager
def _hold_collector() -> Iterator[None]:
    """Let no collector walk all of pandas again and again while classes are made: half of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Stop recording and take everything out again."""
    if are_hints_live():
        _import_later("hint_line").leave_hints(shell)
    leave_store(shell)
    withdraw_comm(shell)
    stop_capture(shell)
    remove_displays(shell)
    if strip_marks in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(strip_marks)
    magics = shell.magics_manager.magics
    magics["line"].pop("nbmlops", None)
    for name in (*CELL_MAGICS, "sweep"):
        magics["cell"].pop(name, None)
    commands = shell.strdispatchers.get("complete_command")
    if commands is not None:
        commands.strs.pop(_KEY, None)
        commands.strs.pop(_SWEEP, None)


def _is_loaded(shell: InteractiveShell) -> bool:
    return strip_marks in shell.input_transformers_cleanup


def _bind_line(shell: InteractiveShell) -> Callable[[str], None]:
    def nbmlops(line: str) -> None:
        """Run a verb of nbmlops, or open its panel: `%nbmlops --help` lists the verbs."""
        _import_later("magics").run_line(shell, line)

    return nbmlops


def _bind_sweep(shell: InteractiveShell) -> Callable[[str, str], None]:
    @no_var_expand
    def sweep(line: str, cell: str) -> None:
        """Run the cell with many values: `%%sweep depth=[2, 4, 8] --metric acc`."""
        _import_later("sweep").run_cell(shell, line, cell)

    return sweep


def _refuse_mark(name: str) -> Callable[[str, str], None]:
    def mark(line: str, cell: str) -> None:
        raise SyntaxError(f"%%{name} must be the first line of its cell")

    mark.__doc__ = {
        "step": "Name the pipeline step that this cell becomes: `%%step train`.",
        "experiment": "Name the experiment of this cell's runs: `%%experiment depth --metric acc`.",
        "private": "Keep this cell out of the record.",
    }[name]
    return mark


def _complete_event(shell: InteractiveShell, event: Any) -> list[str]:
    offered: list[str] = _import_later("completion").complete_line(event.text_until_cursor, shell.user_ns)
    return offered


def _complete_sweep(shell: InteractiveShell, event: Any) -> list[str]:
    offered: list[str] = _import_later("completion").complete_sweep(event.text_until_cursor, shell.user_ns)
    return offered


def _import_later(module: str) -> Any:
    """Import what only the verbs need: most kernels record, and are asked for none."""
    return importlib.import_module(f"nbmlops.faces.{module}")
