"""The order of a set is another one in every process: what comes out the same by chance is tried again."""

from __future__ import annotations

from nbmlops.values.structure import structural_digest


def test_an_order_that_was_met_by_chance_is_not_identical(make_export):
    """Six letters have 720 orders: that both processes meet the recorded one is not to be expected."""
    export = make_export("value = list({'a', 'b', 'c', 'd', 'e', 'f'})")
    seen = {export.prove(structural_digest(list(order))).verdict for order in ("abcdef", "fedcba")}
    assert seen == {"different"}


def test_a_set_that_only_answers_is_run_twice_and_identical(make_export):
    said: list[str] = []
    export = make_export("value = [x for x in range(5) if x in {1, 3}]")
    assert export.prove(structural_digest([1, 3]), progress=said.append).verdict == "identical"
    assert any("once more" in text for text in said)


def test_without_sets_it_is_run_once(make_export):
    said: list[str] = []
    assert make_export("value = 1").prove(structural_digest(1), progress=said.append).verdict == "identical"
    assert not any("once more" in text for text in said)


def test_what_parts_in_the_second_process_is_told(make_export, tmp_path):
    """A count outside of the export stands for chance: the first process makes the recorded value."""
    count = tmp_path / "count.txt"
    count.write_text("0")
    export = make_export(
        f"seen = int(open({str(count)!r}).read())\nopen({str(count)!r}, 'w').write(str(seen + 1))",
        "value = sorted({seen, 7})",
    )
    proof = export.prove(structural_digest([0, 7]), allow=(f"write:{count}",))
    assert proof.verdict == "different"
    assert "order of a set" in (proof.cause or "")
    assert proof.diverged_at is not None
    assert proof.diverged_at.execution == 2
