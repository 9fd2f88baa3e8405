"""Editions: the texts of the person's own modules that a pipeline needs, each from some statement on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from nbmlops.pipeline.parts import Part

__all__ = ["Edition", "find_editions"]


@dataclass(frozen=True, slots=True)
class Edition:
    """The text of a module, as a content digest, from the statement at `place` on (None: from the start)."""

    module: str
    content: str
    path: str
    place: tuple[int, int] | None

    @property
    def folder(self) -> str:
        """The name of the folder that holds it, below that of all editions."""
        return "" if self.place is None else f"{self.place[0]}_{self.place[1]}"

    @property
    def file(self) -> str:
        """Where an export keeps it."""
        return f"editions/{self.folder}/{self.path}" if self.place else self.path


def find_editions(parts: Sequence[Part]) -> tuple[Edition, ...]:
    """Return what is needed of each own module: as it was at first, and wherever it had been edited."""
    found: list[Edition] = []
    current: dict[str, str] = {}
    for part in parts:
        for read in part.statement.reads:
            if read.module is None or read.content is None:
                continue
            known = current.get(read.module)
            if known == read.content or (known is not None and part.role != "action"):
                continue
            place = None if known is None else part.statement.place
            found.append(Edition(read.module, read.content, _path_of(read.module, read.resource.key), place))
            current[read.module] = read.content
    return tuple(found)


def _path_of(module: str, file: str) -> str:
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if PurePath(file).name == "__init__.py" else f"{path}.py"
