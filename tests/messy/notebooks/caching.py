# %%
import functools
import json
import os
import time

# %%
calls = []
@functools.lru_cache(maxsize=None)
def fib(n):
    calls.append(n)
    return n if n < 2 else fib(n - 1) + fib(n - 2)

# %%
tenth = fib(10)
len(calls)

# %%
twelfth = fib(12)
calls_so_far = list(calls)

# %%
def timed(f):
    @functools.wraps(f)
    def inner(*a, **k):
        inner.count += 1
        return f(*a, **k)
    inner.count = 0
    return inner

@timed
def cube(x):
    return x ** 3

# %%
cubes = [cube(i) for i in range(5)]
used = cube.count

# %%
registry = {}
def register(f):
    registry[f.__name__] = f
    return f

@register
def double(x): return 2 * x

@register
def triple(x): return 3 * x

# %%
table = {name: f(7) for name, f in registry.items()}

# %%
add = functools.partial(lambda a, b: a + b, 10)
sums = [add(i) for i in range(3)]

# %%
os.environ["MODE"] = "fast"
mode = os.environ.get("MODE", "slow")
scale = 10 if mode == "fast" else 1

# %%
def scaled(x):
    return x * scale

products = [scaled(c) for c in cubes]
fib.cache_clear()
eighth = fib(8)

# %%
try:
    bad = products[99]
except IndexError as e:
    message = str(e)
finally:
    products.append(-1)

# %%
payload = json.dumps({"products": products, "calls": len(calls)}, sort_keys=True)
decoded = json.loads(payload)
