"""Programs: small ones, made by hypothesis of names, containers, functions, loops and files."""

from __future__ import annotations

import textwrap

from hypothesis import strategies as st

__all__ = ["programs"]

_NAMES = st.sampled_from("abcd")
_FUNCTIONS = st.sampled_from(["f", "g"])
_FILES = st.sampled_from(["x.txt", "y.txt"])
_NUMBERS = st.integers(0, 3)


def _fill(template, **parts):
    keys = sorted(parts)
    return st.tuples(*(parts[k] for k in keys)).map(
        lambda found: template.format(**dict(zip(keys, found, strict=True)))
    )


_ATOMS = st.one_of(_NAMES, _NAMES, _NUMBERS.map(str))


def _wider(inner):
    return st.one_of(
        _fill("[{x}, {y}]", x=inner, y=inner),
        _fill("{{'k': {x}}}", x=inner),
        _fill("({x}, {y})", x=inner, y=inner),
        _fill("{x}[{k}]", x=_NAMES, k=_NUMBERS),
        _fill("{x}['k']", x=_NAMES),
        _fill("{f}({x})", f=_FUNCTIONS, x=inner),
        _fill("list({x})", x=_NAMES),
        _fill("len({x})", x=_NAMES),
        _fill("{x} + {y}", x=_NAMES, y=inner),
        _fill("{x}[1:]", x=_NAMES),
        _fill("{x}.copy()", x=_NAMES),
        _fill("[{x} for v in {y}]", x=inner, y=_NAMES),
        _fill("(lambda v={x}: [v, {y}])", x=inner, y=_NAMES),
        _fill("{x}()", x=_NAMES),
        _fill("({x} if {y} else {z})", x=inner, y=_NAMES, z=inner),
        _fill("({x} := {y})", x=_NAMES, y=inner),
        _fill("open('{p}').read()", p=_FILES),
        _fill("iter({x})", x=_NAMES),
        _fill("next({x})", x=_NAMES),
        _fill("[{f}, {x}]", f=_FUNCTIONS, x=_NAMES),
    )


_VALUES = st.recursive(_ATOMS, _wider, max_leaves=4)
_SIMPLE = st.one_of(
    _fill("{x} = {v}", x=_NAMES, v=_VALUES),
    _fill("{x} = {v}", x=_NAMES, v=_VALUES),
    _fill("{x}.append({v})", x=_NAMES, v=_VALUES),
    _fill("{x}[0] = {v}", x=_NAMES, v=_VALUES),
    _fill("{x}['k'] = {v}", x=_NAMES, v=_VALUES),
    _fill("{x}[0].append({v})", x=_NAMES, v=_VALUES),
    _fill("{x} += {v}", x=_NAMES, v=_VALUES),
    _fill("{x}, {y} = {v}, {w}", x=_NAMES, y=_NAMES, v=_VALUES, w=_VALUES),
    _fill("{x} = {y} = {v}", x=_NAMES, y=_NAMES, v=_VALUES),
    _fill("del {x}[0]", x=_NAMES),
    _fill("{v}", v=_VALUES),
    _fill("open('{p}', 'w').write(json.dumps({v}))", p=_FILES, v=_VALUES),
    _fill("open('{p}', 'a').write(json.dumps({v}))", p=_FILES, v=_VALUES),
    _fill("{x}.clear()", x=_NAMES),
    _fill("{x}.m = {v}", x=_FUNCTIONS, v=_VALUES),
    _fill("globals()['{x}'] = {v}", x=_NAMES, v=_VALUES),
    _fill("assert {v}", v=_VALUES),
)


def _indent(lines):
    return textwrap.indent("\n".join(lines), "    ")


def _blocks(inner):
    body = st.lists(inner, min_size=1, max_size=3).map(_indent)
    return st.one_of(
        _fill("for {v} in list({x})[:3]:\n{b}", v=st.sampled_from(["v", "a", "b"]), x=_NAMES, b=body),
        _fill("if {v}:\n{b}\nelse:\n{c}", v=_VALUES, b=body, c=body),
        _fill("try:\n{b}\nexcept Exception as e:\n{c}", b=body, c=body),
        _fill("try:\n{b}\nfinally:\n{c}", b=body, c=body),
        _fill("with contextlib.suppress(Exception):\n{b}", b=body),
        _fill("with open('{p}', 'w') as {x}:\n{b}", p=_FILES, x=_NAMES, b=body),
    )


def _definitions(inner):
    body = st.lists(inner, min_size=1, max_size=2).map(_indent)
    return st.one_of(
        _fill("def {f}(v=0):\n{b}\n    return {r}", f=_FUNCTIONS, b=body, r=_VALUES),
        _fill(
            "def {f}(v=0):\n    global {x}\n{b}\n    return {r}",
            f=_FUNCTIONS, x=_NAMES, b=body, r=_VALUES,
        ),
        _fill("def {f}(v, w={x}):\n{b}\n    return w", f=_FUNCTIONS, x=_VALUES, b=body),
        _fill("def {f}(v=0):\n    yield {x}\n    yield {r}", f=_FUNCTIONS, x=_VALUES, r=_VALUES),
        _fill(
            "class C:\n    items = {x}\n    def __init__(self, v=0):\n        self.v = {r}\n{f} = C",
            x=_VALUES, r=_VALUES, f=_FUNCTIONS,
        ),
    )  # fmt: skip


_STATEMENTS = st.one_of(
    _SIMPLE,
    _SIMPLE,
    st.recursive(_SIMPLE, _blocks, max_leaves=4),
    _definitions(_SIMPLE),
    _NAMES.map("del {}".format),
)
_CELLS = st.lists(_STATEMENTS, min_size=1, max_size=3).map("\n".join)


@st.composite
def programs(draw):
    """Return the cells of a notebook: values first, then whatever comes, some of it twice."""
    first = draw(st.lists(_VALUES, min_size=4, max_size=4))
    cells = [
        "import contextlib, json",
        "a, b, c, d = [1, 2], [3], {'k': 4}, 5",
        *(f"a = {v}" for v in first[:1]),
    ]
    cells += draw(st.lists(_CELLS, min_size=1, max_size=9))
    again = draw(st.lists(st.integers(2, len(cells) - 1), max_size=2))
    return [*cells, *(cells[n] for n in again)]
