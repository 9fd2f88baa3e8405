"""Pausing: stop recording this kernel for a while, and go on."""

from __future__ import annotations

from pathlib import Path

from nbmlops.api.capturing import CaptureStatus, capture_status
from nbmlops.capture.following import current_following
from nbmlops.errors import CaptureError

__all__ = ["disable_recording", "enable_recording"]


def disable_recording(store: Path | None = None) -> CaptureStatus:
    """Record nothing of the cells that follow but that they ran and which names they may have changed.

    Raises
    ------
    CaptureError
        If no kernel is recorded here.
    """
    return _pause(True)


def enable_recording(store: Path | None = None) -> CaptureStatus:
    """Go on recording with the next cell.

    Raises
    ------
    CaptureError
        If no kernel is recorded here.
    """
    return _pause(False)


def _pause(paused: bool) -> CaptureStatus:
    following = current_following()
    if following is None:
        raise CaptureError("No kernel is recorded here.", "Type `%load_ext nbmlops` in the notebook.")
    following.recorder.paused = paused
    return capture_status()
