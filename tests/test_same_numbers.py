"""One capture's numbers, taken out of every output there is: they are the same numbers."""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from browsing import browsing
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families
from receiving import Receiver, attributes, receiving

from analyzer.commands.analyze import analyze
from analyzer.commands.report import report
from analyzer.report.units import count, duration

CAPTURES = Path(__file__).parents[1] / "captures"
SOURCES = [str(CAPTURES / name) for name in ("stalling.jsonl", "good-h3.jsonl")]
METRICS = {"TTFT": "ttft", "TTFO": "ttfo", "ICL": "icl", "E2EL": "e2el"}
"""The headline figures: as the report calls them, and their keys."""

type Rows = dict[str, list[str]]
"""The headline figures as shown: p50, p90, p95, p99, max and n."""


class Cells(HTMLParser):
    """The rows of all tables of a page, as texts, and the values that their columns sort by."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.values: list[list[str | None]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
            self.values.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self.values[-1].append(dict(attrs).get("data-v"))
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data


class Outputs:
    """Every output of one run of `streamscope report`, and what `streamscope analyze` stores."""

    def __init__(self, directory: Path, receiver: Receiver) -> None:
        files = {
            ending: directory / f"figures.{ending}" for ending in ("html", "md", "json", "csv")
        }
        wanted = [part for file in files.values() for part in ("-o", str(file))]
        run = CliRunner().invoke(report, [*SOURCES, *wanted, "--otlp", receiver.endpoint])
        assert run.exit_code == 0, run.output
        self.terminal = run.stdout
        self.page, self.markdown, text, table = (file.read_text() for file in files.values())
        self.json: Any = msgspec.json.decode(text)
        self.csv = list(csv.DictReader(table.splitlines()))
        self.database = directory / "figures.db"
        kept = CliRunner().invoke(analyze, [*SOURCES, "--db", str(self.database)])
        assert kept.exit_code == 0, kept.output
        self.receiver = receiver


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    with receiving() as receiver:
        return Outputs(tmp_path_factory.mktemp("outputs"), receiver)


@pytest.fixture(scope="module")
def expected(outputs: Outputs) -> Rows:
    """The JSON's figures, written as the report writes them."""
    pools = outputs.json["all"]
    keys = ("p50", "p90", "p95", "p99", "max")
    return {
        name: [
            *(duration(pools[f"{key}_ns"][one]) for one in keys),
            count(pools[f"{key}_ns"]["n"]),
        ]
        for name, key in METRICS.items()
    }


def test_the_jsons_percentiles_are_those_of_its_turns(outputs: Outputs) -> None:
    for key in ("ttft", "ttfo", "e2el"):
        values = [turn[f"{key}_ns"] for turn in outputs.json["turns"]]
        known = np.array([value for value in values if value is not None], dtype=np.int64)
        pooled = outputs.json["all"][f"{key}_ns"]

        assert pooled["n"] == len(known)
        assert pooled["p50"] == round(float(np.percentile(known, 50)))
        assert pooled["p95"] == round(float(np.percentile(known, 95)))
        assert pooled["max"] == known.max()


def test_the_terminal_shows_the_jsons_figures(outputs: Outputs, expected: Rows) -> None:
    shown = outputs.terminal.splitlines()
    for name, figures in expected.items():
        (row,) = [line for line in shown if re.match(rf" (until|from) .* {name}\b", line)]

        assert re.split(r"\s{2,}", row.partition(name)[2].strip()) == figures


def test_the_page_shows_them_and_sorts_by_them(outputs: Outputs, expected: Rows) -> None:
    cells = Cells()
    cells.feed(outputs.page)
    found = {
        row[1]: (row[2:], values[2:])
        for row, values in zip(cells.rows, cells.values, strict=True)
        if len(row) == 8 and row[0].startswith(("until", "from"))
    }

    assert {name: row for name, (row, _) in found.items()} == expected
    for name, key in METRICS.items():
        pooled = outputs.json["all"][f"{key}_ns"]
        numbers = [float(value) for value in found[name][1] if value is not None]
        assert numbers == [pooled[one] for one in ("p50", "p90", "p95", "p99", "max", "n")
                           if pooled[one] is not None]  # fmt: skip


def test_markdown_shows_them(outputs: Outputs, expected: Rows) -> None:
    for name, figures in expected.items():
        rows = [line.split("|") for line in outputs.markdown.splitlines()]
        (row,) = [row for row in rows if len(row) == 10 and row[2].strip() == f"**{name}**"]

        assert [cell.strip() for cell in row[3:-1]] == figures


def test_csv_has_the_figures_of_each_turn(outputs: Outputs) -> None:
    turns = outputs.json["turns"]

    assert len(outputs.csv) == len(turns) > 0
    for row, turn in zip(outputs.csv, turns, strict=True):
        for key in ("ttft_ns", "ttfo_ns", "e2el_ns", "tail_ns", "longest_gap_ns", "chunks"):
            assert row[key] == ("" if turn[key] is None else str(turn[key]))


def test_datasette_serves_them_by_sql_and_as_prometheus_reads_them(outputs: Outputs) -> None:
    with browsing(outputs.database) as pages:
        rows = pages.get("/db/latency_by_protocol.json?_shape=objects&_size=max").json()["rows"]
        turns = pages.get("/db/turns.json?_shape=objects&_size=max&_labels=off").json()["rows"]
        metrics = pages.get("/metrics").text
    pools = outputs.json["protocols"]
    assert {row["protocol"] for row in rows} == set(pools) == {"h2", "h3"}
    for row in rows:
        if row["metric"] in METRICS:
            pooled = pools[row["protocol"]][f"{METRICS[row['metric']]}_ns"]
            assert row["n"] == pooled["n"]
            for one in ("p50", "p90", "p95", "max"):
                assert row[f"{one}_ms"] * 1e6 == pytest.approx(pooled[one], abs=1)
    ttft = sorted(turn["ttft_ns"] for turn in outputs.json["turns"] if turn["ttft_ns"])
    assert sorted(turn["ttft_ns"] for turn in turns if turn["ttft_ns"]) == ttft
    told = {"streamscope_ttft_seconds_sum": 0.0, "streamscope_ttft_seconds_count": 0.0}
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name in told:
                told[sample.name] += sample.value
    assert list(told.values()) == pytest.approx([sum(ttft) / 1e9, len(ttft)])


def test_opentelemetry_gets_them(outputs: Outputs) -> None:
    turns = [turn for turn in outputs.json["turns"] if turn["ttft_ns"] is not None]
    gaps = outputs.json["all"]["icl_ns"]
    points: dict[str, list[Any]] = {}
    for _, metric in outputs.receiver.metrics():
        points.setdefault(metric.name, []).extend(metric.histogram.data_points)
    first = points["gen_ai.client.operation.time_to_first_chunk"]
    between = points["gen_ai.client.operation.time_per_output_chunk"]
    spans: list[Any] = [attributes(span.attributes) for span in outputs.receiver.spans()]

    assert sum(point.count for point in first) == len(turns)
    assert sum(point.sum for point in first) == pytest.approx(
        sum(turn["ttft_ns"] for turn in turns) / 1e9
    )
    assert sum(point.count for point in between) == gaps["n"]
    assert max(point.max for point in between) == pytest.approx(gaps["max"] / 1e9)
    assert sorted(span["streamscope.ttft"] for span in spans if "streamscope.ttft" in span) == (
        pytest.approx(sorted(turn["ttft_ns"] / 1e9 for turn in turns))
    )
