# %%
import re
from collections import Counter, defaultdict

# %%
text = """the quick brown fox jumps over the lazy dog
the dog sleeps. the fox runs; a quick one!
who let the dog out?"""

# %%
words = re.findall(r"[a-z]+", text.lower())
len(words)

# %%
stop = {"the", "a", "over"}
kept = [w for w in words if w not in stop]

# %%
counts = Counter(kept)
counts.most_common(3)

# %%
index = defaultdict(list)
for i, w in enumerate(kept):
    index[w].append(i)

# %%
counts.update(["fox", "cat"])
stop.add("dog")

# %%
n = 2
grams = list(zip(*[words[i:] for i in range(n)]))
pairs = Counter(grams)

# %%
it = iter(words)
head = [next(it) for _ in range(4)]

# %%
rest = [w for w in it if len(w) > 3]
lengths = dict(sorted(((w, len(w)) for w in set(rest))))

# %%
def shorten(ws, k=4, cache={}):
    out = []
    for w in ws:
        if w not in cache:
            cache[w] = w[:k]
        out.append(cache[w])
    return out

short = shorten(kept)
short3 = shorten(rest, 3)

# %%
lines = text.splitlines()
lines[0] = lines[0].upper()
for line in lines:
    *front, last = line.split()
    index[last].append(-1)
vocabulary = sorted(index)

# %%
gen = (w.upper() for w in kept)
loud = next(gen), next(gen)
remaining = list(gen)
