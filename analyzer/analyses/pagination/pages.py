"""One page as it passed: what was asked, what came, when."""

from typing import Literal

import msgspec

from analyzer.analyses.pagination.asking import Asked, address, read_request
from analyzer.analyses.pagination.links import next_targets
from analyzer.analyses.pagination.listing import BODY_LIMIT, Listing, read_listing
from analyzer.analyses.pagination.moments import http_date
from analyzer.analyses.pagination.server_timing import server_time_ns
from analyzer.model import Exchange

type Role = Literal["page", "repeat", "failed"]


class Page(msgspec.Struct, frozen=True):
    """A request that may be for a page. ``listing`` is None where ``why`` says what hid it.

    ``targets`` lead to other pages; ``date_s`` is the service's own clock.
    """

    exchange: int
    asked: Asked
    failed: bool
    why: str
    listing: Listing | None
    targets: tuple[str, ...]
    sent_ns: int | None
    ended_ns: int | None
    bytes: int
    server_ns: int | None
    date_s: float | None

    @property
    def announced(self) -> bool:
        """The answer says where the next page is, or that there is none."""
        return bool(self.targets) or (self.listing is not None and self.listing.says_next)

    @property
    def limit(self) -> int | None:
        """Rows that were asked for, or those that the service says it gave at most."""
        if self.asked.limit is None and self.listing is not None:
            return self.listing.limit
        return self.asked.limit


def read_page(exchange: Exchange) -> Page | None:
    """The page that an exchange brought or failed to bring; None if it is about no list."""
    if exchange.streamed:
        return None
    asked = read_request(exchange)
    if asked is None:
        return None
    failed, why, listing = _outcome(exchange)
    if listing is None:
        # Without its list only a request that clearly asks for a page is one.
        if not (asked.certain and (failed or why)):
            return None
    elif not asked.style and listing.offset is not None and listing.limit is not None:
        asked = msgspec.structs.replace(
            asked, style="offset", position=str(listing.offset), certain=True
        )
    date = next((v for k, v in exchange.response_headers if k.lower() == "date"), "")
    linked = [*next_targets(exchange.response_headers), *(listing.targets if listing else ())]
    return Page(
        exchange=exchange.exchange,
        asked=asked,
        failed=failed,
        why=why,
        listing=listing,
        targets=tuple(filter(None, (address(one, exchange.authority) for one in linked))),
        sent_ns=exchange.sent_ns if exchange.sent_ns is not None else exchange.started_ns,
        ended_ns=exchange.ended_ns,
        bytes=exchange.response_length,
        server_ns=server_time_ns(exchange.response_headers),
        date_s=http_date(date) if date else None,
    )


def _outcome(exchange: Exchange) -> tuple[bool, str, Listing | None]:
    """Whether it failed, what hides its items, and the list."""
    status, body = exchange.status, exchange.response_body
    if status == 304:
        return False, "not modified: the browser had the page already", None
    if status is None or not 200 <= status < 300:
        what = f"answered {status}" if status is not None else f"no answer ({exchange.how})"
        return True, what, None
    if exchange.how != "complete" and not exchange.response_length:
        return True, f"the answer was cut off ({exchange.how})", None
    if exchange.response_length > BODY_LIMIT:
        return False, f"the answer is longer than {BODY_LIMIT:,} bytes", None
    if len(body) < exchange.response_length:
        return False, "the capture does not hold the answer's content", None
    listing = read_listing(body)
    if listing is None and exchange.how != "complete":
        return True, f"the answer was cut off ({exchange.how})", None
    return False, "", listing
