from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbmlops.values.carrying import load_names, save_names
from nbmlops.values.codec import Unsavable
from nbmlops.values.structure import structural_digest


def carry(code, *names):
    """Run code as a notebook would, and return the namespace of a process that was given some names."""
    here = {"__name__": "__main__"}
    exec(code, here)
    there = {"__name__": "__main__"}
    there |= load_names(save_names({name: here[name] for name in names}, here), there)
    return here, there


def test_a_function_looks_names_up_where_it_is():
    _, there = carry(
        "depth = 3\ndef f():\n    global count\n    count = depth\n    return depth\nn = {'f': f}", "f", "n"
    )
    there["depth"] = 8
    assert there["f"]() == 8 and there["count"] == 8
    assert there["n"]["f"] is there["f"] and there["f"].__globals__ is there


def test_a_class_and_its_objects():
    _, there = carry("scale = 2\nclass M:\n    def go(self):\n        return scale\nm = M()", "M", "m")
    there["scale"] = 5
    assert there["m"].go() == 5 and type(there["m"]) is there["M"]


def test_views_stay_views_and_keep_their_strides():
    code = "import numpy as np\na = np.arange(24.).reshape(4, 6)\nv = a[:, ::2]\nw = a.T[::-1]\n"
    code += "o = np.array([1, None, 'x', 2], object)\np = o[::-2]"
    here, there = carry(code, "v", "w", "a", "o", "p")
    for name in ("v", "w", "a", "p"):
        assert there[name].strides == here[name].strides
        assert (there[name] == here[name]).all()
    there["a"][0, 0] = -1
    assert there["v"][0, 0] == -1 and there["w"][-1, 0] == -1
    assert not here["a"][0, 0]
    there["o"][3] = "new"
    assert there["p"][0] == "new"


def test_the_order_of_memory_is_that_of_the_kernel():
    here, there = carry(
        "import numpy as np\nf = np.asfortranarray(np.arange(6.).reshape(2, 3))\ng = f[:, :2]", "f", "g"
    )
    assert there["f"].flags.f_contiguous and there["g"].strides == here["g"].strides


def test_tables_do_not_write_into_each_other():
    code = "import pandas as pd\nd = pd.DataFrame({'a': [1., 2, 3], 'b': [4., 5, 6]})\n"
    code += "e = d[:]\ns = d['a']\nt = d.iloc[:2]"
    here, there = carry(code, "d", "e", "s", "t")
    assert all(structural_digest(here[n]) == structural_digest(there[n]) for n in "dest")
    assert there["t"]._mgr.blocks[0].values.strides == here["t"]._mgr.blocks[0].values.strides
    there["d"].iloc[0, 0] = 9
    assert there["e"].iloc[0, 0] == there["s"].iloc[0] == there["t"].iloc[0, 0] == 1


def test_one_object_under_two_names():
    _, there = carry(
        "import pandas as pd\nd = pd.DataFrame({'a': [1]})\nboth = [d, d]\nm = {}\nn = m",
        "d",
        "both",
        "m",
        "n",
    )
    assert there["both"][0] is there["d"] is there["both"][1] and there["m"] is there["n"]


def test_what_cannot_be_carried_is_named():
    with pytest.raises(Unsavable, match=r"'log' holds a _thread.lock"):
        carry("a = 1\nimport threading\nlog = threading.Lock()", "a", "log")
    with pytest.raises(Unsavable, match=r"'g' holds a builtins.generator"):
        carry("g = (i for i in [1])", "g")


def test_modules_and_library_functions_go_by_name():
    _, there = carry("import numpy as np, pandas as pd\nfrom math import sqrt", "np", "pd", "sqrt")
    assert there["np"] is np and there["pd"] is pd and there["sqrt"](4) == 2
