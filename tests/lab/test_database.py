import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.lab.database import ConversationRow, Database, MessageRow, Order
from analyzer.lab.seeding import ROOT, seed_database, write_messages
from analyzer.model import StreamscopeError

NOW_S = 1_800_000_000.0


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("database") / "lab.sqlite3") as database:
        seed_database(database, 400, 1, "uuid4", NOW_S)
        yield database


@pytest.mark.parametrize("order", ["updated", "created"])
def test_offsets_and_keysets_walk_the_same_rows(seeded: Database, order: Order) -> None:
    by_offset = [row.id for at in range(0, 500, 28) for row in seeded.page_at(order, at, 28)]
    by_keyset: list[str] = []
    after = None
    while rows := seeded.page_after(order, after, 28):
        by_keyset += [row.id for row in rows]
        last = rows[-1]
        after = (last.update_time if order == "updated" else last.create_time, last.id)

    assert by_offset == by_keyset
    assert len(set(by_offset)) == seeded.count() == 388  # 12 are archived


def test_rows_of_one_time_are_not_lost_between_pages(tmp_path: Path) -> None:
    """Ties are broken by id, so a keyset page can end among them."""
    rows = [ConversationRow(f"id-{n}", "t", 1.0, 1.0, "", "m", 1) for n in range(10)]
    with Database(tmp_path / "lab.sqlite3") as database:
        database.add_conversations(rows)
        first = database.page_after("updated", None, 4)
        second = database.page_after("updated", (1.0, first[-1].id), 10)

    assert [row.id for row in first + second] == [f"id-{n}" for n in reversed(range(10))]


def test_lists_are_read_from_an_index(seeded: Database, tmp_path: Path) -> None:
    with sqlite3.connect(_path(seeded)) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT id FROM conversations"
            " WHERE is_archived = 0 AND (update_time, id) < (?, ?)"
            " ORDER BY update_time DESC, id DESC LIMIT 28",
            (NOW_S, ""),
        ).fetchall()

    assert "conversations_by_update" in plan[0][3]
    assert len(plan) == 1  # no sorting step


def test_without_their_index_lists_are_sorted_each_time(tmp_path: Path) -> None:
    """Also those of a database that had it before."""
    path = tmp_path / "lab.sqlite3"
    for indexed in (True, False):
        with Database(path) as database:
            seed_database(database, 50, 1, "uuid4", NOW_S, list_index=indexed)
            found = database.page_at("updated", 10, 5)
    with sqlite3.connect(path) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%INDEX%'")

        assert [name for (name,) in names] == ["messages_by_conversation"]

    with Database(path) as database:
        seed_database(database, 50, 1, "uuid4", NOW_S)

        assert database.page_at("updated", 10, 5) == found


def test_the_count_keeps_up(tmp_path: Path) -> None:
    rows = [
        ConversationRow(f"id-{n}", "t", 1.0, 1.0, "", "m", 1, is_archived=n == 2) for n in range(4)
    ]
    with Database(tmp_path / "lab.sqlite3") as database:
        database.add_conversations(rows[:1])
        before = database.count()
        database.add_conversations(rows[1:])

        assert (before, database.count()) == (1, 3)


def _path(database: Database) -> str:
    (row,) = database._connection.execute("PRAGMA database_list").fetchall()
    return str(row[2])


def test_seeding_spreads_over_years_denser_towards_now(seeded: Database) -> None:
    rows = seeded.page_at("updated", 0, 400)
    ages = sorted((NOW_S - row.update_time) / 86_400 for row in rows)
    turns = sorted(row.turns for row in rows)

    assert ages[0] < 1
    assert 200 < ages[len(ages) // 2] < 400
    assert 900 < ages[-1] < 1100
    assert all(row.create_time < row.update_time < NOW_S for row in rows)
    assert turns[0] == 1
    assert turns[-1] > 10
    assert len({row.title for row in rows}) > 100


def test_a_seed_gives_the_same_database(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        with Database(tmp_path / name) as database:
            seed_database(database, 30, 5, "ulid", NOW_S)
            rows = database.page_at("updated", 0, 30)
            found.append((rows, database.messages(rows[7].id)))

    assert found[0] == found[1]


def test_a_database_with_conversations_stays_as_it_is(seeded: Database) -> None:
    before = seeded.page_at("updated", 0, 400)

    seed_database(seeded, 1_000, 2, "uuid7", NOW_S)

    assert seeded.page_at("updated", 0, 400) == before


def test_seeded_messages_are_a_chain_of_turns(seeded: Database) -> None:
    row = next(row for row in seeded.page_at("updated", 0, 50) if row.turns > 2)
    rows = seeded.messages(row.id)

    assert [message.role for message in rows] == ["user", "assistant"] * row.turns
    assert [message.parent_id for message in rows] == [ROOT, *(m.id for m in rows[:-1])]
    assert rows == write_messages(row, 1, "uuid4")
    assert all(row.create_time <= m.create_time <= row.update_time for m in rows)


def test_a_turn_moves_its_conversation_to_the_top(tmp_path: Path) -> None:
    with Database(tmp_path / "lab.sqlite3") as database:
        seed_database(database, 20, 1, "uuid4", NOW_S)
        row = database.page_at("updated", 9, 1)[0]
        database.add_messages([MessageRow("m", row.id, ROOT, "user", "é", "done", NOW_S)])
        database.touch(row.id, "m", NOW_S, turns=1)
        top = database.page_at("updated", 0, 1)[0]

    assert (top.id, top.current_node, top.turns) == (row.id, "m", row.turns + 1)


def test_a_file_that_is_no_database_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be taken for one" * 20)

    with pytest.raises(StreamscopeError, match=r"notes\.txt can't be used as the lab's database"):
        Database(path)
