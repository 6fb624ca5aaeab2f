"""Thresholds as JUnit XML, which continuous integration shows as tests.

The shape is that of Ant's JUnit task, as Jenkins, GitLab and GitHub's actions read it: a
suite, a case a threshold, ``failure`` where it wasn't kept, ``skipped`` where it couldn't be
measured and that was to pass.
"""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from analyzer.gates.judging import Judged
from analyzer.gates.section import basis, observed
from analyzer.model import Unmeasurable
from analyzer.report.plain import printable

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 (section 2.2) can't hold, escaped or not."""


def junit(judged: Sequence[Judged], name: str) -> bytes:
    """The document; ``name`` says what was judged."""
    suite_name = _text(f"streamscope thresholds: {name}")
    unmeasured = [one for one in judged if _is_skipped(one)]
    counts = {
        "tests": str(len(judged)),
        "failures": str(sum(not one.passed for one in judged)),
        "errors": "0",
        "skipped": str(len(unmeasured)),
        "time": "0",
    }
    root = ET.Element("testsuites", {"name": suite_name, **counts})
    suite = ET.SubElement(root, "testsuite", {"name": suite_name, **counts})
    for one in judged:
        _case(suite, one)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _case(suite: ET.Element, one: Judged) -> None:
    group = f".{one.group}" if one.group else ""
    classname = _text(f"streamscope{group}.{one.gate.metric}")
    case = ET.SubElement(
        suite, "testcase", name=_text(one.gate.text), classname=classname, time="0"
    )
    said = _text(f"{one.gate.name}: {observed(one)} ({basis(one)})")
    if _is_skipped(one):
        ET.SubElement(case, "skipped", message=_text(basis(one)))
    elif not one.passed:
        message = basis(one) if isinstance(one.observed, Unmeasurable) else observed(one)
        failure = ET.SubElement(
            case,
            "failure",
            message=_text(f"{message}; the threshold is {one.gate.operator} {one.gate.shown}"),
            type="unmeasured" if isinstance(one.observed, Unmeasurable) else "threshold",
        )
        failure.text = said
    ET.SubElement(case, "system-out").text = said


def _is_skipped(one: Judged) -> bool:
    return one.passed and isinstance(one.observed, Unmeasurable)


def _text(text: str) -> str:
    return _NOT_XML.sub("", printable(text, 500))
