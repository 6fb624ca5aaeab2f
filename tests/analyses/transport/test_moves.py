"""When a browser goes over to another protocol, and what told it that it could."""

from asked import ask
from making import ns
from travelling import call, client

from analyzer.analyses.transport import TransportFound, TransportQuestion
from analyzer.model import AnyRecord, Headers, Unmeasurable

H3: Headers = (("alt-svc", 'h3=":443"; ma=60'),)


def found(*records: AnyRecord | list[AnyRecord]) -> TransportFound:
    flat = [one for part in records for one in (part if isinstance(part, list) else [part])]
    return ask(TransportQuestion, flat)


def test_the_first_connection_over_http3_after_an_announcement_is_a_move() -> None:
    answer = found(
        client(1),
        call(1, 100, on=(1, None)),
        call(2, 200, on=(1, None), headers=H3),
        call(3, 300, on=(1, None), headers=H3),
        client(5, "h3", opened_ms=400),
        call(4, 410, on=(1, None)),
        call(5, 450, on=(5, None), protocol="h3"),
        call(6, 460, on=(1, None)),
        call(7, 470, on=(5, None), protocol="h3"),
    )
    (move,) = answer.protocol_moves
    over = {row.connection_id: row for row in answer.connections}

    assert (move.exchange, move.connection_id, move.moved_ns) == (5, 5, ns(450))
    assert (move.origin, move.from_protocol, move.to_protocol) == (
        "https://chat.example",
        "h2",
        "h3",
    )
    assert (move.chosen_by, move.announcement_id) == ("alt-svc", 2)
    assert move.since_announced_ns == ns(450 - 210)
    assert move.requests_since == 2
    assert (over[5].chosen_by, over[5].announcement_id) == ("alt-svc", 2)


def test_http3_from_the_first_request_on_is_no_move_and_nothing_announced_it() -> None:
    answer = found(client(1, "h3"), call(1, 100, on=(1, None), protocol="h3", headers=H3))

    assert answer.protocol_moves == ()
    assert answer.connections[0].chosen_by == "unseen"


def test_an_announcement_that_came_after_the_connection_opened_did_not_choose_it() -> None:
    answer = found(
        client(1),
        client(5, "h3", opened_ms=105),
        call(1, 100, on=(1, None), headers=H3),
        call(2, 200, on=(5, None), protocol="h3"),
    )
    (move,) = answer.protocol_moves

    assert move.chosen_by == "unseen"
    assert isinstance(move.since_announced_ns, Unmeasurable)


def test_an_announcement_is_its_own_origins_only() -> None:
    answer = found(
        client(1),
        call(1, 100, on=(1, None), headers=H3, authority="cdn.example"),
        call(2, 150, on=(1, None)),
        client(5, "h3", opened_ms=400),
        call(3, 450, on=(5, None), protocol="h3"),
    )
    (move,) = answer.protocol_moves

    assert (move.origin, move.chosen_by) == ("https://chat.example", "unseen")


def test_an_announcement_that_has_aged_did_not_choose() -> None:
    answer = found(
        client(1),
        call(1, 0, on=(1, None), headers=H3),
        client(5, "h3", opened_ms=70_000),
        call(2, 70_001, on=(5, None), protocol="h3"),
    )

    assert answer.protocol_moves[0].chosen_by == "unseen"


def test_the_default_port_is_the_same_origin() -> None:
    answer = found(
        client(1),
        call(1, 100, on=(1, None), headers=H3, authority="Chat.example:443"),
        client(5, "h3", opened_ms=400),
        call(2, 450, on=(5, None), protocol="h3"),
    )

    assert answer.protocol_moves[0].announcement_id == 1


def test_going_back_is_a_move_too() -> None:
    answer = found(
        client(1),
        client(2, "h3", opened_ms=100),
        client(3, opened_ms=200),
        call(1, 50, on=(1, None)),
        call(2, 150, on=(2, None), protocol="h3"),
        call(3, 250, on=(3, None)),
    )
    ways = [(move.from_protocol, move.to_protocol) for move in answer.protocol_moves]

    assert ways == [("h2", "h3"), ("h3", "h2")]
