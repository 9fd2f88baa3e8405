"""The command `nbmlops`, also as `python -m nbmlops`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Loading code makes thousands of objects that live as long as the process: to look through them for
    garbage, and once more at the end, would be a quarter of a short command.
    """
    gc.set_threshold(50_000, 20, 50)
    try:
        from nbmlops.faces.cli import main as run_command

        return run_command(words)
    except KeyboardInterrupt:  # before the command line stood, or while something else was being told
        sys.stderr.write("nbmlops: Interrupted.\n")
        return 130
    finally:
        # Python ends by the signal where an interrupt met it in the source of a text, also one that was told.
        exec("")
        gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
