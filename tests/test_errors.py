"""What to do next depends on what stood in the way."""

from __future__ import annotations

import errno

import pytest

from nbmlops.errors import advise_place


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_needs_room(number: int) -> None:
    assert advise_place(OSError(number, "full")) == "Free some space there or name another directory"


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.ENOTDIR])
def test_another_refusal_needs_another_place(number: int) -> None:
    assert advise_place(OSError(number, "refused")) == "Name another directory"
