"""The trainer: the script that runs a pipeline on new data under the guard, and hands over what it made."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

__all__ = ["main", "pack_value"]


def main(settings_path: str, result_path: str) -> None:
    """Run the pipeline that the settings name; never returns."""
    settings = json.loads(Path(settings_path).read_text("utf-8"))
    answer = os.open(result_path, os.O_WRONLY)
    word = os.read(0, 1024).decode()
    sys.path.append(settings["root"])
    from nbmlops.proof import guard as guards
    from nbmlops.proof import landlock
    from nbmlops.proof.referee import close_doors, describe_error
    from nbmlops.values.structure import structural_digest

    importlib.import_module("cloudpickle")
    guard = guards.Guard(guards.Rules(**settings["rules"]))
    directory = settings["directory"]
    sys.path.insert(0, directory)
    close_doors(guards, landlock, guard)
    result: dict[str, Any] = {"nonce": word}
    try:
        pipeline = importlib.import_module("pipeline")
        value = pipeline.run(pipeline.Parameters())
        result["digest"] = structural_digest(value)
        result["type"] = f"{type(value).__module__}.{type(value).__qualname__}"
        result["codec"], content = pack_value(value, directory)
        Path(settings["value"]).write_bytes(content)
        result["content"] = hashlib.sha256(content).hexdigest()
    except BaseException as error:  # noqa: BLE001 - whatever ended the pipeline is the result
        result["error"] = describe_error(error, str(Path(directory) / "pipeline.py"))
    result["refused"] = [refusal.message for refusal in guard.refused]
    os.pwrite(answer, json.dumps(result).encode(), 0)
    os._exit(0)


def pack_value(value: Any, directory: str) -> tuple[str, bytes]:
    """Return the codec and the bytes of a value; code that lies in `directory` goes with it."""
    import cloudpickle

    own = [
        module
        for name, module in list(sys.modules.items())
        if str(getattr(module, "__file__", None) or "").startswith(directory) and name != "__main__"
    ]
    try:
        content = pickle.dumps(value, protocol=5)
        if not any(module.__name__.encode() in content for module in own):
            return "pickle", content
    except Exception:  # noqa: BLE001 - whatever a type raises here, the other way may do
        content = b""
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    return "cloudpickle", cloudpickle.dumps(value, protocol=5)


if __name__ == "__main__":
    main(*sys.argv[1:])
