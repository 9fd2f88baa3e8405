from __future__ import annotations

import ast

import pytest

from nbmlops.capture.mentions import find_mentions


@pytest.mark.parametrize(
    ("code", "loaded", "bound"),
    [
        ("d = [float(l) for l in open('x')]", {"float", "open"}, {"d"}),
        ("k = {a: b for a, b in z.items()}", {"z"}, {"k"}),
        ("g = {i for i in r if i > t}", {"r", "t"}, {"g"}),
        ("for i in q: h = [i * j for j in w]", {"q", "w"}, {"h", "i"}),
        ("n = [[c for c in line] for line in text]", {"text"}, {"n"}),
        ("m = [x for x in x]", {"x"}, {"m"}),
    ],
)
def test_names_of_a_comprehension_are_its_own(code, loaded, bound):
    found = find_mentions(code, ast.parse(code).body[0])
    assert (found.loaded, found.bound) == (loaded, bound)
