"""Targets of packages: files that machines read, whatever the model is called."""

from __future__ import annotations

import ast
import dataclasses
import json
import keyword
import platform
import re

import pytest
import yaml

from nbmlops.package.build import name_module
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


HOSTILE = (
    *(
        "income",
        "a b",
        "a/b",
        "../x",
        "..",
        "-rf",
        "--help",
        "$(id)",
        "`id`",
        "${HOME}",
        "a;b",
        "a|b",
        "a&b",
        "a>b",
    ),
    *(
        "'",
        '"',
        "\\",
        "\\n",
        "a\nb",
        "a\tb",
        "\r",
        "{{ 7 }}",
        "{% raw %}",
        "${{ secrets.X }}",
        "#",
        "a: b",
        "- a",
    ),
    *(
        "null",
        "true",
        "1e3",
        "0x1F",
        "~",
        "yes",
        "import",
        "class",
        "None",
        "__init__",
        "model",
        "1st",
        "é",
        "模型",
    ),
    *(
        "🦊",
        "\u202eabc",
        "\u0000x",
        "A" * 300,
        "a" * 63,
        "-" * 70,
        "<script>",
        "%s",
        "%(x)s",
        "x\u2028y",
        "CON",
        "a.b",
    ),
    "'''",
)


def test_built_in_targets_are_found():
    assert {"docker", "github", "gitlab", "kubernetes"} <= set(targets_for("package"))


def test_dockerfile_serves_as_nobody_and_copies_only_the_package():
    files = find_target("package", "docker").render(CONTEXT)
    lines = files["Dockerfile"].splitlines()
    assert "USER 10001" in lines
    assert lines[0] == f"FROM python:{platform.python_version()}-slim"
    assert len(lines) < 20
    assert json.loads(lines[-1].removeprefix("CMD "))[:4] == ["python", "-m", "income_model", "serve"]
    assert "COPY . " not in files["Dockerfile"]
    assert files[".dockerignore"].splitlines()[0] == "*"


def test_workflows_test_build_prove_and_package_by_the_same_commands():
    locked = dataclasses.replace(CONTEXT, locked=True)
    workflow = yaml.safe_load(find_target("package", "github").render(locked)[".github/workflows/ci.yml"])
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    told = {step["name"]: step["run"].splitlines() for step in steps if "run" in step}
    pipeline = yaml.safe_load(find_target("package", "gitlab").render(locked)[".gitlab-ci.yml"])
    assert pipeline["stages"] == ["test", "build", "prove", "package"]
    assert told == {stage: pipeline[stage]["script"] for stage in pipeline["stages"]}
    assert "python -m pip install --require-hashes -r requirements.txt" in told["test"]
    for step in steps:
        assert "uses" not in step or re.search(r"@[0-9a-f]{40}$", step["uses"])


def read_manifests(context):
    files = find_target("package", "kubernetes").render(context)
    return {name.split("/")[1]: list(yaml.safe_load_all(text)) for name, text in files.items()}


def test_manifests_run_without_rights_and_with_limits():
    found = read_manifests(dataclasses.replace(CONTEXT, memory=300 * 2**20))
    (deployment,) = found["deployment.yaml"]
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["resources"]["requests"]["memory"] == "300Mi"
    assert container["resources"]["limits"] == {"memory": "600Mi"}
    assert container["env"][0]["valueFrom"]["secretKeyRef"]["name"] == "income-model-key"
    stable, canary = found["service.yaml"]
    assert (stable["spec"]["selector"]["track"], canary["spec"]["selector"]["track"]) == ("stable", "canary")
    (other,) = found["canary.yaml"]
    assert other["spec"]["selector"]["matchLabels"]["track"] == "canary"
    (rule,) = found["route.yaml"][0]["spec"]["rules"]
    assert [(b["name"], b["weight"]) for b in rule["backendRefs"]] == [
        ("income-model", 100),
        ("income-model-canary", 0),
    ]
    listed = found["kustomization.yaml"][0]["resources"]
    assert set(listed) < set(found)


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_model_is_called_machines_read_it_back(name):
    module = name_module(name)
    context = dataclasses.replace(CONTEXT, name=name, module=module, project=module.replace("_", "-"))
    for target in ("docker", "github", "gitlab", "kubernetes"):
        for path, text in find_target("package", target).render(context).items():
            if path.endswith((".yaml", ".yml")):
                list(yaml.safe_load_all(text))
            if path.endswith(".py"):
                ast.parse(text)
    (deployment,) = read_manifests(context)["deployment.yaml"]
    assert deployment["metadata"]["annotations"]["model/name"] == name
    for manifests in read_manifests(context).values():
        for manifest in manifests:
            label = manifest.get("metadata", {}).get("name", "a")
            assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", label)
    lines = find_target("package", "docker").render(context)["Dockerfile"].splitlines()
    assert json.loads(lines[-1].removeprefix("CMD "))[2] == module
    assert keyword.issoftkeyword(module) is False
    assert module.isidentifier()


@pytest.mark.parametrize("template", ["Dockerfile.j2", "dockerignore.j2", "compose.yaml.j2"])
def test_templates_want_only_what_the_context_has(template):
    assert list_variables("targets", template) <= set(PackageContext.__dataclass_fields__)


@pytest.mark.parametrize("template", ["README.md.j2", "pyproject.toml.j2", "test_package.py.j2"])
def test_package_templates_want_only_what_the_context_has(template):
    assert list_variables("package", template) <= set(PackageContext.__dataclass_fields__)
