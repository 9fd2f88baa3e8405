from __future__ import annotations

import pytest

FORGERIES = [
    # It ends the process before the referee can speak.
    "import os; os._exit(0)",
    # It writes an answer of its own to every open file.
    """
    import json, os
    for number in range(3, 64):
        try:
            os.pwrite(number, json.dumps({"digest": "0" * 64, "refused": [], "error": None}).encode(), 0)
        except OSError:
            pass
    os._exit(0)
    """,
    # It writes to the answer and lets the referee write as well.
    """
    import os
    for number in range(3, 64):
        try:
            os.pwrite(number, b"x" * 100_000, 0)
        except OSError:
            pass
    """,
    # It takes the word that the answer must carry.
    """
    import os
    for number in range(3, 64):
        try:
            os.set_blocking(number, False)
            os.read(number, 1024)
        except OSError:
            pass
    """,
    # It replaces what the digest is made with.
    "import hashlib; hashlib.sha256 = hashlib.sha512",
    "import builtins; builtins.len = lambda thing: 0",
    "import builtins; builtins.type = lambda *thing: int",
    "import json; json.dumps = lambda *a, **k: '{}'",
    # It finds the function that describes values and turns it into another.
    """
    import gc
    for found in gc.get_objects():
        if getattr(found, "__name__", "") == "structural_digest":
            found.__code__ = (lambda value: "0" * 64).__code__
    """,
]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_answer_is_never_identical(make_export, forgery):
    proof = make_export("value = 1", forgery).prove("0" * 64)
    assert proof.verdict == "failed", proof
    assert proof.cause


def test_what_was_replaced_is_named(make_export):
    proof = make_export("value = 1", "import hashlib; hashlib.sha256 = hashlib.sha512").prove()
    assert "The pipeline replaced 'hashlib.sha256', on which its proof rests." in proof.cause


def test_a_changed_description_of_values_is_found(make_export):
    export = make_export("value = 1")
    with (export.directory / "tests" / "structure.py").open("a") as file:
        file.write("\ndef structural_digest(value):\n    return '0' * 64\n")
    proof = export.prove("0" * 64)
    assert proof.verdict == "failed"
    assert "'tests/structure.py' was changed" in proof.cause


def test_module_names_of_the_referee_are_free(make_export):
    export = make_export("import guard, structure, landlock", "value = guard.x + structure.x + landlock.x")
    for name in ("guard", "structure", "landlock"):
        (export.directory / f"{name}.py").write_text("x = 1\n")
    assert export.prove(None).obtained


def test_printing_and_changed_streams_do_no_harm(make_export):
    export = make_export(
        "import sys, warnings",
        "print('{\"digest\": 0}', '\\x1eline 3', sep='\\n')",
        "sys.stdout = sys.stderr = sys.__stdout__ = None",
        "warnings.simplefilter('error')",
        "import builtins; builtins.print = None",
        "value = 1",
    )
    assert export.prove(None).obtained


def test_line_marks_of_the_pipeline_are_harmless(make_export):
    marks = (
        "print('\\x1eline many', flush=True)",
        "print('\\x1eline', flush=True)",
        "print('\\x1eline 9999')",
    )
    proof = make_export(*marks, "value = 1").prove(None)
    assert proof.obtained


def test_signals_and_limits_of_the_pipeline(make_export):
    export = make_export(
        "import sys", "sys.setrecursionlimit(100)", "sys.settrace(lambda *a: None)", "value = 1"
    )
    assert export.prove(None).obtained
