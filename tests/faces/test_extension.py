"""The extension and the magics, in a real kernel."""

from __future__ import annotations

import json

STATE = (
    "(get_ipython().input_transformers_cleanup[:], sorted(get_ipython().magics_manager.magics['line']),"
    " sorted(get_ipython().magics_manager.magics['cell']), get_ipython().ast_transformers[:])"
)


def test_loading_says_one_line_and_unloading_leaves_nothing(kernel):
    before, names = kernel.ask(STATE), kernel.ask("sorted(k for k in globals() if not k.startswith('_'))")
    loaded = kernel.run("%load_ext nbmlops")
    assert (loaded.status, loaded.warned) == ("ok", "")
    assert loaded.printed.count("\n") == 1
    assert "recording" in loaded.printed
    again = kernel.run("%reload_ext nbmlops\n%load_ext nbmlops")
    assert again.status == "ok"
    assert kernel.run("%unload_ext nbmlops").status == "ok"
    assert kernel.ask(STATE) == before
    assert kernel.ask("sorted(k for k in globals() if not k.startswith('_'))") == names
    assert kernel.run("%nbmlops").status in ("ok", "error")
    assert "nbmlops" in kernel.run("%nbmlops runs").warned


def test_verbs_show_text_and_page(fitted):
    runs = fitted.run("%nbmlops runs")
    assert runs.error == ""
    assert "max_depth=2" in runs.shown[-1]["text/plain"]
    assert "<table>" in runs.shown[-1]["text/html"]
    why = fitted.run("%nbmlops why model --json")
    shape = json.loads(why.shown[-1]["text/plain"])
    assert shape["name"] == "model"
    assert any(s["kept"] for s in shape["statements"])
    for statement in shape["statements"]:
        assert {"execution", "statement", "source", "kept", "certain", "reasons"} <= statement.keys()
        assert all(reason["because"] for reason in statement["reasons"])
        named = [r["resource"] for r in statement["reasons"] if r["resource"] is not None]
        assert all(r.partition(":")[0] in ("name", "file", "random", "outside", "ambient") for r in named)
        assert named or not statement["kept"]


def test_mistakes_are_messages_without_a_traceback(fitted):
    for line, told in [
        ("%nbmlops expotr model out", "'export'"),
        ("%nbmlops export modle out", "'model'"),
        ("%nbmlops approve nothing 1", "nothing"),
        ("%nbmlops export 'model", "quotation"),
        ("%%step\nx = 1", "%%step train"),
    ]:
        reply = fitted.run(line)
        assert reply.status == "error", line
        assert told in reply.traceback, line
        assert "Traceback" not in reply.traceback
        assert ".py" not in reply.traceback
    assert fitted.run("%nbmlops --help").status == "ok"
    assert fitted.run("1 + 1").result == "2"


def test_marked_cells_run_as_ordinary_ones(fitted):
    assert fitted.run("%%step clean\nx = 1\nx + 1").result == "2"
    assert fitted.run("%%private\nsecret = 'hush'\nsecret").result == "'hush'"
    failed = fitted.run("%%step train\n\n1 / 0")
    assert "line 3" in failed.traceback
    told = fitted.run("%nbmlops history --json").shown[-1]["text/plain"]
    shape = json.loads(told)
    assert "clean" in [execution["step"] for execution in shape]
    assert "hush" not in told


def test_the_panel_has_words_for_frontends_without_widgets(fitted):
    panel = fitted.run("%nbmlops")
    assert panel.error == ""
    status, bar = panel.shown[-2:]
    assert "recording · " in status["text/plain"]
    assert "1 run" in status["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in bar
    assert "%nbmlops register" in bar["text/plain"]


def test_the_tab_key_offers_verbs_and_names(fitted):
    fitted.run("model_of_mine = 1")
    assert "register" in fitted.complete("%nbmlops reg")
    assert "model_of_mine" in fitted.complete("%nbmlops export model_")


def test_doctor_tells_what_recording_cost_and_missed(kernel):
    kernel.run("early = 1")
    kernel.run("%load_ext nbmlops")
    kernel.run("import numpy as np\nbig = np.zeros(3_000_000)")
    kernel.run("%%private\nhidden = 2")
    broke = "__import__('nbmlops.capture.following').capture.following.current_following()"
    kernel.run(f"%%private\n{broke}.recorder.observer.budget._credit = -1e6")
    kernel.run("# why\nbig[0] = 1")
    shape = json.loads(kernel.run("%nbmlops doctor --json").shown[-1]["text/plain"])
    assert shape["seconds"] > 0
    assert shape["elapsed"] > 0
    assert shape["overhead"] > 0
    assert {"execution", "cell", "line", "source", "seconds"} <= shape["dearest"][0].keys()
    costs = [cost["seconds"] for cost in shape["dearest"]]
    assert costs == sorted(costs, reverse=True)
    assert len(costs) <= 5
    (given,) = shape["given_up"]
    assert (given["name"], given["line"], given["source"]) == ("big", 2, "# why\nbig[0] = 1")
    assert "budget" in given["because"]
    unseen = " ".join(shape["unobserved"])
    assert "early = 1" in unseen
    assert unseen.count("%%private") == 2
    shown = kernel.run("%nbmlops doctor").shown[-1]
    assert "recording took" in shown["text/plain"]
    assert "<td" in shown["text/html"]
    assert "hidden" not in shown["text/plain"]


def test_a_bare_proof_tells_what_of_the_kernel_can_be_made_again(kernel):
    kernel.run("%load_ext nbmlops")
    kernel.run("import time\nrows = [1, 2]")
    kernel.run("started = time.time()")
    told = kernel.run("%nbmlops prove").shown[-1]
    assert "1 of 2 values can be made again" in told["text/plain"]
    assert "From cell [2] on" in told["text/plain"]
    assert "clock" in told["text/plain"]
    kernel.run("%%private\nrows.append(3)")
    shape = json.loads(kernel.run("%nbmlops prove --json").shown[-1]["text/plain"])
    by_name = {name["name"]: name for name in shape["names"]}
    assert by_name["rows"]["verdict"] != "identical"
    assert shape["stands"] is False
