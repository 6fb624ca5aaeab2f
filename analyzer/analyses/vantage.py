"""Where a capture was taken, and the words that depend on it: in a proxy, a browser, on the wire.

All that reports, JSON and answers say of it stands here. A journal of our recorder names its
own tool as source; every foreign format has the name that its importer gives it.
"""

import msgspec


class Vantage(msgspec.Struct, frozen=True):
    """One such place.

    ``where`` completes "seen …", ``sent`` says what *request sent* is, ``misses`` goes before
    a count of what was lost. ``steps`` tells how its clock rounds, ``early`` what that does to
    its times beside another capture's, where it is known.
    ``proxied``: between client and service stood a proxy, so that each side has connections
    of its own; else the connections to the service are the client's. ``counts_losses``: where
    the capture tells of none, there was none. ``tells_end``: a whole one says when it ended.
    """

    where: str
    sent: str
    misses: str
    steps: str = ""
    early: str = ""
    proxied: bool = False
    counts_losses: bool = False
    tells_end: bool = True


_RECORDER = Vantage(
    where="in the proxy, by the recorder",
    sent="the proxy had the whole request",
    misses="the recorder could not keep",
    proxied=True,
    counts_losses=True,
)
_FOREIGN = {
    "flows": Vantage(
        where="in the proxy, by mitmproxy",
        sent="the proxy had the whole request",
        misses="the flow file does not give",
        proxied=True,
    ),
    "netlog": Vantage(
        where="in the browser, by its own log of its network (NetLog)",
        sent="the browser had sent the whole request",
        misses="the NetLog does not give",
        steps="cut down to whole milliseconds: a span is right to ±1 ms",
        early="cut down to whole milliseconds, and so is what ties them to the wall clock: they "
        "stand up to 2 ms early, 1 ms in the mean",
    ),
    "pcap": Vantage(
        where="on the wire, where the packets were captured",
        sent="the packet that made the request whole passed the capture",
        misses="the packets do not give",
    ),
    "har": Vantage(
        where="by the program that wrote the HAR: a browser's tools, or a proxy",
        sent="the program that wrote the HAR had sent the request, by its own timings",
        misses="the HAR does not give",
        tells_end=False,
    ),
    "body": Vantage(
        where="where the body was saved, with nothing else",
        sent="not known of a body alone",
        misses="the body does not give",
    ),
}


def vantage_of(source: str) -> Vantage:
    """Where a capture whose head names this source was taken."""
    return _FOREIGN.get(source, _RECORDER)
