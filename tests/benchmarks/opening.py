"""Opening: a store that holds 50 GB, in 200,000 chunks of 256 KiB that pack to a few bytes each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import xxhash
import zstandard

from nbmlops.store.opening import open_store
from tests.benchmarks.figures import Figure

__all__ = ["measure_opening"]

_CHUNK, _CHUNKS, _EACH = 256 * 1024, 200_000, 400


def measure_opening(folder: Path) -> Iterator[Figure]:
    """Yield how long it takes to open the store, to find one content of it."""
    path = folder / "large" / "store.db"
    digest = _fill_store(path)
    opened = _time(lambda: open_store(path).close())
    with open_store(path) as store:
        (held,) = store.database.row("select sum(size) from contents") or (0,)
        read = _time(lambda: store.contents.has(digest) and store.contents.used())
    what = f"a store with {held / 1e9:.0f} GB of content, opened"
    yield Figure(what, f"{opened * 1e3:.1f} ms", "<= 100 ms", opened <= 0.1)
    yield Figure("one content looked up in it", f"{read * 1e3:.2f} ms", "<= 5 ms", read <= 5e-3)


def _fill_store(path: Path) -> str:
    """Keep contents of 100 MB each, every chunk of which is another number repeated; return one's digest."""
    compressor = zstandard.ZstdCompressor(level=1)
    digest = ""
    with open_store(path, store_cap=2**40) as store, store.transaction() as connection:
        for at in range(_CHUNKS):
            if at % _EACH == 0:
                digest = f"{at:064x}"
                content = connection.execute(
                    "insert into contents (digest, size, woven) values (?, ?, 0)", (digest, _EACH * _CHUNK)
                ).lastrowid
            packed = compressor.compress(at.to_bytes(4, "big") * (_CHUNK // 4))
            name = xxhash.xxh3_128_hexdigest(at.to_bytes(8, "big"))
            chunk = connection.execute(
                "insert into chunks (digest, size, packed, raw) values (?, ?, ?, 0)", (name, _CHUNK, packed)
            ).lastrowid
            connection.execute("insert into content_chunks values (?, ?, ?)", (content, at % _EACH, chunk))
    return digest


def _time(action: Callable[[], object]) -> float:
    times = []
    for _ in range(11):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
