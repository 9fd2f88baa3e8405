"""Saying: log what lineage cannot know, from a notebook or from a plain script."""

from __future__ import annotations

import builtins
import math
import warnings
from typing import TYPE_CHECKING, Any

from nbmlops.api.opening import find_recorder
from nbmlops.core.digest import digest_bytes
from nbmlops.core.settings import find_store, read_settings
from nbmlops.errors import NbmlopsError, UsageError

if TYPE_CHECKING:
    from nbmlops.core.learned import Scalar
    from nbmlops.core.said import SaidKind
    from nbmlops.store.opening import Store

__all__ = ["log_figure", "log_metric", "log_parameter", "tag"]

_LONGEST = 2**20


def log_metric(name: str, value: Any, step: float | None = None, *, model: Any = None) -> None:
    """Log a number to the run at hand.

    Parameters
    ----------
    name
        What it is called. Numbers that are logged under one name are the points of one metric.
    value
        A number, or what ``float`` makes one of (a NumPy scalar, a tensor with one item).
    step
        Where it was taken, such as the epoch; counted from 0 where it is not given.
    model
        The model that it is about. Without one it belongs to what `value` was computed from, else to the
        model that was fitted last.

    Raises `UsageError` where the name is none, or the value is no number. Nothing else is ever raised: what
    cannot be kept is told by a warning. Exports and packages have none of these calls.
    """
    _say("metric", _check_name(name), _read_number(name, value), model, step=_read_step(name, step))


def log_parameter(name: str, value: Any, *, model: Any = None) -> None:
    """Log a parameter to the run at hand: a number, a text, a truth value or None; of the rest its ``repr``.

    It is attributed, and raises, as `log_metric` does.
    """
    plain = _read_scalar(value)
    if isinstance(plain, str) and len(plain) > _LONGEST:
        raise UsageError(
            f"The parameter '{name}' has {len(plain):,} characters.",
            "Log a digest of it, or its file's name.",
        )
    _say("parameter", _check_name(name), plain, model)


def log_figure(name: str, figure: Any, *, model: Any = None) -> None:
    """Log a figure to the run at hand.

    `figure` is what matplotlib, seaborn, plotly, altair, scikit-learn or Pillow draw, the bytes of a PNG,
    JPEG or SVG, or the path of such a file. It is attributed, and raises, as `log_metric` does.
    """
    from nbmlops.values.pictures import NoPicture, draw_picture

    try:
        media, content = draw_picture(figure)
    except NoPicture as problem:
        raise UsageError(
            f"'{name}' is no figure: {problem}.", "Give a matplotlib figure, or the path of a PNG."
        ) from problem
    size, digest = len(content), digest_bytes(content)
    _say("figure", _check_name(name), digest, model, content, media=media, size=size)


def tag(name: str, value: Any = True, *, model: Any = None) -> None:
    """Tag the run at hand; `nbmlops mark` tags any other. It is attributed as `log_metric` is."""
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    _say("tag", _check_name(name), text, model)


def _check_name(name: Any) -> str:
    if isinstance(name, str) and name.strip():
        return name
    raise UsageError(f"{name!r} is no name.", 'Name it first: `nbmlops.log_metric("accuracy", 0.9)`.')


def _read_number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError) as problem:
        raise UsageError(
            f"The metric '{name}' is no number: {type(value).__name__}.",
            "Log one number at a time, with `step=` for several; `nbmlops.log_parameter` takes texts.",
        ) from problem


def _read_step(name: str, step: float | None) -> float | None:
    if step is None:
        return None
    number = _read_number(f"step of {name}", step)
    if not math.isfinite(number):
        raise UsageError(f"The step of '{name}' is {number}.", "Count steps from 0.")
    return number


def _read_scalar(value: Any) -> Scalar:
    if value is None or type(value) in (bool, int, float, str):
        return value  # type: ignore[no-any-return]
    plain = value.item() if hasattr(value, "item") and getattr(value, "size", 0) == 1 else value
    return plain if type(plain) in (bool, int, float, str) else repr(value)


def _say(
    kind: SaidKind, name: str, value: Scalar, model: Any, content: bytes | None = None, **more: Any
) -> None:
    recorder = find_recorder()
    try:
        if recorder is not None:
            if recorder.say(kind, name, value, model=model, **more) and content is not None:
                recorder.observer.keeping.keep(content)
        elif hasattr(builtins, "get_ipython"):
            _warn(f"'{name}' was not logged: this kernel is not recorded. Run `%load_ext nbmlops` first.")
        else:
            from nbmlops.capture.scripts import follow_script

            follow_script(_open_store).say(kind, name, value, content, model=model, **more)
    except NbmlopsError as problem:
        _warn(f"'{name}' was not logged: {problem}")


def _open_store() -> Store:
    from nbmlops.store.opening import open_store

    settings = read_settings(find_store().absolute())
    return open_store(settings.store, value_cap=settings.value_cap, store_cap=settings.store_cap)


def _warn(text: str) -> None:
    warnings.warn(text, UserWarning, stacklevel=4)
