"""What a replay says at its start and of each request."""

from pathlib import Path

from replaying import ns, request, script_of, streamed

from analyzer.model import Body, ExchangeEnd, Problem, Reads, ResponseHead
from analyzer.replay.faults import parse_cut, parse_stall
from analyzer.replay.matching import SOCKET, Match
from analyzer.replay.options import ReplayAddress, ReplayOptions, Told
from analyzer.replay.telling import announce, describe, line

ADDRESS = ReplayAddress(
    "https://127.0.0.1:8443/",
    "127.0.0.1",
    8443,
    Path("/run/ca.pem"),
    "c3BraQ==",
    ("localhost", "chat.example"),
)


def test_it_says_what_it_serves_and_what_it_cannot() -> None:
    withheld = [
        *request(2, "/big"),
        ResponseHead(2, ns(10_001), 200, "HTTP/2.0"),
        Body(2, ns(10_002), "response", 9, withheld="too long"),
    ]
    silent = [*request(3, "/none"), ExchangeEnd(3, ns(10_004), "error")]
    untimed = [
        *request(4, "/s"),
        ResponseHead(4, ns(10_030), 200, "HTTP/2.0", streamed=True, timed=False),
        Reads(4, (ns(10_500),), (2,), b"ab"),
    ]
    script, _ = script_of(
        streamed(1, [(1.0, b"x")]), withheld, silent, untimed, [Problem("torn", "a.jsonl", "cut")]
    )
    options = ReplayOptions(speed=2, faults=(parse_stall("3s@2"), parse_cut("@5s")))

    assert list(describe(script, options)) == [
        "4 exchanges of chat.example, 2 streams among them; 2 times as fast as recorded",
        "fault in each stream: a stall of 3 s before event 2",
        "fault in each stream: cut at 5 s",
        "no chunk times in the capture for 1 stream: sent at once",
        "1 exchange answered with 404, as the body is not in the capture: too long",
        "1 exchange without an answer: reset, or left waiting, as recorded",
        "problem: a.jsonl: cut",
    ]


def test_it_says_how_a_browser_gets_there() -> None:
    said = "\n".join(announce(ADDRESS))

    assert "The replay is at https://127.0.0.1:8443/ over HTTP/2 and HTTP/3" in said
    assert "--ignore-certificate-errors-spki-list=c3BraQ== https://127.0.0.1:8443/" in said
    assert "--origin-to-force-quic-on=127.0.0.1:8443" in said
    assert "--host-resolver-rules='MAP chat.example 127.0.0.1:8443'" in said


def test_each_request_has_a_line() -> None:
    script, _ = script_of(streamed(7, [(1.0, b"x"), (1_499.0, b"y")], end=(1_500, "server_abort")))
    (one,) = script.exchanges
    missed = (parse_cut("@9"),)

    told = [
        Told("h3", "POST", "/stream", Match(one, 2, 3, "ids"), missed=missed),
        Told("h2", "GET", "/x\x1b[2J", refusal="The capture has no such request."),
        Told("h2", "OPTIONS", "/stream"),
        Told("http/1.1", SOCKET, "/ws", refusal="no"),
    ]

    assert [line(each) for each in told] == [
        "h3       POST /stream  → #7, 2 of 3: 200, a stream of 2 parts in 1.5 s, server_abort; "
        "not reached: cut before event 9",
        "h2       GET /x  → 404: The capture has no such request.",
        "h2       OPTIONS /stream  → preflight, allowed",
        "http/1.1 GET (WebSocket) /ws  → 404: no",
    ]
