"""Store verbs: the part of the verb table that keeps values, compares them, and looks after the store."""

from __future__ import annotations

from nbmlops.faces.arguments import WHICH
from nbmlops.faces.grammar import Argument, Verb

__all__ = ["STORE_VERBS"]

_SNAPSHOT = Verb(
    "snapshot",
    "Keep what a name or a file holds now, and describe it",
    "nbmlops.api.snapshots:take_snapshot",
    "nbmlops.faces.show_snapshots:show_snapshot",
    (
        Argument("name", "a name of this kernel, or the path of a file"),
        Argument("force", "keep it though it is over a cap", ("--force",), "flag"),
    ),
    "nbmlops.faces.contract:shape_record",
    agrees=lambda found: found.value.content is not None,
)
_DIFF = Verb(
    "diff",
    "Show which rows, columns, types and distributions of two snapshots differ",
    "nbmlops.api.snapshots:diff_snapshots",
    "nbmlops.faces.show_snapshots:show_difference",
    (
        Argument("before", "a name as it was after an execution, such as df@3", metavar="A"),
        Argument("after", "the same, or a name alone: as it is now, or was last", metavar="B"),
        *WHICH,
    ),
    "nbmlops.faces.contract:shape_record",
    agrees=lambda found: found.same,
)
_RESTORE = Verb(
    "restore",
    "Bring a value back into this kernel, or write it or a file as it was to a file",
    "nbmlops.api.snapshots:restore_snapshot",
    "nbmlops.faces.show_snapshots:show_restored",
    (
        Argument("reference", "a name as it was after an execution, such as df@3", metavar="NAME@EXECUTION"),
        Argument("bind", "the name to bind (default: its own)", ("--as",), metavar="NAME"),
        Argument(
            "output", "write a file: a value's pickle, or the file's own bytes", ("--output",), "path", "FILE"
        ),
        *WHICH,
    ),
    "nbmlops.faces.contract:shape_record",
)

_GC = Verb(
    "gc",
    "Say what values and files nothing needs any more, and let them go",
    "nbmlops.api.housekeeping:collect_unneeded",
    "nbmlops.faces.show_housekeeping:show_collected",
    (
        Argument("apply", "do it, and give the space back to the disk", ("--apply",), "flag"),
        Argument(
            "days",
            "from which age on a history keeps only what its runs, versions and exports need",
            ("--days",),
            "integer",
        ),
    ),
    "nbmlops.faces.contract:shape_record",
)
_BACKUP = Verb(
    "backup",
    "Copy the store to a new file, also while it is in use",
    "nbmlops.api.housekeeping:backup_store",
    "nbmlops.faces.show_housekeeping:show_copied",
    (Argument("path", "the file to write", kind="path", metavar="FILE"),),
    "nbmlops.faces.contract:shape_record",
)
_REPLACE = Verb(
    "restore-store",
    "Put a backup in the place of the store, which is moved aside",
    "nbmlops.api.housekeeping:replace_by_backup",
    "nbmlops.faces.show_housekeeping:show_copied",
    (Argument("path", "a backup", kind="path", metavar="FILE"),),
    "nbmlops.faces.contract:shape_record",
)

_FORGET = Verb(
    "forget",
    "Take a value, a file, a column or a whole history out of the store for good",
    "nbmlops.api.housekeeping:forget_content",
    "nbmlops.faces.show_housekeeping:show_forgotten",
    (
        Argument("what", "NAME, NAME@EXECUTION, a file's name, column:NAME, or the id of a history or run"),
        *WHICH,
    ),
    "nbmlops.faces.contract:shape_record",
)

_BUNDLE = Verb(
    "bundle",
    "Write a run with all that it needs to one file",
    "nbmlops.api.sharing:bundle_run",
    "nbmlops.faces.show_housekeeping:show_bundled",
    (
        Argument("run", "the id of a run, or of a history"),
        Argument("path", "the file to write", kind="path", metavar="FILE"),
    ),
    "nbmlops.faces.contract:shape_record",
)
_RECEIVE = Verb(
    "receive",
    "Put somebody's bundle into quarantine, to be looked at and not run",
    "nbmlops.api.sharing:receive_bundle",
    "nbmlops.faces.show_housekeeping:show_bundled",
    (Argument("path", "a bundle", kind="path", metavar="FILE"),),
    "nbmlops.faces.contract:shape_record",
)
_TRUST = Verb(
    "trust",
    "Take a bundle out of quarantine into the store, or trust a whole store that was made elsewhere",
    "nbmlops.api.sharing:trust_bundle",
    "nbmlops.faces.show_housekeeping:show_bundled",
    (Argument("path", "the bundle in quarantine, or a store", kind="path", metavar="FILE"),),
    "nbmlops.faces.contract:shape_record",
)

_ENABLE = Verb(
    "enable",
    "Go on recording this kernel",
    "nbmlops.api.pausing:enable_recording",
    "nbmlops.faces.show_status:show_recording",
)
_DISABLE = Verb(
    "disable",
    "Pause the recording of this kernel",
    "nbmlops.api.pausing:disable_recording",
    "nbmlops.faces.show_status:show_recording",
)

STORE_VERBS: tuple[Verb, ...] = (
    _SNAPSHOT,
    _DIFF,
    _RESTORE,
    _FORGET,
    _GC,
    _BACKUP,
    _REPLACE,
    _BUNDLE,
    _RECEIVE,
    _TRUST,
    _ENABLE,
    _DISABLE,
)
