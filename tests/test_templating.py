"""Templates: strict about names, and quoting that hostile text does not escape."""

from __future__ import annotations

import ast
import dataclasses
import json
import math
import subprocess
import sys
import tomllib

import jinja2
import pytest
import yaml

from nbmlops.templating import (
    list_variables,
    quote_json,
    quote_python,
    quote_shell,
    quote_text,
    quote_toml,
    render_template,
    write_comment,
)

HOSTILE = [
    "",
    "plain",
    'it\'s "quoted"',
    "a\\b\\",
    "line\nbreak\r\n\ttab",
    "{{ evil }} {% if %}",
    "'''\"\"\"",
    "$(rm -rf /) `x` $HOME ${x}",
    "# comment: [x] {y} & *z !t | > % @",
    "nul\x00bell\x07del\x7fnel\x85",
    "sep\u2028\u2029bom\ufeffnon\ufffe\uffff\xa0",
    "ünï \U0001f600 \u202e",
    "yes",
    "null",
    "1e3",
    "~",
    " lead and trail ",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_quoting_survives(text):
    assert ast.literal_eval(quote_python(text)) == text
    assert json.loads(quote_json(text)) == text
    assert tomllib.loads(f"x = {quote_text(text)}\n") == {"x": text}
    assert yaml.safe_load(f"x: {quote_text(text)}\ny: 1\n") == {"x": text, "y": 1}
    assert yaml.safe_load(f"{quote_text(text)}: [{quote_text(text)}]") == {text: [text]}


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\x00" not in text])
def test_shell_quoting_survives(text):
    command = f"{sys.executable} -c 'import sys; print(ascii(sys.argv[1]))' {quote_shell(text)}"
    assert (
        subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout
        == ascii(text) + "\n"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_comments_stay_on_their_line(text):
    assert ast.parse(f"# {write_comment(text)}\n").body == []


@pytest.mark.parametrize("value", [0, -7, True, False, 1.5, 1e-300, 1e22, 1e-7, -0.0, [1, "a", [True]], []])
def test_plain_data(value):
    assert json.loads(quote_json(value)) == value
    assert tomllib.loads(f"x = {quote_text(value)}")["x"] == value
    assert yaml.safe_load(f"x: {quote_text(value)}")["x"] == value
    assert type(yaml.safe_load(quote_text(value))) is type(value)


@pytest.mark.parametrize(
    "value", [None, b"\x00'", (), (1,), (1, "a"), {"a": [1, {"b": None}], 2: 3}, "\ud800", -0.0]
)
def test_python_literals(value):
    found = ast.literal_eval(quote_python(value))
    assert (found, repr(found)) == (value, repr(value))


def test_python_numbers_beyond_literals():
    assert eval(quote_python([math.inf, -math.inf])) == [math.inf, -math.inf]
    assert math.isnan(eval(quote_python(math.nan)))


@pytest.mark.parametrize("value", [object(), {1, 2}, range(3), [object()]])
def test_no_literal(value):
    with pytest.raises(TypeError, match="no Python literal"):
        quote_python(value)
    if not isinstance(value, range):
        with pytest.raises(TypeError):
            quote_text(value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, [math.inf, 1.0]])
def test_toml_has_words_for_what_is_no_number(value):
    assert repr(tomllib.loads(f"x = {quote_toml(value)}")["x"]) == repr(value)


@pytest.mark.parametrize("value", ["\ud800", math.nan, math.inf])
def test_no_text(value):
    with pytest.raises(ValueError, match=r"surrogate|differently"):
        quote_text(value)


@dataclasses.dataclass(frozen=True)
class Card:
    name: str
    columns: tuple[str, ...]


@pytest.fixture
def stage(tmp_path, monkeypatch) -> str:
    folder = tmp_path / "cardshop" / "cards" / "templates"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder.parent.parent / "__init__.py").touch()
    (folder / "card.txt").write_text(
        "name = {{ name | python }}\n{% for column in columns %}\n  - {{ column | yaml }}\n{% endfor %}\n"
        "<end>\n"
    )
    (folder / "wrong.txt").write_text("{{ name }} {{ nmae }}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "cardshop.cards"


def test_render(stage):
    text = render_template(stage, "card.txt", Card("<it's>", ("a", "b: c")))
    assert text == 'name = "<it\'s>"\n  - "a"\n  - "b: c"\n<end>\n'


def test_unknown_name_is_an_error(stage):
    with pytest.raises(jinja2.UndefinedError, match="'nmae' is undefined"):
        render_template(stage, "wrong.txt", Card("x", ()))
    assert list_variables(stage, "wrong.txt") == {"name", "nmae"}
    assert list_variables(stage, "card.txt") == {"name", "columns"}


def test_unknown_template(stage):
    with pytest.raises(jinja2.TemplateNotFound):
        render_template(stage, "none.txt", Card("x", ()))
