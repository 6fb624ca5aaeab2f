"""The demonstration from start to end: lab, proxy, a user of both protocols, capture, figures."""

import contextlib
import importlib.util
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import msgspec

from analyzer.demo import clients, script
from analyzer.lab.options import LabOptions
from analyzer.lab.process import LabProcess
from analyzer.model import StreamscopeError
from analyzer.record import browser
from analyzer.record.addresses import parse_origin
from analyzer.record.proxy import ProxyOptions, start_proxy


class DemoFiles(msgspec.Struct, frozen=True):
    """What a demonstration leaves; ``driver`` names what played the user."""

    capture: Path
    database: Path
    report: Path
    page: Path
    truth: Path
    driver: str


def record_demo(
    directory: Path,
    say: Callable[[str], None],
    *,
    with_browser: bool = True,
    time_scale: float = 1.0,
) -> DemoFiles:
    """Record a session of the lab into ``directory``; the analysis is still to be made.

    The lab, the proxy and the browser end however this ends. ``say`` is told each step.
    ``time_scale`` stretches the lab's answers: 0.1 is ten times faster.

    Raises:
        StreamscopeError: something did not start, with its sentence.
        KeyboardInterrupt: also on SIGTERM.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StreamscopeError(
            f"{directory}: cannot be made ({error.strerror}); name another --out"
        ) from error
    capture, truth = directory / "capture.jsonl", directory / "truth.jsonl"
    if capture.exists():
        raise StreamscopeError(f"{capture} exists, and is not overwritten; name another --out")
    with contextlib.ExitStack() as opened:
        opened.enter_context(_sigterm_interrupts())
        private = Path(
            opened.enter_context(
                tempfile.TemporaryDirectory(prefix="streamscope-demo-", ignore_cleanup_errors=True)
            )
        )
        say("starting the lab: a chat service with 5,000 conversations")
        options = LabOptions(
            truth_log=truth.resolve(),
            time_scale=time_scale,
            access_lifetime_s=max(script.ACCESS_LIFETIME_S * time_scale, script.LEAST_LIFETIME_S),
            list_index=False,  # so that depth costs something with so few rows already
        )
        lab = opened.enter_context(LabProcess(options)).address
        say(f"starting the proxy with the recorder in front of {lab.url}")
        proxy = opened.enter_context(
            start_proxy(
                ProxyOptions(
                    out=capture,
                    listen_port=0,
                    http3=(parse_origin(lab.url),),
                    hosts=("localhost",),  # not the browser's own calls home
                    settings=(f"ssl_verify_upstream_trusted_ca={lab.ca_path}",),
                    confdir=private / "proxy",
                )
            )
        )
        executable = browser.find() if with_browser else None
        if executable is not None and importlib.util.find_spec("playwright") is not None:
            from analyzer.demo import chromium

            driver = chromium.drive(executable, lab, proxy, private, say)
        else:
            why = "no Chromium or Chrome here" if with_browser else "no browser, as asked"
            say(f"{why}: real HTTP/2 and HTTP/3 clients take its place")
            clients.drive(lab, proxy, say)
            driver = clients.NAME
        say("closing the capture")
    return DemoFiles(
        capture=capture,
        database=directory / "capture.db",
        report=directory / "report.json",
        page=directory / "report.html",
        truth=truth,
        driver=driver,
    )


@contextlib.contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM unwind as Ctrl-C does, so that everything is closed."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
