"""`streamscope align`: two captures of one run, from files and from a pipe."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest
import synthetic
from click.testing import CliRunner, Result
from synthetic import MS

from analyzer.commands.align import align
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    ExchangeEnd,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    StreamscopeError,
)


def seen_later(records: Iterable[AnyRecord], by_ns: int) -> Iterator[AnyRecord]:
    """As a browser behind a proxy would tell it: other numbers, another clock, all a bit later."""
    clock_ns = -synthetic.START_NS
    for record in records:
        if isinstance(record, CaptureHead):
            yield msgspec.structs.replace(
                record, capture_id="b", source="netlog", mono_ns=record.mono_ns + clock_ns
            )
        elif isinstance(record, Reads):
            at_ns = tuple(at + clock_ns + by_ns for at in record.at_ns)
            yield msgspec.structs.replace(record, exchange=record.exchange + 100, at_ns=at_ns)
        elif isinstance(record, RequestHead | RequestEnd | ResponseHead | Body | ExchangeEnd):
            moved = {"exchange": record.exchange + 100, "at_ns": record.at_ns + clock_ns + by_ns}
            yield msgspec.structs.replace(record, **moved)


@pytest.fixture
def captures(tmp_path: Path) -> tuple[Path, Path]:
    of_b = seen_later(synthetic.capture(4, 30), 2 * MS)
    return (
        synthetic.write(tmp_path / "a.jsonl", synthetic.capture(4, 30)),
        synthetic.write(tmp_path / "b.jsonl", of_b),
    )


def run(*arguments: object) -> Result:
    return CliRunner().invoke(align, [*map(str, arguments)])


def test_the_offset_of_two_captures_comes_out(captures: tuple[Path, Path]) -> None:
    a, b = captures
    found_file = a.with_name("found.json")
    result = run(a, b, "--json", found_file)
    found = json.loads(found_file.read_bytes())["alignment"]

    assert result.exit_code == 0
    assert "B saw each event 2.00 ms after A" in result.stdout
    assert (found["same_exchanges"], found["same_events"], found["same_text"]) == (True,) * 3
    assert (found["offset"]["median_ns"], len(found["matched"])) == (2 * MS, 8)
    assert all(one["b"] == one["a"] + 100 for one in found["matched"])


def test_json_alone_goes_to_standard_output(captures: tuple[Path, Path]) -> None:
    result = run(*captures, "--json", "-")

    assert json.loads(result.stdout)["schema"] == "streamscope-alignment"


def test_one_of_the_two_may_come_by_a_pipe(captures: tuple[Path, Path]) -> None:
    a, b = captures
    program = "from analyzer.commands.align import align; align()"
    done = subprocess.run(
        [sys.executable, "-c", program, a, "-", "--json", "-"],
        input=gzip.compress(b.read_bytes()),
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0
    assert json.loads(done.stdout)["alignment"]["b"]["file"] == "-"


def test_captures_of_different_runs_get_a_sentence(captures: tuple[Path, Path]) -> None:
    stranger = captures[0].with_name("stranger.jsonl")
    synthetic.write(stranger, [captures_head()])
    result = run(captures[0], stranger)

    assert isinstance(result.exception, StreamscopeError)
    assert str(result.exception).startswith("no exchange of ")
    assert str(result.exception).endswith("name two captures of the same run")


def test_a_json_file_that_cannot_be_written_gets_a_sentence(captures: tuple[Path, Path]) -> None:
    result = run(*captures, "--json", captures[0].parent / "absent" / "x.json")

    assert isinstance(result.exception, StreamscopeError)
    assert "there is no directory" in str(result.exception)


def captures_head() -> CaptureHead:
    return CaptureHead("c", "proxy", "test", "chunk", 1, 0, synthetic.WALL_NS)
