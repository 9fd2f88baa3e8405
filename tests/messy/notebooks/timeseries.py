# %%
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
%matplotlib inline

# %%
np.random.seed(5)
index = pd.date_range("2024-01-01", periods=120, freq="D")
s = pd.Series(np.random.normal(0, 1, 120).cumsum() + 50, index=index, name="level")

# %%
s.plot()
plt.show()

# %%
s.iloc[10:13] = np.nan
filled = s.interpolate()
gaps = int(s.isna().sum())

# %%
window = 7
smooth = filled.rolling(window).mean().dropna()

# %%
frame = pd.DataFrame({"level": filled, "smooth": smooth})
frame["weekday"] = frame.index.dayofweek
frame["lag"] = frame["level"].shift(1)

# %%
monthly = frame.resample("MS").agg({"level": "mean", "smooth": "last"})
monthly

# %%
%time profile = frame.groupby("weekday")["level"].mean()

# %%
frame = frame.dropna()
frame = frame[frame["weekday"] < 5]
coef = np.polyfit(frame["lag"], frame["level"], 1)

# %%
fig, axes = plt.subplots(1, 2)
frame["level"].plot(ax=axes[0])
profile.plot.bar(ax=axes[1])
plt.tight_layout()
plt.show()

# %%
forecast = []
last = frame["level"].iloc[-1]
horizon = 5
for h in range(horizon):
    last = coef[0] * last + coef[1]
    forecast.append(last)

# %%
dates = pd.bdate_range(frame.index[-1] + pd.Timedelta(days=1), periods=horizon)
out = pd.Series(forecast, index=dates)
full = pd.concat([frame["level"], out])
monthly.loc[monthly.index[0], "level"] = 0.0
