"""Thinning: statements that concern a single column which nothing else uses are left out."""

from __future__ import annotations

import ast
from collections.abc import Callable

from nbmlops.package.cutting.planning import Item, Plan, choose_items

__all__ = ["thin_plan"]


def thin_plan(plan: Plan, labels: set[str], is_same: Callable[[Plan], bool], without_label: bool) -> Plan:
    """Leave out statements that make one column which no other statement mentions.

    With `without_label`, statements that make the label's column may go, too, although they are
    mentioned. What stays must make the same of all captured rows: `is_same` says so.
    """
    number = len(plan.items) - 1
    while number >= 0:
        item = plan.items[number]
        others = plan.items[:number] + plan.items[number + 1 :]
        column = _only_column(item)
        if column is not None and _may_go(column, others, plan.result, labels, without_label):
            thinner = choose_items(others, plan.result)
            if is_same(thinner):
                plan = thinner
                number = min(number, len(plan.items))
        number -= 1
    return plan


def _may_go(column: str, others: list[Item], result: str, labels: set[str], without_label: bool) -> bool:
    if without_label and column in labels:
        return True
    texts = [item.text for item in others] + [result]
    return not any(column in _words(text) for text in texts)


def _words(text: str) -> set[str]:
    tree = ast.parse(text)
    strings = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return strings | {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}


def _only_column(item: Item) -> str | None:
    """Return the column that a statement ``frame["column"] = ...`` makes, if it is such a one."""
    tree = ast.parse(item.text).body
    if len(tree) != 1 or not isinstance(tree[0], ast.Assign) or len(tree[0].targets) != 1:
        return None
    target = tree[0].targets[0]
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Name):
        return None
    key = target.slice
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
