"""What the pages of one server know: the database, its figures, and who follows the traffic."""

from dataclasses import dataclass
from typing import Any

from analyzer.web.database import ReadDatabase
from analyzer.web.describing import DATABASE
from analyzer.web.lookups import LookupKeeper
from analyzer.web.rereading import Rereading
from analyzer.web.standing import Standing


@dataclass
class Served:
    """``rereading`` is None where the data doesn't come from captures that can be read again."""

    title: str
    database: ReadDatabase
    lookups: LookupKeeper
    standing: Standing
    rereading: Rereading | None
    has_live: bool = False

    def links(self) -> list[dict[str, str]]:
        """The pages that every page leads to."""
        found = [{"href": "/-/streamscope/report", "label": "Report"}]
        if self.has_live:
            found.append({"href": "/-/streamscope/live", "label": "Live"})
        return [*found, {"href": f"/{DATABASE}", "label": "Tables"}]


def served(datasette: Any) -> Served:
    """Ours of a Datasette that `open_browser` made."""
    found: Served = datasette.streamscope
    return found
