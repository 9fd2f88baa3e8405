"""Names that a class reads from outside although it binds them itself."""

from __future__ import annotations

import ast

import pytest

from nbmlops.core.bodies import find_inherited


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("class C:\n    seed = seed", {"seed"}),
        ("class C:\n    seed += 1", {"seed"}),
        ("class C:\n    a = 1\n    b = a", set()),
        ("class C:\n    if x:\n        a = 1\n    b = a", {"a"}),
        ("class C:\n    b = a", set()),  # every symbol table says that one
        ("class C:\n    class D:\n        a = a", {"a"}),
        ("def f():\n    class C:\n        a = a", {"a"}),
        ("class C:\n    a = f\n    def f(self): ...", {"f"}),
        ("class C:\n    def f(self): ...\n    a = f", set()),
        ("class C:\n    a = np\n    import numpy as np", {"np"}),
        ("seed = seed", set()),
    ],
)
def test_what_is_read_before_it_is_bound(code, found):
    assert set(find_inherited(ast.walk(ast.parse(code)))) == found
