"""Thresholds as text: what is understood, and how what is not is told of."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.gates import Gate, GateError
from analyzer.gates.readings import Aggregate


def refusal(text: str) -> str:
    with pytest.raises(GateError) as error:
        Gate.parse(text)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "metric", "aggregate", "operator", "limit"),
    [
        ("ttft:p(95)<1500ms", "ttft", Aggregate("p", 95), "<", 1_500_000_000),
        ("stalls:rate<0.01", "stalls", Aggregate("rate"), "<", 0.01),
        ("used_after_expiry:count==0", "used_after_expiry", Aggregate("count"), "==", 0),
        ("icl:p(99.9) <= 1.5 s", "icl", Aggregate("p", 99.9), "<=", 1_500_000_000),
        (" e2el : max > 2min ", "e2el", Aggregate("max"), ">", 120_000_000_000),
        ("stalls:rate<1%", "stalls", Aggregate("rate"), "<", 0.01),
        ("itl:avg<250µs", "itl", Aggregate("avg"), "<", 250_000),
        ("itl:avg<250us", "itl", Aggregate("avg"), "<", 250_000),
        ("ttft:min!=7ns", "ttft", Aggregate("min"), "!=", 7),
        ("ttft:med>=0", "ttft", Aggregate("med"), ">=", 0),
        ("turns:count>=20", "turns", Aggregate("count"), ">=", 20),
        ("pace:med>25", "pace", Aggregate("med"), ">", 25),
        ("time_lost:total<.5s", "time_lost", Aggregate("total"), "<", 500_000_000),
    ],
)
def test_a_threshold_is_read_in_base_units(
    text: str, metric: str, aggregate: Aggregate, operator: str, limit: float
) -> None:
    gate = Gate.parse(text)

    assert (gate.metric, gate.aggregate, gate.operator) == (metric, aggregate, operator)
    assert gate.limit == pytest.approx(limit, rel=1e-12)
    assert gate.against == ""


def test_a_selector_chooses_by_tags() -> None:
    gate = Gate.parse("ttft{protocol:h3, host:chat.example:8443}:med<1s")

    assert gate.selector == (("protocol", "h3"), ("host", "chat.example:8443"))
    assert gate.name == "ttft{protocol:h3, host:chat.example:8443} med"


def test_a_difference_may_be_below_nothing_and_a_change_is_a_share() -> None:
    assert Gate.parse("ttft:diff(p(95))<-5ms").limit == -5_000_000
    assert Gate.parse("ttft:change(med)<150%").limit == 1.5
    assert Gate.parse("ttft:change(p(95)) < 10 %").name == "ttft change(p(95))"


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (
            "tfft:p(95)<1s",
            1,
            "turns that keep every limit of --good (rate); rate, count",
        ),
        ("", 1, "here should be a metric"),
        ("ttft", 5, "a : and an aggregate, like ttft:p(95)"),
        ("ttft:rate<1%", 6, "ttft has no aggregate rate; it has p(N), med, avg"),
        ("stalls:p(95)<1s", 8, "it has count, rate, total, max"),
        ("ttft:p(101)<1s", 8, "from 0 to 100"),
        ("ttft:p95<1s", 7, "( and a percentile"),
        ("ttft:p(95)=1s", 11, "a comparison: <, <=, >, >=, ==, !="),
        ("ttft:p(95)<1500", 16, "a time needs a unit: ns, µs, us, ms, s or min"),
        ("ttft:p(95)<15 apples", 15, "a time needs a unit"),
        ("ttft:p(95)<1s and more", 15, "nothing more"),
        ("ttft:p(95)<-1s", 12, "no figure is below 0"),
        ("ttft:p(95)<", 12, "here should be a number"),
        ("stalls:rate<5", 13, "a share between 0 and 1"),
        ("turns:count<5ms", 14, "none, it is a count"),
        ("ttft{protcol:h3}:med<1s", 6, "its tags are protocol (what the client spoke"),
        ("ttft{protocol:h3,protocol:h2}:med<1s", 18, "stands there twice"),
        ("goodput{protocol:h3}:rate>0.9", 9, "it has no tags"),
        ("used_after_expiry{protocol:h3}:count==0", 19, "its tags are capture"),
        ("ttft{protocol:h3:med<1s", 24, "a , or the closing }"),
        ("ttft:diff(p(95)<5ms", 16, "a closing )"),
    ],
)
def test_a_mistake_is_shown_at_its_place(text: str, place: int, said: str) -> None:
    told = refusal(text)

    assert f"at character {place}:" in told
    assert said in told
    assert f"\n  {text}\n  {' ' * (place - 1)}^" in told


def test_a_hostile_threshold_is_quoted_without_its_control_characters() -> None:
    told = refusal("ttft\x1b[2J:p(95)<\x071s")

    assert "\x1b" not in told
    assert "\x07" not in told


def test_a_threshold_without_end_is_not_quoted_at_all() -> None:
    assert len(refusal("ttft:" + "p(" * 1_000_000)) < 100


@settings(max_examples=60)
@given(st.text(alphabet="tfsal:{}p()95<>=!.% mµs0-,π\x00", max_size=40))
def test_any_text_is_a_threshold_or_refused_in_words(text: str) -> None:
    found = understood(text)

    assert found is None or Gate.parse(found.text) == found


def understood(text: str) -> Gate | None:
    """No other error than the one for users."""
    with suppress(GateError):
        return Gate.parse(text)
    return None
