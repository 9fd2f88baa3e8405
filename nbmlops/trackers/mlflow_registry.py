"""MLflow's registry: versions of models with their files, aliases and approvals, both ways."""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from nbmlops.core.digest import digest_text
from nbmlops.core.exchange import FoundVersion, VersionParcel
from nbmlops.trackers.mlflow_client import Connection
from nbmlops.trackers.mlflow_sending import Sending
from nbmlops.trackers.mlflow_words import FILES
from nbmlops.trackers.spelling import Spelling

__all__ = ["Registry"]

_KEY, _RECORD, _RUN = "nbmlops.version", "nbmlops.record", "nbmlops.run"
_LONGEST = 90_000
_RESERVED = "latest"


class Registry:
    """Sends versions to a server's registry, and lists those that are there."""

    def __init__(
        self, connection: Connection, sending: Sending, spelling: Spelling, notes: list[str]
    ) -> None:
        self.connection = connection
        self.sending = sending
        self.spelling = spelling
        self.notes = notes

    def send_versions(self, versions: Iterable[VersionParcel], own: Callable[[str], bool]) -> int:
        """Send versions of models and where their aliases point; return how many were new or changed."""
        there: dict[str, dict[str, Any]] = {}
        keys: dict[tuple[str, str], str | None] = {}
        aliases: dict[str, dict[str, str]] = {}
        for one in self._list_all():
            key = one.tags.get(_KEY)
            keys[one.name, str(one.version)] = key
            if key:
                there.setdefault(one.name, {})[key] = one
        for model in self._list_models():
            aliases[model.name] = dict(model.aliases)
        changed = 0
        for version in versions:
            if version.model not in aliases:
                with self.connection.explain(f"registering '{version.model}'"):
                    self.connection.client.create_registered_model(version.model)
                aliases[version.model] = {}
            known = there.get(version.model, {}).get(version.key)
            number, new = self._send(version, known)
            keys[version.model, number] = version.key
            moved = [
                self._point(version, alias, number, aliases[version.model], keys, own)
                for alias in version.aliases
            ]
            changed += new or any(moved)
        return changed

    def _list_all(self) -> Iterator[Any]:
        ask = self.connection.client.search_model_versions
        return self.connection.pages(
            "listing versions", lambda token: ask(max_results=1000, page_token=token)
        )

    def _list_models(self) -> Iterator[Any]:
        ask = self.connection.client.search_registered_models
        return self.connection.pages("listing models", lambda token: ask(page_token=token))

    def _send(self, version: VersionParcel, known: Any) -> tuple[str, bool]:
        """Return the number of a version there, and whether it was new or changed."""
        name = f"version {version.version} of '{version.model}'"
        tags = {_KEY: version.key, _RECORD: self.spelling.text(name, version.record, _LONGEST)}
        tags |= {key: self.spelling.text(name, value, _LONGEST) for key, value in version.tags.items()}
        if version.run:
            tags[_RUN] = version.run
        client = self.connection.client
        if known is not None:
            number = str(known.version)
            news = {key: value for key, value in tags.items() if known.tags.get(key) != value}
            with self.connection.explain(f"sending {name}"):
                for key, value in news.items():
                    client.set_model_version_tag(version.model, number, key, value)
            return number, bool(news)
        remote = self.sending.remotes.get(version.run or "")
        source = self._send_files(version, remote)
        with self.connection.explain(f"sending {name}"):
            made = client.create_model_version(version.model, source, remote, tags, await_creation_for=0)
        return str(made.version), True

    def _send_files(self, version: VersionParcel, remote: str | None) -> str:
        """Put a version's files beside its run; return where they are."""
        if remote is None:
            self.notes.append(f"versions of '{version.model}' whose runs are not there went without files")
            return f"nbmlops:/{version.model}/{version.key}"
        place = f"{FILES}/models/{version.model}/{version.key}"
        with tempfile.TemporaryDirectory(prefix="nbmlops-") as folder:
            for name, content in version.files().items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            with self.connection.explain(f"sending the files of '{version.model}'"):
                self.connection.client.log_artifacts(remote, folder, place)
        return f"runs:/{remote}/{place}"

    def _point(
        self,
        version: VersionParcel,
        alias: str,
        number: str,
        there: dict[str, str],
        keys: dict[tuple[str, str], str | None],
        own: Callable[[str], bool],
    ) -> bool:
        """Let an alias point at a version, unless it points at somebody else's; say whether it moved."""
        now = there.get(alias)
        if now is not None and str(now) == number:
            return False
        key = None if now is None else keys.get((version.model, str(now)))
        what = f"alias '{alias}' of '{version.model}'"
        if now is not None and (key is None or not own(key)):
            self.notes.append(f"{what} points there at version {now}, which is not of this store: it stays")
            return False
        if alias.lower() == _RESERVED or (alias[:1] in "vV" and alias[1:].isdigit()) or "." in alias:
            self.notes.append(f"{what} cannot be one there")
            return False
        with self.connection.explain(f"pointing {what}"):
            self.connection.client.set_registered_model_alias(version.model, alias, number)
        there[alias] = number
        return True

    def list_versions(self) -> Iterator[FoundVersion]:
        """Yield every version of every model there."""
        aliases: dict[tuple[str, str], list[str]] = {}
        for model in self._list_models():
            for alias, number in model.aliases.items():
                aliases.setdefault((model.name, str(number)), []).append(alias)
        for one in self._list_all():
            pointing = tuple(sorted(aliases.get((one.name, str(one.version)), ())))
            tags = {key: value for key, value in one.tags.items() if not key.startswith("nbmlops.")}
            whole = json.dumps([one.tags, one.run_id, one.description, pointing], sort_keys=True)
            yield FoundVersion(
                model=one.name,
                version=int(one.version),
                key=one.tags.get(_KEY),
                run=one.tags.get(_RUN, one.run_id or None),
                created=datetime.datetime.fromtimestamp(
                    one.creation_timestamp / 1000, datetime.UTC
                ).isoformat(),
                state=digest_text(whole),
                aliases=pointing,
                tags=tags,
                record=one.tags.get(_RECORD),
            )
