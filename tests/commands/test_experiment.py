"""`streamscope experiment`: small real runs, and what it says to wrong input."""

import json
import re
from pathlib import Path

import pytest
from asked import HEAD, ask
from click.testing import CliRunner, Result
from making import a_result, an_analysis
from paging import offsets

from analyzer.analyses.answers import Answers
from analyzer.analyses.pagination import PaginationFound, PaginationQuestion
from analyzer.analyses.results import CaptureResult
from analyzer.commands import experiment as command
from analyzer.model import StreamscopeError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(
        command.experiment, [str(argument) for argument in arguments], env={"COLUMNS": "80"}
    )


def test_pagination_prints_advice_points_lines_and_plans() -> None:
    shown = run("pagination", "--rows", 20_000, "--repeats", 3)

    assert shown.exit_code == 0, shown.output
    assert " 19,972   20,000 " in shown.output
    assert re.search(r"\n offset, here +15 ", shown.output)
    assert "SEARCH items USING INDEX items_in_order (updated_ms<?)" in shown.output
    assert "more for every 1,000 rows before the page" in shown.output
    assert max(map(len, shown.output.splitlines())) <= 80


def test_pagination_as_json_has_every_figure() -> None:
    shown = run("pagination", "--rows", 2_000, "--repeats", 3, "--order", "id", "--json", "-")
    document = json.loads(shown.stdout)
    result = document["results"][0]
    last = result["points"][-1]

    assert (document["schema"], document["experiment"]) == ("streamscope-experiment", "pagination")
    assert result["settings"]["order"] == "id"
    assert (last["style"], last["depth"], last["examined"]["rows_visited"]) == ("keyset", 1972, 28)
    assert last["wall"]["n"] == 3


def test_identifiers_prints_each_layout_with_its_chart() -> None:
    shown = run("identifiers", "--rows", 2_000, "--repeats", 1)

    assert shown.exit_code == 0, shown.output
    assert shown.output.count("100 % ") == 2
    assert len(re.findall(r"\n UUIDv4 +[\d,]+ ", shown.output)) == 2
    assert "one run of each table can't tell noise" in " ".join(shown.output.split())
    assert max(map(len, shown.output.splitlines())) <= 80


def test_identifiers_without_a_chart_writes_json_beside_the_table(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    shown = run("identifiers", "--rows", 1_000, "--repeats", 1, "--no-chart", "--json", file)
    trees = json.loads(file.read_bytes())["results"][0]["trees"]

    assert "100 % " not in shown.output
    assert [tree["scheme"] for tree in trees] == ["integer", "uuid7", "ulid", "uuid4"] * 2
    assert all(len(tree["rates"]) == 20 for tree in trees)


def test_a_capture_gives_the_shape_and_stands_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the user says counts more than what the capture shows."""
    names = [[f"{page}-{row}" for row in range(4)] for page in range(6)]
    found = ask(PaginationQuestion, offsets(names))
    monkeypatch.setattr(command, "read", lambda paths: an_analysis(_answering(found)))

    shown = run("pagination", "--rows", 1_000, "--repeats", 3, "--from", "first.jsonl")
    assert "pages of 4, by" in shown.output
    assert "GET https://chat.example/list: offset, 6 pages of known depth" in " ".join(
        shown.output.split()
    )
    assert "your service" in shown.output
    shown = run(
        "pagination", "--rows", 1_000, "--repeats", 3, "--page", 28, "--from", "first.jsonl"
    )
    assert "pages of 28, by" in shown.output


def _answering(found: PaginationFound) -> CaptureResult:
    return a_result(head=HEAD, answers=Answers(pagination=found))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--database", "mysql://there"], "name sqlite or postgresql://USER@HOST/DATABASE"),
        (["--order", "id", "--no-index"], "which always has its index"),
        (["--rows", "1000", "--page", "200"], "at least ten pages of 200"),
        (["--rows", "12"], "'--rows'"),
    ],
)
def test_wrong_usage_is_said(arguments: list[str], says: str) -> None:
    shown = run("pagination", *arguments)

    assert shown.exit_code == 2
    assert says in shown.output


def test_a_place_for_json_that_is_none_gets_a_sentence(tmp_path: Path) -> None:
    shown = run("pagination", "--rows", 1_000, "--repeats", 3, "--json", tmp_path / "no" / "file")

    assert isinstance(shown.exception, StreamscopeError)
    assert "there is no directory" in str(shown.exception)
