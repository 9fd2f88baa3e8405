"""The user's own text is changed only where it has to be."""

from __future__ import annotations

import ast
import textwrap

import pytest

from nbmlops.pipeline.parameters import Replacement
from nbmlops.pipeline.text import drop_annotations, indent_code, replace_literals, spell_await, spell_dynamic


def run(code, **names):
    exec(compile(code, "test", "exec"), names)
    return names


@pytest.mark.parametrize(
    "code",
    [
        "x = 1",
        "x = '''a\n  b\n'''",
        "def f():\n    return '''\nzero\n  two'''\n\nx = f()",
        "x = (\n    1,  # one\n\n    2,\n)",
        "x = f'''{1 +\n  2}\n end'''",
        "x = 'a' \\\n    'b'",
        "for i in range(2):\n    x = i\n    # note\n",
    ],
)
def test_indented_code_means_the_same(code):
    wrapped = "def outer():\n    global x\n" + indent_code(code) + "\nouter()"
    assert run(wrapped)["x"] == run(code)["x"]


def test_literals_are_replaced_by_bytes_and_from_the_end():
    code = "größe, π = 'ä', 3.5"
    literals = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Constant)]
    found = [
        Replacement((1, 0), n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, f"p{i}")
        for i, n in enumerate(literals)
    ]
    assert replace_literals(code, found, "parameters") == "größe, π = parameters.p0, parameters.p1"


def test_a_literal_over_several_lines_is_replaced():
    code = "x = '''a\nb''' + y"
    assert replace_literals(code, [Replacement((1, 0), 1, 4, 2, 4, "x")], "p") == "x = p.x + y"


@pytest.mark.parametrize(
    ("code", "binds"),
    [
        ("x = await g(5)", {"x"}),
        ("x += await g(5)", {"x"}),
        ("a, x = await g(1), await g(5)", {"a", "x"}),
        ("x = [await g(i) for i in range(3)]", {"x"}),
        ("async with Guard() as x:\n    await g(x)", {"x"}),
        ("x = [v async for v in many()]", {"x"}),
        ("await g(x)", set()),
    ],
)
def test_awaiting_works_within_a_function(code, binds):
    prepare = textwrap.dedent("""
        import asyncio
        x = 1
        async def g(v):
            await asyncio.sleep(0)
            return v
        async def many():
            for v in (1, 2):
                yield v
        class Guard:
            async def __aenter__(self):
                return 7
            async def __aexit__(self, *error):
                pass
    """)
    names = run(prepare + spell_await(code, binds))
    expected = eval_cell(prepare, code)
    assert names["x"] == expected


def eval_cell(prepare, code):
    import asyncio

    names = run(prepare)
    asyncio.run(eval(compile(code, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names))
    return names["x"]


def test_awaiting_inside_a_function_is_left_alone():
    code = "async def f():\n    return await g()"
    assert spell_await(code, {"f"}) == code


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("exec('x = 1')", "exec('x = 1', globals())"),
        ("exec(a, b)", "exec(a, b)"),
        ("exec('''a\nb''')", "exec('''a\nb''', globals())"),
        ("x = locals()", "x = globals()"),
        ("x = vars(y)", "x = vars(y)"),
        ("o.exec('x')", "o.exec('x')"),
    ],
)
def test_dynamic_code_sees_the_module(code, changed):
    assert spell_dynamic(code) == changed


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("x: int = 3", "x = 3"),
        ("x: int", "pass"),
        ("y: int = 3", "y: int = 3"),
        ("if a:\n    x: dict[\n        str, int] = {}", "if a:\n    x = {}"),
        ("x.y: int = 3", "x.y: int = 3"),
    ],
)
def test_annotations_of_globals_go(code, changed):
    assert drop_annotations(code, {"x"}) == changed
