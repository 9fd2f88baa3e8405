# %%
import numpy as np
import pandas as pd

# %%
raw = pd.DataFrame({
    "city": ["Bern", "bern ", "Basel", None, "Zug", "BASEL", "Genf", "Zug"],
    "rooms": [3, 4, 2, 5, np.nan, 2, 3, 1],
    "rent": ["1200", "1,450", "980", "2100", "1500", "n/a", "1700", "890"],
    "since": ["2020-01-03", "2021-05-01", "2019-11-15", "2022-02-01", "2020-07-01", "2018-03-01", "2021-01-01", "2023-04-01"],
})

# %%
df = raw.copy()
df.columns = [c.upper() for c in df.columns]
df.columns = df.columns.str.lower()

# %%
df["city"] = df["city"].str.strip().str.title()
df["city"] = df["city"].fillna("Unknown")

# %%
def parse_rent(text):
    text = text.replace(",", "")
    try:
        return float(text)
    except ValueError:
        return np.nan

df["rent"] = df["rent"].map(parse_rent)

# %%
df["since"] = pd.to_datetime(df["since"])
df["year"] = df["since"].dt.year

# %%
median_rooms = df["rooms"].median()
df["rooms"] = df["rooms"].fillna(median_rooms)

# %%
limit = 2000
cheap = df[df["rent"] < limit]
cheap.describe()

# %%
# outliers
low, high = df["rent"].quantile([0.05, 0.95])
df.loc[df["rent"] > high, "rent"] = high
df.loc[df["rent"].isna(), "rent"] = df["rent"].mean()

# %%
by_city = df.groupby("city")["rent"].agg(["mean", "max", "count"])
by_city = by_city.sort_values("mean", ascending=False)
by_city.head(3)

# %%
df["per_room"] = df["rent"] / df["rooms"]
df["band"] = pd.cut(df["per_room"], bins=[0, 300, 500, 5000], labels=["low", "mid", "high"])

# %%
wide = df.pivot_table(index="city", columns="year", values="rent", aggfunc="mean")
wide

# %%
tops = df.nlargest(3, "rent")[["city", "rent"]].reset_index(drop=True)
report = {city: round(float(part["rent"].mean()), 2) for city, part in df.groupby("city")}
