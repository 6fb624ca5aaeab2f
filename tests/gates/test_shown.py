"""Thresholds as a section of a report, as JUnit XML and as JSON."""

from xml.etree import ElementTree as ET

import pytest

from analyzer.gates import Gate, Judged, gates_json, gates_section, junit
from analyzer.model import Unmeasurable
from analyzer.report.parts import Section, Table

HOSTILE = 'ttft{host:<b>"&\x00\x1b[2J]]>}:p(95)<1500ms'


def a_judged(
    text: str, observed: float | Unmeasurable, *, passed: bool = True, group: str = ""
) -> Judged:
    return Judged(Gate.parse(text), passed, observed, 42, "turn", group)


def cells(section: Section) -> list[list[str]]:
    (table,) = section.blocks
    assert isinstance(table, Table)
    return [[cell.text for cell in row] for row in table.rows]


@pytest.mark.parametrize(
    ("text", "observed", "shown"),
    [
        ("ttft:p(95)<1500ms", 1_120_000_000, "1,120 ms"),
        ("ttft:p(95)<1.5s", 1_120_000_000, "1.12 s"),
        ("ttft:p(95)<1500ms", 1_500_000_001, "1,500.000001 ms"),
        ("ttft:p(95)<1500ms", 1_499_960_000, "1,499.96 ms"),
        ("ttft:p(95)<1500ms", 1_500_000_000, "1,500 ms"),
        ("stalls:rate<0.01", 0.0031491, "0.00315"),
        ("stalls:rate<1%", 0.0031491, "0.315 %"),
        ("stalls:count==0", 12_000, "12,000"),
        ("ttft:diff(med)<50ms", 42_000_000, "+42 ms"),
        ("ttft:diff(med)<50ms", -42_040_000, "−42.0 ms"),
        ("ttft:change(med)<10%", 0.34218, "+34.2 %"),
        ("ttft:med<10ms", 0, "0 ms"),
    ],
)
def test_what_was_seen_stands_in_the_unit_of_the_limit(
    text: str, observed: float, shown: str
) -> None:
    """With as many digits as it takes to see on which side it is."""
    (row,) = cells(gates_section([a_judged(text, observed)]))

    assert row[3] == shown


def test_a_row_says_kept_or_not_the_limit_and_n() -> None:
    section = gates_section(
        [
            a_judged("ttft:p(95)<1500ms", 1_120_000_000),
            a_judged("stalls:rate<0.01", 0.02, passed=False),
            a_judged("tail:med<1s", Unmeasurable("no clock"), passed=False),
        ]
    )

    assert section.title == "Thresholds"
    assert section.lead == "1 of 3 thresholds kept."
    assert cells(section) == [
        ["✓", "ttft p(95)", "< 1500 ms", "1,120 ms", "n = 42 turns"],
        ["✗", "stalls rate", "< 0.01", "0.0200", "n = 42 turns"],
        ["✗", "tail med", "< 1 s", "–", "not measured: no clock"],
    ]


def test_groups_are_named() -> None:
    (row,) = cells(gates_section([a_judged("ttft:med<1s", 1, group="after\x1b[2J")]))

    assert row[1] == "after"


def test_junit_has_a_case_a_threshold() -> None:
    judged = [
        a_judged("ttft:p(95)<1500ms", 1_120_000_000),
        a_judged("stalls:rate<0.01", 0.02, passed=False, group="after"),
        a_judged("tail:med<1s", Unmeasurable("no clock"), passed=False),
        a_judged("tail:max<1s", Unmeasurable("no clock"), passed=True),
    ]

    root = ET.fromstring(junit(judged, "first.jsonl"))

    check_shape(root)
    (suite,) = root
    assert suite.attrib["name"] == "streamscope thresholds: first.jsonl"
    assert [suite.attrib[one] for one in ("tests", "failures", "errors", "skipped")] == [
        *("4", "2", "0", "1")
    ]
    kept, broken, unknown, excused = suite
    assert kept.attrib["name"] == "ttft:p(95)<1500ms"
    assert kept.attrib["classname"] == "streamscope.ttft"
    assert broken.attrib["classname"] == "streamscope.after.stalls"
    failure = broken.find("failure")
    assert failure is not None
    assert failure.attrib == {"type": "threshold", "message": "0.0200; the threshold is < 0.01"}
    unmeasured = unknown.find("failure")
    assert unmeasured is not None
    assert unmeasured.attrib["type"] == "unmeasured"
    assert "not measured: no clock" in unmeasured.attrib["message"]
    skipped = excused.find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "not measured: no clock"


def check_shape(root: ET.Element) -> None:
    """The rules of Jenkins' `junit-10.xsd` (xunit plugin) on what a document of ours has."""
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped"} <= set(suite.attrib)
        assert suite.attrib["name"]
        cases = suite.findall("testcase")
        assert len(cases) == len(suite) == int(suite.attrib["tests"])
        assert sum(one.find("failure") is not None for one in cases) == int(
            suite.attrib["failures"]
        )
        assert sum(one.find("skipped") is not None for one in cases) == int(suite.attrib["skipped"])
        for case in cases:
            assert set(case.attrib) == {"name", "classname", "time"}
            assert case.attrib["name"]
            float(case.attrib["time"])
            assert [one.tag for one in case] in (
                ["system-out"],
                ["failure", "system-out"],
                ["skipped", "system-out"],
            )


def test_hostile_names_stay_text_in_xml() -> None:
    """A NUL or an escape can't stand in XML at all, not even as a reference."""
    judged = a_judged(HOSTILE.replace("\x00", ""), 1, group="]]><x/>\x00\ud800\uffff\x08")

    document = junit([judged], "</testsuite>\x1b]0;title\x07")
    root = ET.fromstring(document)

    check_shape(root)
    assert root[0].attrib["name"] == "streamscope thresholds: </testsuite>"
    assert root[0][0].attrib["classname"] == "streamscope.]]><x/>.ttft"


def test_json_has_the_base_units() -> None:
    (one, other) = gates_json(
        [
            a_judged("ttft{protocol:h3}:p(95)<1500ms", 1_120_000_000),
            a_judged("tail:med<1s", Unmeasurable("no clock"), passed=False, group="after"),
        ]
    )

    assert one == {
        "threshold": "ttft{protocol:h3}:p(95)<1500ms",
        "metric": "ttft",
        "selector": {"protocol": "h3"},
        "aggregate": "p(95)",
        "against": None,
        "operator": "<",
        "limit": 1_500_000_000,
        "unit": "ns",
        "group": None,
        "passed": True,
        "observed": 1_120_000_000,
        "n": 42,
        "unmeasurable": None,
    }
    assert (other["observed"], other["unmeasurable"], other["group"]) == (None, "no clock", "after")
