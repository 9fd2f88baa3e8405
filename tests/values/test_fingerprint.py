"""A portrait tells a live value's content, what it shares, and what it reads late."""

from __future__ import annotations

import gc
import types
import weakref

import numpy as np
import pandas as pd
import pytest

from nbmlops.values.fingerprint import Portrait, estimate_bytes, portray, portray_plain
from nbmlops.values.structure import locate
from tests.values import zoo

ZOO = zoo.make_zoo()


def share(one, two):
    return bool(portray(one).objects & portray(two).objects)


def run_cell(source):
    space = {"__name__": "__main__"}
    exec(source, space)
    return space


def test_portrait_of_content():
    assert portray([1, 2]).digest == portray([1, 2]).digest != portray([1, 3]).digest
    assert portray(5) == Portrait(portray(5).digest, frozenset(), frozenset(), None, 0)
    assert portray(np.zeros(1000)).nbytes == 8000


@pytest.mark.parametrize("name", ZOO)
def test_every_kind_has_a_portrait(name):
    value = ZOO[name]
    portrait = portray(value)
    assert portrait.opaque is None
    assert portrait == portray(value)
    assert estimate_bytes(value) > 0


PLAIN = [
    5,
    -(10**40),
    0.5,
    float("nan"),
    True,
    None,
    np,
    types,
    types.new_class,
    np.ndarray,
    pd.DataFrame,
    share,
    zoo.Plain,
]


@pytest.mark.parametrize("value", [*PLAIN, *ZOO.values()], ids=lambda value: type(value).__name__)
def test_what_is_told_by_its_name_has_the_same_portrait(value):
    for _ in range(2):
        assert portray_plain(value) in (None, portray(value))


def test_who_is_told_by_a_name():
    assert all(portray_plain(value) for value in PLAIN[:-2])
    assert not any(map(portray_plain, [share, zoo.Plain, lambda: 1, "text", [1]]))
    assert portray_plain(types.new_class) != portray_plain(types.prepare_class)


def test_what_is_changed_in_place_is_seen():
    table = zoo.make_table()
    before = portray(table)
    table.loc[3, "x"] = 0.25
    assert portray(table).digest != before.digest


def test_sharing_by_reference():
    inner = [1]
    assert share([inner], {"a": inner})
    assert not share([inner], [[1]])
    assert not share(("a", 1, None), ("a", 1, None))
    plain = zoo.Plain()
    assert share(plain, plain.rows)
    assert share(plain, vars(plain))
    assert share(plain.__init__, plain)
    assert share({"a": inner}.values(), inner)


def test_constants_of_libraries_are_not_shared_objects():
    assert len(portray((pd.NA, pd.NaT, len, np, int, zoneless(), np.dtype("i4"))).objects) == 0


def zoneless():
    return pd.Timestamp("2020-01-01")


def test_views_share_with_their_base():
    base = np.zeros((4, 5))
    views = [base[1:], base.T, base.reshape(-1), base[:, 2][::2], base.view("i8"), memoryview(base)]
    assert all(share(base, view) for view in views)
    assert share(base[0], base[1])
    assert not share(base, base.copy())
    buffer = bytearray(16)
    assert share(np.frombuffer(buffer, dtype="f8"), buffer)


def test_frames_share_with_what_is_taken_from_them():
    table = pd.DataFrame({"a": range(5), "b": range(5)})
    assert share(table, table["a"])
    assert share(table, table.to_numpy())
    assert share(table["a"].array, table)
    assert not share(table, table.copy())
    assert not share(table, table[table["a"] > 2])
    assert share(table["a"], table.assign(c=1))


def test_estimators_share_their_arrays():
    model = ZOO["linear"]
    assert share(model, model[-1].coef_)
    assert share(model[-1], model)
    assert share(model, model.steps)


def test_streams_are_shared_by_their_bits():
    bits = np.random.PCG64(1)
    assert share(np.random.Generator(bits), np.random.Generator(bits))
    assert not share(np.random.default_rng(1), np.random.default_rng(1))


def test_closures_share_their_cells():
    space = run_cell(
        "def make():\n    n = 0\n    def up():\n        nonlocal n; n += 1\n"
        "    def look():\n        return n\n    return up, look\nup, look = make()"
    )
    before = portray(space["look"], space)
    assert share(space["up"], space["look"])
    space["up"]()
    assert portray(space["look"], space).digest != before.digest


def test_names_that_are_read_late():
    space = run_cell(
        "rate = 2\n"
        "def scale(x):\n    return [rate * i for i in x]\n"
        "def twice(x):\n    global seen\n    seen = 1\n    return scale(scale(x)).count(x)\n"
        "class Model:\n    def fit(self): return self.deep(limit)\n"
        "    deep = staticmethod(lambda x: floor + x)\n"
        "model = Model()\nheld = {'f': [twice]}\nbound = model.fit\nfree = lambda y: y.rate\n"
    )
    assert portray(space["scale"], space).names == {"rate"}
    assert portray(space["twice"], space).names == {"scale", "seen", "rate"}
    assert portray(space["held"], space).names == {"scale", "seen", "rate"}
    for name in ("Model", "model", "bound"):
        assert portray(space[name], space).names == {"limit", "floor"}
    assert portray(space["free"], space).names == frozenset()
    assert portray([len, np.mean, pd.DataFrame], space).names == frozenset()


def test_a_function_that_calls_itself():
    space = run_cell("def a():\n    return b()\ndef b():\n    return a()\n")
    assert portray(space["a"], space).names == {"a", "b"}


def test_a_late_name_is_not_content():
    space = run_cell("rate = 2\ndef scale(x):\n    return rate * x\n")
    before = portray(space["scale"], space)
    space["rate"] = 3
    assert portray(space["scale"], space) == before
    other = run_cell("def scale(x):\n    return rate * 2 * x\n")
    assert portray(other["scale"], other).digest != before.digest


def test_opaque_values_still_tell_what_they_reach():
    inner = [[1]]
    space = {"inner": inner, "scale": zoo.scale}
    going = (item for item in inner)
    for value in (going, iter(inner), zip(inner, inner, strict=True), map(str, inner), enumerate(inner)):
        portrait = portray({"deep": [value, inner[0]]}, space)
        assert portrait.digest is None
        assert "use it up" in portrait.opaque
        assert {locate(value), locate(inner), locate(inner[0])} <= portrait.objects
    assert next(going) == [1]


def test_drawn_objects_share_their_figure():
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots(2, 2)
    portrait = portray(figure)
    assert portrait.digest is None
    assert portrait.opaque.endswith("Figure cannot be described: it is drawn when looked at")
    assert share(figure, axes)
    assert share(axes[0, 0], axes[0, 0].plot([1, 2])[0])
    assert len(portray(axes).objects) < 20


def test_the_namespace_is_opaque():
    space = {"a": [1], "__builtins__": {}}
    space["me"] = space
    portrait = portray(space, space)
    assert portrait.digest is None
    assert portrait.objects == {locate(space)}


class Hostile:
    def __getattribute__(self, name):
        raise RuntimeError(name)

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


class HostileError(ValueError):
    def __reduce_ex__(self, protocol):
        raise OSError


def test_hostile_values_never_raise():
    assert portray(Hostile()).digest is None or portray(Hostile()).opaque is None
    portrait = portray([HostileError("a"), [1]])
    assert (portrait.digest, portrait.opaque) == (
        None,
        f"a {__name__}.HostileError cannot be described (OSError)",
    )
    assert estimate_bytes([Hostile()]) > 0


def test_a_portrait_holds_nothing():
    plain = zoo.Plain()
    seen = weakref.ref(plain)
    portrait = portray({"a": plain})
    del plain
    gc.collect()
    assert seen() is None
    assert portrait.digest


def test_a_portrait_does_not_make_the_next_write_copy():
    table = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    address = table._mgr.blocks[0].values.__array_interface__["data"]
    portray(table)
    table.iloc[0, 0] = 9
    assert table._mgr.blocks[0].values.__array_interface__["data"] == address


def test_estimates_grow_with_the_content():
    assert estimate_bytes(np.zeros(1_000_000)) == 8_000_064
    assert estimate_bytes(pd.DataFrame({"a": np.zeros(1_000_000)})) >= 8_000_000
    assert estimate_bytes(list(range(1_000_000))) > 1_000_000
    assert estimate_bytes([list(range(1000))] * 1000) > 1_000_000
    assert estimate_bytes(types) < 10_000
    assert estimate_bytes(ZOO["forest"]) > estimate_bytes(ZOO["unfitted"])


def test_a_function_that_asks_the_namespace_reads_the_names_in_its_texts() -> None:
    space: dict[str, object] = {"__name__": "__main__"}
    exec(
        "def f(): return globals()['scale'] + vars()['offset']\n"
        "def g():\n    import __main__\n    return __main__.rate",
        space,
    )
    assert {"scale", "offset"} <= portray(space["f"], space).names
    assert "rate" in portray(space["g"], space).names
