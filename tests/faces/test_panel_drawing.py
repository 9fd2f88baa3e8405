"""Pictures of a run's model: drawn by the kernel that holds it, and by no other."""

from __future__ import annotations

import ast
import time

OPEN = """\
from nbmlops.faces.panel.opening import make_view
panel = make_view(get_ipython().user_ns)
"""
_KEY = "[r['key'] for p in panel.show()['parts'] if p['kind'] == 'grid' for r in p['rows']][0]"
_CAPTIONS = "[p.caption for d in panel.desk.remember('pictures').values() for ps in d.values() for p in ps]"


def draw(kernel, run, kind):
    assert kernel.run(f"panel.dispatch('draw', {{'run': {run!r}, 'kind': {kind!r}}})").status == "ok"
    until = time.monotonic() + 600
    while kernel.ask("panel.show()['working']") == "True":
        assert time.monotonic() < until
        time.sleep(0.05)
    status = ast.literal_eval(kernel.ask("panel.show()['status']"))
    return status["tone"], status["text"]


def list_captions(kernel):
    return ast.literal_eval(kernel.ask(_CAPTIONS))


def test_pictures_are_drawn_while_the_kernel_holds_the_model(fitted):
    assert fitted.run(OPEN).status == "ok"
    run = ast.literal_eval(fitted.ask(_KEY))
    assert fitted.run(f"panel.dispatch('inspect', {{'key': {run!r}}})").status == "ok"
    assert draw(fitted, run, "importance") == ("good", "Drawn: Importance of `model`.")
    assert len(list_captions(fitted)) == 1
    assert draw(fitted, run, "nonsense")[1] == ""
    assert fitted.run("model = model.__class__(max_depth=1).fit(X, y)").status == "ok"
    tone, text = draw(fitted, run, "confusion")
    assert (tone, "does not hold" in text) == ("bad", True)
    assert len(list_captions(fitted)) == 1
