"""What Prometheus scrapes: read back by its own parser, the numbers of the report."""

import pytest
from making import Text, a_head, a_result, an_analysis, measured
from prometheus_client.parser import text_string_to_metric_families

from analyzer.analyses.pooled import Pool
from analyzer.analyses.statistics import Distribution
from analyzer.model import Lost, Problem, StreamStats
from analyzer.report.figures import Figures, pick
from analyzer.telemetry.measures import MEASURES
from analyzer.telemetry.prometheus import exposition

type Labels = tuple[tuple[str, str], ...]
type Samples = dict[tuple[str, Labels], float]

HOSTILE = 'm"} 1\nevil 2\\'


@pytest.fixture(scope="module")
def figures() -> Figures:
    ones = (
        measured(
            *(Text(400, 0), Text(420, 1), Text(1020, 2)),
            stream=StreamStats(first_byte_ns=90_000_000, first_event_ns=95_000_000),
        ),
        measured(
            *(Text(10, 0), Text(30, 1)),
            exchange=2,
            http_version="HTTP/3",
            turn={"model": HOSTILE},
            stream=StreamStats(first_byte_ns=9_000_000, first_event_ns=9_500_000),
        ),
    )
    first = a_result(*ones, lost=(Lost(0, "reads", 3, "queue full"),))
    second = a_result(
        measured(Text(80, 0), Text(90, 1)),
        head=a_head(capture_id="b"),
        problems=(Problem("code", "place", "detail"),),
    )
    return pick(an_analysis(first, second))


@pytest.fixture(scope="module")
def samples(figures: Figures) -> Samples:
    families = text_string_to_metric_families(exposition(figures).decode())
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in families
        for one in family.samples
    }


def summed(samples: Samples, name: str, protocol: str) -> float:
    return sum(
        value
        for (sample, labels), value in samples.items()
        if sample == name and ("protocol", protocol) in labels
    )


@pytest.mark.parametrize("name", MEASURES)
def test_every_histogram_holds_the_figures_of_the_report(
    figures: Figures, samples: Samples, name: str
) -> None:
    for protocol, pool in figures.protocols.items():
        found: Distribution = getattr(pool, name)
        total = summed(samples, f"streamscope_{name}_seconds_sum", protocol)
        count = summed(samples, f"streamscope_{name}_seconds_count", protocol)

        assert count == found.n
        assert total == pytest.approx(sum(found.points) / 1e9)


def test_buckets_are_cumulative(samples: Samples) -> None:
    labels = {"protocol": "h2", "model": ""}
    found = {
        dict(of)["le"]: value
        for (name, of), value in samples.items()
        if name == "streamscope_icl_seconds_bucket" and labels.items() <= dict(of).items()
    }

    assert found["0.01"] == 1
    assert found["0.02"] == 2
    assert found["0.32"] == 2
    assert found["0.64"] == found["+Inf"] == 3
    assert len(found) == 15


def test_counters_are_those_of_the_report(figures: Figures, samples: Samples) -> None:
    h2: Pool = figures.protocols["h2"]

    assert summed(samples, "streamscope_turns_total", "h2") == h2.turns == 2
    assert summed(samples, "streamscope_stalls_total", "h2") == h2.stalls == 1
    assert summed(samples, "streamscope_stalled_seconds_total", "h2") == h2.stalled_ns / 1e9
    assert samples["streamscope_captures", ()] == 2
    assert samples["streamscope_lost_total", ()] == 3
    assert samples["streamscope_problems_total", ()] == 1


def test_a_name_that_the_service_chose_stays_a_label(samples: Samples) -> None:
    """Nothing in it ends its label, its line or the sample."""
    name = 'm"} 1 evil 2\\'

    assert samples["streamscope_turns_total", (("model", name), ("protocol", "h3"))] == 1
    assert not any(name == "evil" for name, _ in samples)
