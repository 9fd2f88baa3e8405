"""Every verb, on a store in which a bomb lies: none sets it off, and who only asks changes no byte."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.experiments import list_runs
from nbmlops.api.housekeeping import backup_store
from nbmlops.api.sharing import bundle_run, receive_bundle
from nbmlops.core.model import ModelVersion
from nbmlops.core.proof import Proof
from nbmlops.core.value import ColumnProfile, Profile
from nbmlops.faces.cli import main
from nbmlops.faces.verbs import VERBS
from nbmlops.store.opening import open_store
from tests.api.test_verbs import write_notebook

CELLS = (
    "import pandas as pd, pathlib\nfrom sklearn.linear_model import LinearRegression",
    "class Bomb:\n    def __reduce__(self):\n        return pathlib.Path('went off').touch, ()",
    "rows = pd.read_csv('rows.csv')",
    "model = LinearRegression().fit(rows[['x']], rows['y'])",
    "score = model.score(rows[['x']], rows['y'])",
    "trap = [rows, Bomb()]",
    "grown = rows[rows.x > 5]",
)
OPENS = {"run", "rescue", "export", "prove", "register", "package", "serve", "retrain", "demo"}
"""Verbs that run the person's own code or open the value that is named: that is what they are for."""

# What is typed for every other verb of the table, and the exit code that it answers with.
TYPED = {
    "history": ("history", 0),
    "slice": ("slice trap", 0),
    "why": ("why trap", 0),
    "runs": ("runs", 0),
    "show": ("show model", 0),
    "compare": ("compare model {run}", 0),
    "picture": ("picture lineage model", 0),
    "mark": ("mark model --note seen", 0),
    "hints": ("hints", 0),
    "models": ("models", 0),
    "push": ("push mlflow http://127.0.0.1:9", 3),
    "pull": ("pull mlflow http://127.0.0.1:9", 3),
    "diff": ("diff trap rows", 1),
    "approve": ("approve bomb 1", 0),
    "reject": ("reject bomb 2", 0),
    "promote": ("promote bomb 1 champion", 0),
    "rollback": ("rollback bomb", 3),
    "monitor": ("monitor bomb --log answers.jsonl", 3),
    "snapshot": ("snapshot trap", 3),
    "restore": ("restore trap --output trap.pkl", 0),
    "doctor": ("doctor", 0),
    "ui": ("ui --port 70000", 2),
    "backup": ("backup copy.db", 0),
    "bundle": ("bundle {run} made.bundle", 0),
    "receive": ("receive run.bundle", 0),
    "trust": ("trust {waiting} --store {other}", 0),
    "forget": ("forget trap", 0),
    "gc": ("gc --apply --days 0", 0),
    "restore-store": ("restore-store backup.db", 0),
    "enable": ("enable", 3),
    "disable": ("disable", 3),
}
ASKED = (
    ("history", 0),
    ("history --json", 0),
    ("slice trap", 0),
    ("why model", 0),
    ("runs", 0),
    ("runs --where score>0.1 --sort score", 0),
    ("show model", 0),
    ("compare model {run} --json", 0),
    ("show nothing_here", 3),
    ("picture roc model", 2),
    ("picture lineage model model.svg", 0),
    ("picture history score", 0),
    ("mark nothing_here --pin", 3),
    ("hints --json", 0),
    ("models", 0),
    ("diff rows grown", 1),
    ("doctor", 0),
    ("backup copy.db", 0),
    ("bundle {run} made.bundle", 0),
    ("restore rows --output rows.pkl", 0),
    ("gc", 0),
    ("slice nothing_here", 3),
    ("why nothing_here", 3),
    ("runs --where nonsense", 2),
    ("diff nothing_here grown", 3),
    ("restore nothing_here", 3),
    ("forget nothing_here", 3),
    ("forget column:nothing_here_at_all", 3),
    ("approve bomb 99", 3),
    ("promote bomb 2 champion", 3),
    ("rollback nobody", 3),
    ("package nobody out", 3),
    ("monitor nobody", 3),
    ("register nothing_here --as m", 3),
    ("export nothing_here out", 3),
    ("prove nowhere", 3),
    ("snapshot rows", 3),
    ("trust nowhere.db", 3),
    ("receive nowhere.db", 3),
    ("restore-store nowhere.db", 3),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mine")
    (folder / "rows.csv").write_text("x,y\n" + "".join(f"{n},{n * n % 17}\n" for n in range(2000)))
    store = folder / ".nbmlops" / "store.db"
    run_notebook(write_notebook(folder / "a.ipynb", *CELLS), store=store)
    with open_store(store) as opened:
        history = opened.histories.resolve("last")
        trap = opened.histories.saved_value(history, "trap")
        column = ColumnProfile("x", "int64", "integer", 2000, 0, 2000, tuple(map(float, range(21))))
        proof = Proof("trap", "identical", ("the value",), "d" * 64, "d" * 64)
        version = ModelVersion(
            *(
                "bomb",
                0,
                "2026-01-01",
                history,
                "trap",
                "builtins.list",
                None,
                trap.content,
                "d" * 64,
                proof,
                {},
            ),
            *(Profile(2000, (column,)), None),
        )
        opened.models.add_version(version)
        opened.models.add_version(dataclasses.replace(version, created="2026-01-02"))
    return folder


@pytest.fixture
def store(made, tmp_path, monkeypatch):
    path = tmp_path / ".nbmlops" / "store.db"
    path.parent.mkdir(mode=0o700)
    backup_store(path, store=made / ".nbmlops" / "store.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NBMLOPS_STORE", str(path))
    return path


def answer(line, **words):
    return main(line.format(**words).split())


def test_every_verb_is_tried():
    assert TYPED.keys() | OPENS == {verb.name for verb in VERBS}


def test_a_bomb_goes_off_under_no_verb(store, tmp_path, capsys):
    (run,) = list_runs()
    bundle_run(run.id, tmp_path / "run.bundle")
    backup_store(tmp_path / "backup.db")
    (tmp_path / "answers.jsonl").write_text("")
    other = tmp_path / "other" / "store.db"
    open_store(other).close()
    waiting = receive_bundle(tmp_path / "run.bundle", store=other).path
    for name, (line, code) in TYPED.items():
        assert answer(line, run=run.id, waiting=waiting, other=other) == code, (name, capsys.readouterr())
        assert not (tmp_path / "went off").exists(), name
    assert (tmp_path / "trap.pkl").stat().st_size > 1000


def test_who_asks_or_fails_changes_no_byte(store, tmp_path, capsys):
    (run,) = list_runs()  # what runs there are is found once, and kept
    before = hashlib.sha256(store.read_bytes()).hexdigest()
    for line, code in ASKED:
        assert answer(line, run=run.id) == code, (line, capsys.readouterr())
        assert [file.name for file in store.parent.iterdir()] == ["store.db"], line
        assert hashlib.sha256(store.read_bytes()).hexdigest() == before, line
    assert not (tmp_path / "went off").exists()


def test_what_is_not_kept_cannot_be_forgotten(store, capsys):
    assert answer("forget nothing_here") == 3
    told = capsys.readouterr().err
    assert "there is nothing to forget" in told
    assert "snapshot" not in told
    assert "export" not in told


@pytest.mark.parametrize(
    ("content", "said"), [(None, "There is no file"), (b"", "empty"), (b"text" * 99, "no bundle")]
)
def test_what_is_no_bundle_is_told_as_such(store, tmp_path, capsys, content, said):
    if content is not None:
        (tmp_path / "sent").write_bytes(content)
    assert answer("receive sent") == 3
    told = capsys.readouterr().err
    assert said in told
    assert "nbmlops bundle RUN FILE" in told
    assert "NBMLOPS_STORE" not in told


def test_a_store_that_somebody_else_made_is_not_opened(store, tmp_path, monkeypatch, capsys):
    sent = tmp_path / "sent.db"
    backup_store(sent)
    opens = (
        f"export model out --no-prove --store {sent}",
        f"register model --as m --store {sent}",
        f"prove --store {sent}",
    )
    assert answer(opens[0]) == 0
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another person"))
    for line in opens:
        assert answer(line.replace("out", "other")) == 3, line
        assert "was not made by you on this machine" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()
    for line in ("history", "runs", "why model", "diff rows grown"):
        assert answer(f"{line} --store {sent}") in (0, 1)
    assert answer(f"trust {sent}") == 0
    assert answer(opens[0].replace("out", "other")) == 0
    assert not (tmp_path / "went off").exists()


def test_a_bundle_names_nobody_as_its_owner(store, tmp_path):
    (run,) = list_runs()
    bundle_run(run.id, tmp_path / "run.bundle")
    with open_store(tmp_path / "run.bundle", create=False) as opened:
        assert opened.is_foreign()
        assert not opened.is_own()
        assert opened.database.row("select count(*) from origins") == (1,)
