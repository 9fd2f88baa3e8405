"""Secrets of a notebook: in no byte of the store or the export, and its pipeline proven all the same."""

from __future__ import annotations

import json

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name, prove_export
from nbmlops.store.opening import open_store

SECRETS = ("hunter2-Secret", "s3cr3tpw", "wJalrXUtnFEMI9", "tr0ub4dor", "pAss-from-value")
CELLS = (
    "import os\nimport pandas as pd\nfrom pathlib import Path",
    'db_password = "hunter2-Secret"  # that is hunter2-Secret\nurl = "postgresql://ann:s3cr3tpw@db/sales"',
    "def connect(pw):\n    return {'rows': [[1, 2], [2, 4], [3, len(pw)]]}",
    "rows = connect(db_password)['rows']\nsettings = {'password': db_password, 'url': url}",
    "%env STORAGE_SECRET_KEY=wJalrXUtnFEMI9",
    "rows.append([4, len(os.environ['STORAGE_SECRET_KEY'])])",
    "lines = Path('.env').read_text().split('=')",
    "admin_password = 'pAss-' + 'from-value'",
    "frame = pd.DataFrame(rows, columns=['a', 'b'])\ntotal = float(frame['b'].sum())",
    "raise ValueError('cannot connect to ' + url)",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder where a notebook with secrets ran, and exported from its kernel; not to be changed."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / ".env").write_text("ADMIN_PASSWORD=tr0ub4dor\n")
    last = "%nbmlops export total live --json"
    made = [nbformat.v4.new_code_cell(cell) for cell in ("%load_ext nbmlops", *CELLS, last)]
    nbformat.write(nbformat.v4.new_notebook(cells=made), folder / "n.ipynb")
    run_notebook(
        folder / "n.ipynb",
        store=folder / ".nbmlops" / "store.db",
        output=folder / "done.ipynb",
        allow_errors=True,
    )
    return folder


def test_no_secret_is_in_any_byte_of_the_store(folder):
    files = [*(folder / ".nbmlops").rglob("*"), *(folder / "live").rglob("*")]
    assert len(files) > 5
    for file in (f for f in files if f.is_file()):
        content = file.read_bytes()
        assert [s for s in SECRETS if s.encode() in content] == [], file
    with open_store(folder / ".nbmlops" / "store.db", create=False) as store:
        for (digest,) in store.database.rows("select digest from contents"):
            content = store.contents.get(digest)
            assert [s for s in SECRETS if s.encode() in content] == []


def test_the_record_shows_the_mark(folder):
    with open_store(folder / ".nbmlops" / "store.db", create=False) as store:
        history = store.histories.load(store.histories.resolve("last"))
    sources = "\n".join(e.source for e in history.executions)
    assert 'db_password = "[secret DB_PASSWORD]"  # that is [secret DB_PASSWORD]' in sources
    assert "postgresql://ann:[secret POSTGRESQL_PASSWORD]@db/sales" in sources
    assert "%env STORAGE_SECRET_KEY=[secret STORAGE_SECRET_KEY]" in sources


def test_a_living_kernel_proves_with_what_it_remembers(folder):
    document = nbformat.read(folder / "done.ipynb", 4)
    shown = next(o.data["text/plain"] for o in document.cells[-1].outputs if "data" in o)
    assert json.loads(shown)["verdict"] == "identical"


def test_another_process_asks_for_the_secret(folder, tmp_path, monkeypatch):
    store = folder / ".nbmlops" / "store.db"
    exported = export_name("total", tmp_path / "out", store=store)
    assert exported.verdict == "failed"
    assert "environment variable 'DB_PASSWORD', which is not set" in exported.proof.cause
    text = (tmp_path / "out" / "pipeline.py").read_text()
    assert 'db_password = os.environ["DB_PASSWORD"]' in text
    monkeypatch.setenv("DB_PASSWORD", "hunter2-Secret")
    monkeypatch.setenv("STORAGE_SECRET_KEY", "wJalrXUtnFEMI9")
    assert prove_export(tmp_path / "out", store=store).verdict == "identical"
    monkeypatch.setenv("DB_PASSWORD", "another")
    assert prove_export(tmp_path / "out", store=store).verdict == "different"
