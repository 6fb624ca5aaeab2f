"""What each connection carried, how its protocol was chosen, and when it idled."""

import pytest
from asked import HEAD, ask
from making import ns
from msgspec.structs import replace
from travelling import call, client, closed, cookie, server, turn

from analyzer.analyses.transport import TransportFound, TransportQuestion
from analyzer.analyses.transport.rows import ConnectionRow
from analyzer.journal import Decoder, encode
from analyzer.model import AnyRecord, Body, Connection, Credential, RequestHead, Unmeasurable

ANNOUNCED = (("alt-svc", 'h3=":443"'),)
IDENTITY = "id=the-same-client-1"


def found(*records: AnyRecord | list[AnyRecord]) -> TransportFound:
    flat = [one for part in records for one in (part if isinstance(part, list) else [part])]
    return ask(TransportQuestion, flat)


def connection(answer: TransportFound, number: int) -> ConnectionRow:
    (row,) = [row for row in answer.connections if row.connection_id == number]
    return row


def test_exchanges_are_counted_on_both_connections_that_carried_them() -> None:
    answer = found(
        client(1),
        server(2),
        call(1, 100, took_ms=50),
        call(2, 120, took_ms=50),
        call(3, 400, took_ms=10),
        turn(4, [600, 700]),
        closed(2, 1000, "reset"),
    )
    browser, service = connection(answer, 1), connection(answer, 2)

    for row in (browser, service):
        assert (row.exchanges, row.event_streams, row.reused, row.most_at_once) == (4, 1, 3, 2)
        assert row.busy_ns == ns(70 + 10 + 160)
        assert row.protocol == "h2"
    assert (browser.side, service.side) == ("client", "server")
    assert (browser.closed_ns, service.closed_ns, service.error) == (None, ns(1000), "reset")
    assert service.idle_ns == ns(1000 - 20 - 240)


def test_an_exchange_that_begins_when_another_ends_does_not_meet_it() -> None:
    answer = found(client(1), server(2), call(1, 100, took_ms=50), call(2, 150, took_ms=50))

    assert connection(answer, 2).most_at_once == 1


def test_a_request_that_was_whole_before_the_connection_was_ready_waited_for_it() -> None:
    answer = found(client(1), server(2, opened_ms=5), call(1, 4), call(2, 10), call(3, 25))
    service = connection(answer, 2)

    assert service.handshake_ns == ns(20)
    assert service.tls_handshake_ns == ns(15)
    assert (service.waited, service.waited_ns) == (2, ns(21 + 15))
    assert isinstance(connection(answer, 1).waited, Unmeasurable)
    assert isinstance(connection(answer, 1).handshake_ns, Unmeasurable)


def test_octets_count_bodies_as_they_passed_and_headers_before_compression() -> None:
    answer = found(
        client(1), server(2), call(1, 100, asked=40, answered=70, headers=(("a", "bc"),))
    )
    row = connection(answer, 2)
    pseudo = ":methodGET:schemehttps:authoritychat.example:path/api/things"

    assert (row.request_body_bytes, row.response_body_bytes) == (40, 70)
    assert row.request_header_bytes == len(pseudo)
    assert row.response_header_bytes == len(":status200abc")


def test_a_replaced_credential_counts_with_the_length_that_it_had() -> None:
    shown = "cred:0123456789abcdef"
    head = RequestHead(
        1, 0, "GET", "https", "a", "/", "HTTP/2.0", (("authorization", f"Bearer {shown}"),), 1
    )
    secret = Credential(1, 0, shown, "bearer", "request header authorization", 900)
    row = connection(found(client(1), head, secret), 1)

    assert row.request_header_bytes == 900 + len(
        ":methodGET:schemehttps:authoritya:path/authorizationBearer "
    )


@pytest.mark.parametrize(
    ("record", "protocol", "chosen_by"),
    [
        (client(1, "h2"), "h2", "alpn"),
        (client(1, "h1"), "h1", "alpn"),
        (replace(client(1, "h1"), protocol="", alpn_offers=("h2", "http/1.1")), "h1", "default"),
        (replace(client(1, "h1"), protocol="", alpn_offers=()), "h1", "default"),
        (replace(client(1, "h1"), alpn_offers=()), "h1", "unseen"),
        (replace(client(1, "h1"), protocol="", tls="", alpn_offers=()), "h1", "default"),
        (replace(client(1, "h1"), protocol="", tls="", alpn_offers=()), "h2", "prior knowledge"),
        (client(1, "h3"), "h3", "unseen"),
        (server(1, "h3"), "h3", "proxy"),
    ],
)
def test_how_the_protocol_was_chosen(record: Connection, protocol: str, chosen_by: str) -> None:
    on = (1, None) if record.side == "client" else (None, 1)
    row = connection(found(record, call(1, 100, protocol=protocol, on=on)), 1)

    assert (row.protocol, row.chosen_by) == (protocol, chosen_by)


@pytest.mark.parametrize("source", ["netlog", "pcap", "har"])
def test_without_a_proxy_the_connections_to_the_service_are_the_clients(source: str) -> None:
    """So an announcement explains them, and who hears it may move."""
    answer = ask(
        TransportQuestion,
        [
            server(1),
            *call(1, 10, headers=ANNOUNCED, on=(None, 1), asked_headers=cookie(IDENTITY)),
            server(2, "h3", opened_ms=100),
            *call(2, 120, protocol="h3", on=(None, 2), asked_headers=cookie(IDENTITY)),
        ],
        replace(HEAD, source=source),
    )
    row = connection(answer, 2)
    (move,) = answer.protocol_moves

    assert (row.chosen_by, row.announcement_id) == ("alt-svc", 1)
    assert (move.from_protocol, move.to_protocol, move.same_client) == ("h2", "h3", True)


@pytest.mark.parametrize(
    ("source", "chosen_by"), [("netlog", "unseen"), ("flows", "proxy"), ("mitmproxy", "proxy")]
)
def test_only_a_proxy_chooses_for_its_client(source: str, chosen_by: str) -> None:
    records = [server(1, "h3"), *call(1, 100, protocol="h3", on=(None, 1))]
    answer = ask(TransportQuestion, records, replace(HEAD, source=source))

    assert connection(answer, 1).chosen_by == chosen_by
    assert not answer.protocol_moves


@pytest.mark.parametrize(
    ("source", "why"), [("pcap", "or the file does not tell"), ("flows", "or the proxy made it")]
)
def test_who_answers_itself_depends_on_where_it_was_captured(source: str, why: str) -> None:
    records = [server(1), *call(1, 100, on=(None, 1)), *call(2, 200, on=(None, None))]
    answer = ask(TransportQuestion, records, replace(HEAD, source=source))

    assert [why in one.reason for one in answer.unanswered] == [True]


def test_a_tunnel_that_failed_is_no_connection_to_a_service() -> None:
    never = Connection(2, ns(100), "server", "http/1.1")
    failed = call(1, 100, protocol="h1", method="CONNECT", path="", status=502, how="error")
    (browser,) = found(replace(client(1, "h1"), tls=""), never, failed).connections

    assert (browser.connection_id, browser.exchanges, browser.failed) == (1, 1, 1)


def test_a_connection_without_tls_has_no_handshake_of_it() -> None:
    plain = replace(client(1, "h1"), tls="", tls_begun_ns=None, tls_ns=None)
    row = connection(found(plain, call(1, 100, protocol="h1", on=(1, None))), 1)

    assert row.tls_handshake_ns == Unmeasurable("it has no TLS, so no handshake of it")


def test_a_connection_without_a_record_is_known_by_what_it_carried() -> None:
    answer = found(call(1, 100, on=(7, 8)))
    browser, service = connection(answer, 7), connection(answer, 8)

    assert (browser.side, service.side, service.protocol) == ("client", "server", "h2")
    assert browser.chosen_by == service.chosen_by == "unseen"
    unknown = Unmeasurable("the capture holds no record of the connection itself")
    assert service.handshake_ns == service.tls_handshake_ns == service.waited == unknown
    assert service.idle_ns == browser.tls_handshake_ns == unknown


def test_a_connection_that_was_open_before_has_no_beginning() -> None:
    row = connection(found(replace(server(2), opened_ns=None, tls_ns=None), call(1, 100)), 2)

    assert row.handshake_ns == Unmeasurable("it was open before the recording began")
    assert row.idle_ns == row.handshake_ns


def test_a_number_that_a_record_gives_to_the_other_side_is_not_used() -> None:
    answer = found(client(1), call(1, 100, on=(1, 1)), turn(2, [300, 400], on=(None, 1)))
    (row,) = answer.connections
    (stream,) = answer.stream_transport

    assert (row.side, row.exchanges) == ("client", 1)
    assert stream.server_connection_id is None


def test_a_connection_whose_number_comes_again_is_the_later_one() -> None:
    answer = found(client(1), closed(1, 50, "old"), client(1, "h3", opened_ms=60))
    (row,) = answer.connections

    assert (row.protocol, row.opened_ns, row.closed_ns, row.error) == ("h3", ns(60), None, "")


def test_without_times_nothing_is_said_of_time() -> None:
    records = [client(1), server(2), *call(1, 0), *turn(2, [0.0, 0.0], at_ms=0)]
    answer = ask(TransportQuestion, records, replace(HEAD, clock="none"))
    no_times = Unmeasurable("the capture holds no times")

    for row in answer.connections:
        assert row.busy_ns == row.idle_ns == row.most_at_once == no_times
        assert row.opened_ns is row.ready_ns is row.first_ns is None
        assert row.exchanges == 2
    assert answer.stream_transport[0].shared_ns == no_times
    assert not answer.protocol_moves
    assert "protocol moves" in [one.figure for one in answer.unanswered]


def test_an_exchange_that_never_ended_is_open_until_the_captures_last_moment() -> None:
    answer = found(
        client(1), server(2), call(1, 100)[:-1], Body(9, ns(500), "request", 0), call(2, 300)
    )

    assert connection(answer, 2).busy_ns == ns(400)
    assert connection(answer, 2).most_at_once == 2


def test_who_ended_an_exchange_is_counted() -> None:
    answer = found(
        client(1), server(2), call(1, 1, how="error"), call(2, 2, how="server_abort"),
        call(3, 3, how="client_abort"), call(4, 4),
    )  # fmt: skip
    row = connection(answer, 2)

    assert (row.failed, row.aborted) == (2, 1)


def test_a_capture_without_connections_says_so() -> None:
    answer = found(call(1, 1, on=(None, None)))

    assert answer.connections == ()
    assert [one.figure for one in answer.unanswered] == ["sharing"]
    assert found().unanswered == ()


def test_a_journal_from_before_connections_told_so_much_is_read() -> None:
    """What it does not hold is not made up."""
    old = (
        b'{"t":"connection","connection":1,"at_ns":9,"side":"server","protocol":"h2",'
        b'"tls":"TLSv1.3","opened_ns":5,"tls_ns":8}\n'
    )
    _, record = Decoder("old.jsonl").feed(encode(HEAD) + old)
    assert isinstance(record, Connection)
    row = connection(found(record, call(1, 100, on=(None, 1))), 1)

    assert (row.handshake_ns, row.chosen_by, row.alpn_offers, row.local) == (3, "alpn", (), "")
    assert isinstance(row.tls_handshake_ns, Unmeasurable)
