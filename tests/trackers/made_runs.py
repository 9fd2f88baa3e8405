"""Runs that are made up, and what two stores are compared by."""

from __future__ import annotations

import dataclasses

from nbmlops.api.experiments import list_runs
from nbmlops.core.run import Run
from nbmlops.store.opening import open_store
from nbmlops.tracking.merging import EDITION
from tests.trackers.conftest import CELLS

__all__ = ["counts", "everything", "keep", "make_run"]


def plain(run):
    """Return a run without the history that it belongs to in its store."""
    return dataclasses.replace(run, history="")


def everything(store):
    """Return all runs of a store with what searches tried, as they compare between stores."""
    runs = list_runs(store=store, archived=True)
    children = [child for run in runs for child in list_runs(of=run.id, store=store, archived=True)]
    return sorted(map(plain, [*runs, *children]), key=lambda run: run.id)


def counts(found):
    return (found.new, found.updated, found.same)


def make_run(key="r1", **fields):
    settings = {
        "experiment": "e",
        "history": "",
        "model_name": "model",
        "model_type": "Tree",
        "parameters": (),
        "metrics": (),
        "data": (),
        "occurrences": 1,
        "status": "finished",
        "started": "2026-01-02T03:04:05.678901+00:00",
        "executions": (1,),
    }
    return Run(key, **settings | fields)


def keep(path, *runs):
    """Keep runs as if a history had been found to hold them."""
    with open_store(path) as store:
        sources = store.exchanges.list_sources()
        (history,) = {header.id for header in store.histories.list_headers()} - sources.keys()
        found = [dataclasses.replace(run, history=history) for run in runs]
        store.runs.keep(history, found, len(CELLS), True, EDITION)
