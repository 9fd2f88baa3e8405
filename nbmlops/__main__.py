"""The command `nbmlops`, also as `python -m nbmlops`."""

from __future__ import annotations

import sys

from nbmlops.faces.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
