"""Sessions: what somebody did in a notebook, event by event, decided by a number."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.messy.accidents import change_number, find_bound, insert_stop, make_poke, spoil_cell
from tests.messy.shelf import Notebook

__all__ = ["Event", "Session", "make_session"]


@dataclass(frozen=True)
class Event:
    """One cell that is run; `interrupted` says that the stop button is pressed while it waits."""

    cell: str
    source: str
    interrupted: bool = False


@dataclass(frozen=True)
class Session:
    """What happened, and the number that decides which names are exported at the end."""

    notebook: Notebook
    seed: int
    events: tuple[Event, ...]


def make_session(notebook: Notebook, seed: int, mess: float = 0.35) -> Session:
    """Run a notebook as people do: cells again, edited, broken, stopped, left out and out of order."""
    draw = random.Random(f"{notebook.name} {seed}")
    texts = list(notebook.cells)
    order = list(range(len(texts)))
    names = find_bound(texts)
    if draw.random() < 0.25 and len(order) > 2:
        for _ in range(draw.randint(1, 2)):
            i, j = draw.sample(range(1, len(order)), 2)
            order[i], order[j] = order[j], order[i]
    gone: set[int] = set()
    events: list[Event] = []
    for position, cell in enumerate(order):
        if cell in gone:
            continue
        events.append(Event(f"c{cell}", texts[cell]))
        while draw.random() < mess:
            events += _disturb(texts, order[: position + 1], gone, names, draw)
    return Session(notebook, seed, tuple(events))


def _disturb(
    texts: list[str], done: list[int], gone: set[int], names: list[str], draw: random.Random
) -> list[Event]:
    """Do one thing that was not planned."""
    recent = done[-6:] if draw.random() < 0.6 else done
    cell = draw.choice(recent)
    source, kind = texts[cell], draw.random()
    if kind < 0.22:
        return [] if cell in gone else [Event(f"c{cell}", source)]
    if kind < 0.48:
        changed = change_number(source, draw)
        if draw.random() < 0.6:
            texts[cell] = changed
        return [Event(f"c{cell}", changed)]
    if kind < 0.60:
        spoilt = spoil_cell(source, names, draw)
        again = [Event(f"c{cell}", source)] if draw.random() < 0.6 else []
        return [Event(f"c{cell}", spoilt), *again]
    if kind < 0.67:
        stopped = insert_stop(source, draw)
        again = [Event(f"c{cell}", source)] if draw.random() < 0.6 else []
        return [Event(f"c{cell}", stopped, stopped != source), *again]
    if kind < 0.71:
        gone.add(draw.randrange(len(texts)))
        return []
    return [Event(f"p{draw.randint(0, 3)}", make_poke(names, draw))]
