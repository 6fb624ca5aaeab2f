"""A capture played again inside mitmproxy: the page from the service, its API from the capture.

    mitmdump -s "$(streamscope addon-path replay)" --set streamscope_replay=capture.jsonl

For a browser that keeps the real origin. What mitmproxy is given as a response it sends at
once; so a request that the capture has is sent on to a listener of our own (`addons.understudy`),
which answers chunk by chunk at the recorded times. All else goes to the service untouched.
"""

import asyncio
import functools
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mitmproxy import ctx, exceptions, http
from mitmproxy.addonmanager import Loader
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

logger = logging.getLogger(__name__)

try:
    from addons import quic_faults
    from addons.casting import Casting
    from addons.deferred import refusal, take_deferred
    from addons.understudy import Understudy
    from analyzer.model import StreamscopeError
    from analyzer.replay.contents import Contents
    from analyzer.replay.faults import Fault, parse_cut, parse_stall
    from analyzer.replay.loading import load_script
    from analyzer.replay.matching import Match, Miss
    from analyzer.replay.requests import STRICTNESSES, Strictness
    from analyzer.replay.schedule import Tempo
    from analyzer.report.plain import printable
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] not in (
        "addons",
        "analyzer",
        "hypercorn",
    ):
        raise
    MISSING = error.name
else:
    MISSING = ""

NOT_INSTALLED = (
    "the replay needs streamscope with its lab extra in the Python that runs mitmproxy "
    f"({sys.executable}), and {{}} is not there: install streamscope[lab] in it"
)

OPTION = "streamscope_replay"
FASTEST = 1_000_000.0
MISSES_SHOWN = 50
"""Requests that went to the service and are named in the log; the others are counted."""


def never_raising[**P](hook: Callable[P, None]) -> Callable[P, None]:
    """Whatever happens in here, the request goes on, to the service if need be."""

    @functools.wraps(hook)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            hook(*args, **kwargs)
        except Exception as fault:  # The message could quote the traffic.
            logger.warning(
                f"streamscope: fault in the {hook.__name__} hook: {type(fault).__name__}"
            )

    return guarded


class Replay:
    """mitmproxy's hooks."""

    name = OPTION

    def __init__(self) -> None:
        self._performance: Performance | None = None
        self._refused = False
        self._runs = False

    def load(self, loader: Loader) -> None:
        loader.add_option(
            OPTION,
            Sequence[str],
            [],
            "Captures that streamscope answers requests from, with their recorded timing. "
            "Requests that they don't have go to the service.",
        )
        loader.add_option(
            f"{OPTION}_all",
            bool,
            False,
            "Answer from the capture whatever it has: documents, scripts, styles, images and what "
            "gives out credentials too. Off: these come from the service.",
        )
        loader.add_option(
            f"{OPTION}_speed",
            str,
            "1.0",
            "How fast: 2 is twice as fast as recorded, 0 waits for nothing.",
        )
        loader.add_option(
            f"{OPTION}_match",
            str,
            "ids",
            "When a request is a recorded one: if it is byte by byte (exact), but for identifiers "
            "and moments (ids), or in method and path alone (path).",
            choices=STRICTNESSES,
        )
        loader.add_option(
            f"{OPTION}_loop",
            bool,
            False,
            "After the last recorded answer to a request comes the first again.",
        )
        loader.add_option(
            f"{OPTION}_stall",
            Sequence[str],
            [],
            "Put pauses into every stream: 3s@2 is 3 s before event 2, 500ms@1.5s half a second "
            "1.5 s after the request.",
        )
        loader.add_option(
            f"{OPTION}_cut",
            Sequence[str],
            [],
            "Break every stream off: @5 before event 5, @5s 5 s after the request.",
        )
        self._refused = not take_deferred(loader.master.options)
        quic_faults.mend()

    def configure(self, updated: set[str]) -> None:
        if self._runs and any(name.startswith(OPTION) for name in updated):
            self._begin()

    def running(self) -> None:
        if self._refused:
            return
        self._runs = True
        try:
            self._begin()
        except exceptions.OptionsError as error:
            # Errors during start make mitmproxy's programs say them and exit.
            logger.error(f"streamscope: {error}")

    def done(self) -> None:
        self._end()

    def _begin(self) -> None:
        """Play what the options say. Raises OptionsError where that can't be done."""
        options: Any = ctx.options
        try:
            made = Performance(options) if getattr(options, OPTION) else None
        except (StreamscopeError, OSError) as error:
            raise refusal(str(error)) from error
        self._end()
        self._performance = made
        if made is not None and options.connection_strategy != "lazy":
            # A service that can't be reached would end the request before it is looked at.
            options.update(connection_strategy="lazy")

    def _end(self) -> None:
        performance, self._performance = self._performance, None
        if performance is not None:
            performance.end()

    async def server_connect(self, data: ServerConnectionHookData) -> None:
        """Refuse a name that nobody knows, as offline: over UDP mitmproxy would wait for ever."""
        server = data.server
        if self._performance and server.transport_protocol == "udp" and server.address:
            try:
                await asyncio.get_running_loop().getaddrinfo(*server.address[:2])
            except (OSError, UnicodeError):
                server.error = (
                    f"the capture does not have this request, and the service at "
                    f"{server.address[0]} can't be found"
                )

    @never_raising
    def server_connected(self, data: ServerConnectionHookData) -> None:
        if self._performance:
            self._performance.understudy.connected(data)

    @never_raising
    def request(self, flow: http.HTTPFlow) -> None:
        if self._performance and flow.live and not flow.response and not flow.error:
            self._performance.request(flow)

    @never_raising
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        if self._performance:
            recorded = self._performance.understudy.restore(flow)
            # The recorder has set it if it was first, and takes this one's place if it is later.
            if recorded and recorded.streamed and flow.response and not flow.response.stream:
                flow.response.stream = True

    @never_raising
    def error(self, flow: http.HTTPFlow) -> None:
        if self._performance:
            self._performance.understudy.restore(flow)


class Performance:
    """One playing of the captures: what is in them, who is answered with it, and how often."""

    def __init__(self, options: Any) -> None:
        """As the options say. Raises StreamscopeError, or OptionsError if one makes no sense."""
        speed, strictness = _speed(options), _strictness(options)
        faults = _faults(options)
        paths = [Path(path).expanduser() for path in getattr(options, OPTION)]
        self._contents = Contents()
        script = load_script(paths, self._contents)
        for problem in script.problems:
            logger.info(f"streamscope: {problem.place}: {problem.detail}")
        self._casting = Casting(
            script,
            self._contents,
            strictness,
            everything=getattr(options, f"{OPTION}_all"),
            loop=getattr(options, f"{OPTION}_loop"),
        )
        self.understudy = Understudy(self._contents, Tempo(speed), faults)
        self._answered = self._passed = 0
        logger.info(
            f"streamscope replays {self._casting.exchanges} of {len(script.exchanges)} exchanges"
        )

    def request(self, flow: http.HTTPFlow) -> None:
        """Send it on to where it is answered from the capture, if it is in there."""
        found = self._casting.find(flow)
        if isinstance(found, Match) and found.recorded.can_be_served:
            self._answered += 1
            self.understudy.redirect(flow, found.recorded)
        elif found is not None:
            self._passed += 1
            if self._passed <= MISSES_SHOWN:
                why = _why(found)
                logger.info(f"streamscope: {why}, goes to the service: {_shown(found)}")

    def end(self) -> None:
        logger.info(
            f"streamscope replayed {self._answered} answers; {self._passed} requests to "
            "recorded hosts went to the service, as the capture does not have them"
        )
        self.understudy.end(self._contents.close)


def _speed(options: Any) -> float:
    text: str = getattr(options, f"{OPTION}_speed")
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0 <= speed <= FASTEST:
        raise refusal(f"{OPTION}_speed is a number such as 1, 0.5 or 0, not {text!r}")
    return speed


def _strictness(options: Any) -> "Strictness":
    text: str = getattr(options, f"{OPTION}_match")
    for strictness in STRICTNESSES:  # mitmproxy offers choices, and takes anything
        if text == strictness:
            return strictness
    raise refusal(f"{OPTION}_match is one of {', '.join(STRICTNESSES)}, not {text!r}")


def _faults(options: Any) -> "tuple[Fault, ...]":
    stalls: list[str] = getattr(options, f"{OPTION}_stall")
    cuts: list[str] = getattr(options, f"{OPTION}_cut")
    return (*map(parse_stall, stalls), *map(parse_cut, cuts))


def _why(found: "Match | Miss") -> str:
    if isinstance(found, Match):
        return "the capture lacks the body"
    return "answered as often as recorded" if found.kind == "used_up" else "not in the capture"


def _shown(found: "Match | Miss") -> str:
    asked = found.recorded if isinstance(found, Match) else found.asked
    return f"{printable(asked.method, 20)} {printable(asked.path, 160)}"


if MISSING:
    logger.error(NOT_INSTALLED.format(MISSING))
    addons = []
else:
    addons = [Replay()]
