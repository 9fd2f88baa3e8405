"""Random streams: take the state of every global random number generator, and say which have moved."""

from __future__ import annotations

import importlib
import json
import random
import sys
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from nbmlops.capture.scene import read_dictionary
from nbmlops.values.structure import name_type

__all__ = ["describe_generator", "encode_state", "is_unseeded", "list_generators", "take_states"]

_MOST_PARTS = 100
_GENERATOR = "numpy.random._generator.Generator"


def take_states() -> dict[str, Any]:
    """Return the state of each global stream that exists, in a form that compares by content."""
    states: dict[str, Any] = {"random": random.getstate()}
    if "numpy" in sys.modules:
        # numpy loads it at the first use: too late to see the state before a first draw
        numpy_random = sys.modules.get("numpy.random") or importlib.import_module("numpy.random")
        kind, keys, position, has_gauss, cached = numpy_random.get_state(legacy=True)
        states["numpy"] = (kind, keys.tobytes(), position, has_gauss, cached)
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "get_rng_state"):
        states["torch"] = torch.get_rng_state().numpy().tobytes()
    return states


def encode_state(stream: str, state: Any) -> bytes:
    """Write a state as JSON that three plain lines of Python can put back."""
    if stream == "numpy":
        kind, keys, position, has_gauss, cached = state
        words = memoryview(keys).cast("I").tolist()
        return _dump({"stream": "numpy", "state": [kind, words, position, has_gauss, cached]})
    if stream == "torch":
        return _dump({"stream": "torch", "state": list(state)})
    version, words, gauss = state
    return _dump({"stream": "random", "state": [version, list(words), gauss]})


def describe_generator(value: Any) -> bytes | None:
    """Return the state of a generator object as JSON, or None if `value` is no such object."""
    name = name_type(type(value))
    if name == _GENERATOR:
        return _dump({"generator": "Generator", "state": _plain(value.bit_generator.state)})
    if name == "numpy.random.mtrand.RandomState":
        return _dump({"generator": "RandomState", "state": _plain(value.get_state(legacy=False))})
    if name == "random.Random":
        version, words, gauss = value.getstate()
        return _dump({"generator": "Random", "state": [version, list(words), gauss]})
    return None


def list_generators(name: str, value: Any, depth: int = 2) -> Iterator[tuple[str, Any]]:
    """Yield a generator, or those that an object holds as attributes, each with the path to it."""
    kind = type(value)
    if name_type(kind) in (_GENERATOR, "numpy.random.mtrand.RandomState", "random.Random"):
        yield name, value
    elif depth and kind.__dictoffset__ and not issubclass(kind, type | ModuleType | FunctionType):
        for key, part in list(read_dictionary(value).items())[:_MOST_PARTS]:
            if type(key) is str and key.isidentifier():
                yield from list_generators(f"{name}.{key}", part, depth - 1)


def is_unseeded(value: Any) -> bool:
    """Say whether a generator took its seed from the machine: numpy then remembers 128 random bits."""
    if name_type(type(value)) != _GENERATOR:
        return False
    entropy = getattr(value.bit_generator.seed_seq, "entropy", None)
    return isinstance(entropy, int) and entropy.bit_length() > 64


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value.tolist() if hasattr(value, "tolist") else value


def _dump(state: Mapping[str, Any]) -> bytes:
    return json.dumps(state, separators=(",", ":")).encode()
