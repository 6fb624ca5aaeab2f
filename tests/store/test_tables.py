"""Every question's rows go into their tables and come back as they were."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from analyzer.analyses.inquiry import YEAR_10000_US
from analyzer.analyses.questions import Row, Unanswered
from analyzer.model import Unmeasurable
from analyzer.store import tables
from analyzer.store.migrations import migrations

ROWS: dict[str, type[Row]] = {"unanswered": Unanswered} | {
    table: row for found in tables.FOUND.values() for table, row in tables.of(found).items()
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WHOLE = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    made = Database(memory=True)
    migrations.apply(made)
    yield made
    made.close()


def values(name: str, hint: Any) -> st.SearchStrategy[Any]:
    """What a field of this type may hold in an answer."""
    members = tables.members(hint)
    made = [_values(name, one) for one in members]
    return st.one_of(made)


def _values(name: str, kind: Any) -> st.SearchStrategy[Any]:
    if kind is Unmeasurable:
        return st.builds(Unmeasurable, TEXT)
    if kind is type(None):
        return st.none()
    if get_origin(kind) is tuple:
        parts = [one for one in get_args(kind) if one is not Ellipsis]
        if Ellipsis in get_args(kind):
            return st.lists(values("", parts[0]), max_size=3).map(tuple)
        return st.tuples(*(values("", one) for one in parts))
    if kind is int and name.endswith("_at"):
        return st.integers(0, YEAR_10000_US - 1)
    if kind is int:
        return WHOLE
    if kind is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if kind is str:
        return TEXT
    if kind is bool:
        return st.booleans()
    return st.sampled_from(get_args(kind))  # a literal


@pytest.mark.parametrize("table", ROWS)
def test_a_table_has_its_rows_columns(db: Database, table: str) -> None:
    made = tables.shape(ROWS[table])
    expected = {field.column for field in made.fields} | {"capture", "analysis"}
    if made.has_reasons:
        expected.add("unmeasurable")
    own = {column.name for column in db.table(table).columns}

    if table == "unanswered":
        expected.add("number")

    assert own == expected


@pytest.mark.parametrize("table", ROWS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_row_comes_back_as_it_was(db: Database, table: str, data: st.DataObject) -> None:
    kind = ROWS[table]
    hints = get_type_hints(kind)
    row = data.draw(st.fixed_dictionaries({n: values(n, hint) for n, hint in hints.items()}))
    made = kind(**row)
    db.execute(f"DELETE FROM {table}")
    numbered = {"number": 0} if table == "unanswered" else {}
    db.table(table).insert({"capture": 1, **numbered, **tables.row_of(made), "analysis": 1})
    (found,) = db.query(f"SELECT * FROM {table}")

    assert tables.row_from(kind, found) == made


@given(st.integers(0, YEAR_10000_US - 1))
def test_a_time_keeps_its_microseconds(at: int) -> None:
    assert tables.microseconds(tables.iso(at)) == at


def test_times_are_iso_8601_in_utc() -> None:
    assert tables.iso(1_760_000_000_000_001) == "2025-10-09T08:53:20.000001Z"
