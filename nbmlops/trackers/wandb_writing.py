"""Writing for W&B: a program of its own that turns each line it reads into one offline run."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["main", "write_run"]


def write_run(told: dict[str, Any], folder: Path) -> str:
    """Write one run with W&B's own client; return the folder that holds it."""
    import wandb

    settings = wandb.Settings(
        silent=True,
        console="off",
        disable_git=True,
        disable_code=True,
        save_code=False,
        x_disable_stats=True,
        x_disable_meta=True,
        x_disable_machine_info=True,
        x_save_requirements=False,
        x_start_time=told["started"],
    )
    run = wandb.init(
        mode="offline",
        dir=str(folder),
        id=told["id"],
        project=told["project"],
        name=told["name"] or None,
        group=told["group"],
        notes=told["notes"],
        tags=told["tags"],
        config=told["config"],
        resume="allow",
        settings=settings,
    )
    for row in told["rows"]:
        run.log(row["values"], step=row["step"])
    for name, content in told["files"].items():
        path = Path(run.dir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
        run.save(str(path), base_path=run.dir, policy="now")
    place = Path(run.dir).parent.name
    run.finish(exit_code=told["exit"])
    return place


def main() -> int:
    """Write the runs that standard input tells, and answer each with a line."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever the client prints is no answer
    folder = Path(sys.argv[1])
    with answers:
        for line in sys.stdin:
            try:
                answer = {"folder": write_run(json.loads(line), folder)}
            except Exception as error:  # noqa: BLE001  # told where it can be shown
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
