"""What a panel shows beside the records of the verbs, whatever became of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.experiments import list_runs
from nbmlops.api.exporting import export_name
from nbmlops.api.housekeeping import forget_content
from nbmlops.api.models import approve_model, list_models, register_model, reject_model
from nbmlops.api.overseeing import (
    is_last_fitted,
    list_decided,
    list_exports,
    list_inputs,
    read_figures,
    start_service,
)
from nbmlops.api.sharing import bundle_run, receive_bundle
from nbmlops.core.proof import Proof
from nbmlops.errors import NbmlopsError, StoreError, UnknownNameError
from nbmlops.store.opening import open_store
from tests.api.test_verbs import write_notebook

CELLS = (
    "import pandas as pd\nfrom sklearn.tree import DecisionTreeRegressor\ndf = pd.read_csv('few.csv')",
    "model = DecisionTreeRegressor(max_depth=1).fit(df[['x']], df['y'])",
    "model = DecisionTreeRegressor(max_depth=2).fit(df[['x']], df['y'])",
    "plain = DecisionTreeRegressor().fit([[1], [2]], [1, 2])",
)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 2000


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder whose notebook fitted two models of one name, one of which was registered and exported."""
    folder = tmp_path_factory.mktemp("kept")
    store = folder / ".nbmlops" / "store.db"
    (folder / "few.csv").write_text("x,y\n" + "".join(f"{n},{n * n}\n" for n in range(20)))
    run_notebook(write_notebook(folder / "a.ipynb", *CELLS), store=store)
    register_model("model", "squares", store=store)
    register_model("plain", "flat", store=store)
    export_name("model", folder / "out", prove=False, store=store)
    return folder


@pytest.fixture
def folder(kept, tmp_path):
    """A copy of that folder's store; what was exported stays where it was written."""
    shutil.copytree(kept / ".nbmlops", tmp_path / ".nbmlops")
    return tmp_path


@pytest.fixture
def store(folder):
    return folder / ".nbmlops" / "store.db"


def find_run(store, depth):
    (found,) = list_runs(conditions=[f"max_depth = {depth}"], store=store)
    return found


def test_an_export_is_there_until_it_is_changed_or_gone(store, tmp_path):
    out = tmp_path / "again"
    export_name("plain", out, prove=False, store=store)
    newest, older = list_exports(store)
    assert (newest.path, newest.target, newest.there, newest.proof) == (str(out), "plain", True, None)
    assert (older.target, older.there) == ("model", True)
    pipeline = out / "pipeline.py"
    pipeline.write_text(pipeline.read_text() + "# mine\n")
    assert not list_exports(store)[0].there
    pipeline.unlink()
    pipeline.mkdir()
    assert not list_exports(store)[0].there
    shutil.rmtree(out)
    assert not list_exports(store)[0].there


def test_an_export_rests_on_the_last_fit_of_its_name(store):
    last = find_run(store, 2)
    (export,) = list_exports(store)
    assert export.run == last.id


def test_a_proof_of_an_earlier_export_is_none_of_a_later(store, tmp_path):
    out = tmp_path / "again"
    export_name("model", out, prove=False, store=store)
    with open_store(store) as opened:
        opened.proofs.add(out, Proof("model", "identical", ("the object",), "aa", "aa"))
    assert list_exports(store)[0].proof.verdict == "identical"
    export_name("model", out, prove=False, store=store)
    first = list_exports(store)[0]
    assert (first.path, first.proof) == (str(out), None)


def test_decisions_come_oldest_first_and_only_of_one_version(store):
    register_model("model", "squares", store=store)
    approve_model("squares", 1, "looked at", store=store)
    reject_model("squares", 1, "<b>no</b>", store=store)
    assert [(entry.decision, entry.note) for entry in list_decided("squares", 1, store)] == [
        ("registered", ""),
        ("approved", "looked at"),
        ("rejected", "<b>no</b>"),
    ]
    assert [entry.decision for entry in list_decided("squares", 2, store)] == ["registered"]
    assert list_decided("squares", 3, store) == list_decided("nobody", 1, store) == ()


def test_inputs_are_those_of_the_champion_or_the_newest(store):
    assert list_inputs("squares", store) == ("few",)
    assert list_inputs("flat", store) == ()
    with pytest.raises(NbmlopsError, match="'nobody'"):
        list_inputs("nobody", store)


def test_only_the_last_fit_of_a_name_is_its_last(store):
    first, last = find_run(store, 1), find_run(store, 2)
    assert [is_last_fitted(run, store) for run in (first, last)] == [False, True]
    forget_content(last.history, store=store)
    assert [is_last_fitted(run, store) for run in (first, last)] == [False, False]


def test_figures_are_given_whole_or_not_at_all(store):
    with open_store(store) as opened:
        small, large = opened.contents.put(PNG), opened.contents.put(PNG * 400)
        asked = [("a", "image/png", small), ("b", "image/png", large), ("c", "image/png", "0" * 64)]
    (found,) = read_figures(asked, len(PNG), store)
    assert (found.name, found.media, found.content) == ("a", "image/png", PNG)
    assert [picture.name for picture in read_figures(asked, 10**7, store)] == ["a", "b"]
    assert read_figures([], 10**7, store) == ()
    with open_store(store) as opened:
        for number, packed in opened.database.rows("select id, packed from chunks"):
            spoilt = bytes([packed[0] ^ 1]) + packed[1:]
            opened.database.write("update chunks set packed = ? where id = ?", (spoilt, number))
    with pytest.raises(StoreError, match=r"damaged.*`nbmlops doctor`"):
        read_figures(asked, len(PNG), store)


def test_a_store_that_is_not_there_is_named(tmp_path):
    nowhere = tmp_path / "store.db"
    run = ("a", "image/png", "0" * 64)
    for ask in (
        lambda: list_exports(nowhere),
        lambda: list_decided("squares", 1, nowhere),
        lambda: list_inputs("squares", nowhere),
        lambda: read_figures([run], 10, nowhere),
        lambda: start_service("squares", nowhere),
    ):
        with pytest.raises(NbmlopsError, match=str(nowhere)):
            ask()
    assert not nowhere.exists()


def test_nothing_of_somebody_elses_is_started(store, tmp_path):
    run = find_run(store, 2)
    bundle = tmp_path / "one.nbmlops"
    bundle_run(run.id, bundle, store=store)
    other = tmp_path / "other" / "store.db"
    waiting = Path(receive_bundle(bundle, store=other).path)
    with pytest.raises(StoreError, match="somebody else recorded"):
        start_service("squares", waiting)


def test_a_service_of_no_version_is_not_started(store):
    with pytest.raises(UnknownNameError, match="'nobody'"):
        start_service("nobody", store)
    assert [v.name for v in list_models(store)] == ["flat", "squares"]
