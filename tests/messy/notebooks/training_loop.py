# %%
import numpy as np
rng = np.random.default_rng(7)

# %%
n, d = 60, 3
X = rng.normal(size=(n, d))
true_w = np.array([1.5, -2.0, 0.5])
y = X @ true_w + 0.1 * rng.normal(size=n)

# %%
class Linear:
    def __init__(self, d):
        self.w = np.zeros(d)
        self.b = 0.0
    def __call__(self, X):
        return X @ self.w + self.b
    def step(self, gw, gb, lr):
        self.w -= lr * gw
        self.b -= lr * gb

# %%
def loss(model, X, y):
    return float(((model(X) - y) ** 2).mean())

def gradients(model, X, y):
    e = model(X) - y
    return 2 * X.T @ e / len(y), 2 * e.mean()

# %%
net = Linear(d)
lr = 0.1
losses = []

# %%
def train(net, epochs):
    for epoch in range(epochs):
        gw, gb = gradients(net, X, y)
        net.step(gw, gb, lr)
        losses.append(loss(net, X, y))
    return net

# %%
net = train(net, 10)
losses[-1]

# %%
lr = 0.05
batch = 16
for epoch in range(4):
    order = rng.permutation(n)
    for start in range(0, n, batch):
        idx = order[start:start + batch]
        gw, gb = gradients(net, X[idx], y[idx])
        net.step(gw, gb, lr)
    losses.append(loss(net, X, y))

# %%
best = min(losses)
checkpoint = {"w": net.w.copy(), "b": net.b, "losses": losses}

# %%
train(net, 5)
checkpoint["after"] = loss(net, X, y)

# %%
net.w[np.abs(net.w) < 0.6] = 0
pruned = loss(net, X, y)
curve = np.array(losses)
