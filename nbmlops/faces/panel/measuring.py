"""Measuring: requests, latency and errors as a service that was started here tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from nbmlops.faces.wording import show_seconds

__all__ = ["read_service"]

_SAMPLE = re.compile(r"^([A-Za-z_:][\w:]*)(?:\{([^}]*)\})?\s+([-+.\deE]+)")


def read_service(service: Any) -> list[tuple[str, str]] | None:
    """Return requests, errors and mean latency of a service; None where it tells no figures."""
    text = service.read_metrics()
    if text is None:
        return None
    samples = list(_read_samples(text))
    count = _add_up(samples, "_seconds_count")
    spent = _add_up(samples, "_seconds_sum")
    refused = sum(value for name, labels, value in samples if "error" in name and name.endswith("_total"))
    told = [("requests", f"{count:,.0f}"), ("refused or failed", f"{refused:,.0f}")]
    return [*told, ("mean latency", show_seconds(spent / count))] if count else told


def _read_samples(text: str) -> Iterator[tuple[str, str, float]]:
    for line in text.splitlines():
        found = _SAMPLE.match(line)
        if found is not None:
            yield found[1], found[2] or "", float(found[3])


def _add_up(samples: list[tuple[str, str, float]], ending: str) -> float:
    return sum(value for name, _, value in samples if name.endswith(ending))
