"""Our plugin for Datasette: cells with links and times, charts, links back, pages of ours."""

from collections.abc import Awaitable, Callable
from typing import Any

import markupsafe
from datasette import hookimpl as marked
from datasette.utils import urlsafe_components
from datasette.utils.asgi import Response

from analyzer.store.schema.relations import CLOCK
from analyzer.web import cells, describing, faults, home, routes
from analyzer.web.drawings import DRAWINGS
from analyzer.web.links import KEYS, LINKS, Link
from analyzer.web.lookups import Lookups
from analyzer.web.referring import referring
from analyzer.web.state import served
from analyzer.web.trail import trail


def hook[Function: Callable[..., Any]](function: Function) -> Function:
    """Marks what Datasette calls; Datasette ships no types."""
    hooked: Function = marked(function)
    return hooked


@hook
def render_cell(
    row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any
) -> Callable[[], Awaitable[markupsafe.Markup | None]] | None:
    """Links and readable values on pages; JSON and CSV never pass here."""
    if database != describing.DATABASE:
        return None

    async def render() -> markupsafe.Markup | None:
        known = await served(datasette).lookups.now()
        return _cell(_Values(row), _plain(value), column, table, known)

    return render


class _Values:
    """A row's values by column, None for columns that it doesn't have."""

    def __init__(self, row: Any) -> None:
        self._row = row

    def get(self, name: str) -> Any:
        try:
            return _plain(self._row[name])
        except (IndexError, KeyError):  # an sqlite3.Row, and Datasette's own kind
            return None


def _cell(
    row: _Values, value: Any, column: str, table: str | None, known: Lookups
) -> markupsafe.Markup | None:
    unit = describing.unit_of(table, column)
    anchor = known.anchors.get(row.get("capture")) if unit == CLOCK else None
    content = cells.shown(value, unit, column, anchor)
    link = LINKS.get(column)
    if link is None or value is None or table == link.target:
        return content
    address, label = _target(link, row, known)
    if not address:
        return content
    return cells.linked(content if content is not None else str(value), address, label)


def _target(link: Link, row: _Values, known: Lookups) -> tuple[str, str]:
    """The address of the row that is led to and its name; nothing if there is no such row."""
    key = link.key(row)
    label = None if key is None else known.label(link.target, key)
    if key is None or label is None:
        return "", ""
    return describing.address(link.target, key), label


def _plain(value: Any) -> Any:
    """Datasette puts a foreign key's value and label into one dict."""
    return value["value"] if isinstance(value, dict) else value


@hook
def extra_template_vars(
    view_name: str, table: str | None, database: str | None, request: Any, datasette: Any
) -> Callable[[], Awaitable[dict[str, Any]]]:
    """What our templates say beside the rows."""

    async def find() -> dict[str, Any]:
        state = served(datasette)
        found: dict[str, Any] = {"streamscope": state, "links": LINKS}
        if view_name == "index":
            found["home"] = await home.home(state)
        elif view_name == "database":
            found["groups"] = describing.groups()
        elif view_name == "table" and table is not None:
            found["drawing"] = DRAWINGS.get(table)
            found["relation"] = describing.RELATIONS.get(table)
        elif view_name == "row" and table is not None:
            found["relation"] = describing.RELATIONS.get(table)
            if table in KEYS:
                key = tuple(urlsafe_components(request.url_vars["pks"]))
                found["referring"] = await referring(state.database, table, key)
                known = await state.lookups.now()
                found["trail"] = await trail(state.database, table, key, known)
        return found

    return find


@hook
def register_routes() -> list[tuple[str, Any]]:
    return routes.all_routes()


@hook
def handle_exception(
    datasette: Any, request: Any, exception: Exception
) -> Callable[[], Awaitable[Response]]:
    return lambda: faults.page(datasette, request, exception)


@hook
def skip_csrf(scope: dict[str, Any]) -> bool:
    """Our own POSTs are checked by their Origin, before Datasette sees them."""
    return bool(scope["path"].startswith("/-/streamscope/"))


@hook
def menu_links(datasette: Any) -> list[dict[str, str]]:
    return served(datasette).links()
