"""The first page: what is in the database, and where to go from here."""

import asyncio
from typing import Any

import msgspec

from analyzer.report import units
from analyzer.report.parts import Report
from analyzer.report.plain import printable
from analyzer.web.describing import DATABASE, questions, slug
from analyzer.web.state import Served

PATIENCE_S = 1.5
"""How long the page waits for its headline figures; of a large database they come later."""

FIRST = 10
"""Questions that are shown at once."""

_CAPTURES = """
SELECT s.*, c.source, c.redaction, (s.exchanges - s.turns) AS others
FROM capture_summary s JOIN captures c USING (capture) ORDER BY c.wall_ns LIMIT 200
"""


class Home(msgspec.Struct, frozen=True):
    """``report`` is None as long as its figures are being read."""

    title: str
    database: str
    captures: tuple[dict[str, Any], ...]
    report: Report | None
    first: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    age: str
    fault: str
    running: bool
    rereads: bool
    live: bool


async def home(state: Served) -> Home:
    rereading = state.rereading
    if rereading is not None:
        rereading.start_if_old()
    found = await state.database.execute(_CAPTURES)
    asked = tuple((one.question, f"/{DATABASE}/{slug(one.question)}") for one in questions())
    return Home(
        title=state.title,
        database=DATABASE,
        captures=tuple(_capture(dict(row)) for row in found.rows),
        report=await _report(state),
        first=asked[:FIRST],
        others=asked[FIRST:],
        age=units.duration(int(rereading.age_s * 1e9)) if rereading else "",
        fault=printable(rereading.fault, 300) if rereading else "",
        running=rereading.is_running if rereading else False,
        rereads=rereading is not None,
        live=state.has_live,
    )


def _capture(row: dict[str, Any]) -> dict[str, Any]:
    length_s = row["duration_s"]
    return {
        **row,
        "file": printable(row["file"].rpartition("/")[2], 80),
        "tool": printable(row["tool"], 60),
        "lasted": units.duration(None if length_s is None else round(length_s * 1e9)),
        "resolution": units.duration(row["resolution_ms"] * 1e6),
        "started": row["started_at"].replace("T", " ").partition(".")[0],
    }


async def _report(state: Served) -> Report | None:
    making = asyncio.ensure_future(state.standing.report())
    done, _ = await asyncio.wait({making}, timeout=PATIENCE_S)
    if not done:
        making.add_done_callback(_ignore)  # it is kept, for the next who looks
        return None
    return making.result()


def _ignore(task: "asyncio.Future[Report]") -> None:
    """A fault shows itself to the next who asks; here nobody waits any more."""
    if not task.cancelled():
        task.exception()
