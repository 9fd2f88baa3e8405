# %%
people = [
    {"name": "Ada", "tags": ["math"], "born": 1815},
    {"name": "Alan", "tags": ["math", "computing"], "born": 1912},
    {"name": "Grace", "tags": ["navy"], "born": 1906},
]

# %%
by_name = {p["name"]: p for p in people}
ada = by_name["Ada"]

# %%
ada["tags"].append("poetry")
ada["born"] += 0

# %%
tags = set()
for p in people:
    tags |= set(p["tags"])
tags = sorted(tags)

# %%
matrix = [[0] * 3] * 2
matrix[0][1] = 5
square = [[i * j for j in range(3)] for i in range(3)]

# %%
row = square[1]
row.append(9)
transposed = list(zip(*[r[:3] for r in square]))

# %%
people.sort(key=lambda p: p["born"])
oldest, *others = people
others[0]["tags"] += ["naval"]

# %%
import copy
backup = copy.deepcopy(people)
shallow = list(people)
shallow[0]["name"] = "Augusta"

# %%
def find(name, where=people):
    for p in where:
        if p["name"] == name:
            return p
    raise LookupError(name)

grace = find("Grace")
grace["tags"].insert(0, "COBOL")

# %%
tree = {"left": {"v": 1}, "right": {"v": 2, "left": {"v": 3}}}
def walk(node):
    for side in ("left", "right"):
        if side in node:
            yield from walk(node[side])
    if "v" in node:
        yield node["v"]

values = list(walk(tree))
tree["left"]["self"] = tree

# %%
if (n := len(values)) > 2:
    extra = values[-1] * n
else:
    extra = None
match people[0]:
    case {"name": str(who), "tags": [first, *_]}:
        label = f"{who}:{first}"
    case _:
        label = "nobody"

# %%
total = 0
i = 0
while True:
    total += others[i % len(others)]["born"]
    i += 1
    if i >= 4:
        break
report = [(p["name"], len(p["tags"])) for p in people]
