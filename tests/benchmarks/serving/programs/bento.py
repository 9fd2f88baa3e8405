"""The service as BentoML's own guide writes it."""

import bentoml
import joblib
import pandas as pd


@bentoml.service(workers=1)
class Model:
    """A model that answers rows."""

    def __init__(self):
        self.model = joblib.load("model.joblib")

    @bentoml.api
    def predict(self, row: dict[str, float]) -> list[int]:
        """Answer a row."""
        return self.model.predict(pd.DataFrame([row])).tolist()
