"""Secrets: found in code of every common kind, left alone where there are none, and cleanly taken out."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from nbmlops.core.secret import MARK, Secret
from nbmlops.values.redacting import Unredactable, holds_secret, redact_code, redact_text
from nbmlops.values.secrets import find_in_code, find_in_line, find_in_text, judge_named
from tests.values.secret_samples import make_samples

SAMPLES = make_samples()
CASES = Path(__file__).parents[1] / "cases"


def read(text):
    """Return what is hidden by a Python literal's escapes as well as what is not."""
    return text.replace("\\n", "\n")


@pytest.mark.parametrize("kind", SAMPLES)
def test_common_kinds_are_found_and_taken_out(kind):
    line, secret = SAMPLES[kind]
    special = line.startswith(("%", "!"))
    found = find_in_line(line) if special else find_in_code(line)
    assert found, line
    redacted = redact_text(line, found) if special else redact_code(line, found)
    assert MARK.search(redacted)
    assert secret not in redacted
    assert secret not in repr(found)
    if not special:
        assert secret not in read(redacted)
        ast.parse(redacted)


def test_ordinary_cells_are_left_alone():
    sources = {
        statement
        for path in CASES.glob("*.json")
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        for statement in split(cell.get("src", ""))
    }
    assert len(sources) > 400
    assert [source for source in sources if find_in_code(source)] == []


def split(source):
    try:
        return [ast.unparse(node) for node in ast.parse(source).body]
    except SyntaxError:
        return []


@pytest.mark.parametrize(
    "line",
    [
        'tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")',
        'token_pattern = r"(?u)\\b\\w\\w+\\b"',
        'tokens = "the quick brown fox".split()',
        'df["password_length"] = df["password"].str.len()',
        'password = getpass.getpass("Password: ")',
        'api_key = os.environ["API_KEY"]',
        'password = "<your password>"',
        'key = "customer_id"',
        'df.groupby(key="customer_id_number_1")',
        'url = "https://archive.ics.uci.edu/ml/machine-learning-databases/adult/adult.data"',
        'sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
        'df = pd.read_csv("s3://bucket/2024-01-01/part-00001-of-00010.parquet")',
        'mail = "mailto:ann@acme.org"',
        'uuid = "5210ef2a-83fd-46a0-b1c2-0123456789ab"',
        'git = "git+ssh://git@github.com/acme/repo.git"',
        'image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"',
        'secret_santa = "Ann"',
    ],
)
def test_what_only_looks_like_one_is_left_alone(line):
    assert find_in_code(line) == []
    assert find_in_text(line) == []


def test_redacting_changes_nothing_but_literals_and_comments():
    password = Secret("PASSWORD", "hunter2", "a test says so")
    code = 'hunter2 = "hunter2"  # hunter2\nprint(hunter2, "x hunter2 y")\n'
    with pytest.raises(Unredactable):  # as a name it cannot be taken out
        redact_code(code, [password])
    code = 'p = "hunter2"  # is hunter2\nprint(p, b"hunter2", """x\nhunter2""")\n'
    redacted = redact_code(code, [password])
    assert not holds_secret(redacted.encode(), [password])
    assert redacted.count("[secret PASSWORD]") == 4
    assert redacted.startswith('p = "[secret PASSWORD]"  # is [secret PASSWORD]\n')


def test_a_word_that_is_a_password_spoils_no_other_text():
    secret = Secret("PASSWORD", "test", "a test says so")
    code = 'connect("db", "test")\ndf = read("test.csv", test_size=3)\n'
    assert redact_code(code, [secret]) == code.replace('"test"', '"[secret PASSWORD]"')


def test_escapes_do_not_hide_a_secret():
    secret = Secret("PASSWORD", "s3cr3t\tpass", "a test says so")
    redacted = redact_code('p = ("s3cr3t\\tpass", "x s3cr3t\\x09pass")', [secret])
    assert ast.literal_eval(redacted.removeprefix("p = ")) == ("[secret PASSWORD]", "x [secret PASSWORD]")


def test_settings_files_and_named_values_are_known():
    assert [s.name for s in find_in_text("# db\nHOST=localhost\nexport DB_PASSWORD=tr0ub4dor\n")] == [
        "DB_PASSWORD"
    ]
    assert [s.name for s in find_in_text('{\n  "user": "ann",\n  "password": "tr0ub4dor"\n}\n')] == [
        "PASSWORD"
    ]
    assert judge_named("password", "tr0ub4dor").value == "tr0ub4dor"
    assert judge_named("city", "tr0ub4dor") is None


@pytest.mark.parametrize("run", ["x", "A", "-", "7", "acgt", "a.", "\\n", " "])
def test_a_megabyte_of_one_kind_is_read_once(run):
    assert find_in_code(f"note = '{run * (1_000_000 // len(run))}'") == []
