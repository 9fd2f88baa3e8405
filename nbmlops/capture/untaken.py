"""Untaken ways: files and random streams that the text of code would touch, though this time it did not."""

from __future__ import annotations

import ast
import copy
import fnmatch
import functools
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from types import ModuleType
from typing import Any

from nbmlops.capture.files import Observed, is_own_file
from nbmlops.capture.roots import find_chain
from nbmlops.capture.scene import home_of, read_dictionary
from nbmlops.capture.streams import GENERATORS
from nbmlops.core.digest import digest_file
from nbmlops.core.resource import Effect, Resource
from nbmlops.values.structure import ATOMS, name_type

__all__ = ["CHOSEN_MODE", "UNTAKEN", "conclude_untaken", "find_untaken", "list_drawn", "list_streams"]

_DRAW, _FILE = "draw ", "file "
_UNKNOWN = "*"
_DRAWS = frozenset(
    {"rand", "randn", "randint", "random", "random_sample", "ranf", "sample", "choice", "choices", "shuffle"}
    | {"permutation", "seed", "set_state", "setstate", "manual_seed", "uniform", "normal", "standard_normal"}
    | {"gauss", "normalvariate", "lognormvariate", "expovariate", "betavariate", "gammavariate", "triangular"}
    | {"vonmisesvariate", "paretovariate", "weibullvariate", "randrange", "getrandbits", "randbytes", "bytes"}
    | {"beta", "binomial", "chisquare", "dirichlet", "exponential", "f", "gamma", "geometric", "gumbel"}
    | {
        "hypergeometric",
        "laplace",
        "logistic",
        "lognormal",
        "logseries",
        "multinomial",
        "multivariate_normal",
    }
    | {"negative_binomial", "noncentral_chisquare", "noncentral_f", "pareto", "poisson", "power", "rayleigh"}
    | {"standard_cauchy", "standard_exponential", "standard_gamma", "standard_t", "vonmises", "wald"}
    | {"weibull", "zipf", "randperm", "rand_like", "randn_like", "randint_like", "bernoulli", "dropout"}
)
_STREAMS = {
    "random": "random",
    "numpy.random": "numpy",
    "numpy.random.mtrand": "numpy",
    "torch": "torch",
    "tensorflow.random": "tensorflow",
}
_TO_FIRST = frozenset(
    {"to_csv", "to_parquet", "to_json", "to_pickle", "to_excel", "to_feather", "to_hdf", "to_html", "to_xml"}
    | {"to_stata", "to_orc", "to_markdown", "to_latex", "to_netcdf", "tofile", "savetxt", "savez", "savefig"}
    | {"savez_compressed", "write_csv", "write_parquet", "ExcelWriter", "HDFStore", "imsave", "rmtree"}
)
_TO_RECEIVER = frozenset({"write_text", "write_bytes", "unlink", "touch", "rmdir"})
_IN_LIBRARY: dict[tuple[str, ...], tuple[int, ...]] = {
    ("os", "remove"): (0,),
    ("os", "unlink"): (0,),
    ("os", "rename"): (0, 1),
    ("os", "replace"): (0, 1),
    ("os", "truncate"): (0,),
    ("shutil", "copy"): (1,),
    ("shutil", "copy2"): (1,),
    ("shutil", "copyfile"): (1,),
    ("shutil", "move"): (0, 1),
    ("joblib", "dump"): (1,),
    ("torch", "save"): (1,),
    ("np", "save"): (0,),
    ("numpy", "save"): (0,),
    ("request", "urlretrieve"): (1,),
}
"""Which arguments of a function are files that it writes or removes."""
_OPENERS = frozenset({"open", "ZipFile", "File", "GzipFile", "BZ2File", "LZMAFile", "FileIO", "memmap"})
_PATHS = frozenset({"Path", "PurePath", "str", "fspath", "abspath", "expanduser", "resolve", "absolute"})
_SUFFIXES = (".npy", ".npz", ".png")
_KEYWORDS = frozenset({"path", "path_or_buf", "path_or_buffer", "file", "filename", "fname", "excel_writer"})
_MODES = frozenset("rwxabtU+")
_MOST = 200
CHOSEN_MODE = "open mode"
"""Among what code would do: it opens a file in a mode that does not stand in its text."""
UNTAKEN = "code that it reaches may do so: this time it did not"


def find_untaken(nodes: Sequence[ast.AST], local: Collection[str] = ()) -> frozenset[str]:
    """Return what a tree, given as its nodes, would draw from and write, to be looked up as it runs.

    `local` are the names that mean something only within it.
    """
    found: set[str] = set()
    inner: frozenset[str] | None = None
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        chain = find_chain(node.func)
        stateful = any(k.arg == "random_state" for k in node.keywords)
        if chain and chain[-1] in _DRAWS and chain[0] not in local and not stateful:
            found.add(_DRAW + ".".join(chain))
        if _chooses_mode(node):
            found.add(CHOSEN_MODE)
        for path in _list_paths(node, chain):
            if inner is None:
                inner = frozenset({*local, *_list_stored(nodes)})
            found.add(_FILE + _spell(path, inner, nodes))
    return frozenset(found)


def _list_stored(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that loops and blocks bind, which mean another thing each time."""
    for node in nodes:
        targets: list[ast.expr | None] = []
        match node:
            case ast.For(target=target) | ast.AsyncFor(target=target) | ast.comprehension(target=target):
                targets = [target]
            case ast.With(items=items) | ast.AsyncWith(items=items):
                targets = [item.optional_vars for item in items]
        yield from (n.id for t in targets if t for n in ast.walk(t) if isinstance(n, ast.Name))


def _list_paths(call: ast.Call, chain: tuple[str, ...]) -> Iterator[ast.expr]:
    """Yield the expressions of the files that a call writes or removes."""
    func, args = call.func, call.args
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    places = _IN_LIBRARY.get(chain[-2:], ()) if len(chain) > 1 else ()
    if places:
        yield from (args[at] for at in places if at < len(args))
    elif name in _TO_RECEIVER and isinstance(func, ast.Attribute):
        yield func.value
    elif name in _TO_FIRST:
        yield from args[:1] or [k.value for k in call.keywords if k.arg in _KEYWORDS][:1]
    elif name in _OPENERS:
        yield from _list_opened(call, name)


def _list_opened(call: ast.Call, name: str) -> Iterator[ast.expr]:
    modes = [k.value for k in call.keywords if k.arg == "mode"]
    is_method = name == "open" and isinstance(call.func, ast.Attribute)
    if is_method and call.args and _is_mode(call.args[0]):  # of a path
        modes += call.args[:1]
        place: list[ast.expr] = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    elif is_method and not call.args and isinstance(call.func, ast.Attribute):
        place = [call.func.value]
    else:
        modes += call.args[1:2]
        place = call.args[:1] or [k.value for k in call.keywords if k.arg in _KEYWORDS][:1]
    if modes and not (_is_mode(modes[0]) and not set("wxa+") & set(str(getattr(modes[0], "value", "")))):
        yield from place


def _chooses_mode(call: ast.Call) -> bool:
    """Whether a file is opened in a mode that is computed: this time it was emptied, another time not."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    modes = [k.value for k in call.keywords if k.arg == "mode"]
    modes += call.args[1:2] if name == "open" else []
    return any(not isinstance(mode, ast.Constant) for mode in modes) and name in _OPENERS | _TO_FIRST


def _is_mode(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and set(node.value) <= _MODES


def _spell(path: ast.expr, local: frozenset[str], nodes: Sequence[ast.AST]) -> str:
    """Spell an expression so that it can be looked up outside: what is local stands for anything."""
    made: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in local:
                    made.setdefault(target.id, []).append(node.value)

    class Substitute(ast.NodeTransformer):
        deep = 0

        def visit_Name(self, node: ast.Name) -> ast.expr:
            if node.id not in local:
                return node
            values = made.get(node.id, [])
            if len(values) == 1 and self.deep < 3:
                self.deep += 1
                found = self.visit(copy.deepcopy(values[0]))
                self.deep -= 1
                return found  # type: ignore[no-any-return]
            return ast.Constant(None)

    return ast.unparse(Substitute().visit(copy.deepcopy(path)))


def list_streams(tuned: Iterable[str], namespace: Mapping[str, Any]) -> set[str]:
    """Return the global random streams that the code behind a statement would draw from or seed."""
    chains = [key.removeprefix(_DRAW).split(".") for key in tuned if key.startswith(_DRAW)]
    return {stream for root, *path in chains for stream in _find_stream(root, path, namespace)}


def list_drawn(tuned: Iterable[str], namespace: Mapping[str, Any]) -> list[str]:
    """Return the names of the generators that the code behind a statement would draw from."""
    roots = {key.removeprefix(_DRAW).split(".")[0] for key in tuned if key.startswith(_DRAW) and "." in key}
    return sorted(root for root in roots if name_type(type(namespace.get(root))) in GENERATORS)


def _find_stream(root: str, path: Sequence[str], namespace: Mapping[str, Any]) -> Iterator[str]:
    value: Any = namespace.get(root)
    owner = value
    if path == ["sample"] and home_of(type(value)).partition(".")[0] == "pandas":
        yield "numpy"
        return
    for name in path:
        if not issubclass(type(value), ModuleType):
            return
        owner, value = value, object.__getattribute__(value, "__dict__").get(name)
    if issubclass(type(owner), ModuleType) and path:
        home = object.__getattribute__(owner, "__dict__").get("__name__")
    elif type(value) not in ATOMS and callable(value):
        # A function that was imported by name is a method of the stream's own generator.
        kind = type(getattr(value, "__self__", None))
        home = {"mtrand": "numpy.random", "random": "random"}.get(kind.__module__.rpartition(".")[2])
    else:
        return
    if isinstance(home, str) and home in _STREAMS:
        yield _STREAMS[home]


def conclude_untaken(
    tuned: Iterable[str],
    texts: Iterable[str],
    reached: Iterable[str],
    namespace: Mapping[str, Any],
    observed: Observed,
) -> list[Effect]:
    """Tell which files a statement would write or remove, and this time did not; `texts` stand in it."""
    keys = [key.removeprefix(_FILE) for key in tuned if key.startswith(_FILE)]
    if not keys:
        return []
    patterns = {p for key in keys for p in (_evaluate(_parse(key), namespace),)}
    paths: set[str] = set()
    for pattern in patterns:
        if pattern.strip(_UNKNOWN + os.sep) == "":
            paths |= set(_list_named(texts, reached, namespace))
        else:
            paths |= set(_match_files(os.path.abspath(pattern)))
    paths = {path for path in paths if is_own_file(path)} - observed.written.keys() - observed.deleted.keys()
    effects = []
    for path in sorted(paths):
        there = os.path.isfile(path)
        effects.append(
            Effect(
                Resource("file", path),
                "written" if there else "changed",
                UNTAKEN,
                certain=False,
                content=digest_file(path) if there else None,
            )
        )
    folders = sorted({os.path.dirname(path) for path in paths})
    return effects + [Effect(Resource("file", f"{f}/*"), "changed", UNTAKEN, certain=False) for f in folders]


@functools.lru_cache(maxsize=2_000)
def _parse(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _evaluate(node: ast.expr, namespace: Mapping[str, Any]) -> str:
    """Return the text of an expression of a path; an asterisk stands for what cannot be told."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Constant(value=int() as number) if number is not None:
            return str(number)
        case ast.Name(id=name):
            held = namespace.get(name)
            plain = type(held) in (str, int, float) or issubclass(type(held), PurePath)
            return str(held) if plain else _UNKNOWN
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _evaluate(left, namespace) + _evaluate(right, namespace)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return os.path.join(_evaluate(left, namespace), _evaluate(right, namespace))
        case ast.JoinedStr(values=values):
            return "".join(_evaluate(v, namespace) for v in values)
        case ast.FormattedValue(value=value, format_spec=None):
            return _evaluate(value, namespace)
        case ast.Call(func=ast.Attribute(attr="join"), args=[_, *_] as args):
            return os.path.join(*(_evaluate(a, namespace) for a in args))
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=args) if name in _PATHS:
            return os.path.join(*(_evaluate(a, namespace) for a in args)) if args else _UNKNOWN
    return _UNKNOWN


def _match_files(pattern: str) -> Iterator[str]:
    """Yield a path, or the files of its folder that it may stand for; what a folder holds, if it is one."""
    folder, name = os.path.split(pattern)
    if os.path.isdir(pattern):
        folder, name = pattern, _UNKNOWN
    if _UNKNOWN not in name:
        added = [pattern + suffix for suffix in _SUFFIXES if os.path.isfile(pattern + suffix)]
        yield from [pattern] if os.path.isfile(pattern) or not added else added
        return
    if os.path.isdir(folder):
        with os.scandir(folder) as entries:
            found = [e.path for e in entries if fnmatch.fnmatchcase(e.name, name) and e.is_file()]
        yield from sorted(found)[:_MOST]


def _list_named(texts: Iterable[str], reached: Iterable[str], namespace: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files that a statement gives to the code which it calls, as far as they are there."""
    for text in (*texts, *_list_texts(reached, namespace)):
        if 0 < len(text) < 1024 and "\n" not in text and "\0" not in text and os.path.isfile(text):
            yield os.path.abspath(text)


def _list_texts(reached: Iterable[str], namespace: Mapping[str, Any]) -> Iterator[str]:
    for name in reached:
        value: Any = namespace.get(name)
        held = [value, *list(read_dictionary(value).values())[:_MOST]]
        if type(value) in (list, tuple, set, dict):
            items: Any = value.values() if type(value) is dict else value
            held += list(items)[:_MOST]
        yield from (str(part) for part in held if issubclass(type(part), str | PurePath))
