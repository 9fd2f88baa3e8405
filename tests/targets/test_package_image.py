"""The image of a package: built for real, its service started inside, its layers searched."""

from __future__ import annotations

import http.client
import io
import json
import platform
import subprocess
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbmlops.package.build import build_package
from nbmlops.package.cut import cut_rows
from nbmlops.processes.server import choose_port
from nbmlops.values.codec import save_value
from tests.package.conftest import make_pieces, run_pieces
from tests.targets.images import Images

pytestmark = pytest.mark.slow

RECIPE = """
import pandas as pd
from sklearn.linear_model import LogisticRegression
# --
people = pd.read_csv(parameters.people)
# --
people["income"] = people["income"].fillna(people["income"].mean())
# --
model = LogisticRegression()
# --
model.fit(people[["age", "income"]], people["churn"])
"""


@dataclass(frozen=True)
class Built:
    images: Images
    name: str
    package: Path
    canaries: list[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """An image of a package that was made of 200 people's names, IBANs and addresses."""
    home = tmp_path_factory.mktemp("image")
    dice = np.random.default_rng(5)
    canaries = [
        f"{kind}Canary{n:03}x{dice.integers(10**9)}" for kind in ("name", "iban", "mail") for n in range(200)
    ]
    frame = pd.DataFrame(
        {kind: canaries[200 * at : 200 * at + 200] for at, kind in enumerate(("name", "iban", "mail"))}
    )
    frame["age"], frame["income"] = dice.integers(18, 80, 200), dice.normal(50, 20, 200).round(2)
    frame["churn"] = (frame["age"] + dice.normal(0, 9, 200) > 45).astype(int)
    frame.loc[::17, "income"] = np.nan
    frame.to_csv(home / "people.csv", index=False)
    pieces, parameters = make_pieces(RECIPE), {"people": str(home / "people.csv")}
    estimator = save_value(run_pieces(pieces, parameters)["model"])
    cut = cut_rows(pieces, "model", parameters, home, estimator)
    package = Path(build_package(cut, estimator, "churn", 1, home / "dist", ["docker"], verify=True).path)
    images = Images(home)
    images.make_base(f"localhost/python:{platform.python_version()}-slim")
    images.build(package, "churn:1")
    return Built(images, "churn:1", package, canaries)


def ask(port: int, path: str, body: Any = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    content = None if body is None else json.dumps(body).encode()
    connection.request("GET" if body is None else "POST", path, content, {"X-API-Key": "s3cret"})
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def test_the_service_inside_gives_the_golden_answers(built, tmp_path):
    container = built.images.run("from", "--pull-never", built.name).strip()
    config = json.loads(built.images.run("inspect", container))["Docker"]["config"]
    assert config["User"] == "10001"
    assert config["Healthcheck"]["Test"][0] == "CMD"
    port = choose_port()
    *command, given = config["Cmd"]
    assert given == "8000"
    run = built.images.command("run", "--isolation", "chroot", "--env", "API_KEY=s3cret", container, "--")
    log = tmp_path / "log"
    with log.open("wb") as output:
        child = subprocess.Popen([*run, *command, str(port)], stdout=output, stderr=output)
    try:
        wait_until_ready(child, port, log)
        golden = json.loads((built.package / "tests" / "golden.json").read_text())
        for case in golden:
            status, answer = ask(port, "/predict_proba", case["row"])
            assert (status, answer["predictions"]) == (200, [case["prediction"]])
            assert list(answer["probabilities"][0].values()) == case["probabilities"]
        own = built.images.command("run", "--isolation", "chroot", container, "--", "id", "-u")
        assert subprocess.run(own, capture_output=True, text=True, check=True).stdout.strip() == "10001"
    finally:
        stop_inside(port)
        child.wait(timeout=60)


def wait_until_ready(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(600):
        if child.poll() is not None:
            pytest.fail(f"the service inside ended: {log.read_text()[-2000:]}")
        try:
            assert ask(port, "/ready")[0] == 200
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the service inside never answered")


def stop_inside(port: int) -> None:
    """Tell the process that listens on the port to end: chroot isolation has no numbers of its own."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[-2:-1] == [str(port).encode()] and b"serve" in words and b"buildah" not in words[0]:
            subprocess.run(["kill", "-TERM", place.name], check=False)


def test_nobodys_text_is_in_any_layer(built, tmp_path):
    built.images.run("push", built.name, f"oci-archive:{tmp_path}/image.tar")
    searched = found = 0
    with tarfile.open(tmp_path / "image.tar") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            whole = content.read()
            texts = [whole]
            if whole[:2] == b"\x1f\x8b":
                with tarfile.open(fileobj=io.BytesIO(whole)) as layer:
                    files = [layer.extractfile(each) for each in layer if each.isfile()]
                    texts = [file.read() for file in files if file is not None]
            searched += len(texts)
            found += sum(
                canary.encode() in text for text in texts if b"Canary" in text for canary in built.canaries
            )
    assert searched > 1000
    assert found == 0
