"""Fills a lab's database with conversations that look like years of use.

Deterministic for a seed and a moment. The messages of a conversation follow
from the seed and its id alone, so those of older conversations need not
exist before somebody opens them; a million conversations stay affordable.
"""

import math
import random
from collections.abc import Iterator
from itertools import islice

from analyzer.lab import texts
from analyzer.lab.database import ConversationRow, Database, MessageRow
from analyzer.lab.identifiers import make_id
from analyzer.lab.options import IdScheme

MODEL = "lab-1"
ROOT = "client-created-root"
_WITH_MESSAGES = 5_000  # the newest ones get their messages at once
_DAY_S = 86_400
_SPAN_DAYS = 1_000
_BATCH = 10_000
_NEWEST_AGE_S = 300.0


def seed_database(
    database: Database,
    count: int,
    seed: int,
    ids: IdScheme,
    now_s: float,
    *,
    list_index: bool = True,
) -> None:
    """Fill an empty database; one that has conversations already keeps them as they are."""
    rng = random.Random(f"{seed}/{ids}")  # noqa: S311 - sample data
    rows = _conversations(rng, 0 if database.page_at("updated", 0, 1) else count, ids, now_s)
    first = list(islice(rows, _WITH_MESSAGES))
    database.add_conversations(first)
    database.add_messages(message for row in first for message in write_messages(row, seed, ids))
    while batch := list(islice(rows, _BATCH)):
        database.add_conversations(batch)
    database.add_indexes(lists=list_index)


def _conversations(
    rng: random.Random, count: int, ids: IdScheme, now_s: float
) -> Iterator[ConversationRow]:
    """Newest first, denser towards now; days have quiet nights, conversations few long ones."""
    for index in range(count):
        age = (index + rng.random()) / count
        updated = now_s - _NEWEST_AGE_S - _waking_hours(_SPAN_DAYS * _DAY_S * age**1.7, rng)
        turns = min(120, 1 + int(rng.lognormvariate(0.9, 0.9)))
        created = updated - turns * rng.lognormvariate(4.2, 1.0)
        yield ConversationRow(
            make_id(ids, int(created * 1000), rng),
            texts.write_title(rng),
            created,
            updated,
            "",
            MODEL,
            turns,
            has_messages=index < _WITH_MESSAGES,
            is_archived=rng.random() < 0.02,
        )


def _waking_hours(age_s: float, rng: random.Random) -> float:
    """Move an age of more than two days to the same day's busy hours (around 15:00 UTC)."""
    if age_s < 2 * _DAY_S:
        return age_s
    return math.floor(age_s / _DAY_S) * _DAY_S + min(1.0, abs(rng.gauss(0.4, 0.18))) * _DAY_S


def write_messages(row: ConversationRow, seed: int, ids: IdScheme) -> list[MessageRow]:
    """Return a seeded conversation's messages, oldest first; the last is its current node."""
    rng = random.Random(f"{seed}/{row.id}")  # noqa: S311 - sample data
    step = max(1e-3, (row.update_time - row.create_time) / (2 * row.turns))
    parent, rows = ROOT, []
    for number in range(2 * row.turns):
        at_s = row.create_time + number * step
        role = "assistant" if number % 2 else "user"
        text = texts.write_answer(rng, rng.randint(3, 5)) if number % 2 else texts.write_prompt(rng)
        message_id = make_id(ids, int(at_s * 1000), rng)
        rows.append(
            MessageRow(message_id, row.id, parent, role, text, "finished_successfully", at_s)
        )
        parent = message_id
    return rows
