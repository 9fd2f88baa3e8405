"""What screens say of records: which columns a row is asked for, and what matters of a package."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

from nbmlops.core.overview import Example, Offered
from nbmlops.core.value import Signature, SignatureField
from nbmlops.faces.panel.asking import list_fields, read_row
from nbmlops.faces.panel.desk import Desk
from nbmlops.faces.panel.packaging import show_built
from nbmlops.faces.panel.parts import Code, Grid, GridRow, Moment, Section, describe_part, plain_blocks
from nbmlops.faces.panel.screens.models import _show_asked
from nbmlops.faces.panel.screens.package import PACKAGE, _list_limits

PETAL = SignatureField("petal", "float64", "number")
LABEL = SignatureField("rare", "int64", "integer")
TABLE = Signature((PETAL, LABEL), ())
CUT = Signature(
    (PETAL, dataclasses.replace(LABEL, required=False)),
    (SignatureField("prediction", "int64", "integer"),),
)


def list_parts(parts):
    return [
        p
        for part in parts
        for p in ([part, *list_parts(part.parts)] if isinstance(part, Section) else [part])
    ]


def test_a_row_is_not_asked_for_its_label():
    assert _show_asked(CUT) == ("asked for", "petal")
    assert [field.name for field in list_fields(Offered("m@1", CUT, ()), 0, None)] == ["petal"]
    assert read_row(Offered("m@1", CUT, ()), 0, {"petal": "1.5"}) == {"petal": 1.5}
    offered = Offered("m@1", CUT, (Example({"petal": 2.0}, 1),))
    assert [field.name for field in list_fields(offered, 0, None)] == ["petal"]


def test_before_it_was_cut_out_only_the_table_is_known():
    assert _show_asked(TABLE) == ("columns of its table", "petal, rare")


def test_a_package_says_what_matters_and_folds_its_files(tmp_path):
    (tmp_path / "README.md").write_text("x" * 2000)
    tried = SimpleNamespace(state="not verified", what="nobody asked for it", rows=0)
    record = SimpleNamespace(
        path=str(tmp_path),
        module="income_model",
        name="income",
        version=2,
        files={"README.md": "1", "gone.py": "2"},
        requirements=("numpy==2.4", "pandas==3.0"),
        verified=tried,
        format="onnx",
        answers="within 1e-05 of the notebook's",
        because=None,
    )
    shown = show_built(record)
    words = "\n".join(str(getattr(block, "text", block)) for block in plain_blocks(shown))
    assert "not verified: nobody asked for it" in words
    assert "in the format 'onnx': its answers are within 1e-05 of the notebook's" in words
    assert "2.0 kB in 2 files" in words
    assert "2 requirements, not locked" in words
    folded = [p for p in list_parts(shown) if isinstance(p, Section) and p.folded]
    assert [p.title for p in folded] == ["Files (2)", "Requirements (2)"]
    codes = [p.text for p in list_parts(shown) if isinstance(p, Code)]
    assert codes[0] == "nbmlops serve income@2"
    assert not any("require-hashes" in code or "docker" in code for code in codes)


def test_a_moment_is_exact_where_it_cannot_be_reckoned():
    grid = Grid("g", (), (GridRow("k", (Moment("2026-01-02 03:04", "2026-01-02T03:04:00+00:00"),)),))
    assert describe_part(grid)["rows"][0]["cells"][0]["kind"] == "moment"
    (table,) = plain_blocks([grid])
    assert table.rows == (("2026-01-02 03:04",),)


def test_a_package_is_built_in_the_format_that_was_chosen():
    built = []
    desk = Desk(start=lambda verb, keywords, then, title: built.append(dict(keywords)))
    asked = {"ref": "income@2", "directory": "dist", "verify": True}
    PACKAGE.acts["build"](desk, asked)
    assert built[-1]["format"] == "auto"
    assert "tolerance" not in built[-1]
    PACKAGE.acts["form"](desk, {"format": "joblib"})
    assert _list_limits(desk.remember("package")) == ()
    PACKAGE.acts["form"](desk, {"format": "onnx"})
    fields = _list_limits(desk.remember("package"))
    assert [field.name for field in fields] == ["tolerance", "allow_flips"]
    PACKAGE.acts["build"](desk, asked | {"tolerance": "1e-5", "allow_flips": "3"})
    assert [built[-1][name] for name in ("format", "tolerance", "allow_flips")] == ["onnx", 1e-5, 3]
    PACKAGE.acts["build"](desk, asked | {"tolerance": "", "allow_flips": ""})
    assert [built[-1][name] for name in ("tolerance", "allow_flips")] == [None, 0]
    PACKAGE.acts["build"](desk, asked | {"tolerance": "little"})
    assert len(built) == 3
    assert "'little'" in desk.status.text
