"""A capture looked at while it grows, in a browser.

`start` follows a capture; `ROUTES` are the page, its files and its event stream, which show
the capture that was started last, as plain ASGI applications that Datasette can mount.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from analyzer.web.live import pages
from analyzer.web.live.feed import LiveFeed
from analyzer.web.live.stream import Receive, Scope, Send, event_stream, refuse

__all__ = ["ROUTES", "LiveFeed", "start"]

_feeds: list[LiveFeed] = []


def start(path: Path) -> LiveFeed:
    """Follow the journal at ``path``, which may not exist yet, and show it at `ROUTES`.

    The caller closes the feed before the server waits for its connections: that ends them.
    """
    feed = LiveFeed(path)
    _feeds[:] = [feed]
    return feed.start()


async def _page(scope: Scope, send: Send) -> None:
    await pages.page(send, follows=bool(_feeds))


async def _events(scope: Scope, receive: Receive, send: Send) -> None:
    if not _feeds:
        await refuse(send, 404, "no capture is followed here: start the server with --live")
        return
    await event_stream(_feeds[0], scope, receive, send)


type View = Callable[..., Awaitable[None]]

ROUTES: list[tuple[str, View]] = [
    (r"^/-/streamscope/live$", _page),
    (r"^/-/streamscope/live/events$", _events),
    (r"^/-/streamscope/live/(?P<name>[a-z_]+\.(?:css|js|svg))$", pages.part),
]
