# %%
import heapq
import itertools
import random

# %%
random.seed(42)
queue = []
ids = itertools.count()
clock = 0.0

# %%
def schedule(delay, kind):
    heapq.heappush(queue, (clock + delay, next(ids), kind))

def arrive():
    schedule(random.expovariate(1.0), "arrive")
    if state["free"]:
        state["free"] -= 1
        schedule(random.expovariate(0.8), "leave")
    else:
        state["waiting"] += 1

def leave():
    if state["waiting"]:
        state["waiting"] -= 1
        schedule(random.expovariate(0.8), "leave")
    else:
        state["free"] += 1
    state["served"] += 1

handlers = {"arrive": arrive, "leave": leave}

# %%
state = {"free": 2, "waiting": 0, "served": 0}
trace = []
schedule(0, "arrive")

# %%
steps = 30
while queue and len(trace) < steps:
    clock, _, kind = heapq.heappop(queue)
    handlers[kind]()
    trace.append((round(clock, 3), kind, state["waiting"]))

# %%
longest = max(w for _, _, w in trace)
state["free"] += 1

# %%
for _ in range(10):
    clock, _, kind = heapq.heappop(queue)
    handlers[kind]()
    trace.append((round(clock, 3), kind, state["waiting"]))

# %%
def busy():
    return [t for t, k, w in trace if w > 0]

handlers["leave"] = lambda: state.__setitem__("served", state["served"] + 1)
busy_times = busy()

# %%
left = sorted(queue)[:3]
snapshot = dict(state, clock=clock, pending=len(queue))
trace = trace[-20:]

# %%
waits = [w for *_, w in trace]
mean_wait = sum(waits) / len(waits)
