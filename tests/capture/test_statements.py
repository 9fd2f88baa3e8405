"""Cells are cut into statements with the text that was typed, whatever stands in it."""

from __future__ import annotations

import ast

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from nbmlops.capture.statements import cut_cell


def cut(cell):
    text = TransformerManager().transform_cell(cell)
    return [(s.source, s.code) for s in cut_cell(ast.parse(text), text, cell)]


def same(*texts):
    return [(text, text) for text in texts]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("a = 1\nb = 2", same("a = 1", "b = 2")),
        ("a = 1; b = 'x;y';", same("a = 1", "b = 'x;y'")),
        ("ä = 'ö'; ü = 'ß'; z = 1", same("ä = 'ö'", "ü = 'ß'", "z = 1")),
        (
            "# about a\n# more\na = 1  # here\n\n# about b\nb = 2",
            same("# about a\n# more\na = 1  # here", "# about b\nb = 2"),
        ),
        ("a = 1\n# last", same("a = 1")),
        ("# far\n\na = 1", same("a = 1")),
        ("@d\n# inside\n@e(1)\ndef f(): pass\nx = 1", same("@d\n# inside\n@e(1)\ndef f(): pass", "x = 1")),
        ("a = 'x\x0cy'\nb = 1", same("a = 'x\x0cy'", "b = 1")),
        ("if a:\n    b = 1;\n    c = 2\nd = 3", same("if a:\n    b = 1;\n    c = 2", "d = 3")),
        ("x = '''a\n# no comment\n'''\ny = 1", same("x = '''a\n# no comment\n'''", "y = 1")),
        ("x = (1,\n\n     2)\n\n\ny = 3", same("x = (1,\n\n     2)", "y = 3")),
        ("%time x = 1\ny = 2", [("%time x = 1", "x = 1"), ("y = 2", "y = 2")]),
        ("x = %time f(2)", [("x = %time f(2)", "x = f(2)")]),
        ("%matplotlib inline\ny = 2", [("%matplotlib inline", ""), ("y = 2", "y = 2")]),
        ("%%timeit\nx = 1\ny = 2", [("%%timeit\nx = 1\ny = 2", "")]),
        ("x?\ny = 1", [("x?", ""), ("y = 1", "y = 1")]),
    ],
)
def test_cell_is_cut(cell, expected):
    assert cut(cell) == expected


def test_shell_lines_become_plain_python():
    (assigned,) = cut("files = !ls -1 *.csv")
    assert assigned[0] == "files = !ls -1 *.csv"
    assert "subprocess.run('ls -1 *.csv'" in assigned[1]
    assert ast.parse(assigned[1])
    (bare,) = cut("!mkdir out")
    assert "subprocess.run('mkdir out'" in bare[1]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("!echo {x} $y", "subprocess.run(f'echo {x} {y}', shell=True, check=False)"),
        ("!echo {x} $HOME", "subprocess.run('echo {x} $HOME', shell=True, check=False)"),
        ("!awk '{print $1}' f", "subprocess.run(\"awk '{print $1}' f\", shell=True, check=False)"),
        ("!echo $$HOME", "subprocess.run('echo $HOME', shell=True, check=False)"),
        ("!echo {x[1:]} {d['k']}", None),
        (
            "for i in x:\n    !echo {i}",
            "for i in x:\n    subprocess.run(f'echo {i}', shell=True, check=False)",
        ),
        (
            "try:\n    import a\nexcept ImportError:\n    %pip install a",
            "try:\n    import a\nexcept ImportError:\n    pass",
        ),
        ("%env A=1", "import os; os.environ['A'] = '1'"),
        ("%set_env A b c", "import os; os.environ['A'] = 'b c'"),
        ("v = %env A", "import os; v = os.environ['A']"),
        ("%cd {x}", "import os; os.chdir(os.path.expanduser(f'{x}'))"),
        (
            "%%writefile -a f.txt\nhi\n",
            "with open('f.txt', \"a\", encoding=\"utf-8\") as _file:\n    _file.write('hi\\n')",
        ),
        (
            "%%bash --out x\nls\n",
            "x = subprocess.run(['bash'], input='ls\\n', text=True, check=True, "
            "stdout=subprocess.PIPE).stdout",
        ),
        ("%prun -q -l 3 x = f()", "x = f()"),
        ("%run other.py", "import runpy; runpy.run_module('scripts.other', run_name='__main__')"),
        ("%%html\n<b>", ""),
        ("%pip install {x}", ""),
        ("%nbmlops export {d['k']} out", ""),
        ("%nbmlops export model {x.pop()}", "f'export model {x.pop()}'"),
        ("for i in x:\n    %pip install {y.pop()}", "for i in x:\n    f'install {y.pop()}'"),
        ("%timeit {x.pop()}", ""),
    ],
)
def test_magic_becomes_plain(cell, expected):
    text = TransformerManager().transform_cell(cell)
    (span,) = cut_cell(ast.parse(text), text, cell, known={"x", "y", "d"})
    assert "get_ipython" not in span.code
    assert expected is None or span.code == expected
    ast.parse(span.code)


def test_what_has_no_plain_form_is_left_as_it_is():
    for cell in (
        "%run other.py -x",
        "x = %sql select 1",
        "%store -r x",
        "%%cython\ncdef int i",
        "x = %who_ls",
        "get_ipython().run_line_magic('cd', line='sub')",
        "get_ipython().run_line_magic('nbmlops', 'runs', _stack_depth=f())",
    ):
        assert "get_ipython" in cut(cell)[0][1]
