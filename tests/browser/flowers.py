"""Flowers: a small table, and a notebook that learns from it, for the panel's tests and pictures."""

from __future__ import annotations

import json
import random
import urllib.request
from pathlib import Path

__all__ = ["FLOWERS", "send_flowers", "write_flowers"]

FLOWERS = """\
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
df = pd.read_csv("flowers.csv")
unused = df.describe()
also_unused = df.head()
X = pd.get_dummies(df[["petal", "leaves", "soil"]])
model = LogisticRegression(max_iter=500).fit(X, df["rare"])
accuracy = accuracy_score(df["rare"], model.predict(X))
"""


def write_flowers(path: Path, seed: int = 0, shift: float = 0.0, count: int = 200) -> Path:
    """Write some flowers, the same for the same seed; `shift` moves their petals."""
    draw = random.Random(seed)
    lines = ["petal,leaves,soil,rare"]
    for _ in range(count):
        petal, leaves, soil = (
            draw.gauss(3 + shift, 1),
            draw.randint(2, 9),
            draw.choice(["clay", "sand", "peat"]),
        )
        rare = int(petal + 0.3 * leaves + (soil == "sand") + draw.gauss(0, 0.5) > 5)
        lines.append(f"{petal:.3f},{leaves},{soil},{rare}")
    path.write_text("\n".join(lines) + "\n")
    return path


def send_flowers(url: str, path: Path) -> int:
    """Ask a service about every flower of a file, and return how many that were."""
    lines = [line.split(",") for line in path.read_text().splitlines()[1:]]
    rows = [{"petal": float(petal), "leaves": int(leaves), "soil": soil} for petal, leaves, soil, _ in lines]
    body = json.dumps({"rows": rows}).encode()
    request = urllib.request.Request(f"{url}/predict", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=600) as reply:
        return len(json.load(reply)["predictions"])
