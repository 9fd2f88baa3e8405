"""Filters: whatever is typed gives what a plain evaluation of it gives, or is refused at a character."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbmlops.core.run import MetricValue, Run, RunQuery
from nbmlops.errors import UsageError
from nbmlops.store.filters import FIELDS, Comparison, Every, Not, Some, read_filter
from nbmlops.store.opening import open_store

NAMES = ("accuracy", "C", "a b", "it's", 'q"q', "tick`s", "and", "ünï", "🙂", "<b>", "metrics.x", "new\nline")
TEXTS = ("", "SVC", "svc", "it's", 'q"q', "ÄÖ", "äö", "3", "true", "none", "%_", "🙂", "a\nb", "0.5", "nan")
NUMBERS = (0.0, 0.5, -1.0, 3.0, 1e300, math.inf, -math.inf)
SIGNS = ("=", "!=", "<", "<=", ">", ">=", "contains")
values = st.one_of(st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.sampled_from([True, False, None, 3]))
PLACES = {"model": "model_type", "name": "model_name", "run": "id"}


def make_run(number, parameters, metrics):
    return Run(
        id=f"r{number}",
        experiment=("a", "B")[number % 2],
        history="h",
        model_name=TEXTS[number],
        model_type="SVC",
        parameters=tuple(parameters.items()),
        metrics=tuple(MetricValue(name, value, "f", 1) for name, value in metrics.items()),
        data=(),
        occurrences=number + 1,
        status="finished",
        started=f"2026-01-{number + 1:02}",
        executions=(1,),
    )


RUNS = [
    make_run(
        number,
        {
            NAMES[(number + k) % 12]: (*TEXTS, *NUMBERS, True, None)[(7 * number + 5 * k) % 24]
            for k in range(4)
        },
        {NAMES[(2 * number + k) % 12]: (*NUMBERS, math.nan)[(number + 3 * k) % 8] for k in range(4)},
    )
    for number in range(14)
]
TAGS = {"r1": {"team": "blue"}, "r2": {"team": "3", "it's": "a\nb"}}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    from tests.store.conftest import ENVIRONMENT, History

    with open_store(tmp_path_factory.mktemp("filters") / "store.db") as store:
        store.histories.begin(History("h", None, "/home/me", "2026-01-01", ENVIRONMENT))
        store.runs.keep("h", RUNS, 0, False, 1)
        for run, tags in TAGS.items():
            for name, value in tags.items():
                store.runs.mark(run, f"tag {name}", value, "2026-01-02")
        yield store


def fold(text):
    return "".join(c.lower() if c.isascii() else c for c in text).encode()


def hold(one, sign, other):
    return {
        "=": one == other, "!=": one != other, "<": one < other, "<=": one <= other, ">": one > other,
        ">=": one >= other,
    }[sign]  # fmt: skip


def spell(value):
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def meets_text(held, asked):
    wanted = fold(spell(asked.value))
    return wanted in fold(held) if asked.sign == "contains" else hold(fold(held), asked.sign, wanted)


def meets_metric(held, asked):
    if asked.sign == "contains" or isinstance(asked.value, bool | None):
        return False
    if asked.value == "nan":
        return asked.sign in ("=", "!=") and math.isnan(held) == (asked.sign == "=")
    value = math.inf if asked.value == "inf" else asked.value
    return isinstance(value, float) and not math.isnan(held) and hold(held, asked.sign, value)


def meets_parameter(held, asked):
    if isinstance(asked.value, float) and asked.sign != "contains":
        number = isinstance(held, int | float) and not isinstance(held, bool)
        return number and hold(float(held), asked.sign, asked.value)
    return meets_text(str(held).lower() if held is None or isinstance(held, bool) else str(held), asked)


def meets(run, asked):
    """Say whether a run meets a condition: the plain way."""
    match asked:
        case Not(part):
            return not meets(run, part)
        case Every(parts):
            return all(meets(run, part) for part in parts)
        case Some(parts):
            return any(meets(run, part) for part in parts)
    metrics, parameters = {m.name: m.value for m in run.metrics}, dict(run.parameters)
    found = False
    if asked.group in ("", "metrics") and asked.name in metrics:
        found |= meets_metric(metrics[asked.name], asked)
    if asked.group in ("", "parameters") and asked.name in parameters:
        found |= meets_parameter(parameters[asked.name], asked)
    if asked.group == "tags":
        tags = TAGS.get(run.id, {})
        return asked.name in tags and meets_text(tags[asked.name], asked)
    if not asked.group and asked.name in FIELDS:
        if asked.name == "occurrences":
            return isinstance(asked.value, float) and hold(run.occurrences, asked.sign, asked.value)
        return meets_text(getattr(run, PLACES.get(asked.name, asked.name)), asked)
    return found


def search(store, text):
    return {run.id for run in store.runs.search(RunQuery((text,)))}


def write_value(value):
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return spell(value) if isinstance(value, bool | None) else repr(value)


@st.composite
def comparisons(draw):
    name, value = draw(st.sampled_from(NAMES)), draw(values)
    group = draw(st.sampled_from(["", "metrics.", "parameters.", "tags."]))
    sign = draw(st.sampled_from(SIGNS[:2] if isinstance(value, bool | None) else SIGNS))
    plain = name in ("accuracy", "C", "ünï")
    field = f"{group}{name}" if plain else f"{group}`{name.replace('`', '``')}`"
    return f"{field} {sign} {write_value(value)}"


@st.composite
def fields(draw):
    name = draw(st.sampled_from(FIELDS))
    if name == "occurrences":
        return f"occurrences {draw(st.sampled_from(SIGNS[:6]))} {draw(st.integers(0, 15))}"
    return f"{name} {draw(st.sampled_from(SIGNS))} {write_value(draw(st.sampled_from(TEXTS)))}"


conditions = st.recursive(
    st.one_of(comparisons(), fields()),
    lambda inner: st.one_of(
        inner.map(lambda one: f"not {one}"),
        inner.map(lambda one: f"({one})"),
        st.tuples(inner, st.sampled_from([" and ", " OR "]), inner).map("".join),
    ),
    max_leaves=6,
)
quiet = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


@quiet
@given(text=conditions)
def test_what_a_filter_finds_is_what_a_plain_evaluation_finds(filled, text):
    asked = read_filter(text)
    assert search(filled, text) == {run.id for run in RUNS if meets(run, asked)}


WORDS = (*"()`'\">=\\\0𝕏", "and", "or", "not", "accuracy", "contains", "0.5", "inf", "tags.")


@quiet
@given(text=st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)))
def test_what_is_no_filter_is_refused_at_a_character(filled, text):
    try:
        read_filter(text)
    except UsageError as refused:
        lines = refused.what.split("\n")
        assert len(lines) == 4, lines
        assert lines[2].strip() == "^"
    else:
        assert isinstance(search(filled, text), set)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("accuracy >", 10),
        ("accuracy > 0.8 and and", 19),
        ("日本 > ?", 7),
        ("a = 'x", 4),
        ("a\t> 1 b\n", 6),
        ("", 0),
    ],
)
def test_the_message_points_at_the_column(text, at):
    with pytest.raises(UsageError) as refused:
        read_filter(text)
    assert refused.value.what.split("\n")[2] == f"  {' ' * at}^"


def test_a_long_filter_is_shown_around_the_character():
    with pytest.raises(UsageError) as refused:
        read_filter("a = 1 and " * 30 + "? and " + "b = 2 and " * 30)
    shown, pointer = refused.value.what.split("\n")[1:3]
    assert len(shown) < 140
    assert shown[pointer.index("^")] == "?"


@pytest.mark.parametrize("text", ["(" * 5000, "not " * 5000 + "a = 1", " and ".join(["a = 1"] * 5000)])
def test_a_filter_that_has_no_end_is_refused(text):
    with pytest.raises(UsageError):
        read_filter(text)


def test_many_comparisons_are_no_tree_too_deep(filled):
    assert search(filled, " or ".join(f"run = r{n % 20}" for n in range(500))) == {run.id for run in RUNS}
    assert search(filled, " and ".join(["not run = r0"] * 500)) == {run.id for run in RUNS[1:]}


def test_runs_whose_metric_is_no_number_are_sorted_last(filled):
    for name in NAMES:
        for descending in (True, False):
            found = filled.runs.search(RunQuery(sort=f"metrics.{name}", descending=descending))
            told = [m.value for run in found for m in run.metrics if m.name == name]
            numbers = [value for value in told if not math.isnan(value)]
            assert numbers == sorted(numbers, reverse=descending)
            assert [*map(math.isnan, told)] == sorted(map(math.isnan, told))
            assert len(told) == sum(any(m.name == name for m in run.metrics) for run in RUNS)


def test_a_comparison_is_a_record():
    assert read_filter("`it``s` = 'a''b'") == Comparison("", "it`s", "=", "a'b")
