"""Exports of what is no plain value, of what needs a package that is gone, and ended at any moment."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time

import pytest

from tests.bad_input.desk import JARGON, Desk, photograph

ODD = {
    "numbers": "numbers = (n * n for n in range(5))",
    "handle": "handle = open('people.txt')",
    "steps": "steps = iter([1, 2, 3])",
    "pairs": "pairs = zip([1], [2])",
    "shout": "shout = lambda text: text.upper()",
    "lock": "import threading\nlock = threading.Lock()",
    "module": "import json as module",
    "Kind": "class Kind:\n    size = 3",
    "frames": "import sys\nframes = sys._getframe()",
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A folder whose notebook bound what no file can hold, and used a package that was then removed."""
    folder = tmp_path_factory.mktemp("odd")
    desk = Desk(folder, folder / ".nbmlops" / "store.db")
    (folder / "people.txt").write_text("ann\nbob\n")
    package = folder / "elsewhere" / "vanished_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("def double(x):\n    return [2 * n for n in x]\n")
    using = f"import sys\nsys.path.insert(0, {str(package.parent)!r})\nimport vanished_package"
    desk.write_notebook("odd.ipynb", [*ODD.values(), using, "doubled = vanished_package.double([1, 2])"])
    done = desk.type("run", "odd.ipynb")
    assert done.code == 0, done.errors
    shutil.rmtree(package.parent)
    return desk


@pytest.mark.parametrize("name", ODD)
def test_what_no_file_can_hold_is_refused_or_said_to_be_unproven(odd, name):
    """There is one clear message, or an export without a false verdict; never a crash."""
    answer = odd.type("export", name, f"out-{name}", "--json")
    assert not any(word in answer.errors + answer.output for word in JARGON[:3]), answer
    if answer.code == 3:
        answer.refuses(name)
        assert not (odd.folder / f"out-{name}").exists()
        return
    said = json.loads(answer.output)
    assert (said["verdict"] in ("identical", "equivalent")) == (answer.code == 0), said
    if name in {"numbers", "handle", "steps", "pairs", "lock", "frames"}:
        assert said["verdict"] is None or said["verdict"] in ("different", "failed")


def test_a_package_that_is_gone_is_named(odd):
    answer = odd.type("export", "doubled", "out-doubled")
    told = " ".join((answer.output + answer.errors).split())
    assert answer.code in (0, 1), told
    proof = json.loads((odd.folder / "out-doubled" / "proof.json").read_text())
    if answer.code == 1:
        assert proof["verdict"] == "failed"
        assert "vanished_package" in told
    else:  # its text was kept, and is part of the export
        assert (odd.folder / "out-doubled" / "vanished_package" / "__init__.py").is_file()


@pytest.mark.parametrize("verb", ["run", "rescue"])
def test_a_notebook_that_needs_what_was_never_there(odd, verb, tmp_path):
    odd.write_notebook("needs.ipynb", ["a = 1", "import no_such_package_at_all\nb = 2"])
    arguments = ["needs.ipynb", *([str(tmp_path / "out")] if verb == "rescue" else [])]
    answer = odd.type(verb, *arguments)
    assert answer.code in (1, 3)
    assert "no_such_package_at_all" in answer.errors + answer.output
    assert "Traceback" not in answer.errors + answer.output


@pytest.mark.slow
def test_an_export_that_is_ended_at_any_moment_leaves_all_or_nothing(spoiled):
    """Twelve kills and interrupts at moments of chance; the place holds the old or the new one."""
    assert spoiled.type("export", "X", "out", "--no-prove").code == 0
    draw = random.Random(0)
    for number in [signal.SIGKILL, signal.SIGINT, signal.SIGTERM] * 4:
        name = draw.choice(["model", "X"])
        child = spoiled.start("export", name, "out", "--no-prove")
        time.sleep(draw.uniform(0.1, 2.5))
        child.send_signal(number)
        child.communicate(timeout=120)
        files = photograph(spoiled.folder / "out")
        target = json.loads(files["proof.json"])["target"]
        assert f"Make `{target}`" in files["pipeline.py"].decode()
        again = spoiled.type("export", target, "out", "--no-prove", "--json")
        assert again.code == 0, again.errors
        assert photograph(spoiled.folder / "out").keys() == files.keys()
    assert spoiled.type("doctor").code == 0


@pytest.mark.slow
def test_an_object_of_three_gigabytes_is_told_and_not_kept(tmp_path):
    desk = Desk(tmp_path, tmp_path / ".nbmlops" / "store.db")
    cells = ["import numpy as np", "big = np.ones(3 * 2**27)", "total = float(big.sum())"]
    desk.write_notebook("big.ipynb", cells)
    assert desk.type("run", "big.ipynb").code == 0
    assert desk.store is not None
    assert desk.store.stat().st_size < 50e6
    small = desk.type("export", "total", "small", "--json")
    assert json.loads(small.output)["verdict"] == "identical"
    large = desk.type("export", "big", "large", "--json")
    assert json.loads(large.output)["verdict"] in ("identical", None)
    assert large.code == (0 if json.loads(large.output)["verdict"] else 1)
