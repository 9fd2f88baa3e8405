"""Noise: what two honest runs of the same code may differ in, which no digest tells."""

from __future__ import annotations

__all__ = ["CLASS_NOISE", "COPIED", "HONEST_DIFFERENCES", "NOISE"]

HONEST_DIFFERENCES = {
    "refit_time_": "a search writes how long the last fit took by the clock",
    "cv_results_": "a search writes how long its fits and scores took: keys *_fit_time and *_score_time",
    "_stop_words_id": "a text vectorizer remembers the memory address of its stop words",
    "Bunch": "its table of keys that warn, `_deprecated_key_to_warnings`, which pickle drops",
    "KDTree, BallTree": "they count the distances that were asked of them: positions 7 to 10 of their state",
    "numpy.random.Generator": "the seed sequence of an unseeded one: its state alone decides what it draws",
    "numpy.random.mtrand._rand": "the global stream is a resource of its own: it is named, not read",
    "__module__": "the name of the module that a notebook's function is in, where functools.wraps copied it",
    "__annotations__": "types or text, by whether the module has the future import: they decide nothing",
}
"""What two honest runs of the same code may differ in, and why: left out of every digest."""

CLASS_NOISE = frozenset(
    (
        *(
            "__dict__",
            "__weakref__",
            "__module__",
            "__qualname__",
            "__firstlineno__",
            "__static_attributes__",
            "__slotnames__",
        ),
        *("__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__", "_abc_impl"),
        *(
            "__dataclass_fields__",
            "__dataclass_params__",
            "__type_params__",
            "__parameters__",
            "__orig_bases__",
        ),
    )
)
COPIED = frozenset({"__module__"})
"""What ``functools.update_wrapper`` copies of a function that is told by its code and not by its place."""
NOISE = {
    "sklearn": {"refit_time_", "_stop_words_id"},
    "sklearn:Bunch": {"_deprecated_key_to_warnings"},
    "functools:_lru_cache_wrapper": {"__wrapped__", "__module__", "__qualname__", "cache_parameters"},
    "functools:cached_property": {"lock"},
    "pandas": {"_cache", "_id", "_references", "_typ", "_readonly"},
    "pandas:Index": {"_data"},
    "pandas:NDFrame": {"_mgr", "_flags", "_item_cache", "_cacher", "_is_copy"},
    "pandas:BaseMaskedArray": {"_data"},
    "pandas:ArrowExtensionArray": {"_pa_array"},
    "numpy:memmap": {"_mmap", "filename", "mode", "offset"},
    "numpy:MaskedArray": {"_fill_value", "_basedict"},
}
