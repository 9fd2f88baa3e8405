"""Resources: the versioned things that statements read and change, and the evidence of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "BEYOND_BUDGET",
    "BOUND_BY_TEXT",
    "CHANGED_MEANWHILE",
    "GONE",
    "MADE_MEANWHILE",
    "SET_UP",
    "UNWATCHED",
    "Change",
    "Effect",
    "Read",
    "Resource",
    "ResourceKind",
]

ResourceKind = Literal["name", "file", "random", "outside", "ambient"]
Change = Literal["bound", "changed", "deleted", "written", "moved", "seeded"]

BEYOND_BUDGET = "too large to compare within the budget"
"""Why a name may have changed: said of an effect that was assumed, for looking would have cost too much."""
BOUND_BY_TEXT = "the text binds it"
"""Why a name is said to be bound by a statement that nobody saw run."""
UNWATCHED = "it may have been changed: the cell was not observed"
"""Why a name is said to be changed by one."""
GONE = "it may be asked for, and is gone"
"""Why a name that is no longer there was read: that it is missing may decide what happens."""
MADE_MEANWHILE = "it was made while the kernel ran, by nothing that was observed"
"""Why a file that was read may hold what the notebook computed: said of an input, whoever made it."""
CHANGED_MEANWHILE = (
    "it is not what the statement left that wrote it last: nothing that was observed changed it"
)
"""Why a file that was read came from outside, though a statement had written it."""
SET_UP = "set up: "
"""How the key of an ambient resource begins that an import assigned in a module which is not its own."""


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """One versioned thing.

    `key` is the variable for a name, the absolute path for a file, the stream (``random``,
    ``numpy``, ``torch``) for random state, ``urllib example.org`` or the like for the outside
    world, and the setting (``environ``, ``cwd``, ``pandas`` ...) for what is ambient.
    """

    kind: ResourceKind
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"

    @classmethod
    def parse(cls, text: str) -> Resource:
        """Read back what ``str`` wrote."""
        kind, _, key = text.partition(":")
        return cls(kind, key)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Read:
    """A statement depended on a resource.

    `content` is the digest of a file as it was when it was read; `late` says that a function which
    the statement uses looks the name up, not the statement itself. `module` is the name under which
    Python loaded the file, where it is code of the person's own: its text is then part of what was read,
    whoever wrote it. `drawn` says that the statement only draws on a figure: it has to be there, and what was
    drawn before is of no consequence.
    """

    resource: Resource
    because: str
    certain: bool = True
    content: str | None = None
    late: bool = False
    module: str | None = None
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """A statement made a new version of a resource.

    `definite` says that the earlier version is of no consequence (a plain rebinding, a file opened
    for writing, a seed): a chain ends there. `certain` says that the change was seen, not assumed.
    `fingerprint` is the content after the statement, where it could be taken; `type` the qualified
    type of a name's value; `scalar` the value itself if it is a number; `content` the digest of a
    file's bytes after it was written, or of the saved value of a name that came from the outside
    world. `late` are the names that functions within the value look up when they are called.
    """

    resource: Resource
    change: Change
    because: str
    definite: bool = False
    certain: bool = True
    fingerprint: str | None = None
    type: str | None = None
    scalar: int | float | bool | None = None
    content: str | None = None
    late: tuple[str, ...] = ()
