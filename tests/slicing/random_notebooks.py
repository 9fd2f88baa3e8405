"""Random notebooks: small programs full of aliases, rebindings, mutations and late lookups."""

from __future__ import annotations

import random

__all__ = ["make_notebook"]

_NAMES = "abcde"


def make_notebook(seed: int) -> list[str]:
    """Return the cells of a notebook; some of its statements raise, as in life."""
    draw = random.Random(seed)
    cells = [
        "import random, contextlib\nimport numpy as np",
        "a = [1, 2]\nb = [3]\nc = {'k': a}\nd = 4\ne = (a, 5)",
    ]
    for number in range(draw.randint(6, 18)):
        statements = [_make_statement(draw, number * 10 + i) for i in range(draw.choice([1, 1, 1, 2, 3]))]
        cells.append("\n".join(statements))
    if draw.random() < 0.3:  # a cell is run again, edited or not
        cells.append(draw.choice(cells[2:]))
    return cells


def _make_statement(draw: random.Random, number: int) -> str:
    x, y, z = (draw.choice(_NAMES) for _ in range(3))
    k, f = draw.randint(0, 9), f"f{draw.randint(0, 2)}"
    return draw.choice(_FORMS).format(x=x, y=y, z=z, k=k, f=f, n=number)


_FORMS = (
    "{x} = [{k}, {n}]",
    "{x} = {y}",
    "{x} = {y}",
    "{x} = [{y}, {z}]",
    "{x} = list({y})",
    "{x} = {{'k': {y}, 'n': {n}}}",
    "{x}.append({n})",
    "{x}.append({y} if {y} is not {x} else 0)",
    "{x}['k'] = {n}",
    "{x}['k'].append({n})",
    "{x}[0] = {n}",
    "{x}[0].append({n})",
    "{x} += [{n}]",
    "{x} = {x} + [{n}]",
    "{x} = {x}[1:]",
    "del {x}[0]",
    "del {x}",
    "{x} = len({y})",
    "{x} = {y}[0]",
    "{x}, {y} = {y}, {x}",
    "{x} = {y} = [{n}]",
    "for v in list({x})[:3]:\n    {y}.append(v)",
    "for {x} in range(3):\n    {y}.append({x})",
    "if len({x}) % 2:\n    {y} = [{n}]\nelse:\n    {z}.append({n})",
    "while len({x}) < 4:\n    {x}.append({n})",
    "try:\n    {x}.append({n})\n    {y}.missing\nexcept AttributeError as err:\n    {z} = [str(err)]",
    "try:\n    {x} = {y}[7]\nfinally:\n    {z} = [{n}]",
    "with contextlib.suppress(Exception):\n    {x}.append({n})\n    {y} = {z}['none']\n    {x}.append(0)",
    "{x}.append({n}); {y} = {z}['none']; {z}.append(1)",
    "def {f}(v, w={y}):\n    {x}.append({n})\n    return v",
    "def {f}(v):\n    global {x}\n    {x} = [v, {n}]\n    return {y}",
    "def {f}(v):\n    return [v, {y}, {k}]",
    "{f} = lambda v: [{x}, v]",
    "{y} = {f}({z})",
    "{f}({z})",
    "{x} = [{f}(v) for v in (1, 2)]",
    (
        "class C{k}:\n    items = {y}\n    def __init__(self): self.n = {n}\n"
        "    def add(self): self.items.append({n}); return self.items"
    ),
    "{x} = C{k}()",
    "{x} = C{k}().add()",
    "C{k}.items = {y}",
    "{x} = np.arange(6)",
    "{x} = {y}[::2]",
    "{x}[:] = {k}",
    "{x} *= 2",
    "np.add({x}, 1, out={x})",
    "{x} = {y}.reshape(2, 3).T",
    "{x} = random.random()",
    "{x} = [random.randint(0, 9)]",
    "random.seed({n})",
    "{x} = np.random.rand(2)",
    "np.random.seed({n})",
    "np.random.shuffle({x})",
    "random.shuffle({x})",
    "{x} = iter({y})",
    "{x} = next({y})",
    "{x} = (v for v in {y})",
    "{x} = {y}.copy()",
    "{x} = {y}.append",
    "{x}({n})",
    "{x}.sort(key=lambda v: str(type(v)))",
    "{x} = sorted({y}, key=lambda v: str(type(v)))",
    "globals()['{x}'] = [{n}]",
    "exec('{x} = [{n}]')",
    "{x} = eval('{y}')",
    "({x} := [{n}])",
    "print({x})",
    "{x}",
    "len({x})",
    "assert {x}",
    "{x} = {y} if {k} > 4 else {z}",
    "import math as {x}",
    "match {x}:\n    case [first, *_]:\n        {y} = first\n    case _:\n        {y} = [{n}]",
    "{x} = [v for v in {y} if v != {k}]",
    "{x} = dict(enumerate({y}))",
    "{x} = {{str(type(v)) for v in {y}}}",
    "{x} = zip({y}, {z})",
    "{x} = {y}.get('k')",
    "{x}.update({{'k': {y}}})",
    "{x}: list = [{n}]",
)
