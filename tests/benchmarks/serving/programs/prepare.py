"""Fit the models in a peer's own environment, and save them as the peer wants them."""

import json
import sys
from pathlib import Path

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression


def save_mlflow(model, frame, folder):
    """Save a model for `mlflow models serve`."""
    import mlflow.sklearn

    signature = mlflow.models.infer_signature(frame, model.predict(frame))
    mlflow.sklearn.save_model(
        model, folder, signature=signature, pip_requirements=[], serialization_format="cloudpickle"
    )


def save_mlserver(model, frame, folder, port):
    """Save a model for `mlserver start`."""
    folder.mkdir()
    joblib.dump(model, folder / "model.joblib")
    described = {
        "name": "model",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": "./model.joblib", "content_type": "pd"},
    }
    ports = {"http_port": port, "grpc_port": port + 1, "metrics_port": port + 2}
    settings = {"host": "127.0.0.1", **ports, "parallel_workers": 0, "debug": False}
    (folder / "model-settings.json").write_text(json.dumps(described))
    (folder / "settings.json").write_text(json.dumps(settings))


def main():
    """Prepare one peer: arguments are its name, the rows, the folder, and a first port."""
    peer, rows, place, port = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
    frame = pd.read_csv(rows)
    labels = frame.pop("y")
    models = {"linear": LogisticRegression(), "forest": RandomForestClassifier(100, random_state=0)}
    for at, (name, model) in enumerate(models.items()):
        model.fit(frame, labels)
        if peer == "mlflow":
            save_mlflow(model, frame, place / name)
        elif peer == "mlserver":
            save_mlserver(model, frame, place / name, port + 3 * at)
        else:
            (place / name).mkdir()
            joblib.dump(model, place / name / "model.joblib")


if __name__ == "__main__":
    main()
