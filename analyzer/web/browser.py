"""Datasette over one database of ours, with everything that its pages ask of us."""

from collections.abc import Sequence
from pathlib import Path

from datasette.app import Datasette
from datasette.plugins import pm

from analyzer.analyses.results import Analysis
from analyzer.web import describing, plugin
from analyzer.web.database import ReadDatabase
from analyzer.web.lookups import LookupKeeper
from analyzer.web.rereading import Rereading
from analyzer.web.standing import Standing
from analyzer.web.state import Served

HERE = Path(__file__).parent
THEME = HERE.parent / "report" / "html" / "static"

SETTINGS = {
    "default_page_size": 50,
    "max_returned_rows": 2_000,
    "num_sql_threads": 3,
    "sql_time_limit_ms": 10_000,
    "facet_time_limit_ms": 1_000,
    "suggest_facets": False,
    "truncate_cells_html": 300,
    "default_cache_ttl": 0,
    "max_csv_mb": 0,
    "allow_download": True,
    "template_debug": False,
    "trace_debug": False,
}
"""A person's own database on a person's own machine: CSV of all of it, and longer queries.

Facets are asked for, not suggested: trying every column of a large view takes longer than all
else, and fails its page.
"""

_FAULTS = "datasette.handle_exception"
"""Datasette's own; where rich is installed it prints every local variable, captured text too."""


def open_browser(
    path: Path,
    title: str,
    *,
    private: bool,
    analysis: Analysis | None = None,
    rereads: Sequence[Path] = (),
    live: bool = False,
) -> Datasette:
    """A Datasette whose only database is this one; `plugin` finds what it needs in it.

    ``private``: the file is ours alone and won't change. ``rereads`` are the captures that it
    was made of, to be read again when asked.
    """
    _register()
    datasette = Datasette(
        files=[],
        memory=False,
        metadata=describing.metadata(title),
        settings=SETTINGS,
        template_dir=str(HERE / "templates"),
        static_mounts=[
            ("-/streamscope/static", str(HERE / "static")),
            ("-/streamscope/theme", str(THEME)),
        ],
    )
    datasette.remove_database("_memory")
    database = ReadDatabase(datasette, path, private=private)
    datasette.add_database(database, name=describing.DATABASE)
    datasette.streamscope = Served(
        title=title,
        database=database,
        lookups=LookupKeeper(database),
        standing=Standing(database, analysis),
        rereading=Rereading(database, rereads, path.parent, live=live) if rereads else None,
    )
    return datasette


def _register() -> None:
    """Ours alone: other plugins that happen to be installed get no sight of the data."""
    for other, _ in pm.list_plugin_distinfo():
        if pm.is_registered(other):
            pm.unregister(other)
    if pm.has_plugin(_FAULTS):
        pm.unregister(name=_FAULTS)
    if not pm.is_registered(plugin):
        pm.register(plugin, "streamscope")
