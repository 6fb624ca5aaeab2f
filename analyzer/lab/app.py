"""The ASGI application: every request gets an id, an endpoint and a line in the truth log."""

from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from analyzer.lab.exchange import Exchange
from analyzer.lab.peer import Peer
from analyzer.lab.routes import make_routes
from analyzer.lab.service import Service


class LabApplication:
    """Streams send past this wrapping (see `Exchange.send`) and log themselves."""

    def __init__(self, service: Service) -> None:
        self._truth = service.truth
        self._inner = Starlette(routes=make_routes(service))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        exchange = Exchange(scope, send, self._truth)

        async def logging_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                name = (b"x-request-id", exchange.request_id.encode())
                message["headers"] = [*message.get("headers", ()), name]
                exchange.log(message["status"])
            await send(message)

        try:
            await self._inner(scope, receive, logging_send)
        except (AssertionError, ValueError):  # aioquic's answers to writes on an aborted stream
            if not Peer(send).has_gone():
                raise
