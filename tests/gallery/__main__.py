"""The gallery: run scikit-learn's own examples through the whole house, and write down what came of each."""

from __future__ import annotations

import argparse
import fnmatch
import os
import shutil
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from tests.gallery.examples import unpack_examples
from tests.gallery.gallery_result import ScriptResult, append_result, read_results
from tests.gallery.gallery_run import Elsewhere, open_elsewhere, run_script
from tests.gallery.gallery_table import write_table
from tests.gallery.script_notebook import list_scripts

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parents[2]
_PRIVATE = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")


def main() -> None:
    """Run what has no result yet, and write the table."""
    asked = _read_arguments()
    examples = unpack_examples(asked.sdist, asked.cache)
    results = asked.cache / "results.jsonl"
    known = read_results(results)
    scripts = list_scripts(examples)
    with ExitStack() as places, tempfile.TemporaryDirectory(prefix="nbmlops-gallery-") as name:
        _keep_private(Path(name))
        elsewhere = places.enter_context(open_elsewhere())
        for number, script in enumerate(scripts, 1):
            chosen = any(fnmatch.fnmatch(script, f"*{pattern}*") for pattern in asked.only or ("",))
            if not chosen or (script in known and not asked.only):
                continue
            began = time.monotonic()
            folder = asked.cache / "work" / script.removesuffix(".py").replace("/", "-")
            result = _run_one(script, (examples / script).read_text("utf-8"), folder, elsewhere, asked.limit)
            _drop_bulk(folder, asked.keep)
            append_result(results, result)
            _tell(f"{number}/{len(scripts)}", result, time.monotonic() - began)
    if asked.table:
        write_table(asked.table, read_results(results))


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("--sdist", type=Path, required=True, help="scikit-learn's source distribution")
    parser.add_argument(
        "--cache", type=Path, default=_ROOT / "build" / "gallery", help="where results are kept"
    )
    parser.add_argument("--table", type=Path, help="the document whose table is written anew")
    parser.add_argument("--only", nargs="*", help="patterns of scripts to run, again if need be")
    parser.add_argument("--limit", type=int, default=900, help="seconds for a script and all its proofs")
    parser.add_argument("--keep", action="store_true", help="keep each script's store")
    return parser.parse_args()


def _keep_private(folder: Path) -> None:
    """Keep IPython and Jupyter out of the home directory."""
    os.environ.update({name: str(folder / name) for name in _PRIVATE})
    os.environ["JUPYTER_PLATFORM_DIRS"] = "1"
    os.environ.pop("NBMLOPS_STORE", None)


def _run_one(script: str, text: str, folder: Path, elsewhere: Elsewhere, limit: int) -> ScriptResult:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not done within {limit} seconds")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(limit)
    try:
        return run_script(script, text, folder, elsewhere)
    except Exception as problem:  # noqa: BLE001 - whatever a script does to us is its result
        return ScriptResult(script, "stopped", f"{type(problem).__name__}: {problem}"[:300])
    finally:
        signal.alarm(0)


def _drop_bulk(folder: Path, keep: bool) -> None:
    """Leave what a person wants to look at: the notebook, each export and, if asked for, the store."""
    if not keep:
        shutil.rmtree(folder / ".nbmlops", ignore_errors=True)
    for path in folder.glob("elsewhere-*/"):
        shutil.rmtree(path, ignore_errors=True)


def _tell(number: str, result: ScriptResult, seconds: float) -> None:
    said = [f"{o.name}: {o.verdict}/{o.other} {o.kept}/{o.total}" for o in result.objects]
    told = "; ".join(said) if said else result.why or "nothing to export"
    print(f"{number} {result.script} {seconds:.0f}s {result.status}: {told}", flush=True)


if __name__ == "__main__":
    main()
