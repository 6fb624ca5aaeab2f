"""What mitmproxy's own stamps say of an exchange: the facts of a flow that has no others."""

from analyzer.importers.flows.facts import (
    EndFacts,
    ExchangeFacts,
    RequestFacts,
    ResponseFacts,
    Timeline,
)
from analyzer.importers.flows.moments import Moments
from analyzer.importers.flows.states import Failure, Flow, Request, Socket
from analyzer.intake.streaming import streams
from analyzer.model import Ending

KILLED = "Connection killed."
CLIENT_GONE = "Client disconnected."
ENDED_BY_PEER = ("HTTP/1 protocol error: peer closed connection", "HTTP/2 connection closed")
NORMAL_CLOSE = frozenset({1000, 1001, 1005})
"""WebSocket close codes of an orderly end (RFC 6455, section 7.4.1)."""

SWITCHING_PROTOCOLS = 101


def plain_facts(
    flow: Flow, number: int, moments: Moments, timeline: Timeline | None, latest_ns: int
) -> ExchangeFacts:
    """Times out of mitmproxy's float seconds; ``latest_ns`` where a flow has none at all.

    Heads are stamped by the wall clock and chunks by the monotonic one: where they cross by
    that, the chunk's time counts. Connections are numbered by the caller.
    """
    request, response = flow.request, flow.response
    began_ns = _first(moments, request.began_s, flow.created_s, flow.client.get("timestamp_start"))
    at_ns = latest_ns if began_ns is None else began_ns
    sent_ns = moments.of_wall(request.ended_s)
    head: ResponseFacts | None = None
    if response is not None:
        headed_ns = _first(moments, response.began_s, response.ended_s, request.ended_s)
        headed_ns = at_ns if headed_ns is None else headed_ns
        if timeline and timeline.at_ns:
            headed_ns = min(headed_ns, timeline.at_ns[0])
        streamed = timeline is not None or streams(response.header("content-type"))
        head = ResponseFacts(headed_ns, streamed=streamed, timed=timeline is not None)
    return ExchangeFacts(
        capture="",
        mono_ns=moments.mono_ns,
        wall_ns=moments.wall_ns,
        number=number,
        request=RequestFacts(at_ns, sent_ns=sent_ns),
        flow_id=flow.id,
        response=head,
        end=_end(flow, moments, head, timeline),
    )


def authority(request: Request) -> str:
    """What the client named: HTTP/2's own field, else the Host field, else the address."""
    named = request.authority or request.header("host")
    return named or (request.host if request.port is None else f"{request.host}:{request.port}")


def _first(moments: Moments, *seconds: object) -> int | None:
    """The first of these that is a time."""
    found = (moments.of_wall(one) for one in seconds)
    return next((at_ns for at_ns in found if at_ns is not None), None)


def _end(
    flow: Flow, moments: Moments, head: ResponseFacts | None, timeline: Timeline | None
) -> EndFacts | None:
    """How it ended, and when; None for one that was still going on."""
    told = _how(flow)
    if told is None:
        return None
    response, socket = flow.response, flow.socket
    at_ns = _first(
        moments,
        *([flow.failure.at_s] if flow.failure else ()),
        *([socket.ended_s] if socket else ()),
        *([response.ended_s, response.began_s] if response else ()),
        flow.request.ended_s,
    )
    known = [one for one in (at_ns, head.at_ns if head else None) if one is not None]
    if timeline and timeline.at_ns:
        known.append(timeline.at_ns[-1])
    return EndFacts(max(known), *told) if known else None


def _how(flow: Flow) -> tuple[Ending, str] | None:
    response, socket = flow.response, flow.socket
    if socket is not None:
        return how_it_closed(socket)
    if flow.failure is not None:
        return how_it_failed(flow, flow.failure), flow.failure.message
    if response is None or (response.content is None and not response.ended_s):
        return None
    return "complete", "switched protocols" if response.status == SWITCHING_PROTOCOLS else ""


def how_it_failed(flow: Flow, failure: Failure) -> Ending:
    """Who went away, as far as a file can tell: less than the recorder sees.

    A connection that had ended when the error came says it. Of a stream that was reset
    mitmproxy says "by client" whoever did it (``_http2.py``), so that is an ``error`` here.
    """
    message = failure.message
    if message == CLIENT_GONE:
        return "client_abort"
    if message == KILLED or ("protocol error" in message and not message.startswith(ENDED_BY_PEER)):
        return "error"
    if _ended_by(flow.client.get("timestamp_end"), failure.at_s):
        return "client_abort"
    server = flow.server
    if server.get("timestamp_start") is None or server.get("error"):
        return "error"
    return "server_abort" if _ended_by(server.get("timestamp_end"), failure.at_s) else "error"


def how_it_closed(socket: Socket) -> tuple[Ending, str] | None:
    if socket.close_code is None:
        gone = "the WebSocket ended without a close frame"
        return ("error", gone) if socket.ended_s else None
    side = "client" if socket.closed_by_client else "server"
    reason = f": {socket.close_reason}" if socket.close_reason else ""
    detail = f"closed by the {side} with code {socket.close_code}{reason}"
    if socket.close_code in NORMAL_CLOSE:
        return "complete", detail
    return "client_abort" if socket.closed_by_client else "server_abort", detail


def _ended_by(ended_s: object, at_s: object) -> bool:
    if not isinstance(ended_s, int | float) or not isinstance(at_s, int | float):
        return False
    return ended_s <= at_s
