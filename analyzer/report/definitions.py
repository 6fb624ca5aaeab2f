"""What each metric's name means here: every report repeats it, because tools differ."""

from analyzer.analyses.gaps import PROXY_SHARE
from analyzer.analyses.latency import OCTETS_PER_TOKEN
from analyzer.analyses.statistics import METHOD, POINTS_BELOW
from analyzer.analyses.vantage import vantage_of
from analyzer.report.figures import Figures

DEFINITIONS: dict[str, str] = {
    "request sent": "every span starts here; that of a turn that was handed off and resumed with "
    "its first request",
    "time to headers": "response headers − request sent",
    "time to first byte": "first body byte − request sent",
    "time to first event": "first SSE event complete − request sent",
    "TTFT": "first non-empty answer or reasoning text − request sent",
    "TTFO": "first non-empty answer text − request sent",
    "service says": "its own time to its first visible token, if it told it: compare TTFO",
    "ICL": "every gap between consecutive arrivals of text, pooled; texts that share a read are "
    "one arrival",
    "ITL": "(last text − first text) / (estimated tokens − 1), one value a turn",
    "TPOT": "(E2EL − TTFT) / (estimated tokens − 1): as E2EL ends with the last text, the same as "
    "ITL",
    "E2EL": "last text − request sent; not the end of the stream, not [DONE]",
    "tail": "end of stream − last text",
    "stall": "a gap at or above the threshold",
    "coalesced": "an event that shares its read with an event before it",
    "estimated tokens": f"octets of answer and reasoning / {OCTETS_PER_TOKEN}, rounded up: "
    "traffic doesn't show the tokenizer",
    "tok/s": "(estimated tokens − 1) / (last text − first text)",
    "proxy": f"the proxy's own event loop was late for at least {PROXY_SHARE:.0%} of the gap; such "
    "gaps stay in the figures, marked",
    "goodput": "share of turns that meet every stated threshold",
    "percentiles": f"by {METHOD}; below n = {POINTS_BELOW} the points are shown and no p99",
    "–": "can't be known from this capture; why stands below, in the JSON form and in the database",
}
"""Every name; `definitions_of` says what they mean for the captures at hand."""


def definitions_of(figures: Figures) -> dict[str, str]:
    """What the names mean here: *request sent* by where the captures were taken.

    Gaps can only be the proxy's own where a proxy measured itself.
    """
    vantages = [vantage_of(one.head.source) for one in figures.analysis.captures]
    sent = list(dict.fromkeys(one.sent for one in vantages))
    if len(sent) > 1:
        sent = [f"{one.sent} (seen {one.where})" for one in dict.fromkeys(vantages)]
    meanings = dict(DEFINITIONS)
    meanings["request sent"] = "; ".join((*sent, meanings["request sent"]))
    if not figures.has_lag:
        del meanings["proxy"]
    return meanings
