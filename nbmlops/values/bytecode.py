"""Bytecode: compiled code as instructions that do not depend on where they stand."""

from __future__ import annotations

import dis
import functools
from typing import Any

__all__ = ["take_code"]


@functools.lru_cache(maxsize=4096)
def _spell_code(value: Any) -> tuple[Any, ...]:
    """Spell instructions: a method of a module is called in another way where its import stands elsewhere."""
    code: Any = dis.Bytecode(value)
    found = [i for i in code if i.opname not in ("NOP", "PUSH_NULL", "EXTENDED_ARG")]
    places = {i.offset: at for at, i in enumerate(found)}
    steps: list[Any] = []
    for at, i in enumerate(found):
        argument = i.argval if i.opcode in dis.hasname else i.arg
        if i.opcode in dis.hasjrel or i.opcode in dis.hasjabs:
            argument = next((places[t] - at for t in range(i.argval, i.argval + 64, 2) if t in places), None)
        steps.append((i.opname.replace("LOAD_METHOD", "LOAD_ATTR"), argument))
    guarded = [
        tuple(next((places[t] for t in range(o, o + 64, 2) if t in places), len(found)) for o in entry[:3])
        + tuple(entry[3:])
        for entry in code.exception_entries
    ]
    return tuple(steps), tuple(guarded)


def take_code(walk: Any, value: Any, kind: Any) -> None:
    """Describe a code object by what it does and the names it has for it."""
    counts = value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_flags & 0x3AF
    names = value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars
    walk.mark("code", value.co_name, *_spell_code(value), counts, names)
    walk.tell_items("constants", list(value.co_consts))
