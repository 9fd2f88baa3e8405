"""Scene: which libraries and which words of code come into play when a statement runs."""

from __future__ import annotations

import ast
import dis
import functools
import sys
import types
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbmlops.values.classes import find_dictionary, qualname_of
from nbmlops.values.structure import ATOMS, is_local, locate, mro_of, name_type, vars_of

__all__ = ["Scene", "Scenery", "home_of", "list_code_words", "list_words", "read_dictionary", "root_of"]

_MOST_ITEMS = 2_000
_DEEPEST = 16
_FORMATS = frozenset({"FORMAT_VALUE", "FORMAT_SIMPLE", "FORMAT_WITH_SPEC"})
_words_of: weakref.WeakKeyDictionary[types.CodeType, frozenset[str]] = weakref.WeakKeyDictionary()
# By address, so that no metaclass is asked for a hash; each class is kept, so that none is used again.
_roots_of: dict[int, tuple[type, frozenset[str], bool]] = {}
_ARTIST = "matplotlib.artist.Artist"


@dataclass(slots=True)
class Scene:
    """What a statement brings into play.

    `roots` are the top packages of all values that it reaches, `words` the names and attributes in
    its own text and in the notebook's functions that it reaches (``format`` where text is formatted).
    `local` says that the person's own code runs; `hidden` that not everything could be looked over.
    """

    roots: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    local: bool = False
    hidden: bool = False
    budget: int = _MOST_ITEMS

    @property
    def packages(self) -> set[str]:
        """The roots that do not come with Python."""
        return self.roots - sys.stdlib_module_names - {"builtins", "__main__"}


def read_dictionary(value: Any) -> dict[str, Any]:
    """Return the attributes that a value holds in its own dictionary; none of its code runs."""
    reader = find_dictionary(type(value))
    held = reader.__get__(value) if reader is not None else {}
    return held if type(held) is dict else {}


def home_of(kind: type) -> str:
    """Return the module that a class was made in, asking no metaclass."""
    return name_type(kind).removesuffix(f".{qualname_of(kind)}")


def root_of(value: object) -> str:
    """Return the top package of a class or a module; empty for anything else."""
    if issubclass(type(value), type):
        return home_of(value).partition(".")[0]  # type: ignore[arg-type]
    if issubclass(type(value), types.ModuleType):
        return str(object.__getattribute__(value, "__dict__").get("__name__")).partition(".")[0]
    return ""


class Scenery:
    """Remembers what each name's value brings into play for as long as its content is the same."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._known: dict[str, tuple[int, str, Scene]] = {}

    def look_over(
        self, words: Iterable[str], reached: Iterable[str], digest_of: Callable[[str], str | None]
    ) -> Scene:
        """Look over the values that a statement reaches by name; `words` are those of its text.

        `digest_of` tells the content of a name as it is now, None where that cannot be told.
        """
        scene = Scene(words=set(words))
        for name in reached:
            value = self._namespace.get(name)
            if type(value) in ATOMS:
                continue
            found = self._look_again(name, value, digest_of(name))
            scene.roots |= found.roots
            scene.words |= found.words
            scene.local |= found.local
            scene.hidden |= found.hidden
        scene.roots |= {word for word in scene.words if word in sys.modules}
        return scene

    def _look_again(self, name: str, value: Any, digest: str | None) -> Scene:
        known = self._known.get(name)
        if digest is not None and known is not None and known[:2] == (locate(value), digest):
            return known[2]
        found = Scene()
        _look_at(value, found, 0)
        if digest is not None:
            self._known[name] = locate(value), digest, found
        return found


def _look_at(value: Any, scene: Scene, depth: int) -> None:
    kind = type(value)
    scene.budget -= 1
    items: Iterable[Any] = ()
    own = False
    if issubclass(kind, types.ModuleType):
        name = str(object.__getattribute__(value, "__dict__").get("__name__"))
        own = is_local(name)
        scene.roots.add(name.partition(".")[0])
    elif kind is types.FunctionType:
        own = _look_at_function(value, scene)
        items = [value.__dict__, value.__defaults__, *(_read_cells(value.__closure__))]
    elif issubclass(kind, type):
        own = _look_at_class(value, scene)
    elif kind in (list, tuple, set, frozenset, dict):
        own = True
        items = [*value.keys(), *value.values()] if kind is dict else list(value)[: _MOST_ITEMS + 1]
    else:
        own = _look_at_class(kind, scene)
        if _roots_of.get(locate(kind), (kind, frozenset(), False))[2]:
            scene.hidden = True  # it leads to a whole figure
            return
        items = [*read_dictionary(value).values(), *_list_parts(value)]
    scene.local |= own and kind not in (list, tuple, set, frozenset, dict)
    for item in items:
        if type(item) in ATOMS:
            continue
        if scene.budget <= 0 or depth >= _DEEPEST:
            scene.hidden |= own or scene.budget <= 0
            return
        _look_at(item, scene, depth + 1)


def _list_parts(value: Any) -> list[Any]:
    """Return what a bound method or a partial function calls."""
    if type(value) is types.MethodType:
        return [value.__func__, value.__self__]
    if type(value) is functools.partial:
        return [value.func, *value.args, *value.keywords.values()]
    return []


def _read_cells(cells: Iterable[Any] | None) -> list[Any]:
    found = []
    for cell in cells or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # nothing has been bound to it yet
            continue
    return found


def _look_at_function(value: types.FunctionType, scene: Scene) -> bool:
    if not is_local(value.__module__):
        scene.roots.add(str(value.__module__).partition(".")[0])
        return False
    scene.words |= list_code_words(value.__code__)
    return True


def _look_at_class(kind: type, scene: Scene) -> bool:
    known = _roots_of.get(locate(kind))
    if known is not None:
        scene.roots |= known[1]
        return False
    own = drawn = False
    roots = set()
    for base in mro_of(kind)[:-1]:
        home = home_of(base)
        drawn |= name_type(base) == _ARTIST
        if is_local(home):
            own = True
            scene.words |= {word for code in _list_codes(base) for word in list_code_words(code)}
        else:
            roots.add(home.partition(".")[0])
    scene.roots |= roots
    if not own and len(_roots_of) < _MOST_ITEMS:
        _roots_of[locate(kind)] = kind, frozenset(roots), drawn
    return own


def _list_codes(kind: type) -> list[types.CodeType]:
    parts = list(vars_of(kind).values())
    parts += [part.__func__ for part in parts if type(part) in (staticmethod, classmethod)]
    parts += [f for part in parts if type(part) is property for f in (part.fget, part.fset)]
    return [part.__code__ for part in parts if type(part) is types.FunctionType]


def list_code_words(code: types.CodeType) -> frozenset[str]:
    """Return the names and attributes that a function's code and the code inside it hold."""
    known = _words_of.get(code)
    if known is None:
        inner = [list_code_words(c) for c in code.co_consts if isinstance(c, types.CodeType)]
        formats = any(i.opname in _FORMATS for i in dis.get_instructions(code))
        known = frozenset({*code.co_names, *(("format",) if formats else ())}).union(*inner)
        _words_of[code] = known
    return known


def list_words(node: ast.AST, nodes: Iterable[ast.AST] | None = None) -> Iterable[str]:
    """Yield the words of what runs with a statement: of a plain function, only its defaults.

    `nodes` are all nodes of the tree, where they are known.
    """
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
        defaults = [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
        for default in defaults:
            yield from list_words(default)
        return
    for inner in ast.walk(node) if nodes is None else nodes:
        if type(inner) in _WORDED:
            yield from _read_words(inner)


_WORDED = frozenset({ast.Name, ast.Attribute, ast.Call, ast.JoinedStr, ast.BinOp, ast.Import, ast.ImportFrom})


def _read_words(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.Name(id=word) | ast.Attribute(attr=word):
            return (word,)
        case ast.Call(
            func=ast.Attribute(attr="axis" | "xlim" | "ylim" | "xticks" | "yticks"), args=[], keywords=[]
        ):
            return ("get_limits",)
        case ast.JoinedStr() | ast.BinOp(op=ast.Mod()):
            return ("format",)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [alias.name.partition(".")[0] for alias in names]
        case _:
            return ()
