"""Cells and objects that would break a careless recorder: no cell is harmed, and the record is honest."""

from __future__ import annotations

import textwrap

import pytest

from nbmlops.api.exporting import export_name
from nbmlops.store.opening import open_store
from tests.cases.notebook_kernel import PROBLEMS, open_kernel

HOSTILE = """
    import time

    class Refuses:
        def __getattribute__(self, name): raise RuntimeError("no " + name)
    class Lies(dict):
        def __eq__(self, other): return True
        def __hash__(self): return 7
        def __iter__(self): return iter(())
        def __len__(self): return 0
        def items(self): return []
        def keys(self): raise KeyError
    class Counted:
        asked = []
        def __eq__(self, other): self.asked.append("eq"); raise ValueError("eq")
        def __hash__(self): self.asked.append("hash"); raise TypeError("hash")
        def __reduce__(self): self.asked.append("reduce"); raise RuntimeError("reduce")
        def __reduce_ex__(self, protocol): self.asked.append("reduce_ex"); raise RuntimeError("reduce")
        def __getstate__(self): self.asked.append("getstate"); raise RuntimeError("getstate")
        def __getattr__(self, name): self.asked.append(name); raise RuntimeError(name)
        def __repr__(self): self.asked.append("repr"); raise RuntimeError("repr")
        def __len__(self): self.asked.append("len"); raise RuntimeError("len")
        def __bool__(self): self.asked.append("bool"); raise RuntimeError("bool")
    class Slow:
        asked = []
        def __getattr__(self, name): self.wait(); raise AttributeError(name)
        def __eq__(self, other): self.wait(); return False
        def __hash__(self): self.wait(); return 1
        def __reduce_ex__(self, protocol): self.wait(); raise TypeError
        def wait(self): self.asked.append(1); time.sleep(1)
"""
OBJECTS = """
    refuses, lies, counted, slow = Refuses(), Lies(a=1), Counted(), Slow()
    round_list = [1]
    round_list.append(round_list)
    round_dict = {}
    round_dict["self"] = round_dict
    deep = []
    for _ in range(100_000):
        deep = [deep]
"""
TOUCH = """
    held = [refuses, lies, counted, slow, round_list, round_dict]
    first = [held, held]
    answer_of_all = type(held[1])
    dict.__setitem__(lies, "b", 2)
    round_list.append(3)
    value = dict.__len__(lies) + len(round_list)
"""


@pytest.fixture
def kernel(tmp_path):
    with open_kernel(tmp_path) as opened:
        opened.run("%load_ext nbmlops")
        yield opened


def read_executions(folder):
    with open_store(folder / ".nbmlops" / "store.db", create=False) as store:
        return store.histories.load(store.histories.latest()).executions


def test_hostile_objects_are_not_asked(kernel, tmp_path):
    for cell in (HOSTILE, OBJECTS, TOUCH):
        assert kernel.run(textwrap.dedent(cell)).error == ""
    assert kernel.run("print(Counted.asked, value)").printed == "[] 5\n"
    assert kernel.run("refuses.anything").error == "RuntimeError: no anything"
    assert kernel.ask(PROBLEMS)[0] == []
    kernel.run("%unload_ext nbmlops")
    exported = export_name("value", tmp_path / "out", store=tmp_path / ".nbmlops" / "store.db")
    assert exported.proof.verdict == "identical"


def test_capture_never_waits_for_a_slow_object(kernel, tmp_path):
    kernel.run(textwrap.dedent(HOSTILE))
    kernel.run("slow = Slow()\nslow.known = [1]")
    kernel.run("slow.known.append(2)\ntotal = sum(slow.known)")
    changed = {e.resource.key for e in read_executions(tmp_path)[-1].statements[0].effects}
    assert "slow" in changed
    assert kernel.run("print(Slow.asked)").printed == "[]\n"


def test_a_syntax_error_costs_nothing_but_itself(kernel, tmp_path):
    kernel.run("rows = [1, 2]")
    assert kernel.run("rows.append(3\nother = (").error.startswith(("SyntaxError", "_IncompleteInputError"))
    assert kernel.run("rows.append(4)").status == "ok"
    broken = read_executions(tmp_path)[-2]
    assert (broken.status, broken.statements) == ("error", ())
    kernel.run("%unload_ext nbmlops")
    exported = export_name("rows", tmp_path / "out", store=tmp_path / ".nbmlops" / "store.db")
    assert (exported.statements_kept, exported.proof.verdict) == (2, "identical")


def test_a_cell_of_thousands_of_lines(kernel, tmp_path):
    lines = [f"x{i} = {i}" for i in range(2_500)] + [f"x{i} = x{i - 1} + 1" for i in range(1, 2_500)]
    assert kernel.run("\n".join(lines)).error == ""
    assert kernel.run("y = x7 + x2499").error == ""
    assert len(read_executions(tmp_path)[0].statements) == 4_999
    kernel.run("%unload_ext nbmlops")
    exported = export_name("x3", tmp_path / "out", store=tmp_path / ".nbmlops" / "store.db")
    assert (exported.statements_kept, exported.proof.verdict) == (4, "identical")


def test_a_literal_of_thousands_of_lines_is_one_statement(kernel, tmp_path):
    literal = "table = [\n" + "\n".join(f"    ({i}, 'name {i}')," for i in range(5_000)) + "\n]"
    assert kernel.run(f"{literal}\nlast = table[-1]").error == ""
    assert len(read_executions(tmp_path)[0].statements) == 2


def test_a_namespace_of_ten_thousand_names(kernel, tmp_path):
    kernel.run("for i in range(10_000): globals()[f'n{i}'] = [i]")
    kernel.run("n5.append(6)\nboth = n5 + n7")
    last = read_executions(tmp_path)[-1]
    assert [e.resource.key for e in last.statements[0].effects] == ["n5"]
    kernel.run("%unload_ext nbmlops")
    exported = export_name("both", tmp_path / "out", store=tmp_path / ".nbmlops" / "store.db")
    assert exported.proof.verdict == "identical"


@pytest.mark.slow
def test_two_thousand_cells(kernel, tmp_path):
    kernel.run("values = []\ntotal = 0")
    for number in range(2_000):
        kernel.run(f"total += {number}" if number % 2 else f"values.append({number})")
    executions = read_executions(tmp_path)
    assert len(executions) == 2_001
    kernel.run("%unload_ext nbmlops")
    exported = export_name("total", tmp_path / "out", store=tmp_path / ".nbmlops" / "store.db")
    assert exported.proof.verdict == "identical"
    assert exported.statements_kept == 1_001


@pytest.mark.slow
def test_a_frame_of_two_gigabytes(kernel, tmp_path):
    cells = (
        "import numpy as np, pandas as pd",
        "big = pd.DataFrame(np.zeros((8_000_000, 32)))",
        *["big.iloc[7, 3] += 1"] * 12,
        "seen = float(big.iloc[7, 3])",
    )
    for cell in cells:
        assert kernel.run(cell).error == ""
    executions = read_executions(tmp_path)
    statements = [s for e in executions for s in e.statements]
    changes = [e for s in statements[2:-1] for e in s.effects if e.resource.key == "big"]
    assert len(changes) == 12
    # Whatever was beyond the budget counts as changed, and says why it is only assumed.
    assert all(e.certain or "budget" in e.because for e in changes)
    kernel.run("%unload_ext nbmlops")
    exported = export_name("seen", tmp_path / "out", store=tmp_path / ".nbmlops" / "store.db")
    assert exported.proof.verdict == "identical"
