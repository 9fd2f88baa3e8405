"""The life of a model in service: packages that were built and what monitoring reported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.core.clock import now
from nbmlops.core.drift import DriftReport
from nbmlops.core.encoding import load
from nbmlops.store.records import plain_text, write_record

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["Packages", "Reports", "StoredPackage"]


@dataclass(frozen=True, slots=True)
class StoredPackage:
    """A package that was built: `manifest` is the digest of its manifest."""

    model: str
    version: int
    path: str
    manifest: str
    at: str


@dataclass(frozen=True, slots=True)
class Packages:
    """The packages of a store."""

    database: Database

    def add(self, model: str, version: int, path: str | Path, manifest: str) -> None:
        """Keep that a version was packaged into a directory."""
        self.database.write(
            "insert into packages (model, version, path, manifest, at) values (?, ?, ?, ?, ?)",
            (model, version, plain_text(str(Path(path).absolute())), manifest, now()),
        )

    def list_packages(self, model: str, version: int | None = None) -> tuple[StoredPackage, ...]:
        """Return the packages of a model or of one version of it, the newest first."""
        rows = self.database.rows(
            "select model, version, path, manifest, at from packages "
            "where model = ? and version = coalesce(?, version) order by id desc",
            (model, version),
        )
        return tuple(StoredPackage(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Reports:
    """The drift reports of a store."""

    database: Database

    def add(self, report: DriftReport) -> None:
        """Keep a drift report."""
        self.database.write(
            "insert into reports (model, version, record, at) values (?, ?, ?, ?)",
            (report.model, report.version, write_record(report), now()),
        )

    def list_reports(self, model: str) -> tuple[DriftReport, ...]:
        """Return the drift reports on a model, the newest first."""
        rows = self.database.rows("select record from reports where model = ? order by id desc", (model,))
        return tuple(load(DriftReport, record) for (record,) in rows)
