"""Conditions: filters of runs, as SQL with its parameters."""

from __future__ import annotations

from nbmlops.store.filters import FIELDS, Comparison, Condition, Every, Not
from nbmlops.store.records import plain_text

__all__ = ["Clause", "clause_of"]

Clause = tuple[str, tuple[str | float, ...]]
"""A condition in SQL on a row ``r`` of the runs, and the values for its question marks."""

_PLACES = {
    "model": "json_extract(r.record, '$.model_type')",
    "name": "json_extract(r.record, '$.model_name')",
    "status": "json_extract(r.record, '$.status')",
    "experiment": "r.experiment",
    "started": "r.started",
    "run": "r.run",
    "occurrences": "(select sum(json_extract(o.record, '$.occurrences')) from runs o where o.run = r.run)",
}
_TABLES = {
    "metrics": "run_metrics m where m.run = r.id and +m.name = ?",
    "parameters": "run_parameters m where m.run = r.id and m.name = ?",
    "tags": "(select run, key, value from run_marks where run = r.run union all select r.run, "
    "'tag ' || json_extract(t.value, '$[0]'), json_extract(t.value, '$[1]') "
    "from json_each(r.record, '$.tags') t where not exists (select 1 from run_marks k where k.run = r.run "
    "and k.key = 'tag ' || json_extract(t.value, '$[0]'))) m where m.key = ?",
}
_TEXTS = {"parameters": "m.text", "tags": "m.value"}


def clause_of(condition: Condition) -> Clause:
    """Return a condition as SQL."""
    if isinstance(condition, Comparison):
        return _compare(condition)
    if isinstance(condition, Not):
        sql, values = clause_of(condition.part)
        return f"not coalesce(({sql}), false)", values
    parts = [clause_of(part) for part in condition.parts]
    word = "and" if isinstance(condition, Every) else "or"
    return _join([sql for sql, _ in parts], word), tuple(v for _, values in parts for v in values)


def _join(parts: list[str], word: str) -> str:
    """Join conditions in halves: SQLite refuses a chain of a thousand, which is a tree as deep."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return f"({_join(parts[:half], word)} {word} {_join(parts[half:], word)})"


def _compare(asked: Comparison) -> Clause:
    if asked.group:
        return _compare_listed(asked.group, asked)
    if asked.name in FIELDS:
        return _compare_field(asked)
    found = [_compare_listed(group, asked) for group in ("metrics", "parameters")]
    return f"({found[0][0]} or {found[1][0]})", (*found[0][1], *found[1][1])


def _compare_field(asked: Comparison) -> Clause:
    place = _PLACES[asked.name]
    if asked.name == "occurrences":
        return f"{place} {_sign(asked)} ?", (_as_number(asked),)
    text = _as_text(asked)
    if asked.sign == "contains":
        return f"instr(lower({place}), lower(?)) > 0", (text,)
    return f"{place} {asked.sign} ? collate nocase", (text,)


def _compare_listed(group: str, asked: Comparison) -> Clause:
    """Compare one of the metrics, parameters or tags of a run: it has to have it."""
    name = f"tag {asked.name}" if group == "tags" else asked.name
    head = f"exists (select 1 from {_TABLES[group]} and "
    if group == "metrics" and asked.value in ("nan", "inf") and asked.sign != "contains":
        return _compare_odd(asked, head)
    is_number = type(asked.value) is float and asked.sign != "contains"
    if group == "metrics" or (group == "parameters" and is_number):
        place = "+m.value" if group == "metrics" else "m.number"
        if not is_number:
            return "false", ()
        return f"{head}{place} {asked.sign} ?)", (plain_text(name), _as_number(asked))
    place, text = _TEXTS[group], _as_text(asked)
    if asked.sign == "contains":
        return f"{head}instr(lower({place}), lower(?)) > 0)", (plain_text(name), text)
    return f"{head}{place} {asked.sign} ? collate nocase)", (plain_text(name), text)


def _compare_odd(asked: Comparison, head: str) -> Clause:
    """Compare a metric with what is no number, which SQLite keeps as null, or with infinity."""
    name = (plain_text(asked.name),)
    if asked.value == "inf":
        return f"{head}+m.value {asked.sign} ?)", (*name, float("inf"))
    if asked.sign in ("=", "!="):
        return f"{head}m.value is {'not ' if asked.sign == '!=' else ''}null)", name
    return "false", ()


def _sign(asked: Comparison) -> str:
    return "=" if asked.sign == "contains" else asked.sign


def _as_number(asked: Comparison) -> float:
    return float(asked.value) if isinstance(asked.value, float | int) else float("nan")


def _as_text(asked: Comparison) -> str:
    if asked.value is None or isinstance(asked.value, bool):
        return str(asked.value).lower()
    if isinstance(asked.value, float):
        return f"{asked.value:g}"
    return plain_text(asked.value)
