"""Random streams: take the state of every global random number generator, and say which have moved."""

from __future__ import annotations

import ctypes
import functools
import importlib
import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from nbmlops.capture.scene import read_dictionary
from nbmlops.values.structure import locate, name_type

__all__ = [
    "GENERATORS",
    "describe_generator",
    "encode_state",
    "is_unseeded",
    "list_generators",
    "take_states",
]

_MOST_PARTS = 100
_GENERATOR = "numpy.random._generator.Generator"
_LEGACY = "numpy.random.mtrand.RandomState"
GENERATORS = frozenset({_GENERATOR, _LEGACY, "random.Random"})
"""The types of objects that are random streams of their own."""
_TWISTER = "numpy.random._mt19937.MT19937"
_TWISTER_BYTES = 624 * 4 + 4
_READABLE = sys.implementation.name == "cpython"
_taken: dict[str, tuple[Any, Any]] = {}
_twister: list[Any] = [None, None, 0]
"""numpy's stream and its twister as they were last, and where the twister's words lie."""


def take_states() -> dict[str, Any]:
    """Return the state of each global stream that exists, in a form that compares by content."""
    states: dict[str, Any] = {"random": _take_again("random", _read_random, random.getstate)}
    if "numpy" in sys.modules:
        # numpy loads it at the first use: too late to see the state before a first draw
        numpy_random = sys.modules.get("numpy.random") or importlib.import_module("numpy.random")
        states["numpy"] = _take_again("numpy", _read_numpy, lambda: _take_numpy(numpy_random))
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "get_rng_state"):
        states["torch"] = torch.get_rng_state().numpy().tobytes()
    network = sys.modules.get("tensorflow.python.eager.context")
    if network is not None:
        states["tensorflow"] = _take_tensorflow(getattr(network, "_context", None))
    return states


def _take_tensorflow(context: Any) -> Any:
    """Return the seed that was set, and the state of what each operation's own seed is drawn from."""
    held = getattr(context, "_rng", None)
    return getattr(context, "_seed", None), None if held is None else held.getstate()


def _take_numpy(numpy_random: Any) -> Any:
    if numpy_random.get_state(legacy=False)["bit_generator"] != "MT19937":
        return repr(numpy_random.get_state(legacy=False))  # numpy refuses to put that back
    kind, keys, position, has_gauss, cached = numpy_random.get_state(legacy=True)
    return kind, keys.tobytes(), position, has_gauss, cached


def _take_again(stream: str, read: Callable[[], Any], take: Callable[[], Any]) -> Any:
    """Take a state, unless the memory that it lies in is byte for byte what it was: that costs much less."""
    memory = read() if _READABLE else None
    known = _taken.get(stream)
    if known is not None and memory is not None and known[0] == memory:
        return known[1]
    state = take()
    _taken[stream] = memory, state
    return state


def _read_random() -> Any:
    """Return all that a state of Python's own stream is made of; None where that cannot be told."""
    held = getattr(random.getstate, "__self__", None)
    if type(held) is not random.Random:
        return None
    return locate(held), _read_memory(held), vars(held).get("gauss_next")


def _read_numpy() -> Any:
    """Return the memory of numpy's stream and of its Mersenne twister; None where it has another."""
    held = getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None)
    bits: Any = getattr(held, "_bit_generator", None)
    if _twister[0] is not held or _twister[1] is not bits:
        if name_type(type(held)) != _LEGACY or name_type(type(bits)) != _TWISTER or not _knows_twister():
            return None
        _twister[:] = held, bits, bits.ctypes.state_address
    return locate(held), _read_memory(held), ctypes.string_at(_twister[2], _TWISTER_BYTES)


def _read_words(bits: Any) -> bytes:
    return ctypes.string_at(bits.ctypes.state_address, _TWISTER_BYTES)


@functools.cache
def _knows_twister() -> bool:
    """Say whether the words and the position of a twister lie where they are looked for."""
    bits = sys.modules["numpy.random"].MT19937(0)
    state = bits.state["state"]
    return bool(_read_words(bits) == state["key"].tobytes() + int(state["pos"]).to_bytes(4, sys.byteorder))


def _read_memory(value: object) -> bytes:
    """Return what an object's own fields hold, without its header, which counts references."""
    header = object.__basicsize__
    return ctypes.string_at(id(value) + header, type(value).__basicsize__ - header)


def encode_state(stream: str, state: Any) -> bytes:
    """Write a state as JSON that three plain lines of Python can put back."""
    if stream == "numpy" and type(state) is str:
        return _dump({"stream": "numpy", "state": [state]})
    if stream == "numpy":
        kind, keys, *others = state
        before, after = _dump({"stream": "numpy", "state": [kind]})[:-2], _dump(others)[1:]
        return before + b"," + _spell_words(keys) + b"," + after + b"}"
    if stream == "torch":
        return _dump({"stream": "torch", "state": list(state)})
    if stream == "tensorflow":
        seed, drawn = state
        return _dump({"stream": "tensorflow", "state": [seed, drawn]})
    version, words, gauss = state
    return _dump({"stream": "random", "state": [version, list(words), gauss]})


@functools.lru_cache(maxsize=2)
def _spell_words(keys: bytes) -> bytes:
    """Write the words of numpy's stream, which stay the same for 624 draws."""
    return _dump(memoryview(keys).cast("I").tolist())


def describe_generator(value: Any) -> bytes | None:
    """Return the state of a generator object as JSON, or None if `value` is no such object."""
    name = name_type(type(value))
    if name == _GENERATOR:
        return _dump({"generator": "Generator", "state": _plain(value.bit_generator.state)})
    if name == _LEGACY:
        return _dump({"generator": "RandomState", "state": _plain(value.get_state(legacy=False))})
    if name == "random.Random":
        version, words, gauss = value.getstate()
        return _dump({"generator": "Random", "state": [version, list(words), gauss]})
    return None


def list_generators(name: str, value: Any, depth: int = 2) -> Iterator[tuple[str, Any]]:
    """Yield a generator, or those that an object holds as attributes, each with the path to it."""
    kind = type(value)
    if name_type(kind) in GENERATORS:
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


def _dump(state: Any) -> bytes:
    return json.dumps(state, separators=(",", ":")).encode()
