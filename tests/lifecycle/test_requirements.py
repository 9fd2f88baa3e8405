"""Requirements follow from the imports of a pipeline, and from what the notebook installed itself."""

from __future__ import annotations

import pytest

from nbmlops.lifecycle.requirements import find_requirements, list_installed

VERSIONS = {"numpy": "2.0.0", "joblib": "1.5.0"}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("%pip install -q 'pandas>=2' requests[socks]", ["pandas", "requests"]),
        ("!pip install Scikit_Learn==1.6  # for the model", ["scikit-learn"]),
        ("!python -m pip install -r requirements.txt", ["requirements-txt"]),
        ("if True:\n    !uv pip install numpy", ["numpy"]),
        ("%pip install git+https://example.org/x.git ./here", []),
        ("print('pip install numpy')\n%pip --version", []),
    ],
)
def test_installed_names_are_read(source, names):
    assert list_installed([source]) == names


def test_what_the_notebook_installed_is_required():
    assert find_requirements(["import json"], VERSIONS) == ()
    assert find_requirements(["import json"], VERSIONS, ["joblib"]) == ("joblib==1.5.0",)
    assert find_requirements(["import json"], VERSIONS, ["requirements-txt", "absent"]) == ()
