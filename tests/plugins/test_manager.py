"""The manager: built-in and foreign plug-ins are found alike, and a broken one is named."""

from __future__ import annotations

import importlib
import sys
import types

import pluggy
import pytest

from nbmlops.errors import NbmlopsError, UsageError
from nbmlops.plugins import hooks
from nbmlops.plugins.manager import (
    BUILT_IN,
    create_manager,
    find_target,
    get_manager,
    list_trackers,
    targets_for,
)
from nbmlops.plugins.target import Target


def render_nothing(context: object) -> dict[str, str]:
    return {"context.txt": str(context)}


def make_plugin(*targets: Target) -> types.ModuleType:
    module = types.ModuleType("plugin")

    def nbmlops_targets() -> list[Target]:
        return list(targets)

    module.nbmlops_targets = hooks.hookimpl(nbmlops_targets)
    return module


@pytest.fixture
def manager() -> pluggy.PluginManager:
    made = pluggy.PluginManager(hooks.PROJECT)
    made.add_hookspecs(hooks)
    made.register(
        make_plugin(
            Target("docker", "package", "an image", render_nothing),
            Target("airflow", "export", "a flow", render_nothing),
        )
    )
    made.register(make_plugin(Target("argo", "export", "another flow", render_nothing)), "argo")
    return made


@pytest.fixture
def foreign(tmp_path, monkeypatch):
    def install(source: str, value: str = "shipyard") -> None:
        (tmp_path / "shipyard.py").write_text(source)
        info = tmp_path / "shipyard-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shipyard\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[nbmlops]\nships = {value}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, "shipyard", raising=False)

    return install


def test_targets_for(manager):
    assert list(targets_for("export", manager)) == ["airflow", "argo"]
    assert list(targets_for("package", manager)) == ["docker"]
    assert find_target("export", "argo", manager).render("x") == {"context.txt": "x"}


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("export", "airfow", r"no target 'airfow' for an export; close: airflow.*`--for airflow`\.$"),
        ("export", "nothing", r"no target 'nothing' for an export; known: airflow, argo\."),
        (
            "export",
            "docker",
            r"'docker' is no target of exports but of packages\..*"
            r"`nbmlops package MODEL@ALIAS DIR --for docker`; exports have airflow, argo\.$",
        ),
        (
            "package",
            "airflow",
            r"of exports\. Type `nbmlops export NAME DIR --for airflow`; packages have docker\.$",
        ),
        ("package", "k8s", r"no target 'k8s' for a package; known: docker\. .*`--for docker`\.$"),
    ],
)
def test_unknown_target(manager, kind, name, message):
    with pytest.raises(UsageError, match=message):
        find_target(kind, name, manager)


def test_two_of_one_name(manager):
    manager.register(make_plugin(Target("argo", "export", "again", render_nothing)), "again")
    with pytest.raises(NbmlopsError, match="Two plug-ins bring a target named 'argo'"):
        targets_for("export", manager)


def test_built_in_targets():
    found = targets_for("package", get_manager()) | targets_for("export", get_manager())
    built_in = {name.rpartition(".")[2] for name in BUILT_IN}
    assert built_in <= set(found) | set(list_trackers(get_manager()))
    assert all(target.summary for target in found.values())


FOREIGN = """
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.target import Target

@hookimpl
def nbmlops_targets():
    return [Target("ship", "export", "a ship", lambda context: {"ship.txt": "afloat"})]
"""


def test_foreign_plugin(foreign):
    foreign(FOREIGN)
    assert find_target("export", "ship", create_manager(())).render(None) == {"ship.txt": "afloat"}


@pytest.mark.parametrize(
    ("source", "value", "reason"),
    [
        ("import no_such_module_at_all", "shipyard", "ModuleNotFoundError"),
        ("1 / 0", "shipyard", "ZeroDivisionError"),
        ("", "shipyard:missing", "AttributeError"),
    ],
)
def test_broken_foreign_plugin(foreign, source, value, reason):
    foreign(source, value)
    with pytest.raises(
        NbmlopsError, match=rf"'ships' of the distribution 'shipyard'.*{reason}.*`pip uninstall shipyard`"
    ):
        create_manager(())


def test_refused_implementation(foreign):
    foreign(FOREIGN.replace("def nbmlops_targets():", "def nbmlops_targets(surplus):"))
    with pytest.raises(NbmlopsError, match="PluginValidationError"):
        create_manager(())
