"""When two connections are told to be one client's."""

import pytest
from asked import ask
from msgspec.structs import replace
from travelling import call, client, cookie

from analyzer.analyses.transport import TransportQuestion
from analyzer.analyses.transport.clients import COOKIE_FROM
from analyzer.model import AnyRecord, Credential, Headers

LONG = "x" * COOKIE_FROM
FINGERPRINT = "cred:0123456789abcdef"


def one_client(
    first: Headers, second: Headers, *, given: str = "", again: str = "", secret: int | None = None
) -> bool:
    """Whether a connection over HTTP/2 and the next over HTTP/3 are found to be one client's.

    Their requests brought these headers; ``given`` and ``again`` are cookies that were set in
    the answers, ``secret`` how long the one was that `FINGERPRINT` stands for.
    """
    records: list[AnyRecord] = [
        client(1),
        client(2, "h3", 200),
        *call(1, 100, on=(1, None), asked_headers=first, headers=_set(given)),
        *call(2, 300, on=(2, None), protocol="h3", asked_headers=second, headers=_set(again)),
    ]
    if secret is not None:
        records.append(Credential(1, 0, FINGERPRINT, "cookie", "", secret))
    (move,) = ask(TransportQuestion, records).protocol_moves
    return move.same_client


def _set(text: str) -> Headers:
    return (("set-cookie", f"{text}; Path=/; Secure"),) if text else ()


def test_a_long_cookie_that_both_brought_tells_one_client() -> None:
    both = cookie(f"theme=dark; id={LONG}")

    assert one_client(both, cookie(f"id={LONG}"))
    assert not one_client(both, cookie(f"id={LONG}y"))
    assert not one_client(both, cookie(f"other={LONG}"))
    assert not one_client(both, ())


def test_a_cookie_that_one_was_given_and_the_other_brought_tells_one_client() -> None:
    assert one_client(cookie(""), cookie(f"id={LONG}"), given=f"id={LONG}")


def test_a_short_cookie_may_be_anybodys() -> None:
    short = cookie("id=" + LONG[1:])

    assert not one_client(short, short)


@pytest.mark.parametrize(
    ("secret", "one"), [(COOKIE_FROM, True), (COOKIE_FROM - 1, False), (None, False)]
)
def test_a_replaced_cookie_is_as_long_as_it_was(secret: int | None, one: bool) -> None:
    """The fingerprint's own length says nothing, as where no record tells the secret's."""
    both = cookie(f"id={FINGERPRINT}")

    assert one_client(both, both, secret=secret) == one


def test_a_value_that_is_given_to_everybody_tells_nothing() -> None:
    everybodys = f"experiments={LONG}"

    assert not one_client(cookie(""), cookie(""), given=everybodys, again=everybodys)
    assert one_client(cookie(""), cookie(everybodys), given=everybodys, again=everybodys), "renewed"


def test_a_cookie_copied_into_another_program_is_not_one_client() -> None:
    text = f"id={LONG}"

    assert not one_client(cookie(text), cookie(text, agent="curl/8"))


def test_what_several_cookies_tell_goes_together() -> None:
    """The session of the first visit, then both, then the one that came after signing in."""
    brought = (f"a={LONG}", f"a={LONG}; b={LONG}", f"b={LONG}")
    records: list[AnyRecord] = []
    for number, text in enumerate(brought, 1):
        over = "h2" if number < 3 else "h3"
        records.append(replace(client(number, over), opened_ns=number))
        records += call(
            number, number * 100, on=(number, None), protocol=over, asked_headers=cookie(text)
        )
    (move,) = ask(TransportQuestion, records).protocol_moves

    assert (move.exchange, move.same_client) == (3, True)
