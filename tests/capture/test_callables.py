"""What an attribute that is looked up runs: the person's own code, and what theirs inherits."""

from __future__ import annotations

import pandas as pd

from nbmlops.capture.callables import Callables, Called


class _Table(pd.DataFrame):
    """A person's own class, made from a library's."""

    @property
    def doubled(self) -> int:
        """Answer from code of the person's own."""
        return 2 * len(self)


def _list_looked(name: str, value: object) -> list[Called]:
    return list(Callables({"value": value}).resolve(("value", name), None, looked=True))


def test_library_property() -> None:
    """To read the whole text of a library for a `frame.shape` is slow, and tells nothing."""
    assert _list_looked("shape", pd.DataFrame({"a": [1]})) == []


def test_own_property() -> None:
    """A property of the person's own class is followed, also one that it inherits."""
    table = _Table({"a": [1]})
    assert [c.function.__name__ for c in _list_looked("doubled", table)] == ["doubled"]
    assert [c.function.__name__ for c in _list_looked("shape", table)] == ["shape"]
