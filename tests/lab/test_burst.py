"""Ids of one millisecond, and of all schemes in one session."""

import uuid
from collections.abc import Iterator

import pytest
from lab_visitor import ASK, Visitor, visited_lab
from ulid import ULID

from analyzer.lab.options import IdScheme, LabOptions
from analyzer.lab.truth import MadeLine, read_truth


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with visited_lab(LabOptions(conversations=10, time_scale=0)) as visitor:
        yield visitor


def made(visitor: Visitor) -> dict[str, MadeLine]:
    lines = read_truth(visitor.address.truth_path)
    return {line.id: line for line in lines if isinstance(line, MadeLine)}


def milliseconds(scheme: str, text: str) -> int:
    return ULID.from_str(text).milliseconds if scheme == "ulid" else uuid.UUID(text).int >> 80


@pytest.mark.parametrize("scheme", ["uuid7", "ulid"])
def test_a_burst_is_one_millisecond_in_no_order(visitor: Visitor, scheme: str) -> None:
    items = visitor.post("/lab/burst", {"count": 50, "ids": scheme}).json()["items"]
    ids = [item["id"] for item in items]
    times = [item["create_time"] for item in items]
    lines = [made(visitor)[name] for name in ids]

    assert len({milliseconds(scheme, name) for name in ids}) == 1
    assert {line.at_ms for line in lines} == {milliseconds(scheme, ids[0])}
    assert {(line.field, line.scheme) for line in lines} == {("conversation", scheme)}
    assert times == sorted(times)
    assert len(set(times)) == 50
    assert len({time[:23] for time in times}) == 1
    assert ids != sorted(ids)


def test_a_burst_is_on_top_of_the_list_and_can_be_opened(visitor: Visitor) -> None:
    before = visitor.get("/backend-api/conversations?limit=1")["total"]
    items = visitor.post("/lab/burst", {"count": 3}).json()["items"]
    page = visitor.get("/backend-api/conversations?limit=3")
    detail = visitor.get(f"/backend-api/conversation/{items[0]['id']}")

    assert [item["id"] for item in page["items"]] == [item["id"] for item in reversed(items)]
    assert page["total"] == before + 3
    assert len(detail["mapping"]) == 3


@pytest.mark.parametrize("body", [{"count": 0}, {"count": 1001}, {"count": "x"}, {}])
def test_a_burst_has_a_size(visitor: Visitor, body: object) -> None:
    assert visitor.post("/lab/burst", body).status_code == 422


@pytest.mark.parametrize("scheme", ["uuid4", "uuid7", "ulid"])
def test_a_request_chooses_its_ids(visitor: Visitor, scheme: IdScheme) -> None:
    body = {"messages": [{"content": {"parts": ["Hé"]}}], "lab": {"ids": scheme}}
    response = visitor.post(ASK, body)
    begun = visitor.truth(response.headers["x-request-id"]).begun
    lines = made(visitor)
    named = [begun.conversation_id, begun.user_message_id, begun.message_id]

    assert [lines[name].field for name in named] == ["conversation", "message", "message"]
    assert {lines[name].scheme for name in named} == {scheme}
    if scheme != "uuid4":
        assert all(milliseconds(scheme, name) == lines[name].at_ms for name in named)
