"""Tensors: how the values of torch are described, without importing it."""

from __future__ import annotations

import sys
from typing import Any

from nbmlops.values.kinds import Handler, Undescribable

__all__ = ["TENSORS"]


def _take_tensor(walk: Any, value: Any, kind: Any) -> None:
    """Describe a tensor by its elements, its gradient, and the storage that it shares with others."""
    torch = sys.modules["torch"]
    if value.layout is not torch.strided or value.is_quantized or value.device.type == "meta":
        raise Undescribable("a tensor that is sparse, quantized or without content cannot be described")
    plain = torch.Tensor.detach(value).resolve_conj().resolve_neg()
    address = value.untyped_storage().data_ptr()
    shares = None
    if address:
        walk.note_address(address)
        met = walk.owners.setdefault(-address, [])
        shares = (met[0], value.storage_offset()) if met else None
        met.append(len(walk.owners))
    walk.mark(kind.label, str(value.dtype), tuple(value.shape), bool(value.requires_grad), shares)
    walk.mark(value.device.type, bool(value.is_leaf))
    if plain.numel():
        cells = plain.cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
        walk.nbytes += cells.nbytes
        walk.update(cells)
    if value.grad_fn is not None:
        walk.enter_graph(value)
    elif value.grad is not None:
        walk.push([value.grad])


def _take_generator(walk: Any, value: Any, kind: Any) -> None:
    walk.mark(kind.label, value.device.type, value.get_state().numpy().tobytes())


TENSORS: dict[str, Handler] = {"torch:Tensor": _take_tensor, "torch:Generator": _take_generator}
