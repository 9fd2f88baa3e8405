"""What can be saved comes back the same, also classes and functions that no module holds."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from nbmlops.values.codec import Unsavable, load_value, save_value
from nbmlops.values.structure import structural_digest
from tests.values import zoo


@pytest.mark.parametrize("name", ["forest", "boosting", "linear", "words", "columns"])
def test_models_come_back_the_same(name):
    model = zoo.make_models()[name]
    codec, content = save_value(model)
    assert codec == "pickle"
    assert structural_digest(load_value(codec, content)) == structural_digest(model)


def test_tables_come_back_the_same():
    table = zoo.make_table()
    assert structural_digest(load_value(*save_value(table))) == structural_digest(table)


SCRIPT = """
import sys
from nbmlops.values.codec import save_value
class Mine:
    def __init__(self): self.limit = 3
    def double(self): return self.limit * FACTOR
FACTOR = 2
codec, content = save_value([Mine(), lambda x: x + 1])
print(codec, content.hex())
"""


def test_notebook_classes_come_back_in_another_process():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    codec, content = done.stdout.split()
    mine, add = load_value(codec, bytes.fromhex(content))
    assert (codec, mine.double(), add(1)) == ("cloudpickle", 6, 2)


def test_what_cannot_be_saved_says_why():
    with pytest.raises(Unsavable, match="'lock' cannot be saved: cannot pickle"):
        save_value(threading.Lock())
    with pytest.raises(Unsavable, match="'generator'"):
        save_value(item for item in [1])


def test_what_cannot_be_read_says_why():
    with pytest.raises(Unsavable, match="the codec 'zip' is not known"):
        load_value("zip", b"")
    with pytest.raises(Unsavable, match="cannot be read back here"):
        load_value("pickle", b"\x80\x05rubbish")
