"""What a page says when it can't be made, and what the terminal is told of it."""

import sqlite3
import sys
import traceback
from typing import Any

from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError

from analyzer.model import StreamscopeError
from analyzer.web.state import served


async def page(datasette: Any, request: Any, exception: Exception) -> Response:
    """The fault as a page or, asked for JSON, as JSON; a bug of ours also on standard error.

    Without the variables' values: they hold what was captured.
    """
    status, title, sentence = said(exception)
    if status == 500 and not isinstance(exception, StreamscopeError):
        sys.stderr.write("".join(traceback.format_exception(exception)))
    told = {"ok": False, "error": sentence, "status": status, "title": title}
    if request.path.endswith(".json"):
        return Response.json(told, status=status)
    template = datasette.jinja_env.get_template("error.html")
    context = {
        **told,
        "urls": datasette.urls,
        "menu_links": served(datasette).links,
        "request": request,
    }
    return Response.html(await template.render_async(context), status=status)


def said(exception: Exception) -> tuple[int, str | None, str]:
    """Status, title and sentence."""
    match exception:
        case Base400():
            return exception.status, None, str(exception) or "There is nothing here."
        case DatasetteError():
            plain = not exception.message_is_html
            return exception.status, exception.title, str(exception.message) if plain else ""
        case sqlite3.OperationalError() if exception.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return (
                503,
                "Not just now",
                ("Another program is writing to the database. Load this page again in a moment."),
            )
        case StreamscopeError():
            return 500, "That can't be shown", str(exception)
    return 500, "That can't be shown", f"{type(exception).__name__}: a fault of streamscope's own."
