"""Classes: what a class says of itself while none of its code runs, and whose own code it is."""

from __future__ import annotations

import sys
import sysconfig
import types
from collections.abc import Callable
from typing import Any

__all__ = [
    "ATOMS",
    "MEMBER",
    "cut_locals",
    "find_dictionary",
    "is_local",
    "locate",
    "mro_of",
    "name_type",
    "qualname_of",
    "vars_of",
]

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(...)})
_STANDARD = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))
MEMBER = type(type(lambda: 0).__dict__["__globals__"])
# What `id` tells, without the audit event that it raises: a hook that listens makes it ten times slower.
locate: Callable[[object], int] = object.__hash__
mro_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
vars_of: Callable[[type], Any] = type.__dict__["__dict__"].__get__
qualname_of: Callable[[type], str] = type.__dict__["__qualname__"].__get__


def find_dictionary(kind: type) -> Any:
    """Return what reads the dictionary of a class's objects; None where a class hides it, or there is none.

    A class may have a property of that name, which is code of the user's.
    """
    for base in mro_of(kind):
        found = vars_of(base).get("__dict__")
        if found is not None:
            return found if type(found) is types.GetSetDescriptorType else None
    return None


def is_local(module: Any) -> bool:
    """Tell whether code of that module is the user's own: a notebook, a script, or a file beside them."""
    if module == "__main__" or not isinstance(module, str) or module not in sys.modules:
        return True
    file = getattr(sys.modules[module], "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py") or file.startswith(_STANDARD):
        return False
    return not ("site-packages" in file or "dist-packages" in file)


def name_type(kind: type) -> str:
    """Return the module and the qualified name of a class, asking no metaclass."""
    module = type.__dict__["__module__"].__get__(kind)
    return f"{module if isinstance(module, str) else 'builtins'}.{qualname_of(kind)}"


def cut_locals(qualname: str) -> str:
    """Return a qualified name from the function on in which it was defined."""
    return qualname.rpartition("<locals>.")[2]
