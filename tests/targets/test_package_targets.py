"""Targets of packages: files that machines read, whatever the model is called."""

from __future__ import annotations

import json

import pytest
import yaml

from nbmlops.package.context import PackageContext
from nbmlops.plugins.manager import find_target, targets_for
from nbmlops.templating import list_variables

CONTEXT = PackageContext(
    name='in"come: {{ 7 }} #',
    module="income_model",
    project="income-model",
    version=3,
    python="3.11",
    estimator="sklearn.ensemble.RandomForestClassifier",
    requirements=("pandas==3.0",),
    example="{}",
    needed=("age",),
    idle=(),
    cleaning=(),
    learned=(),
    rows=10,
    singles=10,
    has_probabilities=True,
    keeps_rows=False,
)


def test_built_in_targets_are_found():
    assert {"docker", "github"} <= set(targets_for("package"))


def test_dockerfile_serves_as_nobody_and_copies_only_the_package():
    files = find_target("package", "docker").render(CONTEXT)
    lines = files["Dockerfile"].splitlines()
    assert "USER server" in lines
    assert json.loads(lines[-1].removeprefix("CMD "))[:4] == ["python", "-m", "income_model", "serve"]
    assert "COPY . " not in files["Dockerfile"]
    assert files[".dockerignore"].splitlines()[0] == "*"


def test_workflow_is_yaml_that_installs_and_tests():
    (text,) = find_target("package", "github").render(CONTEXT).values()
    workflow = yaml.safe_load(text)
    steps = workflow["jobs"]["test"]["steps"]
    assert workflow["permissions"] == {"contents": "read"}
    assert [s["run"] for s in steps if "run" in s] == ['python -m pip install ".[test]"', "python -m pytest"]


@pytest.mark.parametrize("template", ["Dockerfile.j2", "dockerignore.j2", "github.yml.j2"])
def test_templates_want_only_what_the_context_has(template):
    assert list_variables("targets", template) <= set(PackageContext.__dataclass_fields__)


@pytest.mark.parametrize("template", ["README.md.j2", "pyproject.toml.j2", "test_package.py.j2"])
def test_package_templates_want_only_what_the_context_has(template):
    assert list_variables("package", template) <= set(PackageContext.__dataclass_fields__)
