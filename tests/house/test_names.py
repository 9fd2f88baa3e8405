"""Names: what a module offers is listed, what it lists is there, and it says what it is."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.source import MODULES, function_nodes, module_id, read_tree

NOT_OUR_WORDS = ("job", "task", "trial", "workflow", "asset")
OPENINGS = [path for path in MODULES if path.name == "__init__.py"]
OTHERS = [path for path in MODULES if path.name != "__init__.py"]


def find_defined(tree):
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def find_listed(tree):
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(getattr(target, "id", "") == "__all__" for target in targets):
            return {element.value for element in node.value.elts}
    return None


@pytest.mark.parametrize("path", OTHERS, ids=module_id)
def test_public_names_are_listed(path):
    tree = read_tree(path)
    listed = find_listed(tree)
    assert listed is not None, "no __all__"
    public = {name for name in find_defined(tree) if not name.startswith("_")}
    imported = {
        a.asname or a.name for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names
    }
    # A type variable is grammar, and a migration is found by its decorator: neither is offered.
    offered = {name for name in public if len(name) > 1 and not re.match(r"m\d{3}_", name)}
    assert offered <= listed
    assert listed <= public | imported


@pytest.mark.parametrize("path", [p for p in OPENINGS if p.parent.name != "nbmlops"], ids=module_id)
def test_opening_holds_its_sentence_only(path):
    tree = read_tree(path)
    assert len(tree.body) == 1
    assert ast.get_docstring(tree)


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_docstring_is_one_sentence(path):
    opening, _, rest = (ast.get_docstring(read_tree(path)) or "").partition("\n\n")
    assert opening.endswith("."), "the docstring of a module is one sentence"
    assert not re.search(r"[.!?] [A-Z]", opening), "the docstring of a module is one sentence"
    assert not rest or path.name == "errors.py"


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_public_functions_say_what_they_do(path):
    tree = read_tree(path)
    listed = find_listed(tree) or set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in listed:
            first = (ast.get_docstring(node) or "").partition("\n")[0]
            assert first.endswith("."), f"{node.name} has no line that says what it is"


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_functions_are_named_in_three_words(path):
    # Hooks of pluggy and IPython and methods that Python calls have names of their own.
    foreign = ("nbmlops_", "load_ipython_", "unload_ipython_", "visit_", "__")
    tree = read_tree(path)
    top = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    long = [n.name for n in top if not n.name.startswith(foreign) and len(n.name.strip("_").split("_")) > 3]
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_one_word_has_one_meaning(path):
    tree = read_tree(path)
    names = [n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    names += [n.name for n in function_nodes(tree)]
    words = {w.lower() for name in names for w in re.findall(r"[A-Z]?[a-z]+", name)}
    assert not words & set(NOT_OUR_WORDS)


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_nothing_is_a_stub(path):
    text = path.read_text()
    assert "NotImplementedError" not in text
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)
