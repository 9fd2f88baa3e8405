# %%
import random
import numpy as np
import matplotlib.pyplot as plt

# %%
random.seed(3)
rolls = [random.randint(1, 6) for _ in range(20)]

# %%
random.shuffle(rolls)
rolls[:5]

# %%
walk = np.cumsum(np.random.choice([-1, 1], size=50))
plt.plot(walk)
plt.title("walk")
plt.show()

# %%
np.random.rand(3)

# %%
np.random.seed(11)
noise = np.random.normal(size=50)
noisy = walk + 0.1 * noise

# %%
fig, ax = plt.subplots()
ax.hist(noisy, bins=7)
counts, edges = np.histogram(noisy, bins=7)
plt.show()

# %%
def draw(k):
    return [random.choice(rolls) for _ in range(k)]

hand = draw(5)
other = draw(3)

# %%
rng = np.random.default_rng()
sample = rng.integers(0, 10, 6)
more = rng.random(2)

# %%
state = random.getstate()
a = random.random()
random.setstate(state)
b = random.random()

# %%
hits = 0
trials = 200
for _ in range(trials):
    x, y = random.random(), random.random()
    hits += x * x + y * y < 1
estimate = 4 * hits / trials

# %%
np.random.shuffle(noisy)
boot = [float(np.random.choice(noisy, 10).mean()) for _ in range(8)]

# %%
plt.figure(figsize=(4, 2))
plt.boxplot(boot)
plt.ylabel("mean")
spread = max(boot) - min(boot)
plt.close("all")
