"""Packaging: what matters of a package that was just built: was it tried, what it needs, how to serve it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Line, Table, Tone
from nbmlops.faces.panel.parts import Code, Link, Part, Row, Section
from nbmlops.faces.show_models import show_answers
from nbmlops.faces.wording import count_things, show_path, show_size

if TYPE_CHECKING:
    from nbmlops.faces.show_models import Packaged

__all__ = ["show_built"]

_TONES: Mapping[str, Tone] = {"verified": "good", "failed": "bad"}


def show_built(record: Packaged) -> Sequence[Part]:
    """Return a built package: its verdict, its figures, the commands that serve it; files folded away."""
    tried, path = record.verified, Path(record.path)
    rows = f" ({count_things(tried.rows, 'row')})" if tried.rows else ""
    files = tuple((name, _size_file(path / name)) for name in sorted(record.files))
    return (
        Line(f"{record.name} {record.version} is packaged in {show_path(path)}", "strong"),
        Line(f"{tried.state}: {tried.what}{rows}", _TONES.get(tried.state, "plain")),
        *show_answers(record),
        _show_figures(record),
        Section("Serve it", tuple(_list_commands(record))),
        Row(
            tuple(
                Link(f"Open {name}", str(path.absolute() / name), str(Path.home()))
                for name in ("README.md", "MODEL_CARD.md", "Dockerfile")
                if name in record.files
            )
        ),
        Section(f"Files ({len(files)})", (Table(("file", "size"), files, frozenset({1})),), folded=True),
        Section(
            f"Requirements ({len(record.requirements)})",
            (Line(", ".join(record.requirements), "quiet"),),
            folded=True,
        ),
    )


def _show_figures(record: Packaged) -> Table:
    path = Path(record.path)
    sizes = [(path / name).stat().st_size for name in record.files if (path / name).is_file()]
    count = count_things(len(record.requirements), "requirement")
    locked = "locked with hashes" if record.verified.state == "verified" else "not locked"
    rows = (
        ("size", f"{show_size(sum(sizes))} in {count_things(len(record.files), 'file')}"),
        ("needs", f"{count}, {locked}"),
        ("module", record.module),
    )
    return Table(("package", ""), rows)


def _size_file(path: Path) -> str:
    return show_size(path.stat().st_size) if path.is_file() else "gone"


def _list_commands(record: Packaged) -> Sequence[Part]:
    place = show_path(record.path)
    ref = f"{record.name}@{record.version}"
    commands: list[Part] = [Line("here, from the store:", "quiet"), Code(f"nbmlops serve {ref}")]
    locked = record.verified.state == "verified"
    install = (
        "pip install --require-hashes -r requirements.txt && pip install --no-deps ."
        if locked
        else "pip install ."
    )
    commands += [
        Line("anywhere, in an environment of its own:", "quiet"),
        Code(f"cd {place} && {install} && python -m {record.module} serve"),
        Line("as a wheel:", "quiet"),
        Code(f"pip wheel --no-deps --wheel-dir {place}-wheel {place}"),
    ]
    if "compose.yaml" in record.files:
        commands += [
            Line("in a container, beyond which it answers only with a key:", "quiet"),
            Code(f"cd {place} && API_KEY=a-secret-of-your-own docker compose up --build"),
        ]
    return commands
