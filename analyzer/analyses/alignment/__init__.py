"""Two captures of one run beside each other: same exchanges, same events, and whose clock."""

from analyzer.analyses.alignment.comparing import align
from analyzer.analyses.alignment.results import Alignment
from analyzer.analyses.alignment.runs import Gatherer, Run

__all__ = ["Alignment", "Gatherer", "Run", "align"]
