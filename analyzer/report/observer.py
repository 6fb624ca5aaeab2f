"""What looking cost, and how far to trust the times."""

from analyzer.analyses.observer import ObserverSummary
from analyzer.analyses.results import CaptureResult
from analyzer.analyses.vantage import vantage_of
from analyzer.model import Unmeasurable
from analyzer.report import units
from analyzer.report.figures import Figures
from analyzer.report.parts import Cell, Facts, Section
from analyzer.report.plain import printable


def observer_section(figures: Figures) -> Section:
    """What looking cost, and how far to trust the times."""
    pairs: list[tuple[str, Cell]] = []
    captures = figures.analysis.captures
    for capture, seen in zip(captures, figures.observers, strict=True):
        if len(captures) > 1:
            pairs.append(("capture", Cell(printable(capture.file, 60), "strong")))
        if isinstance(seen, Unmeasurable):
            pairs.append(("lag and cost", Cell(f"{units.UNKNOWN}  {seen.reason}", "muted")))
        else:
            pairs += _observed(seen)
        pairs.append(("lost", _lost(capture)))
    return Section("The observer itself", (Facts(tuple(pairs)),))


def _lost(capture: CaptureResult) -> Cell:
    """Only a recorder that counts what it loses can say that it lost nothing."""
    lost = sum(one.count for one in capture.lost)
    if lost:
        octets = units.size(sum(one.bytes for one in capture.lost))
        return Cell(f"{units.counted(lost, 'thing')}, {octets}", "bad")
    if not vantage_of(capture.head.source).counts_losses:
        reason = "the tool that made this capture does not count what it loses"
        return Cell(f"{units.UNKNOWN}  {reason}", "muted")
    return Cell("nothing", "good")


def _observed(seen: ObserverSummary) -> list[tuple[str, Cell]]:
    p99 = seen.lag_p99_ns
    shown = p99.reason if isinstance(p99, Unmeasurable) else units.duration(p99)
    return [
        (
            "event loop late by",
            Cell(
                f"p50 {units.duration(seen.lag_median_ns)} · p99 {shown} · "
                f"max {units.duration(seen.lag_max_ns)}  "
                f"(n = {units.counted(seen.samples, 'sample')}, {seen.late_samples} ≥ 5 ms)"
            ),
        ),
        (
            "stamping a read",
            Cell(
                f"{units.duration(seen.stamping_per_read_ns)} each, on the event loop  "
                f"(n = {units.counted(seen.reads, 'streamed read')})"
            ),
        ),
        (
            "writing it all",
            Cell(
                f"{units.duration(seen.writer_cpu_ns)} CPU on a thread beside, "
                f"{units.share(seen.writer_core_share)} of a core in "
                f"{units.duration(seen.window_ns)}: streams, whole bodies, secrets "
                f"(longest queue {seen.queue_peak})"
            ),
        ),
    ]
