# %%
import math

# %%
rate = 0.07
years = 10
log = []

# %%
def grow(amount):
    return amount * (1 + rate) ** years

def note(text):
    log.append(text)

# %%
def plan(amounts):
    note("planning %d amounts" % len(amounts))
    return [round(grow(a), 2) for a in amounts]

# %%
amounts = [100, 250, 1000]
result = plan(amounts)
result

# %%
rate = 0.05
result2 = plan(amounts)

# %%
def counter():
    n = 0
    def up(by=1):
        nonlocal n
        n += by
        return n
    return up

tick = counter()

# %%
tick()
tick(3)
ticks = [tick() for _ in range(4)]

# %%
total = 0
def add(x):
    global total
    total += x
    return total

# %%
for a in amounts:
    add(a)
running = [add(v) for v in (1, 2, 3)]

# %%
settings = {"rate": rate, "log": log, "limits": [0, 500]}
def apply(value, s=settings):
    lo, hi = s["limits"]
    return max(lo, min(hi, value * s["rate"]))

# %%
applied = list(map(apply, [10, 20000, -5]))
settings["limits"].append(3)
settings["limits"].pop()

# %%
grow = lambda amount: amount + rate * years
simple = plan(amounts)

# %%
def area(r):
    note(f"area {r}")
    return math.pi * r ** 2

areas = {r: area(r) for r in range(3)}
summary = {"log": len(log), "total": total, "last": log[-1]}
