"""What draws a page's charts: made once, by a child that never waits for who reads it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from analyzer.report.html import drawing

LARGE = "import sys; sys.stdout.write('x' * 1_000_000)"
"""Writes more than a pipe holds."""


@pytest.fixture(autouse=True)
def unmade() -> Iterator[None]:
    """The library that other tests of this process have made stays theirs."""
    made = drawing._library
    drawing._library = cache(made.__wrapped__)
    yield
    drawing._library = made


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list["subprocess.Popen[bytes]"]:
    """The children that are started; each runs something light."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(_: object, **how: int) -> "subprocess.Popen[bytes]":
        started.append(popen([sys.executable, "-S", "-c", LARGE], stdout=how["stdout"]))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


def test_a_child_that_nobody_asks_ends_all_the_same(
    children: list["subprocess.Popen[bytes]"],
) -> None:
    end = drawing.begin_library()

    assert children[0].wait(timeout=30) == 0
    end()


def test_what_the_child_has_made_is_taken(children: list["subprocess.Popen[bytes]"]) -> None:
    end = drawing.begin_library()

    assert drawing.library() == "x" * 1_000_000
    end()
    assert drawing.library() == "x" * 1_000_000
    assert len(children) == 1


def test_who_is_ended_is_not_asked(
    children: list["subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "_made", lambda: "made here")
    drawing.begin_library()()

    assert children[0].returncode is not None
    assert drawing.library() == "made here"


def test_two_who_ask_at_once_have_it_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go, made = threading.Barrier(3), threading.Event(), []

    def make() -> str:
        made.append("made")
        go.wait(10)
        return "a library"

    def ask() -> str:
        asked.wait(10)
        return drawing.library()

    monkeypatch.setattr(drawing, "_made", make)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(ask) for _ in range(2)]
        asked.wait(10)
        go.set()

        assert [one.result(10) for one in both] == ["a library"] * 2
    assert made == ["made"]
