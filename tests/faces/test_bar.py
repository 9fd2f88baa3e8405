"""The bar's behaviour, in a real kernel; that its buttons can be clicked is tested in a browser."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def bar(fitted):
    made = fitted.run("import nbmlops.faces.bar\nbar = nbmlops.faces.bar.Bar(get_ipython().user_ns)")
    assert made.error == ""
    return fitted


def read_status(kernel):
    return kernel.ask("bar._status.value")


def test_register_and_approve(bar):
    bar.run("bar._register.click()")
    assert "Give the model a name first" in read_status(bar)
    bar.run("bar._name.value = 'flowers'; bar._register.click()")
    assert "Registered flowers 1. identical" in read_status(bar)
    bar.run("bar._register.click()")
    assert (
        bar.ask("(bar._version.options, bar._version.value)") == "(('flowers 2', 'flowers 1'), 'flowers 2')"
    )

    bar.run("bar._version.value = 'flowers 1'; bar._approve.click()")
    assert (
        bar.ask("(bar._confirm.description, bar._confirm.layout.display)") == "('Yes, approve flowers 1', '')"
    )
    # Another version was chosen: the question was about the first one, so it is withdrawn.
    bar.run("bar._version.value = 'flowers 2'")
    assert bar.ask("bar._confirm.layout.display") == "'none'"
    bar.run("bar._version.value = 'flowers 1'; bar._approve.click(); bar._confirm.click()")
    assert "Approved flowers 1" in read_status(bar)
    assert bar.ask("bar._version.options") == "('flowers 2',)"
    models = bar.run("%nbmlops models").shown[-1]["text/plain"]
    assert ("approved" in models, "awaits" in models) == (True, True)


def test_whatever_is_raised_stands_in_the_status_line(bar):
    bar.run("bar._name.value = '<script>/..'; bar._register.click()")
    status = read_status(bar)
    assert "&lt;script&gt;" in status
    assert "<script>" not in status
    bar.run("bar._versions = {}; bar._confirm.click()")
    assert "KeyError" in read_status(bar)
    assert bar.ask("[b.disabled for b in (bar._register, bar._approve)]") == "[False, False]"


def test_a_second_click_waits_for_the_first(bar):
    code = "bar._lock.acquire()\nbar._register.click()\nbar._lock.release()"
    bar.run(code)
    assert "still being worked on" in read_status(bar)
