"""Pages of ours beside Datasette's: the report, metrics, reading again, the charts' library."""

import asyncio
import json
from typing import Any

from datasette.utils.asgi import NotFound, Response

from analyzer.report.charts.files import config
from analyzer.report.html.drawing import PAGE_COLOURS, library
from analyzer.report.palette import SERIES
from analyzer.web.drawings import DRAWINGS
from analyzer.web.standing import KINDS
from analyzer.web.state import served

REPORT_POLICY = "frame-ancestors 'none'; form-action 'none'; base-uri 'none'"
"""The report's own policy stands in the file, which names its scripts by their hashes."""


async def report(request: Any, datasette: Any) -> Response:
    """The report of everything, or of ``?capture=N``, as its ending says."""
    kind = request.url_vars["kind"] or "html"
    asked = request.args.get("capture")
    if asked is not None and not (asked.isascii() and asked.isdecimal() and len(asked) < 10):
        raise NotFound("A capture is a number: ?capture=1")
    try:
        body = await served(datasette).standing.page(kind, int(asked) if asked else None)
    except LookupError as error:
        raise NotFound(str(error)) from error
    headers = {"content-security-policy": REPORT_POLICY} if kind == "html" else {}
    return Response(body, headers=headers, content_type=KINDS[kind])


async def metrics(datasette: Any) -> Response:
    """The figures for Prometheus."""
    body = await served(datasette).standing.page("metrics")
    return Response(body, content_type=KINDS["metrics"])


async def refresh(request: Any, datasette: Any) -> Response:
    """POST: read the captures again. GET: how old the data is, and whether that is under way."""
    rereading = served(datasette).rereading
    if rereading is None:
        return _json({"error": "What is shown is a database: it is always as it stands."}, 404)
    if request.method == "POST":
        rereading.start()
    state = {
        "running": rereading.is_running,
        "age_s": round(rereading.age_s, 1),
        "fault": rereading.fault,
    }
    return _json(state, 202 if request.method == "POST" else 200)


async def drawing(request: Any) -> Response:
    """How a table is drawn, and which columns that needs."""
    found = DRAWINGS.get(request.url_vars["table"])
    if found is None:
        raise NotFound("Of that table nothing is drawn")
    look = {**config(PAGE_COLOURS), "range": {"category": SERIES}}
    return _json({"needs": found.needs, "spec": found.spec, "config": look}, 200)


async def vega() -> Response:
    """Vega, Vega-Lite and Vega-Embed in one script, the report's own."""
    body = await asyncio.to_thread(library)
    return Response(
        body,
        headers={"cache-control": "max-age=86400"},
        content_type="text/javascript; charset=utf-8",
    )


def _json(state: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(state), status=status, content_type="application/json")


def all_routes() -> list[tuple[str, Any]]:
    """Ours and the live page's, for Datasette's router."""
    from analyzer.web import live

    return [
        (r"^/-/streamscope/report(?:\.(?P<kind>html|md|json|csv))?$", report),
        (r"^/metrics$", metrics),
        (r"^/-/streamscope/refresh$", refresh),
        (r"^/-/streamscope/drawing/(?P<table>[a-z_]+)\.json$", drawing),
        (r"^/-/streamscope/static/vega\.js$", vega),
        *live.ROUTES,
    ]
