"""What is recorded of cells in a real kernel, and what is left when recording ends."""

from __future__ import annotations

import pytest

from nbmlops.api.exporting import export_name
from nbmlops.errors import ExportError, UnknownNameError
from nbmlops.store.opening import open_store
from tests.cases.notebook_kernel import PROBLEMS, open_kernel

STATE = """
import builtins, sys
from IPython import get_ipython
shell = get_ipython()
answer = {
    "events": {k: len(v) for k, v in shell.events.callbacks.items()},
    "transformers": len(shell.ast_transformers) + len(shell.input_transformers_cleanup),
    "magics": sorted(shell.magics_manager.magics["line"]) + sorted(shell.magics_manager.magics["cell"]),
    "builtins": sorted(n for n in vars(builtins) if "nbmlops" in n),
    "names": sorted(n for n in shell.user_ns if not n.startswith("_")),
    "dispatchers": sorted(str(shell.strdispatchers.keys())),
}
del shell, builtins, sys, get_ipython
"""


@pytest.fixture
def kernel(tmp_path):
    with open_kernel(tmp_path) as opened:
        yield opened


def read_history(folder):
    with open_store(folder / ".nbmlops" / "store.db", create=False) as store:
        return store.histories.load(store.histories.latest())


def record(kernel, *sources):
    kernel.run("%load_ext nbmlops")
    for source in sources:
        kernel.run(source)
    problems = kernel.ask(PROBLEMS)
    kernel.run("%unload_ext nbmlops")
    return problems


def effects_of(statement, kind="name"):
    return {e.resource.key: e.change for e in statement.effects if e.resource.kind == kind}


def test_unloading_leaves_nothing(kernel):
    before = kernel.ask(STATE)
    record(kernel, "1 + 1")
    assert kernel.ask(STATE) == before


def test_loading_again_begins_another_history(kernel, tmp_path):
    record(kernel, "a = 1")
    record(kernel, "b = a + 1")
    with open_store(tmp_path / ".nbmlops" / "store.db", create=False) as store:
        assert len(store.histories.list_headers()) == 2
    sources = {e.source: e.status for e in read_history(tmp_path).executions}
    assert sources["a = 1"] == "not observed"
    assert sources["b = a + 1"] == "ok"


def test_loading_twice_records_once(kernel, tmp_path):
    record(kernel, "%load_ext nbmlops", "a = 1")
    assert [e.source for e in read_history(tmp_path).executions].count("a = 1") == 1


def test_cells_before_loading_are_marked_and_can_be_exported(kernel, tmp_path):
    kernel.run("import math\nrows = [3, 1, 2]")
    kernel.run("rows.sort()")
    kernel.run("junk = 5")
    record(kernel, "y = math.sqrt(rows[0])")
    history = read_history(tmp_path)
    assert [e.status for e in history.executions] == ["not observed"] * 3 + ["ok"]
    exported = export_name("y", tmp_path / "export", store=tmp_path / ".nbmlops" / "store.db")
    assert exported.verdict == "identical"
    assert "junk" not in (tmp_path / "export" / "pipeline.py").read_text()


def test_private_cell_leaves_no_word(kernel, tmp_path):
    record(kernel, "%%private\nsecret = 'CANARY-5512'\nother = 2", "y = len(secret)")
    private, after = read_history(tmp_path).executions
    assert private.source == "%%private"
    assert effects_of(private.statements[0]) == {"secret": "bound", "other": "bound"}
    assert after.status == "ok"
    with pytest.raises(ExportError, match="was not recorded"):
        export_name("y", tmp_path / "export", store=tmp_path / ".nbmlops" / "store.db")


def test_a_name_bound_in_no_statement_says_so(kernel, tmp_path):
    record(kernel, "model_final = 1")
    with pytest.raises(UnknownNameError, match="'model_final'"):
        export_name("model_finl", tmp_path / "export", store=tmp_path / ".nbmlops" / "store.db")


def test_outcomes(kernel, tmp_path):
    record(
        kernel, "a = 1\nb = a / 0\nc = 2", "d = = 1", "e = 3\nraise KeyboardInterrupt", "%%time\nf = 4\nf / 0"
    )
    first, syntax, stopped, timed = read_history(tmp_path).executions
    assert [s.outcome for s in first.statements] == ["ok", "raised", "not run"]
    assert first.statements[1].error == "ZeroDivisionError: division by zero"
    assert (syntax.status, syntax.statements) == ("error", ())
    assert stopped.status == "interrupted"
    assert [s.outcome for s in stopped.statements] == ["ok", "raised"]
    assert [s.outcome for s in timed.statements] == ["ok", "raised"]


def test_a_stopped_cell_is_recorded(kernel, tmp_path):
    kernel.run("%load_ext nbmlops")
    looping = "n = 0\nwhile True:\n    n += 1\n    if n == 1: print('under way', flush=True)"
    answer = kernel.run(looping, stop_at="under way")
    assert answer.status == "error"
    assert kernel.run("n > 0").messages[0][1]["data"]["text/plain"] == "True"
    kernel.run("%unload_ext nbmlops")
    stopped = read_history(tmp_path).executions[0]
    assert stopped.status == "interrupted"
    assert effects_of(stopped.statements[1]) == {"n": "bound"}


def test_a_lost_store_costs_no_cell(kernel, tmp_path):
    kernel.run("%load_ext nbmlops")
    kernel.run("a = 1")
    kernel.ask(
        "from nbmlops.capture.following import current_following\n"
        "current_following().store.close()\nanswer = 0\ndel current_following"
    )
    answer = kernel.run("b = a + 1\nb")
    assert answer.status == "ok"
    assert [kind for kind, _ in answer.messages] == ["execute_result", "display_data"]
    assert "cell 3 could not be stored yet" in answer.messages[1][1]["data"]["text/plain"]
    missed, _ = kernel.ask(PROBLEMS.replace("answer = [", "answer = [").replace(".unsure", ".missed"))
    assert len(missed) == 1
    assert "execution 3" in missed[0]


def test_a_thread_that_writes_is_not_the_cells(kernel, tmp_path):
    source = (
        "import threading\n"
        "t = threading.Thread(target=lambda: open('t.txt', 'w').write('x'))\nt.start()\nt.join()"
    )
    assert record(kernel, source) == [[], []]
    statements = read_history(tmp_path).executions[0].statements
    certain = [e for s in statements[:3] for e in s.effects if e.certain]
    assert not any(e.resource.key.endswith("t.txt") for e in certain)


def test_native_reads_are_seen(kernel, tmp_path):
    (tmp_path / "x.bin").write_bytes(bytes(range(16)))
    record(
        kernel,
        "import numpy as np\npath = 'x.bin'",
        "a = np.fromfile(path, dtype='u1')",
        "b = np.memmap('x.bin')",
    )
    executions = read_history(tmp_path).executions
    for execution in executions[1:]:
        files = [r for r in execution.statements[0].reads if r.resource.kind == "file"]
        assert [r.resource.key for r in files] == [str(tmp_path / "x.bin")]
        assert files[0].content is not None


def test_parquet_reads_are_seen(kernel, tmp_path):
    pytest.importorskip("pyarrow")
    record(
        kernel,
        "import pandas as pd\npd.DataFrame({'a': [1, 2]}).to_parquet('x.parquet')",
        "df = pd.read_parquet('x.parquet')",
    )
    first, second = read_history(tmp_path).executions
    assert str(tmp_path / "x.parquet") in effects_of(first.statements[1], "file")
    assert str(tmp_path / "x.parquet") in {r.resource.key for r in second.statements[0].reads}


def test_step_and_cell_ids_are_kept(kernel, tmp_path):
    kernel.run("%load_ext nbmlops")
    kernel.run("%%step clean\nx = 1", "cell-a")
    kernel.run("x = 2", "cell-a")
    kernel.run("%unload_ext nbmlops")
    first, second = read_history(tmp_path).executions
    assert (first.cell, first.step, second.cell, second.step) == ("cell-a", "clean", "cell-a", None)
    assert first.statements[0].line == 2


@pytest.mark.parametrize(
    ("cell", "line", "step"),
    [
        ("\n\n# note\nx = 1", 4, None),
        ("%%time\n\nx = 1", 3, None),
        ("%%step a\n%%time\nx = 1", 3, "a"),
        ("\n%%step a\n\nx = 1", 4, "a"),
    ],
)
def test_lines_are_those_of_the_cell(kernel, tmp_path, cell, line, step):
    record(kernel, cell)
    execution = read_history(tmp_path).executions[0]
    assert execution.step == step
    assert [(s.line, s.code.endswith("x = 1")) for s in execution.statements] == [(line, True)]


def test_a_change_between_cells_is_an_outside_read(kernel, tmp_path):
    record(
        kernel,
        "import threading\nrows = []\ngo = threading.Event()",
        "t = threading.Thread(target=lambda: (go.wait(), rows.append(1)))\nt.start()",
        "go.set()",
        "t.join()",
        "y = len(rows)",
    )
    last = read_history(tmp_path).executions[-1].statements[0]
    reads = {str(r.resource) for r in last.reads}
    assert "name:rows" in reads


def test_the_magics_own_cell_can_export_what_it_bound(kernel, tmp_path):
    kernel.run("%load_ext nbmlops")
    kernel.run("x = [1, 2]")
    answer = kernel.run("z = sum(x)\n%nbmlops export z out")
    assert answer.status == "ok", answer.error
    assert "identical" in str(answer.messages)
    assert "sum(x)" in (tmp_path / "out" / "pipeline.py").read_text()


def test_an_alarm_that_rings_during_recording_reaches_the_cell(kernel):
    record(
        kernel,
        "import signal, time\ndef stop(*_): raise TimeoutError('too late')",
        "before = signal.signal(signal.SIGALRM, stop)",
        "big = [str(i) for i in range(2_000_000)]",
    )
    kernel.run("%load_ext nbmlops")
    answer = kernel.run("signal.setitimer(signal.ITIMER_REAL, 0.02)\nbig.append('one more')\ntime.sleep(9)")
    assert answer.error == "TimeoutError: too late"
    assert kernel.run("len(big)").status == "ok"


def test_what_recording_opens_is_not_seen_by_the_cell(kernel, tmp_path):
    (tmp_path / "rows.txt").write_text("1")
    record(kernel, "import builtins\nkept, count = open, []")
    kernel.run("%load_ext nbmlops")
    kernel.run("def spy(*given, **named):\n    count.append(given)\n    return kept(*given, **named)")
    kernel.run("builtins.open = spy\nwith builtins.open('rows.txt') as file: text = file.read()")
    kernel.run("name = 'rows.txt'\nlen(name)")
    assert kernel.run("builtins.open = kept\nprint(len(count))").printed == "1\n"
