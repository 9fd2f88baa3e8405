"""Own modules: files beside the notebook, whose globals a call may change without naming them."""

from __future__ import annotations

import os
import sys
from types import ModuleType

from nbmlops.capture.files import is_own_file
from nbmlops.capture.stamps import stamp_file
from nbmlops.core.digest import digest_file
from nbmlops.core.resource import Read, Resource
from nbmlops.values.structure import locate

__all__ = ["OwnModules", "is_own_module", "is_reloaded", "module_globals", "read_module"]

_PREFIX = "module "
_texts: dict[str, tuple[object, str]] = {}


class OwnModules:
    """Finds the person's own modules among all that are loaded; looks only at those that are new."""

    def __init__(self) -> None:
        self._examined: dict[str, int] = {}
        self._found: dict[str, ModuleType] = {}
        self._foreign: dict[str, tuple[int, bool]] = {}
        self._newest: tuple[int, str, int] = (0, "", 0)

    def find(self) -> dict[str, ModuleType]:
        """Return each own module under a key that is no variable's name."""
        last = next(reversed(sys.modules))
        newest = len(sys.modules), last, locate(sys.modules.get(last))
        if newest != self._newest:
            names = self._list_new()
            own = {root for root in {name.partition(".")[0] for name in names} if not self._is_foreign(root)}
            for name in (name for name in names if name.partition(".")[0] in own) if own else ():
                module: object = sys.modules.get(name)
                number = locate(module)
                if self._examined.get(name) != number:
                    self._examined[name] = number
                    if is_own_module(module):
                        self._found[_PREFIX + name] = sys.modules[name]
            self._newest = newest
        return self._found

    def _list_new(self) -> list[str]:
        """Return the modules that were loaded since the last look: the last ones, unless some are gone."""
        count, last, _ = self._newest
        names = list(sys.modules)
        return names[count - 1 :] if 0 < count <= len(names) and names[count - 1] == last else names

    def _is_foreign(self, root: str) -> bool:
        """Whether a package is a library's: then so is all that is in it."""
        package = sys.modules.get(root)
        known = self._foreign.get(root)
        if known is None or known[0] != locate(package):
            held = object.__getattribute__(package, "__dict__") if type(package) is ModuleType else {}
            foreign = isinstance(held.get("__file__"), str) and not is_own_module(package)
            known = self._foreign[root] = (locate(package), foreign)
        return known[1]


def is_own_module(value: object) -> bool:
    """Say whether a value is a module made from a person's own file."""
    if not issubclass(type(value), ModuleType):
        return False
    held = object.__getattribute__(value, "__dict__")  # a lazy module is loaded by any other question
    file = held.get("__file__") if held.get("__name__") != "__main__" else None
    if not isinstance(file, str) or not file.endswith(".py"):
        return False
    return is_own_file(file) and is_own_file(os.path.abspath(file))


def read_module(module: ModuleType, because: str) -> Read | None:
    """Return that an own module's text was read, as it was when the module was loaded."""
    path = os.path.abspath(str(module.__file__))
    loaded = _find_loading(module, path)
    known = _texts.get(module.__name__)
    if known is None or known[0] != loaded:
        if not os.path.isfile(path):
            return None
        known = _texts[module.__name__] = (loaded, digest_file(path))
    return Read(Resource("file", path), because, content=known[1], module=module.__name__)


def is_reloaded(module: ModuleType) -> bool:
    """Say whether a module was loaded again since its text was last looked at."""
    known = _texts.get(module.__name__)
    return known is not None and known[0] != _find_loading(module, os.path.abspath(str(module.__file__)))


def _find_loading(module: ModuleType, path: str) -> object:
    """Return what changes with each loading of a module: autoreload patches it with no trace in it."""
    if "IPython.extensions.autoreload" in sys.modules and _reloads_alone():
        return stamp_file(path)
    return locate(vars(module).get("__spec__"))


def _reloads_alone() -> bool:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    magics = shell.magics_manager.registry.get("AutoreloadMagics") if shell else None
    return bool(magics and magics._reloader.enabled)


def module_globals(module: ModuleType) -> dict[str, object]:
    """Return what a module holds, without what the interpreter puts there."""
    return {n: v for n, v in vars(module).items() if not (n.startswith("__") and n.endswith("__"))}
