"""Measuring: the guarded script that says how far two objects are apart that differ by rounding only."""

from __future__ import annotations

import ast
import importlib
import marshal
import pickle
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["Gap", "compare_streams", "main", "measure_object", "take_stream"]

_TINY = 2.2250738585072014e-308
_Token = tuple[bool, bytes]


def main(settings_path: str, result_path: str) -> None:
    """Make the object anew, or take the one that was kept and measure how far it is; never returns."""
    here = str(Path(__file__).parent)
    sys.path.insert(0, here)
    referee, predicting = importlib.import_module("referee"), importlib.import_module("predicting")
    sys.path.remove(here)
    # The names belong to the pipeline, which may have modules of its own that are called so.
    del sys.modules["referee"], sys.modules["predicting"]
    referee.answer_guarded(
        settings_path,
        result_path,
        lambda structure, settings: measure_object(structure, settings, predicting),
    )


def measure_object(structure: ModuleType, settings: dict[str, Any], predicting: ModuleType) -> dict[str, Any]:
    """Write down what an object made anew consists of; or hold the one that was kept against that."""
    folder, kept = Path(settings["rows"]), settings["kept"]
    place = folder.with_name("stream.pkl")
    try:
        if kept is None:
            value = predicting.make_anew(structure, folder, settings["known"])
            place.write_bytes(pickle.dumps(take_stream(structure, value)))
            labels = {path.name: _predict(value, path) for path in sorted(folder.iterdir())}
            folder.with_name("labels.pkl").write_bytes(pickle.dumps(labels))
            return {"gap": None, "error": None}
        value = pickle.loads(Path(kept).read_bytes())
        gap = compare_streams(take_stream(structure, value), pickle.loads(place.read_bytes()))
        if gap is None:
            return {"gap": None, "error": None}
        others = pickle.loads(folder.with_name("labels.pkl").read_bytes())
        rows, flips = _count_flips({name: _predict(value, folder / name) for name in others}, others)
    except BaseException as error:  # noqa: BLE001 - whatever ended it, there is nothing to compare
        return {"gap": None, "error": f"{type(error).__name__}: {error}"[:2_000]}
    told = {"numbers": gap.numbers, "differing": gap.differing, "ulps": gap.ulps, "relative": gap.relative}
    return {"gap": told | {"rows": rows, "flips": flips}, "error": None}


def take_stream(structure: ModuleType, value: Any) -> list[_Token]:
    """Return the content of a value piece by piece; of each whether it is the memory of an array."""
    tokens: list[_Token] = []

    def update(content: Any) -> None:
        plain = type(content) is bytes
        tokens.append((not plain, content if plain else content.tobytes()))

    structure.Walk(update).take_value(value)
    return tokens


@dataclass(slots=True)
class Gap:
    """How far two values are apart: of all `numbers` compared, how many differ, and by how much at most.

    `ulps` counts the floating point numbers between two; `relative` is the difference as a part of the
    largest magnitude in the same array.
    """

    numbers: int = 0
    differing: int = 0
    ulps: int = 0
    relative: float = 0.0

    def note_floats(self, dtype: Any, one: bytes, other: bytes) -> bool:
        """Compare the memory of two arrays of floats; say whether they differ by rounding only."""
        import numpy as np

        if dtype.kind == "c":
            dtype = np.dtype(f"{dtype.byteorder}f{dtype.itemsize // 2}")
        words = np.dtype(f"{dtype.byteorder}i{dtype.itemsize}")
        ours, theirs = np.frombuffer(one, dtype), np.frombuffer(other, dtype)
        apart = np.frombuffer(one, words) != np.frombuffer(other, words)
        self.numbers += ours.size
        if not apart.any():
            return True
        native = dtype.newbyteorder("=")
        a, b = ours[apart].astype(native), theirs[apart].astype(native)
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            return False
        finite = np.abs(ours[np.isfinite(ours)].astype(np.float64))
        largest = max(float(finite.max(initial=0.0)), float(np.abs(b.astype(np.float64)).max()), _TINY)
        self.differing += int(apart.sum())
        steps = [abs(_count_steps(x) - _count_steps(y)) for x, y in zip(a, b, strict=True)]
        self.ulps = max(self.ulps, *steps)
        gap = float(np.abs(a.astype(np.float64) - b.astype(np.float64)).max())
        self.relative = max(self.relative, gap / largest)
        return True

    def note_atoms(self, one: Any, other: Any) -> bool:
        """Compare atoms, and what holds them."""
        if type(one) is not type(other):
            return False
        if isinstance(one, float):
            return self._note_float(one, other)
        if isinstance(one, complex):
            return self._note_float(one.real, other.real) and self._note_float(one.imag, other.imag)
        if isinstance(one, tuple | list):
            pairs = zip(one, other, strict=False)
            return len(one) == len(other) and all(self.note_atoms(a, b) for a, b in pairs)
        return bool(one == other)

    def _note_float(self, one: float, other: float) -> bool:
        import numpy as np

        return self.note_floats(np.dtype("<f8"), struct.pack("<d", one), struct.pack("<d", other))


def _count_steps(number: Any) -> int:
    """Return the place of a float in the order of all floats of its kind."""
    words, width = int(number.view(f"i{number.itemsize}")), 8 * number.itemsize
    return words if words >= 0 else -(words & ((1 << (width - 1)) - 1))


def compare_streams(ours: list[_Token], theirs: list[_Token]) -> Gap | None:
    """Return how far two values are apart; None where they differ in more than the rounding of numbers."""
    if len(ours) != len(theirs):
        return None
    gap, before = Gap(), b""
    for (is_memory, one), (was_memory, other) in zip(ours, theirs, strict=True):
        if is_memory != was_memory or len(one) != len(other):
            return None
        if one == other:
            before = before if is_memory else one
            continue
        if not (_note_memory(gap, before, one, other) if is_memory else _note_mark(gap, before, one, other)):
            return None
        before = before if is_memory else one
    return gap


def _note_memory(gap: Gap, before: bytes, one: bytes, other: bytes) -> bool:
    import numpy as np

    spelled = _read(before)
    text = spelled[0] if isinstance(spelled, tuple) and spelled else ""
    if not isinstance(text, str):
        return False
    if not text.startswith("dtype("):
        dtype = np.dtype(text)
        return dtype.kind in "fc" and gap.note_floats(dtype, one, other)
    record = np.dtype(ast.literal_eval(text.removeprefix("dtype(").removesuffix(")")))
    return all(_note_field(gap, name, record, one, other) for name in record.names or ())


def _note_field(gap: Gap, name: str, record: Any, one: bytes, other: bytes) -> bool:
    import numpy as np

    ours, theirs = (np.ascontiguousarray(np.frombuffer(found, record)[name]) for found in (one, other))
    if ours.tobytes() == theirs.tobytes():
        return True
    return ours.dtype.kind == "f" and gap.note_floats(ours.dtype, ours.tobytes(), theirs.tobytes())


def _note_mark(gap: Gap, before: bytes, one: bytes, other: bytes) -> bool:
    import numpy as np

    form = _read(before)
    if isinstance(form, tuple) and form[1:2] == ("floats",):
        return gap.note_floats(np.dtype("<f8"), one, other)
    ours, theirs = _read(one), _read(other)
    if isinstance(ours, tuple) and ours[:1] == ("scalar",) and ours[:2] == theirs[:2]:
        dtype = np.dtype(ours[1])
        return dtype.kind in "fc" and gap.note_floats(dtype, ours[2], theirs[2])
    return ours is not None and gap.note_atoms(ours, theirs)


def _read(token: bytes) -> Any:
    """Return the atoms that a piece spells; None where it is plain content."""
    try:
        return marshal.loads(token)
    except (ValueError, EOFError, TypeError):
        return None


def _predict(value: Any, path: Path) -> Any:
    """Return what an object predicts for a table; None where it does not."""
    try:
        return value.predict(pickle.loads(path.read_bytes()))
    except Exception:  # noqa: BLE001 - not every table is one that the object was fitted on
        return None


def _count_flips(ours: dict[str, Any], theirs: dict[str, Any]) -> tuple[int, int]:
    """Return how many rows have a label, and for how many it is another one."""
    pairs = [(label, theirs[name]) for name, label in ours.items() if _is_label(label)]
    return sum(len(a) for a, _ in pairs), sum(int((a != b).sum()) for a, b in pairs if b is not None)


def _is_label(found: Any) -> bool:
    return getattr(found, "ndim", 0) == 1 and found.dtype.kind in "iubOUST"


if __name__ == "__main__":
    main(*sys.argv[1:])
