"""Percentile text beside that of HdrHistogram's own writer."""

import io
import re
from functools import partial

import pytest
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped] # it ships no types
from making import Text, a_result, an_analysis, measured

from analyzer.analyses import statistics
from analyzer.model import StreamscopeError
from analyzer.report.figures import Figures, pick
from analyzer.telemetry import hgrm
from analyzer.telemetry.hgrm import percentiles

HEAD = re.compile(r" {7}Value {5}Percentile TotalCount 1/\(1-Percentile\)\n\n")
LINE = re.compile(r" *(\d+\.\d{3}) (\d\.\d{12}) +(\d+)(?: +(\d+\.\d\d))?")
FOOT = re.compile(r"#\[Mean    = +([\d.]+), StdDeviation   = +([\d.]+)]\n#\[Max     = +([\d.]+), ")


def figures(gaps_ms: list[float]) -> Figures:
    at_ms, texts = 0.0, [Text(0, 0)]
    for read, gap_ms in enumerate(gaps_ms, 1):
        at_ms += gap_ms
        texts.append(Text(at_ms, read))
    return pick(an_analysis(a_result(measured(*texts))))


@pytest.fixture(scope="module")
def many() -> Figures:
    """A thousand gaps from 5 ms on, with a long tail."""
    return figures([5 + (i * 37 % 1000) / 40 + 3000 / (1000 - i) for i in range(1000)])


def lines(text: str) -> list[tuple[str, str, str, str]]:
    """Value, percentile, count and 1/(1 - percentile); the last line's is empty."""
    found = (LINE.fullmatch(line) for line in text.splitlines())
    return [(one[1], one[2], one[3], one[4] or "") for one in found if one]


def test_it_reads_as_what_hdrhistogram_writes(many: Figures) -> None:
    """Head, lines and foot have one shape, and the values agree to its three digits."""
    theirs = HdrHistogram(1_000, 3_600_000_000_000, 3)
    for parts in many.all.gaps:
        for gap in parts.gap_ns.tolist():
            theirs.record_value(gap)
    out = io.BytesIO()
    theirs.output_percentile_distribution(out, 1_000_000)
    oracle, ours = out.getvalue().decode(), percentiles(many, "icl").decode()

    for text in (oracle, ours):
        assert HEAD.match(text)
        assert len(lines(text)) > 40
        assert FOOT.search(text)
    for value, _, count, _ in lines(ours):
        expected = theirs.get_value_at_percentile(int(count) / 10) / 1e6
        assert float(value) == pytest.approx(expected, rel=0.001)
    mean, spread, most = (float(one) for one in FOOT.findall(ours)[0])
    assert mean == pytest.approx(theirs.get_mean_value() / 1e6, rel=0.001)
    assert spread == pytest.approx(theirs.get_stddev() / 1e6, rel=0.002)
    assert most == pytest.approx(theirs.get_max_value() / 1e6, rel=0.001)


def test_each_line_counts_what_does_not_exceed_its_value(many: Figures) -> None:
    gaps = sorted(gap for part in many.all.gaps for gap in part.gap_ns.tolist())

    for value, share, count, beyond in lines(percentiles(many, "icl").decode()):
        assert float(value) == pytest.approx(gaps[int(count) - 1] / 1e6, abs=0.0005)
        assert int(count) >= float(share) * len(gaps) - 1e-6
        if beyond:
            assert float(beyond) == pytest.approx(1 / (1 - float(share)), abs=0.005)


def test_five_lines_halve_the_distance_and_the_last_is_the_largest() -> None:
    found = lines(percentiles(figures([10, 20, 30, 40]), "icl").decode())

    assert [share[:5] for _, share, _, _ in found] == [
        *("0.000", "0.100", "0.200", "0.300", "0.400", "0.500", "0.550", "0.600"),
        *("0.650", "0.700", "1.000"),
    ]
    assert [value for value, _, _, _ in found] == [
        *["10.000"] * 3,
        *["20.000"] * 3,
        *["30.000"] * 4,
        "40.000",
    ]
    assert found[-1] == ("40.000", "1.000000000000", "4", "")


def test_a_single_value_is_its_whole_distribution() -> None:
    found = lines(percentiles(figures([12.5]), "icl").decode())

    assert found == [("12.500", "1.000000000000", "1", "")]


def test_values_that_do_not_fit_side_by_side_give_the_same_text(
    many: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = percentiles(many, "icl")
    few = partial(statistics.ranked, together=10)
    monkeypatch.setattr(hgrm, "ranked", few)

    assert percentiles(many, "icl") == whole


def test_a_metric_that_was_not_measured_gets_a_sentence() -> None:
    with pytest.raises(StreamscopeError, match="there is no icl in what was read"):
        percentiles(figures([]), "icl")
