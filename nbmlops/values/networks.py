"""Networks: how layers, models and optimizers of Keras are described: by what they are made of and hold."""

from __future__ import annotations

from typing import Any

from nbmlops.values.kinds import Handler

__all__ = ["NETWORKS"]


def _take_layer(walk: Any, value: Any, kind: Any) -> None:
    """Describe a layer or a model by its configuration, its weights and how it is trained."""
    optimizer = getattr(value, "optimizer", None)
    walk.mark(kind.label, bool(value.built), bool(value.trainable))
    compiled = value.get_compile_config() if hasattr(value, "get_compile_config") else None
    walk.push([value.get_config(), compiled, _read_variables(value), *([optimizer] if optimizer else [])])


def _take_optimizer(walk: Any, value: Any, kind: Any) -> None:
    walk.mark(kind.label, bool(value.built))
    walk.push([value.get_config(), _read_variables(value)])


def _take_variable(walk: Any, value: Any, kind: Any) -> None:
    walk.mark(kind.label, str(value.dtype), bool(value.trainable))
    walk.push([value.numpy()])


def _take_eager(walk: Any, value: Any, kind: Any) -> None:
    walk.mark(kind.label, value.dtype.name)
    walk.push([value.numpy()])


def _read_variables(value: Any) -> list[Any]:
    return [variable.numpy() for variable in value.variables]


NETWORKS: dict[str, Handler] = {
    "keras:Layer": _take_layer,
    "keras:Optimizer": _take_optimizer,
    "keras:BaseOptimizer": _take_optimizer,
    "keras:Variable": _take_variable,
    "tensorflow:EagerTensor": _take_eager,
    "tensorflow:BaseResourceVariable": _take_variable,
}
"""The kinds of Keras' and TensorFlow's values, neither of which is imported for it."""
