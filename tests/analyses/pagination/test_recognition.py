"""Which calls are pages of a list, and where in it they lie."""

from typing import Any

import pytest
from asked import ask
from paging import call, rows

from analyzer.analyses.pagination import PaginationFound, PaginationQuestion
from analyzer.model import AnyRecord, Body, RequestEnd, RequestHead, ResponseHead


def asked(*calls: list[AnyRecord]) -> PaginationFound:
    return ask(PaginationQuestion, [record for one in calls for record in one])


def places(found: PaginationFound) -> list[tuple[int, str, str, object]]:
    return [(p.walk_id, p.style, p.position, p.depth) for p in found.page_requests]


def test_offset_and_limit() -> None:
    found = asked(
        call(1, "/list?offset=0&limit=2", {"items": rows("ab")}),
        call(2, "/list?offset=2&limit=2", {"items": rows("cd")}),
    )

    assert places(found) == [(1, "offset", "0", 0), (1, "offset", "2", 2)]
    assert [(p.limit, p.items, p.new_items) for p in found.page_requests] == [(2, 2, 2)] * 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("skip=0&take=2", "skip=2&take=2"),
        ("%24skip=0&%24top=2", "%24skip=2&%24top=2"),
        ("start=0&count=2", "start=2&count=2"),
        ("page%5Boffset%5D=0&page%5Blimit%5D=2", "page%5Boffset%5D=2&page%5Blimit%5D=2"),
        ("startIndex=0&maxResults=2", "startIndex=2&maxResults=2"),
    ],
)
def test_an_offset_has_many_names(first: str, second: str) -> None:
    found = asked(
        call(1, f"/list?{first}", {"data": rows("ab")}),
        call(2, f"/list?{second}", {"data": rows("cd")}),
    )

    assert places(found) == [(1, "offset", "0", 0), (1, "offset", "2", 2)]


@pytest.mark.parametrize(
    "names", ["page per_page", "pageNumber pageSize", "page[number] page[size]"]
)
def test_pages_by_number_count_from_one(names: str) -> None:
    number, size = names.split()
    found = asked(
        call(1, f"/list?{number}=1&{size}=2", {"results": rows("ab")}),
        call(2, f"/list?{number}=2&{size}=2", {"results": rows("cd")}),
    )

    assert places(found) == [(1, "page", "1", 0), (1, "page", "2", 2)]


def test_pages_by_number_count_from_zero_where_page_zero_is_asked_for() -> None:
    found = asked(
        call(1, "/list?page=0&size=2", {"content": rows("ab")}),
        call(2, "/list?page=1&size=2", {"content": rows("cd")}),
    )

    assert places(found) == [(1, "page", "0", 0), (1, "page", "1", 2)]


def test_a_first_page_without_parameters_belongs_to_the_page_that_follows() -> None:
    found = asked(
        call(1, "/list", rows("abc")),
        call(2, "/list?page=2", rows("def")),
    )

    assert places(found) == [(1, "first", "", 0), (1, "page", "2", 3)]
    assert found.pagination_walks[0].style == "page"


def test_cursors_are_followed_from_answer_to_request() -> None:
    found = asked(
        call(1, "/list?limit=2", {"items": rows("ab"), "cursor": "W3g="}),
        call(2, "/list?cursor=W3g%3D&limit=2", {"items": rows("cd"), "cursor": None}),
    )

    assert places(found) == [(1, "first", "", 0), (1, "cursor", "W3g=", 2)]
    assert found.pagination_walks[0].end_seen == "the service says that nothing follows"


def test_a_redacted_cursor_is_still_recognised() -> None:
    """In a body a fingerprint is filled up to the secret's length, in an address it is not."""
    found = asked(
        call(1, "/list?cursor=&limit=2", {"items": rows("ab"), "next_cursor": "cred:00ff00ff..."}),
        call(2, "/list?cursor=cred:00ff00ff&limit=2", {"items": rows("cd")}),
    )

    assert [p.walk_id for p in found.page_requests] == [1, 1]


def test_after_names_the_last_item() -> None:
    found = asked(
        call(1, "/list?limit=2", {"data": rows("ab"), "has_more": True}),
        call(2, "/list?limit=2&after=cb", {"data": rows("cd"), "has_more": False}),
    )

    assert places(found) == [(1, "first", "", 0), (1, "after", "cb", 2)]


def test_before_goes_the_other_way() -> None:
    found = asked(
        call(1, "/log?limit=2", {"messages": rows("yz")}),
        call(2, "/log?limit=2&before=cy", {"messages": rows("wx")}),
    )

    assert [p.walk_id for p in found.page_requests] == [1, 1]


def test_dates_called_after_and_before_are_no_pages() -> None:
    found = asked(
        call(1, "/report?after=2025-01-01", {"items": rows("ab")}),
        call(2, "/report?after=2025-02-01", {"items": rows("cd")}),
    )

    assert found == PaginationFound()


@pytest.mark.parametrize(
    "link",
    [
        '<https://chat.example/repositories/7?page=2&per_page=2>; rel="next", </x>; rel=last',
        "</repositories/7?per_page=2&page=2>;rel=next",
        '</first>; title="a, <b>; rel=next"; rel="first", '
        '</repositories/7?page=2&per_page=2>; REL="prefetch NEXT"',
    ],
)
def test_a_link_leads_to_another_address(link: str) -> None:
    found = asked(
        call(1, "/repos/of/me?per_page=2", rows("ab"), headers=(("link", link),)),
        call(2, "/repositories/7?page=2&per_page=2", rows("cd")),
    )

    assert [p.walk_id for p in found.page_requests] == [1, 1]
    assert (found.pagination_walks[0].style, found.pagination_walks[0].place) == ("page", "link")


def test_an_address_in_the_body_leads_on() -> None:
    """As Django's REST framework has it; its count is a total."""
    follow = "https://chat.example/list?token=x&part=2"
    found = asked(
        call(1, "/list", {"count": 9, "next": follow, "previous": None, "results": rows("ab")}),
        call(
            2,
            "/list?part=2&token=x",
            {"count": 9, "next": None, "previous": "/list", "results": rows("c")},
        ),
    )

    assert [(p.walk_id, p.total) for p in found.page_requests] == [(1, 9), (1, 9)]
    assert found.pagination_walks[0].style == "link"


def graphql(after: str | None, names: str, end: str, more: bool) -> dict[str, Any]:
    asks = {"operationName": "Chats", "variables": {"first": 2, "after": after, "archived": False}}
    edges = [{"cursor": f"x{name}", "node": {"id": name, "title": "A row"}} for name in names]
    page_info = {"endCursor": end, "hasNextPage": more}
    return {
        "method": "POST",
        "asks": asks,
        "answer": {"data": {"chats": {"edges": edges, "pageInfo": page_info}}},
    }


def test_variables_in_a_body_are_parameters() -> None:
    found = asked(
        call(1, "/graphql", **graphql(None, "ab", "xb", True)),
        call(2, "/graphql", **graphql("xb", "cd", "xd", False)),
    )
    walk = found.pagination_walks[0]

    assert places(found) == [(1, "after", "", 0), (1, "after", "xb", 2)]
    assert [(p.limit, p.new_items) for p in found.page_requests] == [(2, 2)] * 2
    assert (walk.place, walk.method, walk.end_seen) == (
        "body",
        "POST",
        "the service says that nothing follows",
    )


def test_offsets_in_a_body_are_parameters_too() -> None:
    found = asked(
        *(
            call(
                number,
                "/search",
                {"hits": rows(names)},
                method="POST",
                asks={"text": "tides", "pagination": {"offset": offset, "limit": 2}},
            )
            for number, offset, names in ((1, 0, "ab"), (2, 2, "cd"))
        )
    )

    assert places(found) == [(1, "offset", "0", 0), (1, "offset", "2", 2)]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/models", {"models": rows("ab")}),
        ("/conversation/1?limit=5", {"title": "no list"}),
        ("/page?page=2", b"<html></html>"),
        ("/numbers?offset=0&limit=3", {"values": [1, 2, 3]}),
        ("/api/auth/session", {}),
    ],
)
def test_other_calls_are_no_pages(path: str, answer: object) -> None:
    assert asked(call(1, path, answer)) == PaginationFound()


def test_a_list_that_is_buried_is_found() -> None:
    buried = {
        "status": {"tags": []},
        "payload": {"conversations": rows("ab"), "meta": {"total": 7}},
    }
    found = asked(call(1, "/list?offset=0&limit=2", buried))

    assert [(p.items, p.total) for p in found.page_requests] == [(2, 7)]


def test_an_item_may_be_named_by_a_member_like_conversation_id() -> None:
    """The owner's id, which all rows share, names none of them."""
    items = [{"user_id": "u1", "conversation_id": name} for name in "ab"]
    found = asked(
        call(1, "/list?offset=0&limit=2", {"items": items}),
        call(
            2,
            "/list?offset=2&limit=2",
            {"items": [items[1], {"user_id": "u1", "conversation_id": "c"}]},
        ),
    )

    assert [p.duplicates for p in found.page_requests] == [0, 1]


def test_items_without_an_id_cannot_be_compared() -> None:
    found = asked(
        call(1, "/list?offset=0&limit=2", {"items": [{"title": "a"}, {"title": "b"}]}),
    )
    walk = found.pagination_walks[0]

    assert walk.items == 2
    assert "no id" in getattr(walk.duplicates, "reason", "")


def test_content_that_was_not_kept_leaves_the_positions() -> None:
    """A capture without content still shows which pages were asked for, and how long they took."""
    records: list[AnyRecord] = []
    for number, offset in ((1, 0), (2, 20), (3, 40)):
        at = number * 1_000_000_000
        records += [
            RequestHead(
                number,
                at,
                "GET",
                "https",
                "chat.example",
                f"/list?offset={offset}&limit=20",
                "HTTP/2.0",
            ),
            RequestEnd(number, at),
            ResponseHead(number, at + 5, 200, "HTTP/2.0"),
            Body(number, at + 9, "response", 900, b"", withheld="content"),
        ]
    found = ask(PaginationQuestion, records)

    assert places(found) == [(1, "offset", str(n), n) for n in (0, 20, 40)]
    assert all("content" in getattr(p.items, "reason", "") for p in found.page_requests)
    assert all("content" in getattr(p.duplicates, "reason", "") for p in found.page_requests)


def test_the_order_that_the_items_show() -> None:
    items = [{"id": name, "create_time": made, "update_time": moved} for name, made, moved in (
        ("a", "2025-03-01T00:00:00Z", "2025-04-09T00:00:00Z"),
        ("b", "2025-03-05T00:00:00Z", "2025-04-08T00:00:00Z"),
        ("c", "2025-03-02T00:00:00Z", "2025-04-07T00:00:00Z"),
    )]  # fmt: skip
    found = asked(call(1, "/list?offset=0&limit=3&order=updated", {"items": items}))

    assert found.pagination_walks[0].ordering == "update_time desc"
