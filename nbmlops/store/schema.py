"""The schema of the store, as the migrations that led to it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbmlops.errors import StoreError
from nbmlops.store.place import APPLICATION

__all__ = ["MIGRATIONS", "find_pending", "migrate_schema"]

_SET = "nbmlops"


def m001_contents(database: Any) -> None:
    """Keep contents as lists of chunks, each chunk once."""
    database["contents"].create({"id": int, "digest": str, "size": int}, pk="id", not_null={"digest", "size"})
    database["contents"].create_index(["digest"], unique=True)
    database["chunks"].create(
        {"id": int, "digest": str, "size": int, "packed": bytes},
        pk="id",
        not_null={"digest", "size", "packed"},
    )
    database["chunks"].create_index(["digest"], unique=True)
    database.execute(
        "create table content_chunks (content integer not null references contents(id), "
        "position integer not null, chunk integer not null references chunks(id), "
        "primary key (content, position)) without rowid"
    )
    database["content_chunks"].create_index(["chunk"])


def m002_histories(database: Any) -> None:
    """Keep histories, their executions, the names they bound and the values they left."""
    database["environments"].create({"digest": str, "record": str}, pk="digest", not_null={"record"})
    database["histories"].create(
        {"id": str, "notebook": str, "started": str, "ended": str, "environment": str, "record": str},
        pk="id",
        not_null={"started", "environment", "record"},
        foreign_keys=[("environment", "environments", "digest")],
    )
    database["histories"].create_index(["started"])
    database.execute(
        "create table executions (history text not null references histories(id), number integer not null, "
        "record text not null, primary key (history, number))"
    )
    database.execute(
        "create table bindings (name text not null, history text not null references histories(id), "
        "execution integer not null, primary key (name, history, execution)) without rowid"
    )
    database.execute(
        "create table saved_values (id integer primary key, history text not null references histories(id), "
        "execution integer not null, name text not null, content text references contents(digest), "
        "record text not null, unique (history, name, execution))"
    )
    database["saved_values"].create_index(["content"])


def m003_exports(database: Any) -> None:
    """Keep what was exported where, and every proof."""
    database.execute(
        "create table exports (id integer primary key, path text not null, "
        "history text not null references histories(id), target text not null, "
        "recipe text references contents(digest), files text not null, lines text not null, at text not null)"
    )
    database["exports"].create_index(["path"])
    database.execute(
        "create table proofs (id integer primary key, subject text not null, "
        "export integer references exports(id), verdict text, record text not null, at text not null)"
    )
    database["proofs"].create_index(["subject"])


def m004_models(database: Any) -> None:
    """Keep versions of models, where their aliases point, and the audit trail; nothing of it changes."""
    database.execute(
        "create table versions (model text not null, version integer not null, created text not null, "
        "history text not null references histories(id), artifact text not null references contents(digest), "
        "recipe text references contents(digest), record text not null, primary key (model, version))"
    )
    database.execute(
        "create table aliases (id integer primary key autoincrement, "
        "model text not null, alias text not null, "
        "version integer not null, at text not null, by text not null, back integer not null default 0, "
        "foreign key (model, version) references versions(model, version))"
    )
    database["aliases"].create_index(["model", "alias"])
    database.execute(
        "create table trail (id integer primary key autoincrement, model text not null, "
        "version integer not null, decision text not null, by text not null, at text not null, "
        "note text not null, seal text not null, "
        "foreign key (model, version) references versions(model, version))"
    )
    database["trail"].create_index(["model", "version"])
    for table in ("versions", "aliases", "trail"):
        for change in ("update", "delete"):
            database.execute(
                f"create trigger {table}_refuse_{change} before {change} on {table} "
                f"begin select raise(abort, '{table}: entries are never changed or removed'); end"
            )


def m005_service(database: Any) -> None:
    """Keep which packages were built and what monitoring reported."""
    database.execute(
        "create table packages (id integer primary key, model text not null, version integer not null, "
        "path text not null, manifest text not null, at text not null, "
        "foreign key (model, version) references versions(model, version))"
    )
    database.execute(
        "create table reports (id integer primary key, model text not null, version integer not null, "
        "record text not null, at text not null)"
    )
    database["reports"].create_index(["model"])


def m006_parts(database: Any) -> None:
    """Keep contents as lists of parts too, chunks as they are where packing saves nothing, and profiles."""
    database.execute("alter table contents add column woven integer not null default 0")
    database.execute("alter table chunks add column raw integer not null default 0")
    database.execute(
        "create table content_parts (content integer not null references contents(id), "
        "position integer not null, part integer not null references contents(id), "
        "primary key (content, position)) without rowid"
    )
    database["content_parts"].create_index(["part"])
    database.execute(
        "create table tables (content text primary key references contents(digest), layout text not null, "
        "profile text)"
    )


def m007_running(database: Any) -> None:
    """Keep which execution each kernel has begun."""
    database.execute(
        "create table running (history text primary key references histories(id), number integer not null, "
        "cell text not null, started text not null, process text not null) without rowid"
    )


def m008_forgetting(database: Any) -> None:
    """Keep what was forgotten, and where the store itself came from if it is a bundle."""
    database.execute(
        "create table tombstones (id integer primary key autoincrement, what text not null, at text not null)"
    )
    database.execute("create table origins (key text primary key, value text not null) without rowid")


def m009_runs(database: Any) -> None:
    """Keep the runs that were found in the histories, to search them by their metrics."""
    database.execute(
        "create table runs (id integer primary key, run text not null, "
        "history text not null references histories(id), experiment text not null, started text not null, "
        "record text not null, unique (history, run))"
    )
    database["runs"].create_index(["run"])
    database["runs"].create_index(["started"])
    database.execute(
        "create table run_metrics (run integer not null references runs(id), position integer not null, "
        "name text not null, value real, function text not null, execution integer not null, "
        "primary key (run, position)) without rowid"
    )
    database["run_metrics"].create_index(["name", "value"])
    database.execute(
        "create table run_readings (history text primary key references histories(id), "
        "executions integer not null, ended integer not null, edition integer not null) without rowid"
    )


def m010_experiments(database: Any) -> None:
    """Keep the parameters of runs to search by, whose children they are, and what people say of them."""
    database.execute("alter table runs add column parent text")
    database.execute("alter table run_metrics add column points text")
    database.execute(
        "create table run_parameters (run integer not null references runs(id), name text not null, "
        "number real, text text not null, primary key (run, name)) without rowid"
    )
    database["run_parameters"].create_index(["name", "number"])
    database.execute(
        "create table run_marks (run text not null, key text not null, value text not null, "
        "at text not null, primary key (run, key)) without rowid"
    )
    database.execute(
        "create table revisions (history text not null references histories(id), execution integer not null, "
        "record text not null, primary key (history, execution)) without rowid"
    )


def m011_exchanges(database: Any) -> None:
    """Keep what went to other trackers and came from them, and the histories that stand for these."""
    database.execute(
        "create table sources (history text primary key references histories(id), place text not null unique)"
        " without rowid"
    )
    database.execute(
        "create table exchanged (place text not null, run text not null, state text not null, "
        "marks text not null, files text not null, at text not null, primary key (place, run)) without rowid"
    )
    database["exchanged"].create_index(["run"])
    database.execute(
        "create table foreign_versions (place text not null, model text not null, version integer not null, "
        "state text not null, record text not null, primary key (place, model, version)) without rowid"
    )


def m012_hints(database: Any) -> None:
    """Keep which hints a person does not want to see again."""
    database.execute("create table dismissed_hints (id text primary key, at text not null) without rowid")


def m013_sweeps(database: Any) -> None:
    """Keep sweeps, and what came of each of their children."""
    database.execute(
        "create table sweeps (id integer primary key, sweep text not null, "
        "history text not null references histories(id), execution integer not null, record text not null)"
    )
    database["sweeps"].create_index(["history"])
    database.execute(
        "create table sweep_children (sweep integer not null references sweeps(id), number integer not null, "
        "history text, record text not null, primary key (sweep, number)) without rowid"
    )
    database["sweep_children"].create_index(["history"])


MIGRATIONS: tuple[Callable[[Any], None], ...] = (
    m001_contents,
    m002_histories,
    m003_exports,
    m004_models,
    m005_service,
    m006_parts,
    m007_running,
    m008_forgetting,
    m009_runs,
    m010_experiments,
    m011_exchanges,
    m012_hints,
    m013_sweeps,
)


def find_pending(connection: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    """Return the names of the migrations that a store still needs, without loading sqlite_utils.

    Raises `StoreError` where the file belongs to another program or to a newer nbmlops.
    """
    known = [migration.__name__ for migration in MIGRATIONS]
    tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    applied: set[str] = set()
    if "_sqlite_migrations" in tables:
        query = "select name from _sqlite_migrations where migration_set = ?"
        applied = {name for (name,) in connection.execute(query, (_SET,))}
    if tables and not applied:
        raise StoreError(
            f"'{path}' is the SQLite database of another program, so it is no store.",
            "Name another file: `NBMLOPS_STORE=/path/to/store.db`.",
        )
    version = connection.execute("pragma user_version").fetchone()[0]
    unknown = sorted(applied - set(known))
    if unknown or version > len(known):
        named = f" (it has '{unknown[-1]}')" if unknown else ""
        raise StoreError(
            f"The store '{path}' was written by a newer nbmlops{named} than this one can read.",
            "Update this one: `pip install --upgrade nbmlops`.",
        )
    return tuple(name for name in known if name not in applied)


def migrate_schema(connection: sqlite3.Connection, path: Path, patience: float) -> None:
    """Bring a store to the present schema, all of it or none of it; two processes may try at once."""
    if not find_pending(connection, path):
        return
    _begin_patiently(connection, patience)
    try:
        if find_pending(connection, path):
            _apply_pending(connection)
            connection.execute(f"pragma application_id = {APPLICATION}")
            connection.execute(f"pragma user_version = {len(MIGRATIONS)}")
        connection.execute("commit")
    finally:
        if connection.in_transaction:
            connection.execute("rollback")


def _begin_patiently(connection: sqlite3.Connection, patience: float) -> None:
    # SQLite does not wait for a lock while another process turns the journal over to WAL.
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute("begin immediate")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _apply_pending(connection: sqlite3.Connection) -> None:
    import sqlite_utils

    migrations = sqlite_utils.Migrations(_SET)
    for migration in MIGRATIONS:
        migrations()(migration)
    migrations.apply(sqlite_utils.Database(connection, execute_plugins=False))
