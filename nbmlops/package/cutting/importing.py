"""Importing: the notebook's own classes as a module's source, which a pickle names and does not hold."""

from __future__ import annotations

import ast
import io
import pickle
import symtable
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from nbmlops.core.pipeline import Piece
from nbmlops.package.cutting.statements import Recipe, SourceStatement, bound_names, read_recipe
from nbmlops.values.structure import structural_digest

__all__ = ["Imported", "import_own"]

_PLAIN = (str, bytes, int, float, complex, bool, type(None))


@dataclass(frozen=True, slots=True)
class Imported:
    """A pickle that names classes and functions of a module, and the text of that module."""

    content: bytes
    source: str


class _NoSourceError(Exception):
    """What a model holds is not made by statements that a module could consist of."""


def import_own(estimator: Any, pieces: Sequence[Piece], home: str) -> Imported | None:
    """Return an estimator as a pickle whose own classes and functions stand in the module `home`.

    What the module's text makes of the pickle has to be the same object, code and all; None where it is
    not, or where their text needs anything but imports, plain constants and other definitions.
    """
    try:
        own = _find_own(estimator)
        source = _write_source(read_recipe(list(pieces)), own)
        content = _dump(estimator, own, home)
        again = _load(content, source, home)
    except Exception:  # noqa: BLE001 - code of the notebook's runs here; the model stays as it was saved
        return None
    return Imported(content, source) if structural_digest(again) == structural_digest(estimator) else None


class _Spy(pickle.Pickler):
    """Meets what a pickle would have to hold or to name."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), pickle.HIGHEST_PROTOCOL)
        self.found: dict[str, Any] = {}

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, type | FunctionType) and obj.__module__ == "__main__":
            name = obj.__qualname__
            if not name.isidentifier() or self.found.setdefault(name, obj) is not obj:
                raise _NoSourceError(name)
            return str, (name,)
        return NotImplemented


def _find_own(estimator: Any) -> dict[str, Any]:
    """Return the notebook's classes and functions that an estimator consists of, by name."""
    spy = _Spy()
    spy.dump(estimator)
    if not spy.found:
        raise _NoSourceError("nothing of the notebook's own")
    return spy.found


def _write_source(recipe: Recipe, names: dict[str, Any]) -> str:
    """Return the text that makes some names, with all that it looks up; each has to be made once."""
    makers: dict[str, list[SourceStatement]] = {}
    for statement in recipe.statements:
        for name in bound_names(statement.tree):
            makers.setdefault(name, []).append(statement)
    chosen = {s.index: s for s in recipe.statements if _is_future(s.tree)}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        found = makers.get(name, [])
        if not found and name not in names:
            continue  # a builtin
        if len(found) != 1 or not _is_plain(found[0]):
            raise _NoSourceError(name)
        if found[0].index not in chosen:
            chosen[found[0].index] = found[0]
            waiting += _list_globals(recipe.text(found[0]))
    imports = [s for s in chosen.values() if s.is_import]
    others = [s for s in chosen.values() if not s.is_import]
    blocks = ['"""What the model consists of that the notebook defined itself."""']
    blocks += ["\n".join(recipe.text(s) for s in _sort(imports))] if imports else []
    blocks += [_write_statement(recipe, s) for s in _sort(others)]
    return "\n\n\n".join(blocks) + "\n"


def _sort(statements: list[SourceStatement]) -> list[SourceStatement]:
    return sorted(statements, key=lambda s: (not _is_future(s.tree), s.index))


def _write_statement(recipe: Recipe, statement: SourceStatement) -> str:
    above = recipe.codes[statement.piece][statement.above : statement.start].decode()
    comments = [line.strip() for line in above.splitlines() if line.strip().startswith("#")]
    return "\n".join([*comments, recipe.text(statement)])


def _is_future(tree: ast.stmt) -> bool:
    return isinstance(tree, ast.ImportFrom) and tree.module == "__future__"


def _is_plain(statement: SourceStatement) -> bool:
    """Say whether a statement makes the same wherever it stands: a definition, an import, a constant."""
    match statement.tree:
        case ast.Assign(targets=[ast.Name()], value=value):
            try:
                return _is_constant(ast.literal_eval(value))
            except ValueError:
                return False
    return statement.is_definition or statement.is_import


def _is_constant(value: Any) -> bool:
    return all(map(_is_constant, value)) if isinstance(value, tuple) else isinstance(value, _PLAIN)


def _list_globals(text: str) -> Iterator[str]:
    """Yield the names that a statement, or code within it, looks up among the globals."""
    waiting = [symtable.symtable(text, "<notebook>", "exec")]
    while waiting:
        table = waiting.pop()
        top = table.get_type() == "module"
        yield from (s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global()))
        waiting += table.get_children()


def _dump(estimator: Any, own: dict[str, Any], home: str) -> bytes:
    """Pickle an estimator as if its own classes and functions stood in the module `home`."""
    module = ModuleType(home)
    vars(module).update(own)
    with _Standing(home, module):
        for value in own.values():
            value.__module__ = home
        try:
            return pickle.dumps(estimator, pickle.HIGHEST_PROTOCOL)
        finally:
            for value in own.values():
                value.__module__ = "__main__"


def _load(content: bytes, source: str, home: str) -> Any:
    """Unpickle with a module of that text; what it defines says that it is the notebook's, as before."""
    module = ModuleType(home)
    vars(module)["__name__"] = "__main__"
    exec(compile(source, f"{home}.py", "exec", dont_inherit=True), vars(module))
    with _Standing(home, module):
        return pickle.loads(content)


class _Standing:
    """Lets a module, and the package that it is in, be imported for a while."""

    def __init__(self, name: str, module: ModuleType) -> None:
        package = name.partition(".")[0]
        self._modules = {package: ModuleType(package), name: module}

    def __enter__(self) -> None:
        self._before = {name: sys.modules.get(name) for name in self._modules}
        sys.modules.update(self._modules)

    def __exit__(self, *raised: object) -> None:
        for name, before in self._before.items():
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before
