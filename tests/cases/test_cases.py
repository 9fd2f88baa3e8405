"""Hard cases: each is recorded in a real kernel, exported, proven, and proven to need its lines."""

from __future__ import annotations

import re
from importlib.util import find_spec

import pytest

from nbmlops.errors import NbmlopsError
from tests.cases.case_run import lint_export, list_kept_lines, prove_without, record_case, run_elsewhere
from tests.cases.case_table import CASES


def _mark_case(case):
    marks = [pytest.mark.xfail(reason=case.xfail, strict=True)] if case.xfail else []
    marks += [pytest.mark.slow] if case.slow else []
    missing = [name for name in case.needs if find_spec(name) is None]
    marks += [pytest.mark.skip(reason=f"not installed: {', '.join(missing)}")] if missing else []
    return pytest.param(case, id=case.name, marks=marks)


PARAMETERS = [_mark_case(case) for case in CASES]
WRITTEN = [_mark_case(case) for case in CASES if case.refused is None]


@pytest.mark.parametrize("case", PARAMETERS)
def test_export_makes_the_same_bits(case, tmp_path):
    (tmp_path / "notebook").mkdir()
    (tmp_path / "elsewhere").mkdir()
    if case.refused is not None:
        with pytest.raises(NbmlopsError, match=re.escape(case.refused)):
            record_case(case, tmp_path / "notebook")
        return
    run = record_case(case, tmp_path / "notebook")
    assert run.proof.verdict == "identical", (run.proof.cause, run.pipeline)
    code = run.pipeline.partition('# ///\n"""')[2]
    assert [text for text in case.drop if text in code] == [], run.pipeline
    assert run_elsewhere(run, tmp_path / "elsewhere") == run.digest
    assert lint_export(run) == [], run.pipeline
    # The first cases stand for all here: a proof more for each of a hundred would take minutes.
    lines = list_kept_lines(run)[-1:] if case.name < "50" else []
    for removed, proof in prove_without(run, lines, tmp_path):
        assert proof.verdict in ("different", "failed"), removed


@pytest.mark.slow
@pytest.mark.parametrize("case", WRITTEN)
def test_every_kept_line_is_needed(case, tmp_path):
    (tmp_path / "notebook").mkdir()
    run = record_case(case, tmp_path / "notebook")
    spared = [
        removed
        for removed, proof in prove_without(run, list_kept_lines(run), tmp_path)
        if proof.verdict not in ("different", "failed") and not any(text in removed for text in case.spare)
    ]
    assert spared == []
