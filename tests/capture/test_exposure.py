"""Which names a statement reads as others left them, beside a Python that tells when it looks them up."""

from __future__ import annotations

import ast

import pytest

from nbmlops.capture.exposure import find_exposed
from nbmlops.capture.mentions import find_mentions

CASES = {
    "for x in xs:\n    use(x)": "xs use",
    "for x in x:\n    pass": "x",
    "for x, (y, z) in xs:\n    use(x, y, z)": "xs use",
    "for a.b in xs:\n    pass": "a xs",
    "for x in xs:\n    pass\nelse:\n    use(x)": "xs use x",
    "for x in xs:\n    y += x": "xs y",
    "for x in xs:\n    y = x\n    y += 1": "xs",
    "for x in xs:\n    del x\n    use(x)": "xs use x",
    "while x:\n    x = f(x)": "x f",
    "while t:\n    x = 1\n    use(x)": "t use",
    "if t:\n    x = 1\nelse:\n    y = 2": "t",
    "if t:\n    x = 1\n    use(x)": "t use",
    "if t:\n    x = 1\nelif u:\n    use(x)": "t u use x",
    "with f() as x:\n    use(x)": "f use",
    "with f(x) as x:\n    use(x)": "f use x",
    "with f() as x, g(x) as y:\n    use(y)": "f g use",
    "try:\n    x = f()\nexcept E as e:\n    use(e, x)": "f E use x",
    "try:\n    x = f()\nexcept E:\n    raise\nelse:\n    use(x)": "f E use",
    "try:\n    x = f()\nfinally:\n    use(x)": "f use x",
    "match v:\n    case [x, *y] if t(x):\n        use(x, y)\n    case _:\n        use(x)": "v t use x",
    "match v:\n    case {'k': x, **rest}:\n        use(x, rest)": "v use",
    "for x in xs:\n    f = lambda: (x, y)\n    y = f()": "xs y",
    "for x in xs:\n    def f():\n        return x, y": "xs y",
    "for x in xs:\n    def f():\n        global y\n        y += x": "xs y",
    "for x in xs:\n    if t:\n        y = 1\n    use(y)": "xs t use y",
    "for x in xs:\n    if t:\n        y = 1\n    else:\n        y = 2\n    use(y)": "xs t use",
    "if (y := f()):\n    use(y)": "f use y",
    "for x in xs:\n    import a.b\n    a.b.run(x)": "xs",
}


@pytest.mark.parametrize("code", CASES)
def test_exposed(code):
    assert find_exposed(ast.parse(code).body[0]) == set(CASES[code].split())


# Functions look up in globals past the namespace below, and loops need not end.
UNFIT = ("def ", "lambda", "a.b", "while")


class Told(dict):
    """A namespace that tells which names were looked up before they were bound in it."""

    def __init__(self, earlier):
        super().__init__(__builtins__={})
        self.earlier, self.asked = earlier, set()

    def __missing__(self, name):
        self.asked.add(name)
        return self.earlier[name]


@pytest.mark.parametrize("code", [c for c in CASES if not any(word in c for word in UNFIT)])
def test_nothing_is_read_that_is_not_exposed(code):
    def give(*values):
        return values and values[-1]

    for truth in (0, 1):
        names = {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}
        told = Told(dict.fromkeys(names, give) | {"xs": [(1, (2, 3))] * truth, "t": truth, "u": 1, "v": [1]})
        try:
            exec(compile(ast.parse(code), "<statement>", "exec"), told, told)
        except Exception as problem:  # noqa: BLE001 - what it read until then counts as well
            assert problem
        assert told.asked <= find_exposed(ast.parse(code).body[0])


def test_a_loop_does_not_read_its_own_names():
    code = "for ax, title in zip(axes, titles):\n    ax.set_title(title)"
    assert find_mentions(code, ast.parse(code).body[0]).loaded == {"zip", "axes", "titles"}
