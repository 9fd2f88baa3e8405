"""Draws: what a statement did to random streams and generators, and the states to put back for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import FunctionType, ModuleType
from typing import Any

from nbmlops.capture.evidence import Before
from nbmlops.capture.keeping import Keeping
from nbmlops.capture.mentions import STATE_TAKERS, Mentions
from nbmlops.capture.streams import describe_generator, encode_state, is_unseeded, list_generators
from nbmlops.capture.unseeded import list_unseeded
from nbmlops.capture.untaken import UNTAKEN, list_streams
from nbmlops.core.resource import Effect, Read, Resource

__all__ = ["conclude_streams", "origin_generators"]


def conclude_streams(
    then: Mapping[str, Any],
    now: Mapping[str, Any],
    mentions: Mentions,
    before: Before,
    namespace: Mapping[str, Any],
    completed: bool,
    keeping: Keeping,
) -> tuple[list[Read], list[Effect], list[tuple[str, str]]]:
    """Compare the states of the global streams; the earlier ones are kept where they may be needed.

    A stream that the code behind a statement draws from in a branch that was not taken counts as drawn from.
    """
    reads: list[Read] = []
    effects: list[Effect] = []
    origin: list[tuple[str, str]] = []
    untaken = list_streams(before.tuned, namespace) | list_unseeded(before.tuned, namespace)
    for stream in (s for s in now if then.get(s) is not None):
        resource, stays = Resource("random", stream), then[stream] == now[stream]
        if mentions.is_seed and completed and (not stays or stream in untaken & _own(mentions, namespace)):
            effects.append(Effect(resource, "seeded", "a seed call replaces the state", definite=True))
            continue
        if not stays:
            reads.append(Read(resource, "the statement drew from it"))
            effects.append(Effect(resource, "moved", "its state differs after the statement"))
        elif stream in untaken:
            reads.append(Read(resource, UNTAKEN, certain=False))
            effects.append(Effect(resource, "moved", UNTAKEN, certain=False))
        elif _takes_state(mentions, before, namespace, stream):
            reads.append(Read(resource, "the statement asks for its state"))
        else:
            continue
        origin.append((stream, keeping.keep(encode_state(stream, then[stream]))))
    return reads, effects, origin


def _own(mentions: Mentions, namespace: Mapping[str, Any]) -> set[str]:
    """Return the streams that the statement's own text names."""
    return list_streams(mentions.settings, namespace)


def _takes_state(mentions: Mentions, before: Before, namespace: Mapping[str, Any], stream: str) -> bool:
    """Whether a statement, or a function it uses, keeps a global stream's state, which moves nothing."""
    reached = [namespace.get(name) for name in before.reached]
    if any(type(v) is FunctionType and not STATE_TAKERS.isdisjoint(v.__code__.co_names) for v in reached):
        return True
    owners: list[Any] = [namespace.get(name) for name in mentions.states]
    names = [o.__name__ if issubclass(type(o), ModuleType) else "" for o in owners]
    bare = any(callable(owner) for owner in owners)
    return bare or any(name.partition(".")[0] == stream for name in names)


def origin_generators(
    mentions: Mentions, effects: Iterable[Effect], namespace: Mapping[str, Any], keeping: Keeping
) -> list[tuple[str, str]]:
    """Keep the states of the generators that a statement made without a seed, each with its path."""
    if not (mentions.makes_generator or mentions.has_call):
        return []
    found = []
    for effect in effects:
        value = namespace.get(effect.resource.key)
        if not mentions.makes_generator and effect.change != "bound":
            continue
        for path, generator in list_generators(effect.resource.key, value):
            if mentions.makes_generator or is_unseeded(generator):
                state = describe_generator(generator)
                found += [(path, keeping.keep(state))] if state is not None else []
    return found
