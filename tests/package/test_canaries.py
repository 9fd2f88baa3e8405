"""Two hundred canaries in columns that name persons: found in no package, description, log or answer."""

from __future__ import annotations

import base64
import io
import json
import re
import urllib.request
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbmlops.errors import PackageError
from nbmlops.lifecycle.demonstrating import ask_service
from nbmlops.monitor.reference import make_reference
from nbmlops.package.build import build_package, serve_package
from nbmlops.package.forming import Source, form_model
from nbmlops.package.rowcut import Form, Origin
from nbmlops.processes.uv import run_uv
from nbmlops.values.codec import save_value
from tests.package.rows.truth import Answering, cut_statements, make_table

NUMBERS = range(200)
NAMES = [f"Quillon{n:03d} Zwart{n:03d}" for n in NUMBERS]
IBANS = [f"DE{n:02d}9937{n:06d}0450{n:03d}" for n in NUMBERS]
MAILS = [f"q{n:03d}zwart@mail{n % 3}.example" for n in NUMBERS]
IDS = [100_003 + 7 * n for n in NUMBERS]
CANARIES = (
    [f"quillon{n:03d}" for n in NUMBERS] + [i.lower() for i in IBANS] + [f"q{n:03d}zwart" for n in NUMBERS]
)

HARMLESS = {
    "not used": 'df["n"] = df["age"] * 2 + df["city"].isna()',
    "their form only": 'df["n"] = df["name"].str.len() + df["iban"].str.startswith("DE7").astype(int)',
    "what many share": (
        'df["host"] = df["mail"].str.split("@").str[1]\n# --\n'
        'df["n"] = df["host"].astype("category").cat.codes'
    ),
}
TELLING = {
    "codes": 'df["n"] = LabelEncoder().fit_transform(df["name"])',
    "lower case": 'df["n"] = df["name"].str.lower().astype("category").cat.codes',
    "factors": 'df["n"] = pd.factorize(df["iban"])[0]',
    "by person": 'df["n"] = df.groupby("name")["income"].transform("mean").fillna(0)',
    "target by person": 'df["n"] = df["mail"].map(df.groupby("mail")["churn"].mean())',
    "a dictionary": (
        'codes = {t.upper(): i for i, t in enumerate(sorted(df["name"].unique())[:90])}\n'
        '# --\ndf["n"] = df["name"].str.upper().map(codes).fillna(-1)'
    ),
    "one person": 'best = df.loc[df["age"].idxmax(), "name"]\n# --\ndf["n"] = (df["name"] == best) * 1',
    "columns": 'd = pd.get_dummies(df["name"])\n# --\ndf["n"] = d.iloc[:, 5].astype(int)',
}
NUMBERED = {
    "transform": 'df["n"] = df.groupby("customer")["age"].transform("mean")',
    "map": 'df["n"] = df["customer"].map(df.groupby("customer")["churn"].mean())',
    "a part": (
        'm = df.groupby("customer")["age"].mean().head(40)\n# --\ndf["n"] = df["customer"].map(m).fillna(0)'
    ),
    "merge": (
        'm = df.groupby("customer", as_index=False).agg(n=("age", "max")).head(60)\n# --\n'
        'df = df.merge(m, on="customer", how="left")'
    ),
    "two keys": 'df["n"] = df.groupby(["customer", "plan"])["age"].transform("max")',
    "encoder": 'df["n"] = LabelEncoder().fit_transform(df["customer"])',
    "floats": 'df["n"] = df.groupby(df["customer"] * 1.0)["age"].transform("mean")',
    "codes": 'df["n"] = df["customer"].astype("category").cat.codes',
    "factors": 'df["n"] = pd.factorize(df["customer"])[0]',
    "a list": 'best = df["customer"].head(50).tolist()\n# --\ndf["n"] = df["customer"].isin(best) * 1',
    "a set": 'best = set(df.nlargest(30, "age")["customer"])\n# --\ndf["n"] = df["customer"].isin(best) * 1',
    "a dictionary": (
        'd = dict(zip(df["customer"][:80], df["age"][:80]))\n# --\ndf["n"] = df["customer"].map(d).fillna(0)'
    ),
}
COMMON = {
    "not used": 'df["n"] = df["customer"] * 0 + df["age"]',
    "by month": (
        'm = pd.to_datetime(df["when"]).dt.month\n# --\ndf["n"] = df.groupby(m)["age"].transform("mean")'
    ),
    "by a class": 'df["n"] = df["churn"].map(df.groupby("churn")["age"].mean())',
    "statistics": 'df["n"] = np.digitize(df["customer"], df["customer"].quantile([0.2, 0.5, 0.8]).round())',
    "bands": 'df["n"] = pd.cut(df["customer"], [0, 100_500, 101_000, 200_000], labels=False)',
}


QUICK = {"what many share", "lower case", "one person", "transform", "a part", "by month"}


def _choose(cases: dict[str, str]) -> list[Any]:
    return [how if how in QUICK else pytest.param(how, marks=pytest.mark.slow) for how in cases]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Customers with names, account numbers and addresses, each in two rows."""
    path = tmp_path_factory.mktemp("canaries") / "data.csv"
    frame = make_table(path, 400)
    for column, values in (("name", NAMES), ("iban", IBANS), ("mail", MAILS), ("customer", IDS)):
        frame[column] = np.random.default_rng(5).permutation(values * 2)
    frame.to_csv(path, index=False)
    return path


@dataclass(frozen=True)
class _File:
    name: str
    content: bytes


def list_files(folder: Path) -> Iterator[_File]:
    """Yield all files, the members of those that are archives, and archives that are written as text."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from list_members(_File(path.name, path.read_bytes()))


def list_members(file: _File) -> Iterator[_File]:
    """Yield a file and all that lies in it."""
    yield file
    if zipfile.is_zipfile(io.BytesIO(file.content)):
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            for name in archive.namelist():
                yield from list_members(_File(f"{file.name}:{name}", archive.read(name)))
    elif file.name.endswith("learned.json"):
        for number, text in enumerate(re.findall(rb'"([A-Za-z0-9+/]{40,}=*)"', file.content)):
            yield from list_members(_File(f"{file.name}:{number}", base64.b64decode(text)))


def find_canaries(content: bytes) -> list[str]:
    """Return the canaries in it, in any case, also in UTF-16 and in each phase of base 64."""
    text = content.lower()
    found = [c for c in CANARIES if c.encode() in text or c.encode("utf-16-le") in text]
    for canary in NAMES + IBANS + MAILS:
        for phase in range(3):
            coded = base64.b64encode(b"\0" * phase + canary.encode())
            inner = coded[4 if phase else 0 : len(coded) // 4 * 4 - 4]
            if len(inner) > 8 and inner in content:
                found.append(canary)
    return found


def make_package(answering: Answering, folder: Path) -> Path:
    """Build the package of what was cut, in the format that is usual, which holds no pickle here."""
    cut, model = answering.cut, save_value(answering.model)
    formed = form_model(cut, model, Form(), Source((), {}, folder))
    assert (formed.format, formed.because) == ("skops", None)
    origin = Origin(reference=make_reference(cut.reference))
    return Path(build_package(cut, model, "canary", 1, folder / "dist", origin=origin, formed=formed).path)


@pytest.mark.parametrize("how", _choose(HARMLESS))
def test_no_file_of_a_package_tells(how: str, data: Path, tmp_path: Path) -> None:
    answering = cut_statements(HARMLESS[how], data, tmp_path)
    assert answering.cut.tells is None
    place = make_package(answering, tmp_path)
    told = {file.name: found for file in list_files(place) if (found := find_canaries(file.content))}
    assert told == {}


@pytest.mark.slow
def test_no_member_of_the_wheel_tells(data: Path, tmp_path: Path) -> None:
    place = make_package(cut_statements(HARMLESS["not used"], data, tmp_path), tmp_path)
    run_uv(place, "build", "--wheel", "--out-dir", str(tmp_path / "wheel"))
    files = list(list_files(tmp_path / "wheel"))
    assert any(file.name.endswith(":canary_model/model.skops:schema.json") for file in files)
    assert {file.name: found for file in files if (found := find_canaries(file.content))} == {}


@pytest.mark.parametrize("how", _choose(TELLING))
def test_what_would_tell_is_refused(how: str, data: Path, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook's own
        with pytest.raises(PackageError, match=r"fewer than 10 rows|neither a row"):
            cut_statements(TELLING[how], data, tmp_path)


@pytest.mark.parametrize("how", _choose(NUMBERED))
def test_numbers_of_persons_as_keys_are_told(how: str, data: Path, tmp_path: Path) -> None:
    try:
        cut = cut_statements(NUMBERED[how], data, tmp_path).cut
    except PackageError as refused:
        assert "neither a row" in refused.what or "one row" in refused.what
    else:
        assert cut.tells is not None and cut.tells.startswith("numbers that each stand for few rows")


@pytest.mark.parametrize("how", _choose(COMMON))
def test_numbers_that_name_nobody_pass(how: str, data: Path, tmp_path: Path) -> None:
    cut = cut_statements(COMMON[how], data, tmp_path).cut
    assert (cut.tells, cut.few) == (None, ())


def test_keys_of_few_rows_that_number_nobody_are_stated(data: Path, tmp_path: Path) -> None:
    answering = cut_statements('df["n"] = df.groupby("age")["income"].transform("mean")', data, tmp_path)
    assert answering.cut.tells is None
    assert len(answering.cut.few) == 1
    place = make_package(answering, tmp_path)
    manifest = json.loads((place / "canary_model" / "manifest.json").read_text())
    assert manifest["few_rows_have_keys_of"] == list(answering.cut.few)


def test_service_repeats_no_value(data: Path, tmp_path: Path) -> None:
    """Neither answers, refusals, figures, descriptions nor the log say what was sent."""
    place = make_package(cut_statements(HARMLESS["not used"], data, tmp_path), tmp_path)
    row = {"age": 40, "city": "Rome"}
    sent = [
        row | {"name": NAMES[3], "iban": IBANS[3], "mail": MAILS[3]},
        row | {"city": NAMES[4]},
        row | {"age": IBANS[5]},
        row | {"income": MAILS[6], "name": 5},
        row | {"name": {"first": NAMES[7]}},
    ]
    with serve_package(place) as server:
        replies = [ask_service(server.url, "predict", body) for body in (*sent, {"rows": sent})]
        replies += [ask_service(server.url, "invocations", {"dataframe_records": sent})]
        replies += [ask_service(server.url, "invocations", {"instances": NAMES[:3], "inputs": IBANS[0]})]
        shown = [json.dumps(reply.content) for reply in replies]
        shown += [
            urllib.request.urlopen(f"{server.url}/{path}").read().decode()
            for path in ("metrics", "schema", "openapi.json")
        ]
        logged = server.read_log()
    assert {reply.status for reply in replies} <= {200, 422}
    assert [find_canaries(text.encode()) for text in [*shown, logged]] == [[]] * (len(shown) + 1)
