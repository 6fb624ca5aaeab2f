"""What a report says of connections, protocols and endpoints."""

import io
from collections.abc import Iterable

from asked import ask
from making import a_result, an_analysis
from msgspec.structs import replace
from travelling import call, client, cookie, server, turn

from analyzer.analyses.answers import Answers
from analyzer.analyses.results import CaptureResult
from analyzer.analyses.transport import TransportQuestion
from analyzer.analyses.transport.ranks import LEAST
from analyzer.model import AnyRecord, RequestHead
from analyzer.report.endpoints import ENDPOINTS, endpoints_section
from analyzer.report.figures import pick
from analyzer.report.parts import Facts, Report, Section
from analyzer.report.terminal import print_report
from analyzer.report.transport import CONNECTIONS, MOVES, transport_section

ANNOUNCED = (("alt-svc", 'h3=":443"'),)


def result(records: Iterable[AnyRecord], file: str = "first.jsonl") -> CaptureResult:
    made = a_result(file=file)
    head = replace(made.head, capture_id=file)
    return replace(made, head=head, answers=Answers(transport=ask(TransportQuestion, records)))


def printed(*results: CaptureResult, width: int = 80) -> str:
    figures = pick(an_analysis(*results))
    sections = transport_section(figures), endpoints_section(figures)
    shown: tuple[Section, ...] = tuple(one for one in sections if one is not None)
    out = io.StringIO()
    print_report(Report("test", Facts(()), (), shown), out, width=width)
    text = out.getvalue()
    assert max(map(len, text.splitlines())) <= width
    return " ".join(text.split())


def a_session(protocol: str = "h2") -> list[AnyRecord]:
    return [
        client(1, protocol),
        server(2, protocol),
        *call(1, 10, protocol=protocol, path="/c/7", status=404),
        *turn(2, [100, 200, 300], protocol=protocol, coding="br", wire=10),
    ]


def test_connections_are_shown_with_what_they_carried() -> None:
    text = printed(result(a_session()))

    assert "service 2 HTTP/2 20.0 ms 2 1 1" in text, "one request waited for the handshake"
    assert "browser 1 HTTP/2 15.0 ms 2 1 –" in text
    assert "– waited: a browser waits by itself, before the proxy sees the request" in text
    assert "HTTP/2 by alpn: agreed upon in the TLS handshake" in text


def test_a_coding_is_shown_with_its_ratio_and_what_a_turn_cost() -> None:
    assert "HTTP/2 br 1 " in printed(result(a_session()))


def a_move(before: str, after: str) -> list[AnyRecord]:
    """An announcement over HTTP/2, then HTTP/3; each request brought a cookie."""
    first, second = cookie(f"id={before}"), cookie(f"id={after}")
    return [
        client(1),
        *call(1, 10, headers=ANNOUNCED, on=(1, None), asked_headers=first),
        client(3, "h3", opened_ms=100),
        *call(2, 120, protocol="h3", on=(3, None), asked_headers=second),
    ]


def test_a_move_says_who_announced_it() -> None:
    text = printed(result(a_move("the-same-client-1", "the-same-client-1")))

    assert (
        "HTTP/2 → HTTP/3 https://chat.example with exchange 2, 100 ms after exchange 1 "
        "announced it to this client; 0 requests in between went the old way"
    ) in text
    assert "HTTP/3 by alt-svc: an earlier response of the origin to the same client" in text


def test_a_move_that_may_be_another_clients_is_not_said_to_be_one() -> None:
    text = printed(result(a_move("one-client-0000001", "other-client-00002")))

    assert (
        "HTTP/2 then HTTP/3 https://chat.example with exchange 2; exchange 1 had announced it, "
        "perhaps to another; whether one client went over can't be known"
    ) in text
    assert "HTTP/3 by unseen: nothing in the capture shows why" in text


def test_what_could_not_be_said_is_said() -> None:
    text = printed(result(a_session()))

    assert "HTTP/2 against HTTP/3 – chat turns came over HTTP/2 only; both are needed" in text
    assert "in 0 of 1 turn enough of both, too few to tell whether" in text


def test_two_captures_are_compared_with_each_other() -> None:
    text = printed(result(a_session(), "h2.jsonl"), result(a_session("h3"), "h3.jsonl"), width=120)

    assert "chat turns came over" not in text
    assert "capture h2.jsonl" in text
    assert "too few figures to compare: handshake (at least 8 of each are needed)" in text


def test_metrics_with_enough_figures_are_compared_with_their_verdict() -> None:
    records: list[AnyRecord] = []
    for over, numbers in (("h2", (1, 2)), ("h3", (3, 4))):
        records += [client(numbers[0], over), server(numbers[1], over)]
        for one in range(LEAST):
            begin, step = 10_000.0 * (one + 1), 100 if over == "h2" else 50
            texts = [begin + step * place for place in range(6)]
            records += turn(100 * numbers[0] + one, texts, protocol=over, on=numbers)
    text = printed(result(records), width=120)

    assert (
        "median ICL 100 ms 8 50.0 ms 8 −50.0 ms 0.00014 HTTP/3 shorter here: large effect" in text
    )
    assert "time to headers 40.0 ms 8 40.0 ms 8 0 ns 1 no difference" in text
    assert "the turns came over 1 and 1 connections, so they are not independent" in text


def test_endpoints_are_shown_folded_with_what_went_wrong() -> None:
    never = RequestHead(9, 0, "GET", "https", "chat.example", "/never", "HTTP/2.0")
    text = printed(result([*a_session(), never]))

    assert "GET /c/{id} 404 1 10.0 ms 30.0 ms" in text
    assert "GET /never none 1 – –" in text


def test_endpoints_with_long_paths_are_told_apart_by_their_ends() -> None:
    path = "/backend-api/conversation/message_feedback"
    text = printed(result([*call(1, 0, path=path), *call(2, 0, path=f"{path}/history/of/mine")]))

    assert "GET /backend-api/…/message_feedback 200" in text
    assert "GET /backend-api/…/history/of/mine 200" in text


def test_endpoints_of_several_hosts_are_told_apart() -> None:
    text = printed(result([*call(1, 0), *call(2, 100, authority="cdn.example")]))

    assert "GET chat.example/api/things 200 1" in text
    assert "GET cdn.example/api/things 200 1" in text


def test_long_lists_end_in_how_many_more_there_are() -> None:
    records: list[AnyRecord] = []
    for number in range(1, ENDPOINTS + 3):
        over = "h3" if number % 2 else "h2"
        records.append(client(number, over, opened_ms=100.0 * number))
        on = (number, None)
        path = f"/kind{'x' * number}"
        records += call(number, 100.0 * number, protocol=over, on=on, path=path)
    text = printed(result(records))

    assert f"and {ENDPOINTS + 2 - CONNECTIONS} more connections, all in the database" in text
    assert f"{ENDPOINTS + 1 - MOVES} more moves in the database" in text
    assert "and 2 more endpoints, all in the database" in text


def test_captured_text_can_not_reach_the_terminal() -> None:
    records = [client(1), server(2), *call(1, 10, path="/\x1b[31mred", authority="a\x1b[2J")]

    assert "\x1b" not in printed(result(records))


def test_an_empty_capture_has_no_such_sections() -> None:
    figures = pick(an_analysis(result([])))

    assert transport_section(figures) is None
    assert endpoints_section(figures) is None
