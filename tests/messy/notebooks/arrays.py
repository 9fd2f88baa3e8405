# %%
import numpy as np

# %%
grid = np.arange(24, dtype=float).reshape(4, 6)
first = grid[0]
column = grid[:, 1]

# %%
grid[1] *= 10
first += 1

# %%
mask = grid > 12
selected = grid[mask]
selected.sum()

# %%
corner = grid[:2, :2]
corner[...] = -1

# %%
weights = np.linspace(0, 1, 6)
scores = grid @ weights

# %%
for i in range(4):
    grid[i, i] = scores[i] / 3

# %%
stack = np.vstack([grid, weights])
flat = stack.ravel()
flat[0] = 99

# %%
def normalise(a):
    a -= a.mean()
    a /= a.std() + 1e-9
    return a

normed = normalise(stack)

# %%
history = []
step = 0.5
for k in range(5):
    weights = weights - step * weights ** 2
    history.append(weights)

# %%
history = np.array(history)
best = history.argmin(axis=1)
np.sort(history, axis=0)

# %%
c = grid.T
c[0, 0] = 7
order = np.argsort(c[0])
c = c[:, order]
