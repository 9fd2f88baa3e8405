"""Every engine runs the export for real, in an environment of its own, and the object is the notebook's."""

from __future__ import annotations

import json
import os
import shutil

import pytest
import yaml

from nbmlops.plugins.manager import find_target
from tests.targets.contexts import CONTEXTS
from tests.targets.engines import make_environment, run_program

pytestmark = pytest.mark.slow

DIGEST = "import pickle, sys; sys.path[:0] = ['.', 'tests']; from structure import structural_digest as d; "
STEPS = ["reading", "cleaning", "a_forest"]


def digest_model(out, file, programs):
    """Describe a result by the export's own code, in the pipeline's own environment."""
    code = f"{DIGEST}print(d(pickle.load(open({str(file)!r}, 'rb'))))"
    return run_program([programs / "python", "-c", code], out, [programs]).split()[-1]


def golden(out):
    return json.loads((out / "tests" / "golden.json").read_text())["value"]


def test_make(forest, pipeline_bin):
    out = forest / "out"
    said = run_program(["make"], out, [pipeline_bin])
    assert [step for step in STEPS if f"step {step}" in said] == STEPS
    assert digest_model(out, "work/model.pkl", pipeline_bin) == golden(out)
    assert "pipeline.py" not in run_program(["make"], out, [pipeline_bin])
    run_program(["make", "ARGUMENTS=--n-trees 5", "WORKDIR=fewer"], out, [pipeline_bin])
    assert digest_model(out, "fewer/model.pkl", pipeline_bin) != golden(out)
    (forest / "adult.csv").unlink()
    assert "Give it: --adult PATH" in run_program(["make"], out, [pipeline_bin], expect=2)


def test_dvc(forest, pipeline_bin):
    programs = [pipeline_bin, make_environment("dvc", "dvc")]
    out = forest / "out"
    quiet = {"DVC_NO_ANALYTICS": "1"}
    run_program(["git", "init", "-q"], forest)
    run_program(["dvc", "init", "-q"], forest, programs, **quiet)
    said = run_program(["dvc", "repro"], out, programs, **quiet)
    assert [step for step in STEPS if f"Running stage '{step}'" in said] == STEPS
    assert digest_model(out, "work/model.pkl", pipeline_bin) == golden(out)
    again = run_program(["dvc", "repro"], out, programs, **quiet)
    assert [step for step in STEPS if f"'{step}' didn't change, skipping" in again] == STEPS
    assert "Running stage" not in again
    text = (out / "parameters.toml").read_text()
    assert "\nn_trees = 12\n" in text
    (out / "parameters.toml").write_text(text.replace("n_trees = 12", "n_trees = 5"))
    said = run_program(["dvc", "repro"], out, programs, **quiet)
    assert [step for step in STEPS if f"Running stage '{step}'" in said] == ["a_forest"]
    assert digest_model(out, "work/model.pkl", pipeline_bin) != golden(out)


def test_airflow(forest, pipeline_bin, tmp_path):
    programs = [make_environment("airflow", "apache-airflow")]
    out = forest / "out"
    settings = {
        "AIRFLOW_HOME": tmp_path / "airflow",
        "AIRFLOW__CORE__DAGS_FOLDER": out,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PIPELINE_PYTHON": pipeline_bin / "python",
        "PIPELINE_WORKDIR": tmp_path / "runs",
    }
    run_program(["airflow", "db", "migrate"], tmp_path, programs, **settings)
    run_program(["airflow", "dags", "test", "model"], tmp_path, programs, **settings)
    (made,) = (tmp_path / "runs").rglob("model.pkl")
    assert digest_model(out, made, pipeline_bin) == golden(out)
    given = ["--conf", '{"n_trees": 5}']
    run_program(["airflow", "dags", "test", "model", *given], tmp_path, programs, **settings)
    (other,) = set((tmp_path / "runs").rglob("model.pkl")) - {made}
    assert digest_model(out, other, pipeline_bin) != golden(out)


def test_kfp(forest, pipeline_bin):
    programs = [make_environment("kfp", "kfp")]
    out = forest / "out"
    run_program(["python", "kfp_pipeline.py"], out, programs, PIPELINE_PYTHON=pipeline_bin / "python")
    (made,) = (out / "kfp_runs").rglob("model.pkl")
    assert digest_model(out, made, pipeline_bin) == golden(out)
    run_program(["python", "kfp_pipeline.py", "pipeline.yaml"], out, programs)
    compiled = next(iter(yaml.safe_load_all((out / "pipeline.yaml").read_text())))
    assert len(compiled["root"]["dag"]["tasks"]) == len(STEPS)


def tell_backend(out):
    """Let the last step say on what joblib's loops run."""
    text = (out / "pipeline.py").read_text()
    told = "import joblib; print('loops on', type(joblib.parallel.get_active_backend()[0]).__name__)"
    before = "    n_trees = parameters.n_trees\n"
    assert before in text
    (out / "pipeline.py").write_text(text.replace(before, f"    {told}\n{before}"))


def test_dask(forest, needs):
    programs = make_environment("dask", "distributed", *needs)
    out = forest / "out"
    tell_backend(out)
    said = run_program(["python", "run_on_dask.py"], out, [programs])
    assert "loops on DaskDistributedBackend" in said
    assert digest_model(out, "work/model.pkl", programs) == golden(out)


def test_ray(forest, needs):
    programs = make_environment("ray", "ray", *needs)
    out = forest / "out"
    tell_backend(out)
    said = run_program(["python", "run_on_ray.py"], out, [programs], RAY_AUTH_MODE="disabled")
    assert "loops on RayBackend" in said
    assert digest_model(out, "work/model.pkl", programs) == golden(out)
    fewer = ["python", "run_on_ray.py", "--workdir", "fewer", "--n-trees", "5"]
    run_program(fewer, out, [programs], RAY_AUTH_MODE="disabled")
    assert digest_model(out, "fewer/model.pkl", programs) != golden(out)


def run_workflow(workflow, forest, programs, expect):
    """Run the commands of a workflow as GitHub would; the last ends as expected, the others well."""
    settings = workflow["defaults"]["run"]
    commands = [step["run"] for step in workflow["jobs"]["prove"]["steps"] if "run" in step]
    for command, code in zip(commands, expect, strict=True):
        folder = forest / "out" / settings["working-directory"]
        run_program([settings["shell"], "-e", "-c", command], folder, [programs], expect=code)


def test_workflows_are_what_github_takes(tmp_path):
    programs = [make_environment("workflow", "check-jsonschema")]
    for name, context in CONTEXTS.items():
        target = find_target("export", "github")
        (text,) = (text for path, text in target.render(context).items() if path.endswith(".yml"))
        (tmp_path / f"{name}.yml").write_text(text)
    files = sorted(tmp_path.glob("*.yml"))
    run_program(
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files], tmp_path, programs
    )


def test_github(forest, tmp_path):
    made = make_environment("github")
    programs = tmp_path / "runner"
    shutil.copytree(made.parent, programs, symlinks=True)
    out = forest / "out"
    workflow = yaml.safe_load((out / ".github/workflows/prove-model.yml").read_text())
    run_workflow(workflow, forest, programs / "bin", [0, 0, 0])
    text = (out / "pipeline.py").read_text()
    (out / "pipeline.py").write_text(text.replace('subset=["native_country"]', 'subset=["sex"]'))
    run_workflow(workflow, forest, programs / "bin", [0, 1, 1])
    (out / "pipeline.py").write_text(text)
    os.rename(forest / "adult.csv", forest / "gone.csv")
    run_workflow(workflow, forest, programs / "bin", [0, 0, 3])
