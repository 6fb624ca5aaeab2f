"""The section on credentials: what is said of them first, and that nothing captured acts up."""

import io

import msgspec
import pytest
from making import a_result, an_analysis
from signing_in import (
    COOKIE,
    REFUSED_EXPIRED,
    SECOND,
    TOOK_NS,
    A,
    B,
    C,
    D,
    a_call,
    a_session,
    date,
    found_in,
)

from analyzer.analyses.answers import Answers
from analyzer.analyses.credentials import CredentialsFound
from analyzer.analyses.questions import Unanswered
from analyzer.model import Credential
from analyzer.report.countdown import countdown, ending, time_of_day
from analyzer.report.credential_events import EVENTS, short, telling
from analyzer.report.credentials import credentials_section
from analyzer.report.figures import pick
from analyzer.report.parts import Facts, Report, Section
from analyzer.report.terminal import print_report

FILLED = {"items": [1]}


def section_of(*found: CredentialsFound) -> Section | None:
    results = [
        a_result(
            head=msgspec.structs.replace(a_result().head, capture_id=str(number)),
            file=f"{number}.jsonl",
            answers=Answers.of({"credentials": one}),
        )
        for number, one in enumerate(found)
    ]
    return credentials_section(pick(an_analysis(*results)))


def printed(found: CredentialsFound, width: int = 80) -> list[str]:
    section = section_of(found)
    assert section is not None
    file = io.StringIO()
    print_report(Report("t", Facts(()), (), (section,)), file, width=width)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def expired_in_use() -> CredentialsFound:
    return found_in(
        a_session(1, 0, A, iat=0, exp=10, headers=(date(0),)),
        a_call(2, 1, bearer=A, body=FILLED),
        a_call(3, 12, bearer=A, status=401, body=REFUSED_EXPIRED),
        a_session(4, 13, B, iat=13, exp=253),
        a_call(5, 14, bearer=B, body=FILLED),
        a_call(6, 53 - TOOK_NS / SECOND, "/x"),
    )


def test_the_forecast_comes_first() -> None:
    lines = printed(expired_in_use(), 120)

    assert (
        " at the capture's end: access token expires in 3 m 20 s; this page would be refused at "
        "08:57:33 UTC" in lines
    )


def test_refusals_say_what_they_cost() -> None:
    text = "\n".join(printed(expired_in_use()))

    assert "time lost  2.00 s from refusal to recovery" in text
    assert "GET /backend-api/conversations  expired  3      1      #5  2.00 s" in text


def test_lives_are_told_with_the_share_that_was_used() -> None:
    (line,) = [one for one in printed(expired_in_use()) if "access token aaaaaaaa" in one]

    assert line.split() == [
        "access", "token", "aaaaaaaa", "10.0", "s", "13.0", "s", "130", "%", "2", "1", "2.00", "s",
    ]  # fmt: skip


def test_events_are_listed_in_order() -> None:
    lines = printed(expired_in_use(), 120)
    kinds = [line[11:29].strip() for line in lines if line[1:4] == "08:"]

    assert kinds[:4] == ["first used", "issued", "first used", "expires"]
    assert " 08:53:32  refused            aaaaaaaa    3  401 token_expired" in lines


def test_the_map_says_what_each_endpoint_is_asked_with() -> None:
    lines = printed(expired_in_use())
    (listed,) = [one for one in lines if "GET /backend-api/conversations" in one and "#" not in one]

    assert listed.split() == ["GET", "/backend-api/conversations", "3", "0", "0", "1", "0"]


def test_every_line_fits_eighty_columns() -> None:
    assert max(map(len, printed(expired_in_use()))) <= 80


def test_long_lists_say_how_much_more_there_is() -> None:
    calls = [
        a_call(n, n, bearer=A, status=401, body=REFUSED_EXPIRED) for n in range(1, EVENTS + 10)
    ]
    lines = printed(found_in(*calls))

    assert sum(line[1:4] == "08:" for line in lines) == EVENTS
    assert " and 10 more, all in the database: 10 refused" in lines


def test_every_kind_of_event_is_told_before_any_twice() -> None:
    late = [a_call(n, n, bearer=A, status=401, body=REFUSED_EXPIRED) for n in range(20, 60)]
    found = found_in(
        a_session(1, 0, A, iat=0, exp=10, headers=(date(0),)),
        *late,
        a_session(70, 70, B, iat=70, exp=253),
        a_call(71, 71, bearer=B, cookies=(f"{COOKIE}={D}",), body=FILLED),
    )
    told = telling(found.credential_events, {A: "bearer", B: "bearer", D: "session"})

    assert {one.kind for one in told} == {one.kind for one in found.credential_events}
    assert [one.event for one in told] == sorted(one.event for one in told)


def test_what_befalls_resume_credentials_is_told_last() -> None:
    name = "resume_conversation_token"
    resumes = [
        a_call(
            n, n, notes=(Credential(n, n, f"cred:{n:016x}", "resume", f"response body {name}", 9),)
        )
        for n in range(1, 40)
    ]
    found = found_in(*resumes, *(a_call(n, n, bearer=A, status=401) for n in range(50, 60)))
    kinds = {one.fingerprint: one.kind for one in found.credentials}
    told = telling(found.credential_events, kinds)
    (table,) = [one for one in printed(found) if "access token aaaaaaaa" in one]

    assert sum(one.credential == A for one in told) == 11
    assert sum(kinds[one.credential or ""] == "resume" for one in told) == EVENTS - 11
    assert table, "though 39 others were met before it"


def test_of_each_kind_the_one_that_was_used_last_is_foretold() -> None:
    found = found_in(
        a_session(1, 0, A, iat=0, exp=100, cookie=D, headers=(date(0),)),
        a_call(2, 1, bearer=A, cookies=(f"{COOKIE}={D}",)),
        a_session(3, 2, B, iat=2, exp=200, cookie=C),
        a_call(4, 3, bearer=B, cookies=(f"{COOKIE}={C}",)),
    )
    foretold = [line for line in printed(found, 120) if "at the capture's end: access" in line]

    assert len(foretold) == 1
    assert "access token expires in 3 m 16 s" in foretold[0]


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (0, "chat.example does not differ from the capture's by more than 969 ms  (by Date"),
        (20, "chat.example is 19.9 s to 21.0 s ahead of the capture's  (by Date headers, n = 1)"),
        (-20, "chat.example is 19.0 s to 20.1 s behind the capture's  (by Date headers, n = 1)"),
    ],
)
def test_clocks_are_compared_in_words(stated: float, said: str) -> None:
    text = "\n".join(printed(found_in(a_call(1, 30.03, headers=(date(30 + stated),))), 120))

    assert said in text


def test_what_cannot_be_known_is_said_in_words() -> None:
    found = CredentialsFound((Unanswered("credentials", "clock skew", "nobody says"),))
    text = "\n".join(printed(found))

    assert "clock skew  –  nobody says" in text


def test_an_incident_without_an_end_costs_an_unknown_time() -> None:
    text = "\n".join(printed(found_in(a_call(1, 1, bearer=A, status=401))))

    assert "–  no refused call succeeded again before the capture's end" in text


def test_captured_text_cannot_steer_the_terminal() -> None:
    body = {"detail": {"code": "\x1b[31mred\r\n\u202e[bold]"}}
    text = "\n".join(printed(found_in(a_call(1, 1, "/\x1b[2J", bearer=A, status=401, body=body))))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "401 red [bold]" in text


def test_of_several_captures_each_is_named() -> None:
    section = section_of(expired_in_use(), expired_in_use())

    assert section is not None
    named = [
        line.text for block in section.blocks for line in getattr(block, "lines", ())
        if line.text.endswith(".jsonl")
    ]  # fmt: skip
    assert named == ["0.jsonl", "1.jsonl"]


def test_an_empty_capture_has_no_section() -> None:
    assert section_of(CredentialsFound()) is None


def test_spans_are_said_in_two_units() -> None:
    spans = (0.9, 45, 200, 7_530, 7_775_992)

    assert [countdown(round(one * SECOND)) for one in spans] == [
        "< 1 s",
        "45 s", "3 m 20 s", "2 h 05 m", "89 d 23 h",
    ]  # fmt: skip


def test_a_far_moment_has_its_date() -> None:
    assert time_of_day(0, 0) == "00:00:00 UTC"
    assert time_of_day(0, 86_400 * SECOND) == "1970-01-01 00:00:00 UTC"


def test_other_kinds_of_credentials_end_too() -> None:
    assert ending("session", SECOND, 0) == "session cookie expires in 1 s, at 00:00:00 UTC"
    assert ending("session", -SECOND, 0) == "session cookie expired 1 s ago, at 00:00:00 UTC"


def test_a_fingerprint_is_shortened_and_says_if_it_was_in_chunks() -> None:
    assert (short(A), short(f"{A}+{B}")) == ("aaaaaaaa", "aaaaaaaa+")
