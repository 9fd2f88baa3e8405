"""Malformed bodies: thousands that no caller should send, and a service that stands and tells nothing."""

from __future__ import annotations

import copy
import http.client
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.processes.server import Server

__all__ = ["MANY", "Malformed", "ask_malformed", "make_bodies"]

MANY = 10_000
_WARM = 2_000
_GROWTH = 16 * 2**20
_CHUNK = 200_000
_TELLING = re.compile(rb'Traceback|\.py\b|File "|site-packages|/tmp/|/home/|0x[0-9a-f]{8}')

_TEXTS = ("NaN", "1e999", "null", '"\\ud800"', "[]", "{}", "-0", "9" * 400, "true", '"\\u0000"', "{", "]")
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**63, -(2**64), 10**400, 1e308, -0.0, 0.5, float("nan"), float("-inf")),
    *(
        "",
        " ",
        "0",
        "1e5",
        "nan",
        "\0",
        "\ud800",
        "é" * 9,
        "9999-99-99",
        "2024-02-30",
        "0001-01-01",
        "a" * 5000,
    ),
    *("1677-09-21T00:12:43", "2024-01-01T00:00:00+99:00", "2262-04-12", "\u202e", "%s%n", "{0}", "'; --"),
    *([], [1], [[]], {}, {"a": 1}, {"rows": []}, [None] * 50),
)
_KINDS = ("application/json", "text/csv", "text/csv; charset=utf-16", "", "text/plain", "application/x-www")


@dataclass(frozen=True, slots=True)
class Malformed:
    """One request: its path, its content type and its body."""

    path: str
    kind: str
    body: bytes


def ask_malformed(server: Server, golden: list[dict[str, Any]], many: int = MANY) -> dict[int, int]:
    """Send malformed bodies and return how often each status came; AssertionError with the one that harms.

    No 5xx, no word of the service's own insides, each answer JSON; the process is there afterwards, is
    ready, and has not grown by more than 16 MB since the first two thousand.
    """
    opened = http.client.HTTPConnection(server.host, server.port, timeout=120)
    counts: dict[int, int] = {}
    warm = 0
    for number, sent in enumerate(make_bodies([case["row"] for case in golden], many)):
        if number == min(_WARM, many // 2):
            warm = _read_memory(server)
        opened.request("POST", sent.path, sent.body, {"content-type": sent.kind} if sent.kind else {})
        answer = opened.getresponse()
        told = answer.read()
        assert answer.status in (200, 413, 422), (sent, answer.status, told)
        assert not _TELLING.search(told), (sent, told)
        json.loads(told)
        counts[answer.status] = counts.get(answer.status, 0) + 1
    opened.request("GET", "/ready")
    assert opened.getresponse().status == 200
    opened.close()
    assert server.running
    assert b"Traceback" not in server.log.read_bytes()
    assert _read_memory(server) - warm < _GROWTH
    return counts


def _read_memory(server: Server) -> int:
    text = Path(f"/proc/{server.child.pid}/status").read_text("ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    assert found is not None
    return int(found[1]) * 1024


def make_bodies(rows: list[dict[str, Any]], many: int, seed: int = 1) -> Iterator[Malformed]:
    """Yield bodies from each generator in turn."""
    dice = random.Random(seed)
    for number in range(many):
        yield _GENERATORS[number % len(_GENERATORS)](dice, rows)


def _spoil_text(dice: random.Random, rows: list[dict[str, Any]]) -> Malformed:
    """Cut, double and replace parts of the text of good bodies."""
    body: Any = dice.choice([dice.choice(rows), {"rows": rows[:2]}, {"dataframe_records": rows[:2]}])
    text = json.dumps(body)
    for _ in range(dice.randint(1, 3)):
        start = dice.randrange(len(text) + 1)
        end = min(len(text), start + dice.randint(0, 12))
        put = dice.choice([*_TEXTS, chr(dice.randrange(32, 0x3000)), "", text[start:end] * 2])
        text = text[:start] + put + text[end:]
    path = dice.choice(["/predict", "/invocations"])
    return Malformed(path, "application/json", text.encode("utf-8", "surrogatepass") or b" ")


def _spoil_values(dice: random.Random, rows: list[dict[str, Any]]) -> Malformed:
    """Put strange values into fields of good rows, take fields away, add others."""
    given = [dict(dice.choice(rows)) for _ in range(dice.randint(1, 3))]
    for row in given:
        for _ in range(dice.randint(1, 3)):
            field = dice.choice(list(row)) if row else "x"
            how = dice.randrange(4)
            if how == 0:
                row.pop(field, None)
            elif how == 1:
                row[field + dice.choice(["", " ", "_", "\0"])] = dice.choice(_VALUES)
            else:
                row[field] = dice.choice(_VALUES)
    body: Any = {"rows": given} if len(given) > 1 else given[0]
    return Malformed("/predict", "application/json", json.dumps(body).encode("utf-8", "surrogatepass"))


def _spoil_protocol(dice: random.Random, rows: list[dict[str, Any]]) -> Malformed:
    """Spell rows as MLflow does, and hurt the spelling."""
    columns, row = list(rows[0]), dice.choice(rows)
    data: Any = [[other.get(name) for name in columns] for other in rows[:3]]
    shapes: list[Any] = [
        {"dataframe_split": {"columns": columns, "data": data}},
        {"dataframe_records": rows[:2]},
        {"instances": rows[:2]},
        {"inputs": {name: [row.get(name)] * 2 for name in columns}},
        {"instances": [list(row.values())]},
    ]
    body = json.loads(json.dumps(dice.choice(shapes)))
    for _ in range(dice.randint(1, 2)):
        _hurt(dice, body)
    return Malformed("/invocations", "application/json", json.dumps(body).encode("utf-8", "surrogatepass"))


def _hurt(dice: random.Random, holder: Any) -> None:
    """Replace, remove or double something, anywhere within."""
    while isinstance(holder, dict | list) and holder:
        key: Any = dice.choice(list(holder)) if isinstance(holder, dict) else dice.randrange(len(holder))
        if isinstance(holder[key], dict | list) and holder[key] and dice.random() < 0.7:
            holder = holder[key]
            continue
        if dice.random() < 0.3:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(dice.choice(_VALUES))  # no value may come to hold itself
        return


def _spoil_lines(dice: random.Random, rows: list[dict[str, Any]]) -> Malformed:
    """Write rows as CSV under several content types, with cells, quotes and line ends hurt."""
    columns = [name for name in rows[0] if dice.random() < 0.95]
    cells = [",".join(str(row.get(name, "")) for name in columns) for row in rows[:3]]
    text = "\n".join([",".join(columns), *cells])
    for _ in range(dice.randint(0, 3)):
        at = dice.randrange(len(text) + 1)
        put = dice.choice(
            ['"', ",", "\n", "\r", "\0", "\ufeff", "nan", "1e999", "\x85", '""', " ", "9" * 5000]
        )
        text = text[:at] + put + text[at:]
    body = text.encode(dice.choice(["utf-8", "utf-8", "utf-16", "latin-1"]), "replace")
    return Malformed("/invocations", dice.choice(_KINDS), body)


def _make_bytes(dice: random.Random, rows: list[dict[str, Any]]) -> Malformed:
    """Send bytes that are no text, deep nesting, very many rows, nothing, or too much."""
    deep = dice.choice([b"[", b'{"rows":[', b'{"a":']) * dice.randrange(1, 20_000)
    some: list[Callable[[], bytes]] = [
        lambda: dice.randbytes(dice.randrange(200)),
        lambda: deep,
        lambda: b"",
        lambda: json.dumps(rows[0]).encode(dice.choice(["utf-16", "utf-32", "utf-8-sig"])),
        lambda: json.dumps(dice.choice(_VALUES)).encode("utf-8", "surrogatepass"),
        lambda: b'{"rows": [' + b"{}," * dice.randrange(300) + b"{}]}",
        lambda: b'{"' + b"k" * dice.randrange(_CHUNK) + b'": 1}',
        lambda: json.dumps({"rows": [], "rows ": [rows[0]]}).encode(),
    ]
    rare = dice.random() < 0.002
    body = b" " * (2**20 + 1) if rare else dice.choice(some)()
    return Malformed(dice.choice(["/predict", "/invocations"]), dice.choice(_KINDS), body)


_GENERATORS = (_spoil_text, _spoil_values, _spoil_protocol, _spoil_lines, _make_bytes)
