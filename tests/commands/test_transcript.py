"""`streamscope transcript` prints the same of a capture and of the database made from it."""

from pathlib import Path

import pytest
from asked import HEAD
from chatting import answer, question, stream, titled
from click.testing import CliRunner, Result
from synthetic import write

from analyzer.analyze import analyze
from analyzer.commands.transcript import transcript
from analyzer.model import AnyRecord, StreamscopeError
from analyzer.store import Store


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Two conversations: c1 has a title, d2 is the newer one."""
    reads = [*answer("a1", "Be", "cause", ".")[:-1], (400.0, titled("Tides"))]
    records: list[AnyRecord] = [
        HEAD,
        *stream(1, 1_000, question("u1", "Why?"), reads),
        *stream(2, 9_000, question("u2", "What?"), answer("a2", "That.", conversation="d2")),
    ]
    return write(tmp_path / "first.jsonl", records)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(transcript, [str(each) for each in arguments])


@pytest.mark.parametrize("options", [(), ("c1",), ("c1", "--markdown")])
def test_a_database_tells_the_same_as_its_capture(capture: Path, options: tuple[str, ...]) -> None:
    database = capture.with_suffix(".db")
    analyze([capture], sink=Store(database))
    told = run(capture, *options)

    assert told.exit_code == 0
    assert run(database, *options).stdout == told.stdout
    assert ("Why?" in told.stdout) == ("c1" in options)


def test_an_unknown_id_is_an_error_that_lists_the_ids(capture: Path) -> None:
    error = run(capture, "x").exception

    assert isinstance(error, StreamscopeError)
    assert "  c1  Tides\n  d2" in str(error)
