"""Running: execute a notebook without a screen, recorded as in JupyterLab."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.core.progress import Progress, silent
from nbmlops.core.settings import STORE_VARIABLE
from nbmlops.errors import CaptureError

__all__ = ["Ran", "run_cells"]

_START = """
import nbmlops.api.capturing as _nbmlops_start
_nbmlops_start.start_capture(get_ipython())
del _nbmlops_start
"""
_FINISH = """
import nbmlops.api.capturing as _nbmlops_end
_nbmlops_end.stop_capture(get_ipython())
del _nbmlops_end
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """A notebook that was executed: `error` is the last cell's, if one raised."""

    notebook: str
    cells: int
    error: str | None
    output: str | None


def run_cells(
    notebook: Path,
    store: Path,
    parameters: Mapping[str, str],
    allow_errors: bool = False,
    output: Path | None = None,
    progress: Progress = silent,
) -> Ran:
    """Execute every code cell of a notebook, in its own folder and in a kernel of its own.

    Parameters
    ----------
    parameters
        Python literals by name; they replace the top-level assignments of these names.
    allow_errors
        Go on after a cell that raises.
    output
        Where to write the notebook with its outputs.

    Raises
    ------
    CaptureError
        If the file is no notebook, or a parameter names nothing that the notebook assigns.
    """
    document = _read_notebook(notebook)
    _put_parameters(document, parameters, notebook)
    client = _make_client(document, notebook, allow_errors)
    named = {STORE_VARIABLE: str(store), "NBMLOPS_NOTEBOOK": str(notebook.absolute())}
    error = _execute(client, document, {**os.environ, **named}, progress)
    if output is not None:
        _write_notebook(document, output)
    code = [c for c in document.cells if c.cell_type == "code"]
    return Ran(str(notebook), len(code), error, str(output) if output else None)


def _read_notebook(notebook: Path) -> Any:
    import nbformat

    try:
        return nbformat.read(notebook, as_version=4)
    except FileNotFoundError:
        raise CaptureError(f"There is no notebook '{notebook}'.", "Check the path, and retry.") from None
    except Exception as problem:  # nbformat raises a dozen kinds for a file that is no notebook
        raise CaptureError(
            f"The file '{notebook}' is not a notebook that can be read: {problem}.",
            "Open it in Jupyter and save it again, then retry.",
        ) from problem


def _put_parameters(document: Any, parameters: Mapping[str, str], notebook: Path) -> None:
    waiting = dict(parameters)
    for cell in document.cells:
        if cell.cell_type != "code" or not waiting:
            continue
        lines = cell.source.splitlines()
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue
        for node in reversed(tree.body):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)]) if name in waiting:
                    literal = _spell_literal(waiting.pop(name))
                    lines[node.lineno - 1 : node.end_lineno] = [f"{name} = {literal}"]
        cell.source = "\n".join(lines)
    if waiting:
        names = ", ".join(f"'{n}'" for n in waiting)
        raise CaptureError(
            f"The notebook '{notebook}' assigns no {names} at the top level of a cell.",
            "Check the spelling: `-p NAME=VALUE` replaces the assignment `NAME = ...`.",
        )


def _spell_literal(text: str) -> str:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return repr(text)
    return text


def _make_client(document: Any, notebook: Path, allow_errors: bool) -> Any:
    from nbclient import NotebookClient

    resources = {"metadata": {"path": str(notebook.absolute().parent)}}
    client = NotebookClient(document, timeout=None, allow_errors=allow_errors, resources=resources)
    client.extra_arguments = ["--IPKernelApp.log_level=ERROR"]  # a note on TCP would reach the person
    return client


def _execute(client: Any, document: Any, environment: Mapping[str, str], progress: Progress) -> str | None:
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    error: str | None = None
    code = [i for i, c in enumerate(document.cells) if c.cell_type == "code" and c.source.strip()]
    with client.setup_kernel(env=dict(environment)):
        name_cell = _name_cells(client)
        _ask(client, _START)
        try:
            for done, index in enumerate(code, 1):
                cell = document.cells[index]
                progress(f"running cell {done} of {len(code)}")
                name_cell(cell.get("id"))
                client.execute_cell(cell, index, execution_count=done)
                error = _error_of(cell) or error
        except CellExecutionError as problem:
            error = f"{problem.ename}: {problem.evalue}"
        except DeadKernelError as problem:
            raise CaptureError(
                "The kernel died while it ran the notebook.",
                "See the cell above for memory it may need; then retry.",
            ) from problem
        name_cell(None)
        _ask(client, _FINISH)
    return error


def _error_of(cell: Any) -> str | None:
    for output in cell.outputs:
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}"
    return None


def _name_cells(client: Any) -> Callable[[str | None], None]:
    """Let each request carry the cell's id, as JupyterLab does: nbclient sends none."""
    plain = client.kc.session.msg
    current: list[str | None] = [None]

    def message(kind: str, *arguments: Any, **named: Any) -> Any:
        made = plain(kind, *arguments, **named)
        if kind == "execute_request" and current[0]:
            made["metadata"]["cellId"] = current[0]
        return made

    def name_cell(identity: str | None) -> None:
        current[0] = identity

    client.kc.session.msg = message
    return name_cell


def _ask(client: Any, code: str) -> None:
    """Run code in the kernel unseen, and raise what it raised."""
    from jupyter_core.utils import run_sync

    answer = run_sync(client.kc.execute_interactive)(code, silent=True, store_history=False, timeout=120)
    if answer["content"]["status"] != "ok":
        raise CaptureError(
            f"The kernel could not be recorded: {answer['content'].get('evalue', 'it gave no answer')}.",
            "Check that the kernel's environment has nbmlops: `python -m pip install nbmlops` there.",
        )


def _write_notebook(document: Any, output: Path) -> None:
    import nbformat

    try:
        nbformat.write(document, output)
    except OSError as problem:
        raise CaptureError(
            f"The notebook could not be written to '{output}': {problem}.",
            "Choose another `--output`, and retry.",
        ) from problem
