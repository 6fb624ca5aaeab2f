"""No capture breaks the question, and exchanges that have nothing to do with each other may mix."""

import random
from collections.abc import Sequence

from asked import ask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from travelling import call, client, server, turn

from analyzer.analyses.transport import TransportFound, TransportQuestion
from analyzer.analyses.transport.facts import SECRETS_LIMIT, Facts
from analyzer.model import (
    AnyRecord,
    Body,
    Connection,
    ConnectionEnd,
    Credential,
    Exchange,
    ExchangeEnd,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    Side,
    WebSocketMessage,
)

TIMES = st.integers(-(2**40), 2**61)
NUMBERS = st.integers(0, 4)
TEXTS = st.text(max_size=12) | st.sampled_from(["h2", "h3", "HTTP/3", "http/1.1", "clear"])
HEADERS = st.lists(
    st.tuples(st.sampled_from(["alt-svc", "content-encoding", "x"]), TEXTS), max_size=3
).map(tuple)
MAYBE = st.none() | NUMBERS
SIDES: st.SearchStrategy[Side] = st.sampled_from(["request", "response"])
LENGTHS = st.integers(0, 2**40)


@st.composite
def reads(draw: st.DrawFn) -> Reads:
    count = draw(st.integers(0, 3))
    at = tuple(draw(TIMES) for _ in range(count))
    data = [draw(st.binary(max_size=20) | st.just(b"data: {}\n\n")) for _ in range(count)]
    lengths = tuple(len(one) for one in data)
    return Reads(draw(NUMBERS), at, lengths, b"".join(data), (), draw(SIDES))


RECORDS = st.one_of(
    st.builds(
        Connection,
        NUMBERS,
        TIMES,
        st.sampled_from(["client", "server"]),
        TEXTS,
        TEXTS,
        TEXTS,
        TEXTS,
        st.none() | TIMES,
        st.none() | TIMES,
        st.none() | TIMES,
    ),
    st.builds(ConnectionEnd, NUMBERS, TIMES, TEXTS),
    st.builds(RequestHead, NUMBERS, TIMES, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, HEADERS, MAYBE),
    st.builds(RequestEnd, NUMBERS, TIMES),
    st.builds(
        ResponseHead,
        NUMBERS,
        TIMES,
        st.integers(0, 999),
        TEXTS,
        HEADERS,
        TEXTS,
        MAYBE,
        st.booleans(),
    ),
    reads(),
    st.builds(Body, NUMBERS, TIMES, SIDES, LENGTHS, st.binary(max_size=8), st.none() | LENGTHS),
    st.builds(
        WebSocketMessage, NUMBERS, TIMES, st.booleans(), st.booleans(), st.just(b""), LENGTHS
    ),
    st.builds(Credential, NUMBERS, TIMES, TEXTS, TEXTS, TEXTS, LENGTHS),
    st.builds(ExchangeEnd, NUMBERS, TIMES, st.sampled_from(["complete", "error", "client_abort"])),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(RECORDS, max_size=25))
def test_no_capture_breaks_it_and_its_rows_name_what_is_there(records: Sequence[AnyRecord]) -> None:
    found = ask(TransportQuestion, records)
    exchanges = {one.exchange for one in records if isinstance(one, RequestHead)}
    connections = {row.connection_id for row in found.connections}

    assert {row.exchange for row in found.protocol_moves} <= exchanges
    assert {row.exchange for row in found.stream_transport} <= exchanges
    assert {row.announcement_id for row in found.connections} <= exchanges | {None}
    for stream in found.stream_transport:
        assert {stream.client_connection_id, stream.server_connection_id} <= connections | {None}
    assert sum(one.calls for one in found.endpoints) == len(exchanges)


@given(st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_answer_does_not_depend_on_the_order_of_unrelated_exchanges(
    chance: random.Random,
) -> None:
    parts = [
        call(1, 100, headers=(("alt-svc", 'h3=":443"'),)),
        call(2, 130, path="/other/7"),
        turn(3, [200, 240, 300], coding="br", wire=9),
        call(4, 210, wait_ms=5, took_ms=50),
        call(5, 500, protocol="h3", on=(3, 4)),
        turn(6, [600, 700], protocol="h3", on=(3, 4)),
    ]
    connections: list[AnyRecord] = [
        client(1),
        server(2),
        client(3, "h3", 400),
        server(4, "h3", 400),
    ]

    def asked(order: Sequence[list[AnyRecord]]) -> TransportFound:
        return ask(TransportQuestion, [*connections, *(one for part in order for one in part)])

    assert asked(chance.sample(parts, len(parts))) == asked(parts)


def test_credentials_beyond_the_limit_count_as_they_show() -> None:
    facts = Facts()
    for number in range(SECRETS_LIMIT + 1):
        facts.record(Credential(1, 0, f"cred:{number:016x}", "bearer", "", 1_000))
    last, beyond = f"cred:{SECRETS_LIMIT - 1:016x}", f"cred:{SECRETS_LIMIT:016x}"

    def headers(value: str) -> int:
        exchange = Exchange(1, "", "", "", "", "", request_headers=(("", value),))
        return facts.octets(exchange).request_headers

    assert headers(last) - headers("") == 1_000
    assert headers(beyond) - headers("") == len(beyond)
