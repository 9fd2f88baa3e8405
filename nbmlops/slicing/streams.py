"""Streams: for each draw of random numbers, keep the draws before it or restore the state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbmlops.core.history import Statement
from nbmlops.core.resource import Resource
from nbmlops.core.slice import Reason, Restore
from nbmlops.slicing.wording import explain_draw

__all__ = ["StreamPlan", "plan_streams"]

_SHORT_CHAIN = 4


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """What has to be kept for the sake of a stream, and what has to be restored."""

    forced: tuple[tuple[int, Reason], ...]
    restores: tuple[Restore, ...]


def plan_streams(statements: Sequence[Statement], kept: Mapping[int, object]) -> StreamPlan:
    """Plan every stream that a kept statement draws from.

    Where the statement that last moved the stream is kept too, nothing is to be done. Where a seed
    stands at the head of a short chain of draws, that chain is kept: it reads as it was written.
    Otherwise the recorded state is restored just before the draw, and the draws in between go.
    """
    forced: list[tuple[int, Reason]] = []
    restores: list[Restore] = []
    drawing = [p for p in sorted(kept) if not _imports(statements[p])]
    streams = sorted({key for p in drawing for key in _drawn_streams(statements[p])})
    for stream in streams:
        movers = [p for p, s in enumerate(statements) if _moves(s, stream)]
        done: set[int] = set(kept)
        for position in [p for p in drawing if stream in _drawn_streams(statements[p])]:
            chain = _chain_before(movers, position, statements, stream)
            if chain and chain[-1] in done and not _imports(statements[chain[-1]]):
                continue
            if _starts_with_seed(chain, statements, stream) and _is_short(chain, done, statements, stream):
                done |= set(chain)
                forced += [(p, _reason(stream, statements, p, position)) for p in chain if p not in kept]
            else:
                origin = dict(statements[position].origin)
                if stream in origin:
                    restores.append(Restore(statements[position].place, stream, origin[stream]))
    restores += [
        Restore(statements[p].place, name, content, after=True)
        for p in sorted(kept)
        for name, content in statements[p].origin
        if name not in streams and not _is_stream(statements[p], name)
    ]
    return StreamPlan(tuple(forced), tuple(restores))


def _imports(statement: Statement) -> bool:
    """Whether a statement is an import: what it draws is the library's own affair."""
    return statement.code.lstrip().startswith(("import ", "from "))


def _drawn_streams(statement: Statement) -> set[str]:
    return {r.resource.key for r in statement.reads if r.resource.kind == "random"}


def _moves(statement: Statement, stream: str) -> bool:
    return any(e.resource == Resource("random", stream) for e in statement.effects)


def _is_stream(statement: Statement, name: str) -> bool:
    return name in _drawn_streams(statement)


def _chain_before(
    movers: Sequence[int], position: int, statements: Sequence[Statement], stream: str
) -> list[int]:
    """Return what moved the stream before `position`, back to the nearest seed, in order."""
    chain: list[int] = []
    for mover in reversed([p for p in movers if p < position]):
        chain.insert(0, mover)
        if stream not in _drawn_streams(statements[mover]):
            break
    return chain


def _starts_with_seed(chain: Sequence[int], statements: Sequence[Statement], stream: str) -> bool:
    return bool(chain) and stream not in _drawn_streams(statements[chain[0]])


def _is_short(chain: Sequence[int], done: set[int], statements: Sequence[Statement], stream: str) -> bool:
    extra = [p for p in chain if p not in done]
    changes_more = any(
        e.resource.kind == "name" and e.change == "changed" for p in extra[1:] for e in statements[p].effects
    )
    imports = any(_imports(statements[p]) for p in chain)
    return len(extra) <= _SHORT_CHAIN and not changes_more and not imports


def _reason(stream: str, statements: Sequence[Statement], position: int, drawer: int) -> Reason:
    verb = "draws from" if stream in _drawn_streams(statements[position]) else "seeds"
    return explain_draw(stream, verb, statements[drawer])
