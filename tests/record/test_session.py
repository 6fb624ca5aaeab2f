"""`streamscope record` as a user runs it: what it says, how it ends, what it leaves."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pseudo import Screen

from analyzer.importers import read_capture
from analyzer.model import CaptureEnd, StreamscopeError
from analyzer.record.addresses import UsageError
from analyzer.record.proxy import ProxyOptions
from analyzer.record.session import Recording, check, check_out

STREAMSCOPE = [sys.executable, "-P", "-c", "from analyzer.cli import main; main()"]
PATIENCE_S = 60.0


class Events(BaseHTTPRequestHandler):
    """Three events at /stream; at /page a page whose script asks for them."""

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/page":
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b'<script>fetch("/stream").then(r => r.text())</script>')
            return
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for word in (b"one", b"two", b"three"):
            self.wfile.write(b"data: " + word + b"\n\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on standard error."""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Events) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def confdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("conf")


@pytest.fixture
def command(tmp_path: Path, confdir: Path) -> list[str]:
    """The command with a free port, a CA of its own, and its output in ``tmp_path``."""
    out = str(tmp_path / "first.jsonl")
    return [*STREAMSCOPE, "record", "--listen", "0", "--out", out, "--set", f"confdir={confdir}"]


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """Chromium puts a socket into TMPDIR, and aborts if its path exceeds 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="ss-") as path:
        yield Path(path)


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """TMPDIR is where a browser's profile would be left."""
    return {**os.environ, "TMPDIR": str(tmp_path), **more}


@contextlib.contextmanager
def start(command: list[str], tmp_path: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    """The running command; killed when the test's patience ends, so that no read waits on."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(tmp_path, **more),
    )
    watchdog = threading.Timer(PATIENCE_S, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """Read lines until one matches; whatever the process says first is in the failure."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(pattern, line):
            return found
    pytest.fail(f"no {pattern!r} in:\n{''.join(said)}")


def fetch(url: str, proxy: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy}))
    with opener.open(url, timeout=PATIENCE_S) as response:
        body: bytes = response.read()
    return body


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_says_how_to_use_it_and_what_passed_and_ends_well(
    command: list[str], tmp_path: Path, service: str, number: signal.Signals
) -> None:
    with start(command, tmp_path) as process:
        read_until(process, r"^Recording to .*first\.jsonl; Ctrl-C ends it$")
        proxy = read_until(process, r"^Browser: set (http://127\.0\.0\.1:\d+) as its proxy")[1]
        read_until(process, r"^Trust:   import \S+-cert\.pem, or see http://mitm\.it there$")
        body = fetch(f"{service}/stream?x=1", proxy)
        read_until(process, r"^ +\d+\.\d{3} s  #1 open: h1 127\.0\.0\.1:\d+/stream$")
        read_until(process, r"^ +\d+\.\d{3} s  #1 done: 3 events")
        process.send_signal(number)
        path = tmp_path / "first.jsonl"
        read_until(
            process,
            rf"^{path}: 1 stream, 3 events, 0 other exchanges\. Next: streamscope report {path}$",
        )

        assert process.wait(PATIENCE_S) == 0
    assert body == b"data: one\n\ndata: two\n\ndata: three\n\n"
    assert isinstance(list(read_capture(path))[-1], CaptureEnd)


@pytest.fixture
def screen(command: list[str], tmp_path: Path) -> Iterator[Screen]:
    env = environment(tmp_path, TERM="xterm", COLUMNS="100", LINES="24", NO_COLOR="1")
    with contextlib.closing(Screen(command, env)) as screen:
        yield screen


def test_a_terminal_shows_the_streams_until_q_is_pressed_twice(
    screen: Screen, service: str, tmp_path: Path
) -> None:
    """As long as nothing passed it says how to use it, for the screen is taken over."""
    before = screen.settings()
    proxy = screen.read_until(r"no event stream yet[^#]*Browser: set (http://127\.0\.0\.1:\d+)")[1]
    fetch(f"{service}/stream?x=1", proxy)
    screen.read_until(r"1 h1 127\.0\.0\.1:\d+/stream\s+done\s+–\s+3")
    screen.type(b"\r")
    screen.read_until(r"1 +\d\.\d{3} s +\S+( ms)? +message +two")
    screen.type(b"q")
    screen.read_until("connections  ")
    screen.type(b"q")
    screen.read_until("q again ends the recording")
    screen.type(b"q")
    screen.read_until("Next: streamscope report")

    assert screen.process.wait(PATIENCE_S) == 0
    assert screen.settings() == before
    assert isinstance(list(read_capture(tmp_path / "first.jsonl"))[-1], CaptureEnd)


def fake_browser(tmp_path: Path, script: str) -> str:
    path = tmp_path / "browser"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_closing_the_browser_ends_the_recording(command: list[str], tmp_path: Path) -> None:
    mine = fake_browser(tmp_path, "exit 0")
    arguments = [*command, "--browser", "--headless", "http://chat.example"]
    with start(arguments, tmp_path, STREAMSCOPE_BROWSER=mine) as process:
        read_until(process, rf"^Browser: {mine}, with a profile of its own")
        read_until(process, "nothing was recorded; did the browser use the proxy")

        assert process.wait(PATIENCE_S) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"browser", "first.jsonl"}


def test_a_browser_that_fails_ends_it_with_its_words(command: list[str], tmp_path: Path) -> None:
    mine = fake_browser(tmp_path, "echo broken; exit 5")
    arguments = [*command, "--browser", "--headless"]
    with start(arguments, tmp_path, STREAMSCOPE_BROWSER=mine) as process:
        read_until(process, rf"^streamscope: {mine} ended with an error \(exit 5\).*: broken;")

        assert process.wait(PATIENCE_S) == 1


@pytest.mark.browser
def test_nothing_is_left_when_it_is_killed(
    command: list[str], tmp_path: Path, short_tmp: Path, service: str, browser_path: Path
) -> None:
    """SIGKILL leaves no chance to tidy up: the proxy and the browser's guard see to it."""
    arguments = [*command, "--browser", "--headless", f"{service}/page"]
    with start(arguments, short_tmp, STREAMSCOPE_BROWSER=str(browser_path)) as process:
        read_until(process, r"#\d+ done: 3 events")
        before = running(tmp_path, short_tmp)
        process.kill()
    eventually(lambda: not running(tmp_path, short_tmp))
    eventually(lambda: not list(short_tmp.iterdir()))

    assert any("mitmdump" in line for line in before)
    assert any("--user-data-dir" in line for line in before)
    assert isinstance(list(read_capture(tmp_path / "first.jsonl"))[-1], CaptureEnd)


def running(*directories: Path) -> list[str]:
    """Command lines of processes that have to do with one of the directories."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True
    )
    lines = listed.stdout.splitlines()
    return [line for line in lines if any(str(place) in line for place in directories)]


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["--http3", "chat.example"], 2, "an origin looks like https://chat.example"),
        (["--listen", "nowhere"], 2, "an address to listen on looks like 127.0.0.1:8080"),
        (["http://chat.example"], 2, "a URL is opened by --browser"),
        (["--mode", "sideways"], 1, "Invalid proxy mode specification: sideways"),
        (["--out", "/no/such/place/x.jsonl"], 2, "/no/such/place is no directory"),
        (["--out", __file__], 2, "captures are never overwritten: name another --out"),
        (["--set", "stream_host=x"], 1, "neither mitmproxy nor the recorder has 'stream_host'"),
        (["--browser"], 2, "STREAMSCOPE_BROWSER is '/nowhere', which is no executable"),
    ],
)
def test_bad_input_gets_a_sentence(
    command: list[str], tmp_path: Path, arguments: list[str], status: int, sentence: str
) -> None:
    env = environment(tmp_path, STREAMSCOPE_BROWSER="/nowhere")
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, env=env, timeout=PATIENCE_S
    )

    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == status


@pytest.mark.parametrize(
    ("modes", "headless", "sentence"),
    [
        (("socks5",), True, "--browser needs the explicit proxy"),
        (("socks5", "regular@9"), False, "no display for the browser"),
    ],
)
def test_a_browser_that_cannot_open_is_told_before_anything_starts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    modes: tuple[str, ...],
    headless: bool,
    sentence: str,
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    options = ProxyOptions(out=tmp_path / "x.jsonl", modes=modes)

    with pytest.raises(StreamscopeError, match=sentence):
        check(Recording(options, Path("/bin/false"), headless))


def test_a_directory_without_permission_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked of the system, not tried: a test may run as root, who may write anywhere."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    with pytest.raises(UsageError, match=f"{tmp_path} is not writable"):
        check_out(tmp_path / "x.jsonl")
