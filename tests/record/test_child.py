"""A child's output never blocks it, and it ends when it is told to."""

import subprocess
import sys

from analyzer.record import child


def start(code: str) -> tuple[subprocess.Popen[bytes], child.OutputTail]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    return process, child.OutputTail(process.stdout)


def test_the_end_of_a_long_output_is_kept() -> None:
    process, tail = start("for n in range(100_000): print(n)")
    process.wait(30)
    tail.join(30)

    assert tail.lines() == [str(n) for n in range(100_000 - child.LINES_KEPT, 100_000)]


def test_an_endless_line_is_cut() -> None:
    process, tail = start("print('x' * 5000)")
    process.wait(30)
    tail.join(30)

    assert [len(line) for line in tail.lines()] == [child.LINE_LIMIT, child.LINE_LIMIT, 1000]


def test_blank_lines_and_bad_bytes_do_no_harm() -> None:
    process, tail = start(r"import os; os.write(1, b'a\xff\n\n \nb')")
    process.wait(30)
    tail.join(30)

    assert tail.lines() == ["a\ufffd", "b"]


def test_a_child_that_ends_in_order_keeps_its_exit_code() -> None:
    process, tail = start(
        "import signal, sys; signal.signal(15, lambda *_: sys.exit(7)); print('up'); signal.pause()"
    )
    while not tail.lines():
        tail.join(0.01)

    assert child.end(process, 30) == 7


def test_a_child_that_ignores_sigterm_is_killed() -> None:
    process, tail = start(
        "import signal; signal.signal(15, 1); print('up')\nwhile 1: signal.pause()"
    )
    while not tail.lines():
        tail.join(0.01)

    assert child.end(process, 0.2) == -9


def test_ending_twice_is_harmless() -> None:
    process, _ = start("")
    process.wait(30)

    assert (child.end(process, 1), child.end(process, 1)) == (0, 0)
