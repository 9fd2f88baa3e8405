# %%
import csv, json, os
from pathlib import Path
import pandas as pd

# %%
folder = Path("work")
folder.mkdir(exist_ok=True)
path = folder / "readings.csv"

# %%
rows = [("a", 1, 2.5), ("b", 2, 3.5), ("c", 3, 1.25)]
with open(path, "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["key", "n", "value"])
    w.writerows(rows)

# %%
df = pd.read_csv(path)
df

# %%
factor = 3
df["value"] *= factor
df.to_csv("scaled.csv", index=False)

# %%
with open("log.txt", "a") as log:
    log.write(f"scaled by {factor}\n")

# %%
extra = {"key": "d", "n": 4, "value": 9.0}
with open(path, "a") as f:
    f.write("{key},{n},{value}\n".format(**extra))

# %%
again = pd.read_csv(path)
both = again.merge(pd.read_csv("scaled.csv"), on="key", how="left", suffixes=("", "_scaled"))

# %%
config = {"factor": factor, "columns": list(both.columns)}
Path("config.json").write_text(json.dumps(config))

# %%
loaded = json.loads(Path("config.json").read_text())
loaded["rows"] = len(both)
with open("log.txt") as log:
    lines = log.readlines()

# %%
for name in ["one", "two"]:
    (folder / f"{name}.txt").write_text(name * factor)
texts = {p.name: p.read_text() for p in sorted(folder.glob("*.txt"))}

# %%
os.rename("scaled.csv", "final.csv")
final = pd.read_csv("final.csv")
total = final["value"].sum()

# %%
both.to_pickle("both.pkl")
back = pd.read_pickle("both.pkl")
back["value"] = back["value"] + 1
