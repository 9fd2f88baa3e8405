"""The extension and the magics, in a real kernel."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from pathlib import Path

FOLLOWING = "__import__('nbmlops.capture.following').capture.following.current_following()"
STATE = (
    "(get_ipython().input_transformers_cleanup[:], sorted(get_ipython().magics_manager.magics['line']),"
    " sorted(get_ipython().magics_manager.magics['cell']), get_ipython().ast_transformers[:],"
    " {k: len(v) for k, v in get_ipython().events.callbacks.items()})"
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
    assert "max_depth  accuracy" in runs.shown[-1]["text/plain"]
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
    shown = panel.shown[-1]
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "application/vnd.nbmlops.panel+json" in shown
    for kind in ("text/plain", "text/html"):
        assert "recording · " in shown[kind]
        assert "1 run" in shown[kind]
        assert "DecisionTreeClassifier" in shown[kind]
        assert "%nbmlops register" in shown[kind]


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
    kernel.run("import time\nrows = [1, 2]\n!true")
    kernel.run("started = time.time()")
    told = kernel.run("%nbmlops prove").shown[-1]
    assert "1 of 2 values can be made again" in told["text/plain"]
    assert "From cell [3] on" in told["text/plain"]
    assert "clock" in told["text/plain"]
    kernel.run("%%private\nrows.append(3)")
    shape = json.loads(kernel.run("%nbmlops prove --json").shown[-1]["text/plain"])
    by_name = {name["name"]: name for name in shape["names"]}
    assert by_name["rows"]["verdict"] != "identical"
    assert shape["stands"] is False


def test_cells_have_the_numbers_that_the_notebook_shows(kernel):
    kernel.run("early = 1")
    kernel.run("%load_ext nbmlops")
    kernel.run("late = 2")
    kernel.run("unseen = 3", silent=True, store_history=False)
    kernel.run("broken = ")
    kernel.run("last = 4")
    listed = json.loads(kernel.run("%nbmlops history --json").shown[-1]["text/plain"])
    numbers = {entry["source"]: entry["execution"] for entry in listed}
    assert [numbers["early = 1"], numbers["late = 2"], numbers["last = 4"]] == [1, 3, 5]
    assert kernel.ask("In[3], In[5]") == "('late = 2', 'last = 4')"


def test_verbs_leave_no_trace_in_what_is_recorded(kernel, tmp_path):
    kernel.run("%load_ext nbmlops")
    (tmp_path / "notes.txt").write_text("rows")
    kernel.run("import os\ntext = open('notes.txt').read()")
    kernel.run("%nbmlops export text out --no-prove")
    kernel.run("%nbmlops snapshot notes.txt")
    kernel.run("found = os.listdir('.'), os.environ.get('HOME')")
    why = json.loads(kernel.run("%nbmlops why found --json").shown[-1]["text/plain"])
    kept = [statement["source"] for statement in why["statements"] if statement["kept"]]
    assert kept == ["import os", "found = os.listdir('.'), os.environ.get('HOME')"]


def test_doctor_tells_of_many_earlier_cells_in_one_line(kernel):
    for number in range(4):
        kernel.run(f"early = {number}")
    kernel.run("%load_ext nbmlops")
    told = kernel.run("%nbmlops doctor").shown[-1]["text/plain"]
    assert "executions 1 to 4 ran before the recording began" in told
    assert "early = " not in told


def test_cells_that_could_not_be_stored_are_stored_when_there_is_room(kernel):
    kernel.run("%load_ext nbmlops")
    kernel.run("x = [1]")
    pages = (
        "__import__('nbmlops.capture.following').capture.following.current_following()"
        ".store.database.connection().execute('pragma max_page_count = {}').fetchall()"
    )
    kernel.ask(pages.format(1))  # as a full disk: what is there stays, and nothing more fits
    note = "#" + "".join(chr(33 + number * 7919 % 90) for number in range(60_000))
    told = kernel.run(f"x.append(2) {note}").shown[-1]["text/plain"]
    assert re.match(r"nbmlops: cell \d+ could not be stored yet\..* the disk is full\. It waits", told)
    assert kernel.run(f"z = 1 {note}").shown == []  # once is enough
    assert "disk is full" in kernel.run("%nbmlops doctor").shown[-1]["text/plain"]
    assert "x.append(2)" in kernel.run("%nbmlops slice x").shown[-1]["text/plain"]
    kernel.ask(pages.format(1_000_000))
    told = kernel.run("y = list(x)").shown[-1]["text/plain"]
    assert told == "nbmlops: the store can be written again, and what waited for it is stored."
    assert kernel.run("z = 2").shown == []
    why = json.loads(kernel.run("%nbmlops why y --json").shown[-1]["text/plain"])
    kept = [statement["source"][:11] for statement in why["statements"] if statement["kept"]]
    assert kept == ["x = [1]", "x.append(2)", "y = list(x)"]
    assert "all is well" in kernel.run("%nbmlops doctor").shown[-1]["text/plain"]


def test_a_locked_store_is_not_waited_for_long(kernel):
    kernel.run("%load_ext nbmlops")
    path = kernel.ask("__import__('nbmlops.api.capturing').api.capturing.capture_status().store").strip("'")
    patience = f"{FOLLOWING}.store.database.connection().execute('pragma busy_timeout').fetchone()[0]"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        told = kernel.run("x = [1]").shown[-1]["text/plain"]
        assert re.match(r"nbmlops: cell \d+ could not be stored yet\..*locked", told)
        other.execute("rollback")
    assert kernel.run("x.append(2)").shown[-1]["text/plain"].startswith("nbmlops: the store can be written")
    assert kernel.ask(patience) == "30000"  # whoever asks for something waits longer
    kept = json.loads(kernel.run("%nbmlops why x --json").shown[-1]["text/plain"])["statements"]
    assert [statement["source"] for statement in kept if statement["kept"]] == ["x = [1]", "x.append(2)"]


def test_a_store_that_was_removed_is_told_under_the_next_cell_once(kernel):
    kernel.run("%load_ext nbmlops")
    path = kernel.ask("__import__('nbmlops.api.capturing').api.capturing.capture_status().store").strip("'")
    for file in Path(path).parent.glob(f"{Path(path).name}*"):
        file.unlink()
    assert "was removed: what is recorded now is lost" in kernel.run("x = 1").shown[-1]["text/plain"]
    assert kernel.run("y = 1").shown == []


def test_what_a_verb_is_given_by_a_call_counts_as_any_call(kernel):
    kernel.run("%load_ext nbmlops")
    kernel.run(
        "seen = []\ndef pick():\n    seen.append(1)\n    open('log.txt', 'a').write('x')\n    return 'seen'"
    )
    kernel.run("open('log.txt', 'w').write('')")
    kernel.run("%nbmlops why {pick()}")
    kernel.run("found = len(seen), open('log.txt').read()")
    told = json.loads(kernel.run("%nbmlops export found out --json").shown[-1]["text/plain"])
    assert kernel.ask("found") == "(1, 'x')"
    assert (told["verdict"], told["statements_kept"]) == ("identical", 5)


def test_a_cell_that_does_not_count_loads_and_leaves_out_none(kernel):
    kernel.run("x = 5")
    kernel.run("%load_ext nbmlops", store_history=False)
    kernel.run("y = x + 1")
    why = json.loads(kernel.run("%nbmlops why y --json").shown[-1]["text/plain"])
    assert [s["source"] for s in why["statements"] if s["kept"]] == ["x = 5", "y = x + 1"]


WAIT = (
    "(lambda f, last: f.waiting.append((__import__('dataclasses').replace(last, {}), {{}})))"
    f"({FOLLOWING}, {FOLLOWING}.store.histories.load({FOLLOWING}.history.id).executions[-1])"
)


def test_a_cell_that_was_stored_as_it_was_interrupted_counts_once(kernel):
    kernel.run("%load_ext nbmlops")
    kernel.run("x = [1]")
    kernel.ask(WAIT.format(""))
    listed = json.loads(kernel.run("%nbmlops history --json").shown[-1]["text/plain"])
    assert [e["source"] for e in listed if e["source"] == "x = [1]"] == ["x = [1]"]
    kernel.run("x.append(2)")
    assert kernel.ask(f"len({FOLLOWING}.waiting)") == "0"
    assert "all is well" in kernel.run("%nbmlops doctor").shown[-1]["text/plain"]


def test_a_cell_that_can_never_be_stored_keeps_no_other_from_it(kernel):
    kernel.run("%load_ext nbmlops")
    kernel.run("x = [1]")
    kernel.ask(WAIT.format("number=99, cell=object()"))
    kernel.run("x.append(2)")
    why = json.loads(kernel.run("%nbmlops why x --json").shown[-1]["text/plain"])
    assert [s["source"] for s in why["statements"] if s["kept"]] == ["x = [1]", "x.append(2)"]
    assert "execution 99" in kernel.run("%nbmlops doctor").shown[-1]["text/plain"]
    assert kernel.run("%unload_ext nbmlops").status == "ok"
