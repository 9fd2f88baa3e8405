"""The service that people write by hand: FastAPI, an input model of pydantic, a frame, and scikit-learn."""

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import create_model

COLUMNS = [f"x{number}" for number in range(10)]
Row = create_model("Row", **dict.fromkeys(COLUMNS, (float, ...)))
app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/predict")
def predict(row: Row) -> dict[str, list[int]]:
    """Answer a row."""
    return {"predictions": model.predict(pd.DataFrame([row.model_dump()])).tolist()}
