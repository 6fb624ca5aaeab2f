"""The live page's own files: a document, its style and its modules."""

from importlib.resources import files

from analyzer.web.live.stream import Scope, Send, refuse

TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}

SCRIPTS = (
    "live.js",
    "live_events.js",
    "live_format.js",
    "live_lists.js",
    "live_panels.js",
    "live_strip.js",
    "live_text.js",
)

PLACES = {
    "theme.css": "analyzer.report.html",
    **dict.fromkeys(
        ("live.html", "live_off.html", "live.css", "live_icon.svg", *SCRIPTS), "analyzer.web"
    ),
}
"""Every file there is, and the package whose ``static`` has it."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def answer(name: str, send: Send, status: int = 200) -> None:
    """Answer with the file of that name."""
    if name not in PLACES:
        await refuse(send, 404, "there is no such file")
        return
    body = files(PLACES[name]).joinpath("static", name).read_bytes()
    headers = [
        (b"content-type", TYPES[name.rpartition(".")[2]].encode()),
        (b"content-security-policy", POLICY.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-cache"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def page(send: Send, *, follows: bool) -> None:
    """The document; where no capture is followed, one that says so."""
    if follows:
        await answer("live.html", send)
    else:
        await answer("live_off.html", send, 404)


async def part(scope: Scope, send: Send) -> None:
    """Style or script, by the last part of the path."""
    await answer(scope["path"].rpartition("/")[2], send)
