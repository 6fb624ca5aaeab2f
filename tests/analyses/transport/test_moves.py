"""When a browser goes over to another protocol, and what told it that it could."""

from asked import ask
from making import ns
from travelling import call, client, cookie

from analyzer.analyses.transport import TransportFound, TransportQuestion
from analyzer.model import AnyRecord, Headers, Unmeasurable

H3: Headers = (("alt-svc", 'h3=":443"; ma=60'),)
MINE = cookie("session=my-cookie-0000000")
YOURS = cookie("session=your-cookie-00000")
NOT_HEARD = Unmeasurable("it was announced before, but nothing shows that this client heard it")


def found(*records: AnyRecord | list[AnyRecord]) -> TransportFound:
    flat = [one for part in records for one in (part if isinstance(part, list) else [part])]
    return ask(TransportQuestion, flat)


def test_the_first_connection_over_http3_after_an_announcement_is_a_move() -> None:
    answer = found(
        client(1),
        call(1, 100, on=(1, None), asked_headers=MINE),
        call(2, 200, on=(1, None), headers=H3, asked_headers=MINE),
        call(3, 300, on=(1, None), headers=H3, asked_headers=MINE),
        client(5, "h3", opened_ms=400),
        call(4, 410, on=(1, None)),
        call(5, 450, on=(5, None), protocol="h3", asked_headers=MINE),
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
    assert (move.same_client, move.chosen_by, move.announcement_id) == (True, "alt-svc", 2)
    assert move.since_announced_ns == ns(450 - 210)
    assert move.requests_since == 2
    assert (over[5].chosen_by, over[5].announcement_id) == ("alt-svc", 2)


def test_what_was_announced_to_nobody_known_is_not_said_to_have_moved_a_client() -> None:
    """Two browsers, the second told to speak HTTP/3 by its owner, look like this."""
    answer = found(
        client(1),
        call(1, 100, on=(1, None), headers=H3, asked_headers=MINE),
        client(5, "h3", opened_ms=400),
        call(2, 450, on=(5, None), protocol="h3", asked_headers=YOURS),
    )
    (move,) = answer.protocol_moves
    row = answer.connections[1]

    assert (move.same_client, move.chosen_by, move.announcement_id) == (False, "unseen", 1)
    assert move.since_announced_ns == move.requests_since == NOT_HEARD
    assert (row.chosen_by, row.announcement_id) == ("unseen", 1)


def test_what_another_client_was_told_is_not_what_this_one_heard() -> None:
    """Of two clients that moved, each has its own announcement and its own requests."""
    answer = found(
        client(1),
        client(2),
        call(1, 100, on=(1, None), headers=H3, asked_headers=MINE),
        call(2, 200, on=(2, None), headers=H3, asked_headers=YOURS),
        call(3, 300, on=(1, None), asked_headers=MINE),
        client(5, "h3", opened_ms=400),
        call(4, 450, on=(5, None), protocol="h3", asked_headers=YOURS),
        client(6, "h3", opened_ms=500),
        call(5, 550, on=(6, None), protocol="h3", asked_headers=MINE),
    )
    moves = [
        (one.exchange, one.announcement_id, one.requests_since) for one in answer.protocol_moves
    ]

    assert moves == [(4, 2, 0), (5, 1, 1)]


def test_clients_that_each_keep_to_their_protocol_are_no_moves_to_and_fro() -> None:
    """Only the first connection of a client that nothing ties to another can be a move."""
    answer = found(
        [client(number, "h3" if number % 2 else "h2", number * 100.0) for number in range(1, 9)],
        *(
            call(
                number,
                number * 100.0 + 30,
                on=(number, None),
                protocol="h3" if number % 2 else "h2",
                asked_headers=YOURS if number % 2 else MINE,
            )
            for number in range(1, 9)
        ),
    )

    assert [(one.exchange, one.same_client) for one in answer.protocol_moves] == [(2, False)]


def test_http3_from_the_first_request_on_is_no_move_and_nothing_announced_it() -> None:
    answer = found(client(1, "h3"), call(1, 100, on=(1, None), protocol="h3", headers=H3))

    assert answer.protocol_moves == ()
    assert answer.connections[0].chosen_by == "unseen"


def test_an_announcement_that_came_after_the_connection_opened_did_not_choose_it() -> None:
    answer = found(
        client(1),
        client(5, "h3", opened_ms=105),
        call(1, 100, on=(1, None), headers=H3, asked_headers=MINE),
        call(2, 200, on=(5, None), protocol="h3", asked_headers=MINE),
    )
    (move,) = answer.protocol_moves

    assert move.chosen_by == "unseen"
    assert isinstance(move.since_announced_ns, Unmeasurable)


def test_an_announcement_is_its_own_origins_only() -> None:
    answer = found(
        client(1),
        call(1, 100, on=(1, None), headers=H3, authority="cdn.example"),
        call(2, 150, on=(1, None), asked_headers=MINE),
        client(5, "h3", opened_ms=400),
        call(3, 450, on=(5, None), protocol="h3", asked_headers=MINE),
    )
    (move,) = answer.protocol_moves

    assert (move.origin, move.chosen_by) == ("https://chat.example", "unseen")


def test_an_announcement_that_has_aged_did_not_choose() -> None:
    answer = found(
        client(1),
        call(1, 0, on=(1, None), headers=H3, asked_headers=MINE),
        client(5, "h3", opened_ms=70_000),
        call(2, 70_001, on=(5, None), protocol="h3", asked_headers=MINE),
    )

    (move,) = answer.protocol_moves

    assert (move.same_client, move.chosen_by, move.announcement_id) == (True, "unseen", None)


def test_the_default_port_is_the_same_origin() -> None:
    answer = found(
        client(1),
        call(1, 100, on=(1, None), headers=H3, authority="Chat.example:443", asked_headers=MINE),
        client(5, "h3", opened_ms=400),
        call(2, 450, on=(5, None), protocol="h3", asked_headers=MINE),
    )

    assert answer.protocol_moves[0].announcement_id == 1
    assert answer.protocol_moves[0].chosen_by == "alt-svc"


def test_going_back_is_a_move_too() -> None:
    answer = found(
        client(1),
        client(2, "h3", opened_ms=100),
        client(3, opened_ms=200),
        call(1, 50, on=(1, None), asked_headers=MINE),
        call(2, 150, on=(2, None), protocol="h3", asked_headers=MINE),
        call(3, 250, on=(3, None), asked_headers=MINE),
    )
    ways = [
        (move.from_protocol, move.to_protocol, move.same_client) for move in answer.protocol_moves
    ]

    assert ways == [("h2", "h3", True), ("h3", "h2", True)]
