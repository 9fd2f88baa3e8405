"""Documents: what is written about the code is what the code says."""

from __future__ import annotations

import dataclasses
import importlib.util
import re

import pytest

from nbmlops.core.settings import Settings
from nbmlops.faces.verbs import VERBS
from tests.house.source import MODULES, ROOT, list_files

# Spelled in halves, so that this file names no address itself.
REGISTRIES = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "conda." + "anaconda.org",
    "deb." + "debian.org",
    "--index" + "-url",
    "--extra" + "-index-url",
    "--find" + "-links",
]


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_architecture_is_current(generate):
    text = (ROOT / "ARCHITECTURE.md").read_text()
    assert text == generate.make_architecture(), "type `make architecture`"


def test_verbs_are_current(generate):
    text = (ROOT / "docs" / "verbs.md").read_text()
    assert text == generate.make_verbs(), "type `make architecture`"


def test_every_verb_is_documented():
    text = (ROOT / "docs" / "verbs.md").read_text()
    assert re.findall(r"^## ([\w-]+)$", text, re.M) == [verb.name for verb in VERBS]


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "settings.md").read_text()
    fields = {field.name for field in dataclasses.fields(Settings)} - {"store"}
    used = {name for path in MODULES for name in re.findall(r"\"(NBMLOPS_[A-Z_]+)\"", path.read_text())}
    missing = {name for name in fields | used if f"`{name}`" not in text}
    assert not missing


def test_layers_of_the_map_are_the_contract(generate):
    contract = (ROOT / ".importlinter").read_text()
    block = re.search(r"^layers =\n((?:    .*\n)+)", contract, re.M).group(1)
    layers = [re.findall(r"\w+", line) for line in block.splitlines()]
    drawn = re.search(r"((?:^    .*\n)+)", generate.make_architecture(), re.M).group(1)
    for layer, line in zip(layers, drawn.splitlines(), strict=True):
        assert re.findall(r"\w+", line)[: len(layer)] == layer


def test_no_file_names_a_registry():
    found = {}
    for path in list_files():
        text = path.read_bytes().decode("utf-8", "ignore").lower()
        named = [address for address in REGISTRIES if address in text]
        if named:
            found[path.name] = named
    assert not found
