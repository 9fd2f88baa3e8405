"""The cluster: pieces of a batch that the workers of a Dask cluster answer, in the order they were read."""

from __future__ import annotations

import collections
import functools
from collections.abc import Iterator
from typing import Any

from .model import Model
from .pieces import Answered, answer_piece

__all__ = ["answer_far", "answer_there"]

_SECONDS = 10
_AHEAD = 2
# By name, so that only workers need the package: a scheduler unpickles what it is sent.
_TASK = "__import__(module, fromlist=['answer_there']).answer_there(rows, alone, digests)"


def answer_far(
    address: str, pieces: Iterator[list[Any]], alone: bool, digests: dict[str, str]
) -> Iterator[tuple[list[Any], Answered]]:
    """Yield each piece with its answers; never more than two for each thread of the cluster are under way.

    What a worker had under way that died, another one does. Every worker needs this very package:
    `digests` are those of its files. Raises ValueError where there is no cluster, or no such package.
    """
    try:
        import distributed
    except ImportError as error:
        raise ValueError("This needs dask: `python -m pip install distributed`.") from error
    make: Any = distributed.Client
    try:
        client = make(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"No Dask cluster answers at '{address}': {error}.") from error
    with client:
        waiting: collections.deque[tuple[list[Any], Any]] = collections.deque()
        for piece in pieces:
            task = {"module": __name__, "rows": piece, "alone": alone, "digests": digests}
            waiting.append((piece, client.submit(eval, _TASK, task, pure=False, retries=2)))
            if len(waiting) > max(1, _AHEAD * sum(client.nthreads().values())):
                yield _take_first(waiting)
        while waiting:
            yield _take_first(waiting)


def _take_first(waiting: collections.deque[tuple[list[Any], Any]]) -> tuple[list[Any], Answered]:
    piece, future = waiting.popleft()
    try:
        return piece, future.result()
    except ModuleNotFoundError as error:
        raise ValueError(
            f"A worker does not have this package ({error}): install its wheel there."
        ) from error


def answer_there(rows: list[Any], alone: bool, digests: dict[str, str]) -> Answered:
    """Answer a piece in a worker."""
    model = _load_model()
    if model.manifest["files"] != digests:
        raise ValueError("A worker has another version of this package: install the same wheel there.")
    return answer_piece(model, rows, alone)


@functools.cache
def _load_model() -> Model:
    return Model()
