"""Evidence: what one statement did, concluded from what was seen before and after it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from nbmlops.capture.bindings import SHELL_NAMES
from nbmlops.capture.drawing import is_figure
from nbmlops.capture.mentions import DYNAMIC, Mentions
from nbmlops.capture.modules import is_own_module, read_module
from nbmlops.capture.paths import candidate_files
from nbmlops.capture.portraits import Gallery, Met, Seen
from nbmlops.capture.scene import home_of
from nbmlops.capture.stamps import Stamp, stamp_file
from nbmlops.capture.unshown import UNSHOWN, UNSHOWN_INSIDE, find_unshown
from nbmlops.core.resource import BEYOND_BUDGET, GONE, Change, Effect, Read, Resource
from nbmlops.values.structure import mro_of, name_type, vars_of

_NEVER = frozenset({""})
_LENT, _RUNNING = "a library", "a thread"
_WAYS = {
    _LENT: "a library was given it, and may use it",
    _RUNNING: "a thread that an earlier statement started may use it meanwhile",
}
_HEAP = 1 << 9
"""The flag of classes that are made at run time: no other has a method of the person's own."""

__all__ = [
    "Before",
    "conclude_ambient",
    "conclude_names",
    "holds_handle",
    "look_before",
    "read_kinds",
    "read_names",
]


@dataclass(slots=True)
class Before:
    """What was seen before a statement ran; `dynamic` says that it may look up any name.

    `tuned` are the settings that it writes to, whether or not they came out different.
    """

    reached: dict[str, str | None]
    seen: dict[str, Seen | None]
    files: dict[str, Stamp | None] = field(default_factory=dict)
    dynamic: bool = False
    tuned: frozenset[str] = frozenset()


def look_before(mentions: Mentions, gallery: Gallery, namespace: Mapping[str, Any]) -> Before:
    """Take portraits of everything that a statement can be expected to touch."""
    dynamic = mentions.dynamic
    direct = gallery.bindings.names() if dynamic else mentions.loaded
    reached = gallery.close_over(n for n in direct if n in namespace and n not in SHELL_NAMES)
    if mentions.has_call and not mentions.is_definition and not dynamic:
        dynamic = not DYNAMIC.isdisjoint(_list_late(gallery.known(n) for n in reached))
        reached = gallery.close_over([*reached, *gallery.bindings.names()]) | reached if dynamic else reached
    # What is only bound here is read too where a function that is called looks it up before.
    for name in mentions.bound | mentions.deleted:
        if name in namespace and name not in SHELL_NAMES:
            reached = _reach_last_words(name, gallery, namespace) | reached
            reached.setdefault(name, None)
    if mentions.loaded and not (mentions.is_import or mentions.is_definition):
        for lent, why in ((gallery.attached, _LENT), (gallery.find_running(), _RUNNING)):
            found = gallery.close_over(n for n in lent if n in namespace)
            reached = {**{name: via or why for name, via in found.items()}, **reached}
    for name in gallery.close_over(n for n in gallery.kept if n in namespace) if gallery.kept else ():
        reached.setdefault(name, None)
    if mentions.loaded and not (mentions.is_import or mentions.is_definition):
        reached |= dict.fromkeys(gallery.modules())
    candidates = candidate_files(mentions, namespace, reached) if mentions.has_call else set()
    files = {path: stamp_file(path) for path in candidates}
    return Before(reached, {name: gallery.look(name) for name in reached}, files, dynamic)


def _reach_last_words(name: str, gallery: Gallery, namespace: Mapping[str, Any]) -> dict[str, str | None]:
    """Return what runs when an object goes, because its last name is bound to something else."""
    kind = type(namespace[name])
    if kind.__flags__ & _HEAP == 0 or not any("__del__" in vars_of(base) for base in mro_of(kind)):
        return {}
    return {found: via or name for found, via in gallery.close_over([name]).items()}


def _list_late(seen: Iterable[Seen | None]) -> set[str]:
    """Return the names that functions look up when they are called, whether they are there or not."""
    return {name for one in seen if one is not None for name in one.names}


def holds_handle(before: Before) -> bool:
    """Say whether a statement touches something that cannot be looked into, as a connection is."""
    return any(seen and seen.portrait and seen.digest is None for seen in before.seen.values())


def read_names(
    mentions: Mentions, before: Before, namespace: Mapping[str, Any], gone: Collection[str] = ()
) -> list[Read]:
    """Return what a statement read by name; `gone` are names that were there, and were deleted."""
    reads = [
        Read(Resource("name", n), "the statement mentions it") for n in ("In", "Out") if n in mentions.loaded
    ]
    for name in sorted(n for n in before.reached if n in namespace):
        via = before.reached[name]
        if before.seen.get(name) is None or name in SHELL_NAMES:
            continue
        if via is not None:
            because = _WAYS.get(via, f"`{via}` looks it up when it is called")
            reads.append(Read(Resource("name", name), because, certain=via in mentions.calls, late=True))
        elif name in mentions.loaded:
            drawn = name in mentions.drawn and is_figure(namespace[name])
            reads.append(Read(Resource("name", name), "the statement mentions it", drawn=drawn))
        elif before.dynamic:
            reads.append(Read(Resource("name", name), "the statement may look up any name", certain=False))
    absent = {name for name in gone if name not in namespace}
    if absent and not before.dynamic:
        absent &= mentions.loaded | _list_late(before.seen.values())
    reads += [Read(Resource("name", name), GONE, certain=False) for name in sorted(absent)]
    reads += _read_modules(before.reached, namespace)
    return reads


def read_kinds(
    effects: Collection[Effect], before: Before, gallery: Gallery, namespace: Mapping[str, Any]
) -> list[Read]:
    """Return the person's own classes of what a statement made without mentioning them, as from a file."""
    made = [gallery.known(e.resource.key) for e in effects if e.change in {"bound", "changed"}]
    found: set[int] = set()
    for seen in made:
        if seen is not None and seen.portrait is not None and seen.portrait.own:
            found |= seen.objects
    bound = {e.resource.key for e in effects if e.change == "bound"}
    names = sorted(gallery.sharing(frozenset(found), apart=bound | before.reached.keys())) if found else []
    return [
        Read(Resource("name", name), "what the statement makes is of this class", late=True)
        for name in names
        if issubclass(type(namespace.get(name)), type)
    ]


def _read_modules(reached: Iterable[str], namespace: Mapping[str, Any]) -> list[Read]:
    """Note a person's own modules: the text of what is imported is a file that was read."""
    homes: dict[str, str] = {}
    for name in reached:
        value = namespace.get(name)
        kind = type(value)
        if kind is ModuleType:
            homes.setdefault(str(vars(value).get("__name__")), name)
        elif kind is FunctionType:
            homes.setdefault(str(value.__module__), name)
        elif issubclass(kind, type):
            homes.setdefault(home_of(value), name)
    own = [(sys.modules[home], name) for home, name in sorted(homes.items()) if home in sys.modules]
    reads = [read_module(m, f"`{name}` is made from it") for m, name in own if is_own_module(m)]
    return [read for read in reads if read is not None]


def conclude_names(
    node: ast.stmt,
    mentions: Mentions,
    before: Before,
    gallery: Gallery,
    namespace: Mapping[str, Any],
    completed: bool,
    repeated: bool,
) -> list[Effect]:
    """Compare after with before, for the names touched and for those that share objects with them.

    What a statement writes to counts as changed even where it came out the same, for on other data
    it would not; unless the very statement was `repeated`.
    """
    bindings = gallery.bindings
    changes = bindings.look()
    touched = {*before.reached, *changes}
    if completed:
        touched |= {n for n in mentions.bound if bindings.identity(n) is not None}
    met: Met = {}
    after = {name: gallery.look(name, again=True, met=met) for name in touched}
    disturbed = _disturbed(before, after)
    for other in gallery.sharing(disturbed, apart=touched):
        before.seen[other], after[other] = gallery.known(other), gallery.look(other, again=True, met=met)
    effects = _conclude_modules(before, after, gallery, namespace)
    if completed:
        gallery.kept |= mentions.handed
        gallery.started |= mentions.started
    unshown: dict[str, _Finding] = {}
    if completed and not repeated:
        found, before.tuned = find_unshown(node, mentions, before.seen, after, gallery, namespace)
        unshown = {n: _Finding("changed", because, certain=own) for n, (because, own) in found.items()}
        effects += _assume_modules(before.tuned, effects, gallery)
    for name in sorted(after.keys() - gallery.modules()):
        change = _classify(name, mentions, before, after[name], changes, gallery, completed)
        change = change or unshown.get(name)
        if change is not None:
            effects.append(_describe(name, change, after[name], namespace))
    gallery.literals -= {effect.resource.key for effect in effects}
    if completed and mentions.literal is not None:
        gallery.literals.add(mentions.literal)
    return effects


def _conclude_modules(
    before: Before, after: Mapping[str, Seen | None], gallery: Gallery, namespace: Mapping[str, Any]
) -> list[Effect]:
    """Tell which of the person's own modules hold something else than before.

    One that cannot be compared counts as changed by what uses it: a lock in it must not keep all.
    """
    effects: list[Effect] = []
    for key, module in sorted(gallery.modules().items()):
        then, now = before.seen.get(key), after.get(key)
        if then is None or now is None:
            continue
        seen = now.digest is not None and then.digest is not None
        differs = now.digest != then.digest if seen else _uses(module, before.reached, namespace)
        if differs:
            because = "what the module holds differs after the statement" if seen else "it cannot be compared"
            effects.append(Effect(Resource("ambient", key), "changed", because, certain=seen))
    return effects


def _assume_modules(tuned: Iterable[str], effects: Iterable[Effect], gallery: Gallery) -> list[Effect]:
    """Tell which of the person's own modules are written to, though they came out the same."""
    seen = {effect.resource.key for effect in effects}
    keys = sorted((gallery.modules().keys() & tuned) - seen)
    return [Effect(Resource("ambient", key), "changed", UNSHOWN_INSIDE, certain=False) for key in keys]


def _uses(module: ModuleType, reached: Iterable[str], namespace: Mapping[str, Any]) -> bool:
    values = [namespace.get(name) for name in reached]
    plain = [v.__module__ for v in values if type(v) is FunctionType]
    kinds: list[Any] = [v if issubclass(type(v), type) else type(v) for v in values]
    homes = {*plain, *map(name_type, kinds)}
    name = module.__name__
    return any(v is module for v in values) or any(h == name or h.startswith(f"{name}.") for h in homes)


def _disturbed(before: Before, after: Mapping[str, Seen | None]) -> frozenset[int]:
    """Return the identities of objects that may have been changed, as known before."""
    found: set[int] = set()
    for name, now in after.items():
        then = before.seen.get(name)
        if then is not None and (
            now is None or now.digest != then.digest or now.digest is None or now.identity != then.identity
        ):
            found |= then.objects
            found |= now.objects if now else frozenset()
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Finding:
    change: Change
    because: str
    definite: bool = False
    certain: bool = True


def _classify(
    name: str,
    mentions: Mentions,
    before: Before,
    now: Seen | None,
    changes: Mapping[str, int | None],
    gallery: Gallery,
    completed: bool,
) -> _Finding | None:
    then = before.seen.get(name)
    identity = changes[name] if name in changes else gallery.bindings.identity(name)
    existed = identity is not None
    if now is None:
        return _Finding("deleted", "the name is gone after it", definite=True) if existed else None
    left_early = name in mentions.within and existed and identity == now.identity
    definite = name in mentions.definite or mentions.turns.get(name, _NEVER) <= gallery.literals
    if completed and definite and not left_early:
        return _Finding("bound", "the statement binds it", definite=True)
    if not existed:
        return _Finding("bound", "the name appeared", definite=True)
    if identity != now.identity:
        return _Finding("bound", "it holds another object after the statement")
    if then is None:
        return (
            None
            if name not in before.reached
            else _Finding("changed", "it was not seen before", certain=False)
        )
    if now.portrait is None or then.portrait is None:
        return _Finding("changed", BEYOND_BUDGET, certain=False)
    if now.digest is None or then.digest is None:
        reason = now.portrait.opaque or then.portrait.opaque or "its content cannot be compared"
        return _Finding("changed", reason, certain=False)
    if now.digest != then.digest:
        return _Finding("changed", "its content differs after the statement")
    moved = now.objects ^ then.objects
    if moved and gallery.sharing(frozenset(moved), apart=(name,)):
        return _Finding("changed", "it shares objects with other names than before")
    return None


def _describe(name: str, found: _Finding, now: Seen | None, namespace: Mapping[str, Any]) -> Effect:
    value = namespace.get(name)
    scalar = value if type(value) in (int, float, bool) else _numpy_scalar(value)
    return Effect(
        Resource("name", name),
        found.change,
        found.because,
        definite=found.definite,
        certain=found.certain,
        fingerprint=now.digest if now else None,
        type=None if now is None else name_type(type(value)),
        scalar=scalar,
        late=tuple(sorted(now.names)) if now else (),
    )


def _numpy_scalar(value: Any) -> int | float | bool | None:
    numpy = sys.modules.get("numpy")
    plain = numpy is not None and issubclass(type(value), numpy.generic | numpy.ndarray)
    if plain and value.shape == () and value.size:
        plain = value.item()
        return plain if type(plain) in (int, float, bool) else None
    return None


def conclude_ambient(
    then: Mapping[str, Any] | None, now: Mapping[str, Any] | None, tuned: Collection[str] = ()
) -> list[Effect]:
    """Compare settings; they are None around an import: what it sets up is its own and comes again with it.

    What is drawn when there was no figure yet owes nothing to what was drawn before. What is `tuned`
    is written to, and may come out different elsewhere.
    """
    if then is None or now is None:
        return []
    because = "the setting differs after the statement"
    found = [
        Effect(Resource("ambient", key), "changed", because, definite=key == "figures" and not then[key])
        for key in sorted(now)
        if key in then and then[key] != now[key]
    ]
    same = [key for key in sorted(tuned) if key in now and then.get(key) == now[key]]
    return found + [Effect(Resource("ambient", key), "changed", UNSHOWN, certain=False) for key in same]
