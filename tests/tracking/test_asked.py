"""Asked rows: found where the text is plain, and else nowhere."""

from __future__ import annotations

import pytest

from nbmlops.core.history import Environment, Execution, History, Statement
from nbmlops.core.resource import Effect, Resource
from nbmlops.tracking.asked import find_asked


def record(*codes):
    """Return a history of cells; what stands before `=` is what a cell binds."""
    executions = []
    for number, code in enumerate(codes, 1):
        bound = code.partition(" = ")[0] if " = " in code else ""
        effects = (Effect(Resource("name", bound), "bound", "", definite=True),) if bound else ()
        statement = Statement(number, 0, 1, code, code, effects=effects)
        executions.append(Execution(number, str(number), code, "ok", "", 0.1, statements=(statement,)))
    return History("h", None, "/", "", Environment("3", "linux", {}), executions=tuple(executions))


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        (["m.score(X, y)"], ("X", "y", 1)),
        (["acc = m.score(test[['a']], test.y)"], ("test[['a']]", "test.y", 1)),
        (["p = m.predict(X)", "accuracy_score(y, p)"], ("X", "y", 2)),
        (["p = m.predict_proba(X)[:, 1]", "print(metrics.roc_auc_score(y, p))"], ("X", "y", 2)),
        (["print(f1_score(y, m.predict(X)))"], ("X", "y", 1)),
        (["m.score(A, b)", "m.score(X, y)"], ("X", "y", 2)),
        (["for c in z:\n    m.fit(A, b)\n    m.score(X, y)"], ("X", "y", 1)),
        (["models['a'].score(X, y)"], None),
        (["m.fit(X, y)"], None),
        (["other.score(X, y)"], None),
        (["plt.scatter(x, m.predict(X))"], None),
        (["p = m.predict(X)", "p = other.predict(Z)", "accuracy_score(y, p)"], None),
        (["p = m.predict(X)", "accuracy_score(y_pred=p, y_true=y)"], None),
        (["def f(:", "%magic"], None),
    ],
)
def test_rows_are_found_by_the_text(codes, found):
    asked = find_asked(record(*codes), "m")
    assert (None if asked is None else (asked.rows, asked.truth, asked.execution)) == found


def test_a_part_of_a_mapping_is_a_model():
    assert find_asked(record("models['a'].score(X, y)"), "models['a']").rows == "X"


def test_what_changed_since_is_told():
    assert find_asked(record("m.score(X, y)", "X = X[:5]", "other = 3"), "m").changed == ("X",)
    assert find_asked(record("m.score(X, y)", "X = X[:5]", "m.score(X, y)"), "m").changed == ()
