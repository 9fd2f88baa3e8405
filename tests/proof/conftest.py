from __future__ import annotations

import dataclasses
import json
import socket
import textwrap
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nbmlops.core.digest import digest_file
from nbmlops.core.history import Statement
from nbmlops.core.pipeline import InputFile
from nbmlops.core.proof import Proof
from nbmlops.proof import prove
from nbmlops.values.bundling import bundle_structure

HEADER = """\
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Parameters:
    {fields}


def run(parameters, workdir=None):
"""


@dataclass
class Export:
    """An export written by hand: one statement a top-level statement of the body of `run`."""

    directory: Path
    lines: dict[int, tuple[int, int]] = field(default_factory=dict)
    statements: dict[tuple[int, int], Statement] = field(default_factory=dict)

    def prove(self, expected: str | None = "0" * 64, **options) -> Proof:
        return prove.prove_export(
            self.directory,
            target="value",
            expected=expected,
            lines=self.lines,
            statements=self.statements,
            **options,
        )


@pytest.fixture
def make_export(tmp_path):
    """Return a function that writes an export whose `run` executes statements and returns `value`."""

    def write(*sources: str, inputs: dict[str, Path] | None = None, name: str = "export") -> Export:
        directory = tmp_path / name
        (directory / "tests").mkdir(parents=True)
        (directory / "tests" / "structure.py").write_bytes(bundle_structure())
        fields = [f"{key}: str = {str(path)!r}" for key, path in (inputs or {}).items()]
        text = HEADER.format(fields="\n    ".join(fields) or "pass")
        export = Export(directory)
        for index, written in enumerate(sources):
            source = textwrap.dedent(written).strip("\n")
            place = (index + 1, 0)
            export.lines[text.count("\n") + 1] = place
            export.statements[place] = Statement(*place, 1, source, source)
            text += textwrap.indent(source, "    ") + "\n"
        (directory / "pipeline.py").write_text(text + "    return value\n")
        files = [InputFile(str(path), digest_file(path), key) for key, path in (inputs or {}).items()]
        (directory / "inputs.json").write_text(json.dumps([dataclasses.asdict(file) for file in files]))
        return export

    return write


@pytest.fixture
def canary(tmp_path):
    """A file outside every sandbox, which no replay may touch, in a folder that must stay as it is."""
    folder = tmp_path / "outside"
    folder.mkdir()
    path = folder / "canary.txt"
    path.write_text("alive")
    before = path.stat()
    yield path
    after = path.stat()
    assert path.read_text() == "alive"
    assert [p.name for p in folder.iterdir()] == ["canary.txt"]
    assert (after.st_mode, after.st_mtime_ns, after.st_ino, after.st_nlink) == (
        before.st_mode,
        before.st_mtime_ns,
        before.st_ino,
        1,
    )


@pytest.fixture
def listener():
    """A server on loopback: its port, and a function that returns who has spoken to it so far."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        arrived = threading.Condition()

        def accept() -> None:
            while True:
                connection, caller = server.accept()
                connection.close()
                with arrived:
                    heard.append(caller)
                    arrived.notify_all()
                if caller in last:
                    return

        def hear(leaving: bool = False) -> list[tuple[str, int]]:
            with socket.socket() as own:
                own.bind(("127.0.0.1", 0))
                name = own.getsockname()
                last.extend([name] * leaving)
                own.connect(address)  # calls are answered in their order: who called before is heard
                with arrived:
                    arrived.wait_for(lambda: name in heard)
                    heard.remove(name)
            return list(heard)

        last = []
        thread = threading.Thread(target=accept)
        thread.start()
        yield address[1], hear
        hear(leaving=True)
        thread.join()
