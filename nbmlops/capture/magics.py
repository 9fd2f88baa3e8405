"""Magics: plain Python that does what a magic or a shell line did, where there is such Python."""

from __future__ import annotations

import ast
import os
import re
import shlex
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import PurePath

from nbmlops.capture.interpolation import spell_calls, spell_text

__all__ = ["RUN_FOLDER", "MagicCall", "bind_run", "find_run", "is_own_verb", "read_call", "spell_call"]

RUN_FOLDER = "scripts"
"""The folder of an export that holds what ``%run`` ran."""

_SILENT = frozenset(
    {
        "matplotlib", "load_ext", "reload_ext", "unload_ext", "autoreload", "config", "who", "whos", "who_ls",
        "history", "hist", "timeit", "pip", "conda", "mamba", "micromamba", "uv", "nbmlops", "xmode", "pinfo",
        "pinfo2", "doctest_mode", "pprint", "psource", "pdoc", "pdef", "pfile", "psearch", "lsmagic", "magic",
        "quickref", "colors", "page", "pdb", "tb", "gui", "logstart", "logstop", "logon", "logoff",
        "logstate", "notebook", "save", "load", "loadpy", "pycat", "killbgscripts", "connect_info",
        "qtconsole", "clear", "automagic", "autoawait", "autocall", "alias_magic", "rehashx", "dhist", "dirs",
        "bookmark",
        "ls", "ll", "lf", "lk", "ldir", "lx", "cat", "more", "less", "man",
        "reset", "reset_selective", "xdel",
    }
)  # fmt: skip
_SHOWN = frozenset(
    {"timeit", "html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG", "debug", "sweep"}
)
_PROGRAMS = frozenset({"bash", "sh", "perl", "ruby", "python", "python2", "python3", "pypy", "script"})
_COMMANDS = frozenset({"mkdir", "cp", "mv", "rm", "rmdir"})
_SHELLS = frozenset({"sx", "system", "!"})
_PYLAB = (
    "import numpy\nimport matplotlib\nfrom matplotlib import pylab, mlab, pyplot\nnp = numpy\nplt = pyplot"
)


@dataclass(frozen=True, slots=True)
class MagicCall:
    """A magic or a shell line as IPython calls it: `target` is ``x = `` where its value gets a name."""

    method: str
    arguments: tuple[str, ...]
    target: str

    @property
    def name(self) -> str:
        """The name of the magic; empty for a shell line."""
        return self.arguments[0] if self.method.startswith("run_") and self.arguments else ""


def read_call(node: ast.AST) -> MagicCall | None:
    """Return the magic or shell line that a statement is, if it is one."""
    match node:
        case ast.Expr(value=ast.Call() as call) | ast.Assign(targets=[_], value=ast.Call() as call):
            pass
        case _:
            return None
    match call.func:
        case ast.Attribute(attr=method, value=ast.Call(func=ast.Name(id="get_ipython"))):
            texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if len(texts) != len(call.args) or call.keywords:
                return None
            target = f"{ast.unparse(node.targets[0])} = " if isinstance(node, ast.Assign) else ""
            return MagicCall(method, tuple(texts), target)
        case _:
            return None


def spell_call(call: MagicCall, known: Collection[str]) -> str | None:
    """Return plain Python for a magic; empty where nothing of it remains, None where there is none."""
    first, *rest = call.arguments or ("",)
    match call.method:
        case "run_line_magic":
            return _spell_line(first, rest[0] if rest else "", call.target, known)
        case "run_cell_magic" if len(rest) == 2:
            return _spell_cell(first, rest[0], rest[1], known)
        case "getoutput":
            return _spell_output(call.target, spell_text(first, known))
        case "system":
            return f"{call.target}{_spell_system(spell_text(first, known))}"
        case _:
            return None


def _spell_system(command: str) -> str:
    return f"subprocess.run({command}, shell=True, check=False)"


def _spell_output(target: str, command: str) -> str:
    run = f"subprocess.run({command}, shell=True, text=True, check=False, stdout=-1, stderr=-2)"
    return f"{target}{run}.stdout.splitlines()"


def _spell_line(name: str, line: str, target: str, known: Collection[str]) -> str | None:
    if name == "time":
        return target + re.sub(r"^\s*--no-raise-error\s+", "", line) if line else ""
    if name == "prun":
        return None if target else re.sub(r"^(\s*-(?:[rq]+|[lsTD]\s*\S+))*\s*", "", line)
    if name in _SILENT:
        return None if target else "" if name == "timeit" else spell_calls(line, known)
    if name in _COMMANDS:
        return None if target else _spell_system(spell_text(f"{name} {line}", known))
    if name in _SHELLS:
        return _spell_output(target, spell_text(line, known))
    spell = _LINES.get(name)
    return None if spell is None else spell(line, target, known)


def _spell_environment(line: str, target: str, known: Collection[str]) -> str | None:
    name, sign, value = line.partition("=" if "=" in line else " ")
    name = name.strip()
    if not sign:
        return f"import os; {target}os.environ[{name!r}]" if target and name else "" if not target else None
    if target or re.search(r"[\s{$]", name):
        return None
    return f"import os; os.environ[{name!r}] = {spell_text(value.strip(), known)}"


def _spell_folder(line: str, target: str, known: Collection[str]) -> str | None:
    place = re.sub(r"^-q\s+", "", line).strip().strip("\"'")
    if target or place.startswith("-"):
        return None
    if not re.search(r"[{$]", place):
        return f"import os; os.chdir({os.path.expanduser(place or '~')!r})"
    return f"import os; os.chdir(os.path.expanduser({spell_text(place, known)}))"


def _spell_place(line: str, target: str, known: Collection[str]) -> str | None:
    return f"import os; {target}os.getcwd()" if target else ""


def _spell_precision(line: str, target: str, known: Collection[str]) -> str | None:
    digits = line.strip() or "8"
    return f"import numpy; numpy.set_printoptions(precision={int(digits)})" if digits.isdigit() else None


def _spell_pylab(line: str, target: str, known: Collection[str]) -> str | None:
    if target:
        return None
    stars = "" if "--no-import-all" in line else "\nfrom pylab import *\nfrom numpy import *"
    return _PYLAB + stars


def _spell_store(line: str, target: str, known: Collection[str]) -> str | None:
    return None if target or "-r" in line.split() or ">" in line else ""


def is_own_verb(node: ast.AST) -> bool:
    """Say whether a statement is nothing but a verb of nbmlops."""
    call = read_call(node)
    return call is not None and call.method == "run_line_magic" and call.name == "nbmlops"


def find_run(call: MagicCall) -> str | None:
    """Return the path of the file that a ``%run`` runs, if the line says it plainly."""
    if call.method != "run_line_magic" or call.name != "run" or len(call.arguments) != 2:
        return None
    words = [w for w in _split_words(call.arguments[1]) if w not in ("-e", "-G", "-t", "-n")]
    plain = len(words) == 1 and not re.search(r"[{$*]", words[0]) and not words[0].startswith("-")
    return None if not plain else words[0] if PurePath(words[0]).suffix else f"{words[0]}.py"


def _spell_run(line: str, target: str, known: Collection[str]) -> str | None:
    path = find_run(MagicCall("run_line_magic", ("run", line), target))
    if path is None or target or not path.endswith(".py"):
        return None
    module, main = f"{RUN_FOLDER}.{PurePath(path).stem}", "-n" not in line.split()
    return f"import runpy; runpy.run_module({module!r}" + (", run_name='__main__')" if main else ")")


def bind_run(code: str, names: Collection[str]) -> str:
    """Let the plain code of a ``%run`` bind the names that the run was seen to bind."""
    before, mark, run = code.partition("; runpy.run_module(")
    if not mark or not names or before != "import runpy":
        return code
    call = f"runpy.run_module({run}"
    if len(names) == 1:
        (name,) = names
        return f"import runpy; {name} = {call}[{name!r}]"
    keys = ", ".join(map(repr, sorted(names)))
    return f"import runpy; {', '.join(sorted(names))} = map({call}.get, ({keys}))"


_LINES: dict[str, Callable[[str, str, Collection[str]], str | None]] = {
    "env": _spell_environment,
    "set_env": _spell_environment,
    "cd": _spell_folder,
    "pushd": _spell_folder,
    "pwd": _spell_place,
    "precision": _spell_precision,
    "pylab": _spell_pylab,
    "store": _spell_store,
    "run": _spell_run,
}


def _spell_cell(name: str, line: str, body: str, known: Collection[str]) -> str | None:
    if name in _SHOWN:
        return ""
    if name in _SHELLS:
        return _spell_system(spell_text(f"{line}\n{body}" if line else body, known))
    if name in {"writefile", "file"}:
        return _spell_file(line, body, known)
    if name == "capture":
        return _spell_capture(line, body)
    if name == "prun":
        return body
    return _spell_program(name, line, body, known) if name in _PROGRAMS else None


def _spell_file(line: str, body: str, known: Collection[str]) -> str | None:
    append, place = re.fullmatch(r"(-a\s+)?(.*)", line.strip(), re.DOTALL).groups()  # type: ignore[union-attr]
    place = os.path.expanduser(place.strip("\"'"))
    opened = f'open({spell_text(place, known)}, "{"a" if append else "w"}", encoding="utf-8")'
    return f"with {opened} as _file:\n    _file.write({_spell_long(body)})"


def _spell_long(text: str) -> str:
    """Spell a text of several lines as it reads."""
    hard = '"""' in text or "\\" in text or text.endswith('"') or text.count("\n") < 2
    control = any(not c.isprintable() and c != "\n" for c in text)
    return repr(text) if hard or control else f'"""\\\n{text}"""'


def _spell_capture(line: str, body: str) -> str | None:
    """Spell a cell whose output has a name: the body as it is, with its streams going elsewhere."""
    words = _split_words(line)
    names = [w for w in words if not w.startswith("-")]
    if (
        len(names) != 1
        or not names[0].isidentifier()
        or "get_ipython" in body
        or re.search(r"^\s*[%!]", body, re.M)
    ):
        return None
    streams = [s for s in ("stdout", "stderr") if f"--no-{s}" not in words]
    opened = ", ".join(f"contextlib.redirect_{s}(io.StringIO()) as _{s}" for s in streams)
    kept = ", ".join(f"{s}=_{s}.getvalue()" for s in streams)
    inner = body if body.endswith("\n") else f"{body}\n"
    lines = "".join(f"    {text}" if text.strip() else text for text in inner.splitlines(keepends=True))
    made = f"{names[0]} = types.SimpleNamespace({kept})"
    if not streams or _has_long_text(body):
        return None
    return f"import contextlib, io, types\nwith {opened}:\n{lines}{made}"


def _has_long_text(body: str) -> bool:
    """Whether a text in the body goes over several lines: it would not stand being indented."""
    try:
        tree = ast.parse(body)
    except SyntaxError:
        return True
    texts = (n for n in ast.walk(tree) if isinstance(n, ast.JoinedStr | ast.Constant))
    return any(n.end_lineno != n.lineno for n in texts)


def _spell_program(name: str, line: str, body: str, known: Collection[str]) -> str | None:
    words = _split_words(line)
    command = [] if name == "script" else [name]
    names: dict[str, str] = {}
    check = True
    while words:
        word = words.pop(0)
        if word in ("--out", "--err") and words:
            names["stdout" if word == "--out" else "stderr"] = words.pop(0)
        elif word == "--no-raise-error":
            check = False
        elif word in ("--bg", "--proc"):
            return None
        else:
            command.append(word)
    program = "[" + ", ".join(spell_text(word, known) for word in command) + "]"
    text = _spell_long(body if body.endswith("\n") else f"{body}\n")
    kept = "".join(f", {stream}=subprocess.PIPE" for stream in names)
    run = f"subprocess.run({program}, input={text}, text=True, check={check}{kept})"
    if not names:
        return run
    if len(names) == 1:
        return "".join(f"{n} = {run}.{stream}" for stream, n in names.items())
    bound, streams = ", ".join(names.values()), ", ".join(f"_done.{stream}" for stream in names)
    return f"_done = {run}\n{bound} = {streams}"


def _split_words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()
