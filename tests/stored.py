"""What holds of every database, whatever captures went into it."""

import io
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from analyzer.analyses.results import Analysis
from analyzer.analyze import analyze
from analyzer.report import build_report
from analyzer.report.as_json import report_json
from analyzer.report.figures import pick
from analyzer.report.terminal import print_report
from analyzer.store import Store, read_analysis


def rows(database: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as db:
        return db.execute(sql).fetchall()


def dump(database: Path) -> list[str]:
    """Everything in it as SQL, but for when its migrations were applied."""
    with closing(sqlite3.connect(database)) as db:
        return [line for line in db.iterdump() if "_sqlite_migrations" not in line]


def printed(analysis: Analysis, width: int = 80) -> str:
    """The report as it goes into a pipe."""
    out = io.StringIO()
    print_report(build_report(pick(analysis)), out, width=width)
    return out.getvalue()


def says_what_captures_say(database: Path, captures: Sequence[Path]) -> None:
    """Filled anew and once more, it gives back the analysis and so the same reports."""
    made = analyze(captures, sink=Store(database))
    once = dump(database)
    kept = read_analysis(database)

    assert rows(database, "PRAGMA foreign_key_check") == []
    assert kept == made
    assert report_json(pick(kept)) == report_json(pick(made))
    assert printed(kept) == printed(made)

    analyze(captures, sink=Store(database))

    assert dump(database) == once
