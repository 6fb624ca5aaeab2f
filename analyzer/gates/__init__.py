"""Thresholds on the figures of a report, for continuous integration: kept or not, with 99."""

from analyzer.gates.as_json import gates_json
from analyzer.gates.expression import Gate, GateError
from analyzer.gates.judging import FAILED, Judged, Unmeasured, failed, judge, judge_groups
from analyzer.gates.junit import junit
from analyzer.gates.section import gates_section

__all__ = [
    "FAILED",
    "Gate",
    "GateError",
    "Judged",
    "Unmeasured",
    "failed",
    "gates_json",
    "gates_section",
    "judge",
    "judge_groups",
    "junit",
]
