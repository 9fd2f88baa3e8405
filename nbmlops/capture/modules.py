"""Own modules: files beside the notebook, whose globals a call may change without naming them."""

from __future__ import annotations

import os
import sys
from types import ModuleType

from nbmlops.capture.files import is_own_file
from nbmlops.values.structure import locate

__all__ = ["OwnModules", "is_own_module", "module_globals"]

_PREFIX = "module "


class OwnModules:
    """Finds the person's own modules among all that are loaded; looks only at those that are new."""

    def __init__(self) -> None:
        self._examined: dict[str, int] = {}
        self._found: dict[str, ModuleType] = {}
        self._newest: tuple[int, str] = (0, "")

    def find(self) -> dict[str, ModuleType]:
        """Return each own module under a key that is no variable's name."""
        newest = len(sys.modules), next(reversed(sys.modules))
        if newest != self._newest:
            self._newest = newest
            for name, module in list(sys.modules.items()):
                if self._examined.get(name) != locate(module):
                    self._examined[name] = locate(module)
                    if is_own_module(module):
                        self._found[_PREFIX + name] = module
        return self._found


def is_own_module(value: object) -> bool:
    """Say whether a value is a module made from a person's own file."""
    if not issubclass(type(value), ModuleType):
        return False
    held = object.__getattribute__(value, "__dict__")  # a lazy module is loaded by any other question
    file = held.get("__file__") if held.get("__name__") != "__main__" else None
    if not isinstance(file, str) or not file.endswith(".py"):
        return False
    return is_own_file(file) and is_own_file(os.path.abspath(file))


def module_globals(module: ModuleType) -> dict[str, object]:
    """Return what a module holds, without what the interpreter puts there."""
    return {n: v for n, v in vars(module).items() if not (n.startswith("__") and n.endswith("__"))}
