"""Lists in four styles of paging, and what the truth log says of their pages."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from lab_visitor import Visitor, visited_lab

from analyzer.lab.options import LabOptions
from analyzer.lab.truth import PageLine, RequestLine, read_truth


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with visited_lab(LabOptions(conversations=130, server_timing=True)) as visitor:
        yield visitor


def fetch(visitor: Visitor, path: str) -> httpx.Response:
    return visitor.http.get(path, headers=visitor.bearer).raise_for_status()


def page_line(visitor: Visitor, response: httpx.Response) -> PageLine:
    lines = read_truth(visitor.address.truth_path)
    request = response.headers["x-request-id"]
    (line,) = [one for one in lines if isinstance(one, PageLine) and one.request == request]
    return line


def ids(items: list[Any]) -> tuple[str, ...]:
    return tuple(item["id"] for item in items)


def by_created(visitor: Visitor) -> list[str]:
    pages = [
        visitor.get(f"/backend-api/conversations?order=created&limit=50&offset={offset}")["items"]
        for offset in (0, 50, 100)
    ]
    return [item["id"] for page in pages for item in page]


def test_links_lead_through_the_archive(visitor: Visitor) -> None:
    found: list[str] = []
    path: str | None = "/backend-api/archive?page=1&per_page=30"
    relations = []
    while path:
        response = fetch(visitor, path)
        found += ids(response.json()["items"])
        relations.append([name for name in response.links if name])
        path = response.links.get("next", {}).get("url")

    assert found == by_created(visitor)
    assert relations[0] == ["first", "next", "last"]
    assert relations[1] == ["first", "prev", "next", "last"]
    assert relations[-1] == ["first", "prev", "last"]


def test_after_an_item_leads_through_the_history(visitor: Visitor) -> None:
    found: list[str] = []
    body: dict[str, Any] = {"has_more": True, "last_id": ""}
    while body["has_more"]:
        body = visitor.get(f"/backend-api/history?limit=30&after={body['last_id']}")
        found += ids(body["data"])

    assert found == by_created(visitor)
    assert (body["first_id"], body["last_id"]) == (ids(body["data"])[0], found[-1])


@pytest.mark.parametrize(
    ("path", "style", "position", "limit", "visited"),
    [
        ("/backend-api/conversations?offset=56&limit=28", "offset", "56", 28, 84),
        ("/backend-api/conversations", "offset", "0", 28, 28),
        ("/backend-api/archive?page=3&per_page=10", "page", "3", 10, 30),
        ("/backend-api/conversations?cursor=&limit=5", "cursor", "", 5, 5),
        ("/backend-api/gizmos/g/conversations?limit=5", "cursor", "", 5, 5),
        ("/backend-api/history?limit=7", "after", "", 7, 7),
    ],
)
def test_the_log_says_what_a_page_held_and_cost(
    visitor: Visitor, path: str, style: str, position: str, limit: int, visited: int
) -> None:
    response = fetch(visitor, path)
    body = response.json()
    line = page_line(visitor, response)

    assert (line.style, line.position, line.limit) == (style, position, limit)
    assert line.ids == ids(body.get("items") or body["data"])
    assert (line.total, line.rows_visited) == (body.get("total"), visited)
    assert line.path == path.partition("?")[0]


def test_server_timing_is_the_time_in_the_query(visitor: Visitor) -> None:
    response = fetch(visitor, "/backend-api/conversations")
    line = page_line(visitor, response)
    found = re.fullmatch(r"db;dur=(\d+\.\d{3})", response.headers["server-timing"])

    assert found
    assert float(found[1]) == pytest.approx(line.database_ns / 1e6, abs=0.001)


def test_a_chat_between_two_pages_moves_rows(visitor: Visitor) -> None:
    """What was last on the first page is first on the second one."""
    first = visitor.get("/backend-api/conversations?offset=0&limit=10")["items"]
    visitor.ask("h2", time_scale=0)
    second = visitor.get("/backend-api/conversations?offset=10&limit=10")["items"]

    assert ids(second)[0] == ids(first)[-1]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/backend-api/archive?page=0", "page"),
        ("/backend-api/archive?per_page=101", "per_page"),
        ("/backend-api/history?after=nobody", "after"),
    ],
)
def test_bad_pages_are_422(visitor: Visitor, path: str, place: str) -> None:
    answer = visitor.http.get(path, headers=visitor.bearer)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", place]


def test_the_log_numbers_connections_and_names_their_peers(visitor: Visitor) -> None:
    known = len(read_truth(visitor.address.truth_path))
    streams = [visitor.ask(protocol, time_scale=0).id for protocol in ("h2", "h3")]
    alike = [fetch(visitor, "/backend-api/conversations") for _ in range(2)]
    lines = read_truth(visitor.address.truth_path)[known:]
    requests = {line.request: line for line in lines if isinstance(line, RequestLine)}
    first, second = (requests[each.headers["x-request-id"]] for each in alike)

    assert (first.peer, first.connection) == (second.peer, second.connection)
    assert len({requests[stream].connection for stream in streams} | {first.connection}) == 3
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+|\[::1\]:\d+", one.peer) for one in requests.values())
