"""Signing: Ed25519 as RFC 8032 has it, in plain Python, so that a package needs nothing to be checked."""

from __future__ import annotations

import hashlib

__all__ = ["derive_public", "sign_bytes", "verify_bytes"]

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)

_Point = tuple[int, int, int, int]


def derive_public(seed: bytes) -> bytes:
    """Return the public key of a secret seed of 32 bytes."""
    return _pack(_multiply(_expand(seed)[0], _BASE))


def sign_bytes(seed: bytes, message: bytes) -> bytes:
    """Return the signature, 64 bytes, of a message."""
    secret, prefix = _expand(seed)
    public = derive_public(seed)
    nonce = _hash_number(prefix + message) % _ORDER
    point = _pack(_multiply(nonce, _BASE))
    share = _hash_number(point + public + message) % _ORDER
    return point + int.to_bytes((nonce + share * secret) % _ORDER, 32, "little")


def verify_bytes(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a signature of a message was made with the secret of this public key."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, point = _unpack(public), _unpack(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or point is None or scalar >= _ORDER:
        return False
    share = _hash_number(signature[:32] + public + message) % _ORDER
    return _pack(_multiply(scalar, _BASE)) == _pack(_add(point, _multiply(share, key)))


def _expand(seed: bytes) -> tuple[int, bytes]:
    if len(seed) != 32:
        raise ValueError("a seed has 32 bytes")
    digest = hashlib.sha512(seed).digest()
    secret = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    return secret, digest[32:]


def _hash_number(content: bytes) -> int:
    return int.from_bytes(hashlib.sha512(content).digest(), "little")


def _add(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiply(times: int, point: _Point) -> _Point:
    found: _Point = (0, 1, 1, 0)
    while times:
        if times & 1:
            found = _add(found, point)
        point = _add(point, point)
        times >>= 1
    return found


def _pack(point: _Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return int.to_bytes(y | ((x & 1) << 255), 32, "little")


def _unpack(content: bytes) -> _Point | None:
    y = int.from_bytes(content, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _find_base() -> _Point:
    found = _unpack(int.to_bytes(4 * pow(5, -1, _P) % _P, 32, "little"))
    if found is None:
        raise ArithmeticError("the base point of Ed25519 is on its curve")
    return found


_BASE = _find_base()
