"""The judgement of the examples' runs: what counts as right, missing and too much."""

from __future__ import annotations

from pathlib import Path

from tests.gallery.runs_judged import Expected, judge_rows, read_judged, write_page

PAGE = Path(__file__).parents[2] / "docs" / "runs-judged.md"


def test_what_is_as_expected_is_right():
    rows = [Expected("SVC", ("score",), ("C",), 3), Expected("Ridge")]
    verdict = judge_rows(rows, rows[::-1])
    assert verdict.is_right
    assert (verdict.runs, verdict.metrics, verdict.parameters) == ((4, 0, 0), (3, 0, 0), (3, 0, 0))


def test_what_is_missing_and_too_much_is_counted():
    expected = [Expected("SVC", ("score",), (), 2), Expected("Ridge", ("mse",))]
    found = [Expected("SVC", ("took",)), Expected("PCA")]
    verdict = judge_rows(expected, found)
    assert (verdict.runs, verdict.metrics) == ((1, 2, 1), (0, 3, 1))
    assert not verdict.is_right


def test_runs_are_paired_with_those_most_like_them():
    expected = [Expected("SVC", ("acc",), ("C",)), Expected("SVC", ("acc",), ("gamma",))]
    assert judge_rows(expected, expected[::-1]).is_right


def test_what_failed_is_not_what_finished():
    assert judge_rows([Expected("SVC")], [Expected("SVC", status="failed")]).runs == (0, 1, 1)


def test_each_of_the_fifty_has_its_row_on_the_page():
    judged = read_judged()
    assert len(judged) == 50
    page = PAGE.read_text("utf-8")
    assert [script for script in judged if f"| {script} |" not in page] == []
    assert "| SVC | 2 SVC |" in write_page({"x.py": judged["svm/plot_separating_hyperplane.py"]},
                                            {"x.py": [Expected("SVC", count=2)]})  # fmt: skip
