"""The report's figures of what is in the database now, and the pages made of them, kept."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analyzer.analyses.results import Analysis
from analyzer.report import build_report
from analyzer.report.as_json import report_json
from analyzer.report.figures import Figures, pick
from analyzer.report.parts import Report
from analyzer.store import read_analysis
from analyzer.web.database import ReadDatabase, Stamp

KINDS = {
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "metrics": "text/plain; version=0.0.4; charset=utf-8",
}
"""What can be made of figures, and its media type."""


class Standing:
    """Reads the analysis when it is first asked for, and again when the database has changed.

    ``first`` is the analysis that the database was just made of, which need not be read back.
    """

    def __init__(self, database: ReadDatabase, first: Analysis | None = None) -> None:
        self._database = database
        self._first = first
        self._stamp: Stamp | None = None
        self._analysis: Analysis | None = None
        self._made: dict[tuple[str, int | None], Any] = {}
        self._one = asyncio.Lock()

    async def report(self) -> Report:
        """The report of everything."""
        made: Report = await self._get("report", None, build_report)
        return made

    async def page(self, kind: str, capture: int | None = None) -> bytes:
        """One of `KINDS`, of everything or of one capture, which counts from 1.

        Raises LookupError if there is no such capture.
        """
        made: bytes = await self._get(kind, capture, _MAKERS[kind])
        return made

    async def _get(self, kind: str, capture: int | None, make: Callable[[Figures], Any]) -> Any:
        """One at a time: what two ask for at once is made once."""
        async with self._one:
            await self._keep_up()
            key = (kind, capture)
            if key not in self._made:
                self._made[key] = await asyncio.to_thread(self._make, capture, make)
            return self._made[key]

    async def _keep_up(self) -> None:
        stamp = self._database.stamp()
        if stamp == self._stamp:
            return
        first, self._first = self._first, None
        self._analysis = first or await asyncio.to_thread(read_analysis, Path(self._database.path))
        self._made.clear()
        self._stamp = stamp

    def _make(self, capture: int | None, make: Callable[[Figures], Any]) -> Any:
        analysis = self._analysis
        assert analysis is not None
        if capture is not None:
            if not 1 <= capture <= len(analysis.captures):
                raise LookupError(f"there is no capture {capture}")
            analysis = Analysis.of([analysis.captures[capture - 1]])
        return make(pick(analysis))


def _html(figures: Figures) -> bytes:
    from analyzer.report.charts import charts_of
    from analyzer.report.html import report_page

    return report_page(figures, charts_of(figures))


def _markdown(figures: Figures) -> bytes:
    from analyzer.report.markdown import render

    return render(build_report(figures)).encode()


def _json(figures: Figures) -> bytes:
    return report_json(figures)


def _csv(figures: Figures) -> bytes:
    from analyzer.report.as_csv import report_csv

    return report_csv(figures)


def _metrics(figures: Figures) -> bytes:
    from analyzer.telemetry.prometheus import exposition

    return exposition(figures)


_MAKERS: dict[str, Callable[[Figures], bytes]] = {
    "html": _html,
    "md": _markdown,
    "json": _json,
    "csv": _csv,
    "metrics": _metrics,
}
