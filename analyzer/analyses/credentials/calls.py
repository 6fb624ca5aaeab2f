"""An exchange reduced to what the question of credentials needs of it."""

from collections.abc import Mapping

import msgspec

from analyzer.analyses.credentials import dates
from analyzer.analyses.credentials.bodies import Answered, read_answer
from analyzer.analyses.credentials.carried import (
    Carried,
    SetCookie,
    read_carried,
    read_set_cookies,
)
from analyzer.analyses.credentials.clock import WallClock
from analyzer.analyses.credentials.refusals import Refusal, plain, read_code, read_refusal
from analyzer.analyses.paths import PATH_LIMIT, fold_path
from analyzer.model import Ending, Exchange, Headers, TurnStatus

type Key = tuple[str, str, str]
"""The same call: method, authority, path without its query."""


class Call(msgspec.Struct, frozen=True):
    """``answered_ns`` is when the response's head came, ``code`` what an error names.

    ``turn`` is what became of a chat turn in the service's own words, ``turn_error`` its error.

    ``date_s``: what the service's clock said then (its Date header, Unix seconds).
    """

    exchange: int
    key: Key
    query: str
    endpoint: str
    status: int | None
    how: Ending
    started_ns: int
    sent_ns: int
    answered_ns: int | None
    ended_ns: int | None
    last_byte_ns: int | None
    streamed: bool
    turn: TurnStatus
    turn_error: str
    carried: Carried
    set_cookies: tuple[SetCookie, ...]
    refusal: Refusal | None
    code: str
    answer: Answered
    date_s: int | None

    @property
    def authority(self) -> str:
        return self.key[1]

    @property
    def has_worked(self) -> bool:
        return self.status is not None and 200 <= self.status < 400

    @property
    def credential(self) -> str | None:
        """What the request was made with: the bearer, else the login cookie."""
        login = self.carried.login
        return self.carried.bearer or (login.fingerprint if login else None)


def read_call(exchange: Exchange, in_body: Mapping[str, bool], clock: WallClock) -> Call:
    """Read an exchange that ended. ``in_body``: see `read_answer`."""
    status, headers = exchange.status, exchange.response_headers
    started_ns = exchange.started_ns or 0
    answered_ns = exchange.headers_ns
    body_ns = exchange.ended_ns if exchange.ended_ns is not None else answered_ns
    refusal = read_refusal(status, headers, exchange.response_body)
    is_good = status == 200 and not exchange.streamed
    answer = Answered()
    if is_good and exchange.response_body:
        answer = read_answer(exchange.response_body, in_body, clock.wall_s(body_ns))
    path, _, query = exchange.path[:PATH_LIMIT].partition("#")[0].partition("?")
    return Call(
        exchange=exchange.exchange,
        key=(plain(exchange.method), plain(exchange.authority), path),
        query=query,
        endpoint=fold_path(exchange.path),
        status=status,
        how=exchange.how,
        started_ns=started_ns,
        sent_ns=started_ns if exchange.sent_ns is None else exchange.sent_ns,
        answered_ns=answered_ns,
        ended_ns=exchange.ended_ns,
        last_byte_ns=exchange.stream.last_byte_ns,
        streamed=exchange.streamed,
        turn=exchange.turn.status if exchange.turn else "unknown",
        turn_error=plain(exchange.turn.error) if exchange.turn else "",
        carried=read_carried(exchange.request_headers),
        set_cookies=read_set_cookies(headers, clock.wall_s(answered_ns)),
        refusal=refusal,
        code=read_code(exchange.response_body) if status == 404 else "",
        answer=answer,
        date_s=read_date(headers),
    )


def read_date(headers: Headers) -> int | None:
    """The Date header of a response that the service made just now: no cache has it (Age)."""
    values = {name.lower(): value for name, value in headers}
    if values.get("age", "0").strip() != "0" or "date" not in values:
        return None
    return dates.read_http_date(values["date"])
