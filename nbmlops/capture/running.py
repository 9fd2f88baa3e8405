"""Running: execute a notebook without a screen, recorded as in JupyterLab."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.capture.notebooks import put_parameters, read_notebook, require_output, write_notebook
from nbmlops.core.progress import Progress, silent
from nbmlops.core.settings import STORE_VARIABLE
from nbmlops.errors import CaptureError

__all__ = ["Ran", "run_cells"]

_START = """
import nbmlops as _nbmlops_start
_nbmlops_start.load_ipython_extension(get_ipython())
del _nbmlops_start
"""
_FINISH = """
import nbmlops as _nbmlops_end
_nbmlops_end.unload_ipython_extension(get_ipython())
del _nbmlops_end
"""
_PATIENCE = 120
_GRACE = 15
_TAIL = 600
_CELL_FILE = re.compile(r"\(\d+\.py, line (\d+)\)")


@dataclass(frozen=True, slots=True)
class Ran:
    """A notebook that was executed: `error` says which cell raised what, of the last that did."""

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
        Python literals by name; each replaces the value of the name's first top-level assignment.
    allow_errors
        Go on after a cell that raises.
    output
        Where to write the notebook with its outputs.

    Raises
    ------
    CaptureError
        If the file is no notebook, a parameter names nothing that the notebook assigns, its kernel is
        not installed or dies, or the output cannot be written.
    """
    document = read_notebook(notebook)
    put_parameters(document, parameters, notebook)
    if output is not None:
        require_output(output)
    client = _make_client(document, notebook, allow_errors)
    named = {STORE_VARIABLE: str(store), "NBMLOPS_NOTEBOOK": str(notebook.absolute())}
    error = _execute(client, document, notebook, {**os.environ, **named}, progress)
    if output is not None:
        write_notebook(document, output)
    code = [c for c in document.cells if c.cell_type == "code"]
    return Ran(str(notebook), len(code), error, str(output) if output else None)


def _make_client(document: Any, notebook: Path, allow_errors: bool) -> Any:
    from nbclient import NotebookClient

    resources = {"metadata": {"path": str(notebook.absolute().parent)}}
    return NotebookClient(document, timeout=None, allow_errors=allow_errors, resources=resources)


def _execute(
    client: Any, document: Any, notebook: Path, environment: Mapping[str, str], progress: Progress
) -> str | None:
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    error: str | None = None
    at = "before its first cell"
    code = [i for i, c in enumerate(document.cells) if c.cell_type == "code" and c.source.strip()]
    with _start_kernel(client, notebook, environment) as log:
        name_cell = _name_cells(client)
        try:
            _ask(client, _START)
            for done, index in enumerate(code, 1):
                cell = document.cells[index]
                progress(f"running cell {done} of {len(code)}")
                name_cell(cell.get("id"))
                at = f"in cell {done} of {len(code)} (`{_shorten(cell.source)}`)"
                client.execute_cell(cell, index, execution_count=done)
                error = _word_error(done, cell) or error
        except CellExecutionError:
            error = _word_error(done, cell)
        except DeadKernelError as problem:
            raise _dead(notebook, at, log) from problem
        except (KeyboardInterrupt, SystemExit):
            _end_early(client)
            raise
        name_cell(None)
        _ask(client, _FINISH)
    return error


@contextlib.contextmanager
def _start_kernel(client: Any, notebook: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Start the notebook's kernel, and yield the file of what it says outside of cells."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    with tempfile.TemporaryDirectory(prefix="nbmlops-run-") as folder, contextlib.ExitStack() as stack:
        log = Path(folder) / "kernel.log"
        said = stack.enter_context(log.open("wb"))
        _talk_by_files(client, Path(folder))
        try:
            stack.enter_context(client.setup_kernel(env=dict(environment), stdout=said, stderr=said))
        except NoSuchKernel as problem:
            there = ", ".join(f"'{name}'" for name in sorted(KernelSpecManager().find_kernel_specs()))
            raise CaptureError(
                f"The notebook '{notebook}' wants the kernel '{problem.name}', which is not installed; "
                f"there are: {there or 'none'}.",
                "Install that kernel, or choose another in Jupyter and save the notebook, then retry.",
            ) from problem
        except RuntimeError as problem:
            raise _dead(notebook, "before its first cell", log) from problem
        yield log


def _talk_by_files(client: Any, folder: Path) -> None:
    """Let the kernel listen at sockets in a folder: a free port may be another's before the kernel has it."""
    from traitlets.config import Config

    if sys.platform != "win32":
        client.config = Config({"ConnectionFileMixin": {"transport": "ipc", "ip": str(folder / "k")}})


def _dead(notebook: Path, at: str, log: Path) -> CaptureError:
    lines = log.read_text("utf-8", "replace").splitlines()
    last = "\n".join(line for line in lines if not line.startswith("[IPKernelApp]")).strip()[-_TAIL:]
    said = f" Its last words:\n{last}\n" if last else " "
    shown = shlex.quote(str(notebook))
    return CaptureError(
        f"The kernel of '{notebook}' died {at}.{said}".rstrip(" "),
        f"What was recorded before is kept: `nbmlops history --notebook {shown}`. Mend the cell (does it "
        "need more memory than there is?), then run again.",
    )


def _end_early(client: Any) -> None:
    """Interrupt the running cell, and give the kernel a moment to keep what it has recorded."""
    from jupyter_core.utils import ensure_event_loop, run_sync

    loop = ensure_event_loop()
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
    # The kernel may be gone or deaf: nothing that it answers is worth more than ending now.
    with contextlib.suppress(CaptureError, RuntimeError, TimeoutError):
        run_sync(client.km.interrupt_kernel)()
        _ask(client, _FINISH, _GRACE)


def _word_error(number: int, cell: Any) -> str | None:
    for output in cell.outputs:
        if output.output_type == "error":
            said = _CELL_FILE.sub(r"(line \1)", f"{output.ename}: {output.evalue}").strip().rstrip(":.")
            return f"cell {number} (`{_shorten(cell.source)}`) raised {said}"
    return None


def _shorten(source: str) -> str:
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    first = next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")
    return first if len(first) <= 60 else first[:59] + "…"


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


def _ask(client: Any, code: str, seconds: float = _PATIENCE) -> None:
    """Run code in the kernel unseen, and raise what it raised."""
    from jupyter_core.utils import run_sync

    answer = run_sync(client.kc.execute_interactive)(
        code, silent=True, store_history=False, timeout=seconds, output_hook=lambda message: None
    )["content"]
    if answer["status"] == "ok":
        return
    said = str(answer.get("evalue", "it gave no answer"))
    if answer.get("ename") in ("ImportError", "ModuleNotFoundError"):
        raise CaptureError(
            f"The kernel could not be recorded: {said}.",
            "Install nbmlops where the kernel runs: `python -m pip install nbmlops` there.",
        )
    what, _, then = said.partition(". ")
    raise CaptureError(
        f"The kernel could not be recorded: {what.rstrip('.')}.", then or "Try `nbmlops doctor`."
    )
