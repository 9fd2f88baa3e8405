from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nbmlops.errors import ProofError, UsageError

FOREST = """
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier
X, y = make_classification(200, random_state=0)
forest = RandomForestClassifier(20, n_jobs=-1, random_state=0).fit(X, y)
"""
SEARCH = """
search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, n_jobs=2)
value = forest, search.fit(X, y).best_estimator_
"""


def test_identical(make_export):
    export = make_export("value = [1, 2.5, 'three']")
    unknown = export.prove(None)
    assert unknown.verdict is None
    assert "was not kept" in unknown.cause
    proof = export.prove(unknown.obtained, injected=("random:numpy",))
    assert proof.verdict == "identical"
    assert proof.obtained == proof.expected
    assert proof.cause is None
    assert proof.injected == ("random:numpy",)
    assert proof.environment["python"].startswith("3.")
    assert proof.environment["guard"]
    assert proof.elapsed > 0
    assert len(proof.compared) == 1


def test_different(make_export):
    proof = make_export("value = 1").prove()
    assert proof.verdict == "different"
    assert proof.diverged_at is None


def test_threads_and_workers_are_done_without_in_one_process(make_export):
    export = make_export(FOREST, SEARCH)
    alone = export.prove(None)
    assert alone.obtained, alone.cause
    assert alone.environment["joblib"] == "in one process"
    assert "sklearn" in alone.environment
    together = export.prove(alone.obtained, allow=["subprocess"])
    assert together.verdict == "identical", together.cause
    assert together.environment["joblib"] == "as written"


CORES = """
import joblib
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
value = _openmp_effective_n_threads(), joblib.cpu_count(), joblib.cpu_count(only_physical_cores=True)
"""


def test_sums_are_split_among_as_many_threads_as_in_the_notebook(make_export):
    export = make_export(CORES)
    as_written = export.prove(None, allow=["subprocess"])
    assert as_written.obtained, as_written.cause
    proof = export.prove(as_written.obtained)
    assert proof.verdict == "identical", proof.cause


def test_other_libraries_work_inside(make_export):
    export = make_export(
        """
        import matplotlib.pyplot as plt
        import pandas as pd
        from sklearn.cluster import KMeans
        from sklearn.ensemble import HistGradientBoostingRegressor
        """,
        "frame = pd.DataFrame({'a': [1.0, 2.0, 3.0, 4.0], 'b': list('wxyz')})",
        "frame.plot()",
        "plt.savefig('plot.png')",
        "frame.to_csv('frame.csv')",
        "again = pd.read_csv('frame.csv')",
        "KMeans(2, random_state=0).fit(frame[['a']])",
        "HistGradientBoostingRegressor().fit(frame[['a']], frame['a'])",
        "value = again['a'].tolist()",
    )
    proof = export.prove(None)
    assert proof.obtained, proof.cause
    assert {"pandas", "matplotlib"} <= set(proof.environment)


def test_the_statement_that_raised(make_export):
    export = make_export("value = 1", "numbers = [1, 2]\nvalue = sum(\n    numbers) / 0", "value = 3")
    proof = export.prove()
    assert proof.verdict == "failed"
    assert (proof.diverged_at.execution, proof.diverged_at.statement) == (2, 0)
    assert proof.diverged_at.source == export.statements[2, 0].source
    assert "ZeroDivisionError" in proof.diverged_at.message
    assert "statement 1 of execution 2 raised ZeroDivisionError" in proof.cause


def test_an_error_deep_in_a_library_is_put_at_its_statement(make_export):
    proof = make_export("import json", "value = json.loads('{')").prove()
    assert proof.diverged_at.execution == 2


@pytest.mark.parametrize(
    "ending", ["import sys; sys.exit(0)", "import os; os._exit(0)", "raise KeyboardInterrupt"]
)
def test_a_pipeline_that_ends_the_process(make_export, ending):
    assert make_export("value = 1", ending).prove().verdict == "failed"


def test_a_pipeline_that_is_killed(make_export):
    proof = make_export("import os, signal", "os.kill(os.getpid(), signal.SIGKILL)", "value = 1").prove()
    assert proof.verdict == "failed"
    assert "signal 9" in proof.cause


def test_a_pipeline_that_is_no_python(make_export):
    export = make_export("value = 1")
    (export.directory / "pipeline.py").write_text("def run(:\n")
    proof = export.prove()
    assert proof.verdict == "failed"
    assert "SyntaxError" in proof.cause


def test_a_value_that_cannot_be_described(make_export):
    export = make_export("value = (number for number in [1, 2])")
    assert export.prove().verdict == "failed"
    assert "cannot be described" in export.prove().cause
    assert export.prove(None).verdict is None


def test_a_missing_input(make_export, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\n")
    export = make_export("value = open(parameters.rows).read()", inputs={"rows": path})
    path.unlink()
    proof = export.prove()
    assert proof.verdict == "failed"
    assert str(path) in proof.cause


def test_a_changed_input_is_said_aloud_and_used(make_export, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\n")
    export = make_export("value = open(parameters.rows).read()", inputs={"rows": path})
    expected = export.prove(None).obtained
    assert export.prove(expected).verdict == "identical"
    path.write_text("a\n2\n")
    heard = []
    proof = export.prove(expected, progress=heard.append)
    assert proof.verdict == "different"
    assert f"the input '{path}' has changed" in proof.cause
    assert any("has changed" in line for line in heard)


def test_a_failure_mentions_what_has_changed(make_export, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("1")
    export = make_export("value = 1 / int(open(parameters.rows).read())", inputs={"rows": path})
    path.write_text("0")
    proof = export.prove()
    assert proof.verdict == "failed"
    assert "ZeroDivisionError" in proof.cause
    assert f"Since the notebook ran: the input '{path}' has changed" in proof.cause


def test_an_input_beside_the_export_is_found_from_there(make_export):
    export = make_export("value = (Path(__file__).parent / 'inputs' / 'rows.csv').read_text()")
    (export.directory / "inputs").mkdir()
    (export.directory / "inputs" / "rows.csv").write_text("a\n1\n")
    assert export.prove(None).obtained


def test_modules_beside_the_export_are_found(make_export):
    export = make_export("from recipes import double", "value = double(4)")
    (export.directory / "recipes.py").write_text("def double(number):\n    return 2 * number\n")
    assert export.prove(None).obtained
    assert not list(export.directory.rglob("__pycache__"))


def test_nothing_of_nbmlops_can_be_imported(make_export):
    proof = make_export("import nbmlops", "value = 1").prove()
    assert proof.verdict == "failed"
    assert "nbmlops" in proof.cause


def test_the_process_starts_clean(make_export, monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.setenv("NBMLOPS_STORE", "/nowhere/store.db")
    monkeypatch.setenv("A_SECRET", "kept")
    export = make_export(
        "import os, sys",
        "found = sorted(n for n in os.environ if n.startswith(('NBMLOPS', 'PYTHON')))",
        "assert found == [] and os.listdir() == [], (found, os.listdir())",
        "assert os.environ['A_SECRET'] == 'kept' and os.environ['ANOTHER'] == 'given'",
        "assert sys.stdin.read() == ''",
        "value = 1",
    )
    proof = export.prove(None, variables={"ANOTHER": "given"})
    assert proof.obtained, proof.cause


def test_a_timeout_names_the_statement(make_export, monkeypatch):
    """The time is over once the statement is under way, however long the start took."""
    export = make_export("import time", "time.sleep(600)", "value = 1")
    heard, clock = [], time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + 600 * any("time.sleep" in h for h in heard))
    proof = export.prove(timeout=600, progress=heard.append)
    assert proof.verdict == "failed"
    assert "within 600 seconds" in proof.cause
    assert proof.diverged_at.execution == 2
    assert "running statement 1 of execution 2: time.sleep(600)" in heard


def test_an_interrupt_leaves_no_process(make_export, tmp_path):
    export = make_export("import os, time", "print(os.getpid())", "time.sleep(600)", "value = 1")
    before, seen = _find_children(), set()

    def interrupt(message: str) -> None:
        if message.startswith("running statement") and not seen:  # a second one would hit the next test
            seen.update(_find_children() - before)
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        export.prove(progress=interrupt)
    assert seen
    assert not seen & _find_children()


def _find_children() -> set[int]:
    """Find the children of this thread: other tests' servers may be among them."""
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text()
    return {int(pid) for pid in children.split()}


KILLED = """
import sys
from pathlib import Path
from nbmlops.proof.prove import prove_export
prove_export(Path(sys.argv[1]), target="value", expected=None, lines={}, statements={})
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child")
def test_a_killed_parent_takes_the_replay_along(make_export):
    export = make_export("Path('ready').touch()", "import time; time.sleep(600)", "value = 1")
    with subprocess.Popen([sys.executable, "-c", KILLED, str(export.directory)]) as parent:
        while parent.poll() is None and not (children := _find_running(parent.pid)):
            time.sleep(0.05)
        parent.kill()
    assert children
    assert all(_is_ended(pid) for pid in children)


def _find_running(pid: int) -> list[int]:
    """Return the children of a process that have got as far as sleeping in the pipeline."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if Path(f"/proc/{child}/cwd/ready").exists()]


def _is_ended(pid: int) -> bool:
    """Wait until a process is gone, or has nothing left but its exit code."""
    for _ in range(6000):
        try:
            if not Path(f"/proc/{pid}/cmdline").read_bytes():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("name", ["pipeline.py", "inputs.json", "tests/structure.py"])
def test_a_folder_that_is_no_export(make_export, name):
    export = make_export("value = 1")
    (export.directory / name).unlink()
    with pytest.raises(ProofError, match=f"it has no '{name}'"):
        export.prove()


def test_a_list_of_inputs_that_is_none(make_export):
    export = make_export("value = 1")
    (export.directory / "inputs.json").write_text("[1]")
    with pytest.raises(ProofError, match="cannot be read"):
        export.prove()


def test_an_effect_that_is_none(make_export):
    with pytest.raises(UsageError, match="'everything' is no side effect"):
        make_export("value = 1").prove(allow=["everything"])
