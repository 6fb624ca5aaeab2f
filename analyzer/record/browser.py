"""Find Chromium or Chrome, and open it pointed at the proxy with a profile of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from analyzer.model import StreamscopeError
from analyzer.record import child
from analyzer.record.addresses import Http3Route, UsageError
from analyzer.record.guard import TERM_DEADLINE_S

OVERRIDE = "STREAMSCOPE_BROWSER"
"""Environment variable that names the browser's executable."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""Executables on PATH, in order of preference."""

PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "~/Applications/Chromium.app/Contents/MacOS/Chromium",
    "~/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/usr/lib/chromium/chromium",
    "/opt/google/chrome/chrome",
    "/snap/bin/chromium",
)
"""Where installers put it outside PATH."""

STOP_DEADLINE_S = TERM_DEADLINE_S + 4.0
"""How long the guard may take to end the browser and remove its profile."""


class BrowserError(StreamscopeError):
    """No browser, or one that does not start."""


def find() -> Path | None:
    """Chromium's or Chrome's executable, None where there is none.

    Raises UsageError if STREAMSCOPE_BROWSER names something that cannot be run.
    """
    if named := os.environ.get(OVERRIDE):
        if found := shutil.which(named):
            return Path(found)
        raise UsageError(f"{OVERRIDE} is {named!r}, which is no executable: correct or unset it")
    for candidate in (*NAMES, *(str(Path(place).expanduser()) for place in PLACES)):
        if found := shutil.which(candidate):
            return Path(found)
    return None


def require() -> Path:
    """As `find`, but raises BrowserError with what to install."""
    if found := find():
        return found
    install = {
        "darwin": "install Google Chrome, or Chromium with `brew install --cask chromium`",
        "linux": "install it, on Debian and Ubuntu with `sudo apt install chromium`",
    }.get(sys.platform, "install one of them")
    raise BrowserError(
        f"no Chromium or Chrome found: {install}, or set {OVERRIDE} to its executable"
    )


def require_display() -> None:
    """Raise BrowserError where a window has nowhere to open.

    Only Linux and the BSDs name the display in the environment.
    """
    if sys.platform in ("darwin", "win32", "cygwin"):
        return
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        raise BrowserError(
            "no display for the browser (DISPLAY and WAYLAND_DISPLAY are not set): run this "
            "in a desktop session, or leave --browser out and point your own at the proxy"
        )


def runs_as_root() -> bool:
    """Whether Chromium would refuse to start with its sandbox."""
    return os.geteuid() == 0


def browser_flags(
    proxy: str,
    http3_routes: Sequence[Http3Route] = (),
    spki: str = "",
    profile: Path | None = None,
    *,
    force_http3: bool = True,
    headless: bool = False,
) -> list[str]:
    """Flags that make Chromium speak to our proxy alone, and trust it.

    ``proxy`` is the explicit proxy's URL. ``spki`` (`public_key.spki_hash`) stands for an
    installed certificate. Without ``profile`` the caller sets the profile directory
    itself, as Playwright insists on doing; the certificate flag needs one.

    An origin in ``http3_routes`` is taken off the proxy, because a proxied origin never
    speaks QUIC; its name then leads to the proxy's own listener, and QUIC is forced. Without
    ``force_http3`` the browser goes over by itself, once the service's ``Alt-Svc`` announces it.
    """
    # Later rules win. "<-loopback>" sends localhost through the proxy too, which
    # Chromium would otherwise never do.
    bypass = ["<-loopback>", *(_authority(route) for route in http3_routes)]
    flags = [
        f"--proxy-server={proxy}",
        f"--proxy-bypass-list={';'.join(bypass)}",
        f"--ignore-certificate-errors-spki-list={spki}",
        "--no-first-run",
        "--no-default-browser-check",
        # The browser's own calls home would stand in every capture.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-domain-reliability",
    ]
    if http3_routes:
        flags += _http3_flags(http3_routes, force=force_http3)
    if profile is not None:
        flags.append(f"--user-data-dir={profile}")
    if runs_as_root():
        flags.append("--no-sandbox")
    if headless:
        flags.append("--headless=new")
    return flags


def _http3_flags(routes: Sequence[Http3Route], *, force: bool) -> list[str]:
    rules = [f"MAP {_authority(r)} 127.0.0.1:{r.listen_port}" for r in routes]
    quic = [_authority(route) for route in routes]
    if not force:
        # The proxy announces its own port in the service's place. Chromium speaks QUIC only to
        # certificates of well-known authorities, or to hosts that are named here: another port
        # lets it trust the proxy, and forces nothing.
        rules += [f"MAP {r.origin.host}:{r.listen_port} 127.0.0.1" for r in routes]
        quic = [f"{route.origin.host}:1" for route in routes]
    return [
        f"--host-resolver-rules={','.join(rules)}",
        f"--origin-to-force-quic-on={','.join(quic)}",
        *([] if force else ["--enable-quic"]),
    ]


def _authority(route: Http3Route) -> str:
    return f"{route.origin.host}:{route.origin.port}"


class Browser:
    """An open browser; a context manager that closes it and removes its profile.

    `analyzer.record.guard` stands between: the browser ends and the profile goes even when
    this process is killed.
    """

    def __init__(self, executable: Path, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the guard needs a pipe to its owner and one for its output")
        self._executable = executable
        self._process = process
        self._tether = process.stdin
        self._output = child.OutputTail(process.stdout)

    def exit_code(self) -> int | None:
        """None while the browser is open."""
        return self._process.poll()

    def wait(self, timeout_s: float) -> bool:
        """Whether the browser has ended within ``timeout_s``."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def failure(self) -> BrowserError:
        """What to say of a browser that ended with an error."""
        self._output.join(1.0)
        lines = self._output.lines() or ["none"]
        # Chromium says much after the one line that matters.
        said = next((line for line in lines if ":FATAL:" in line), lines[-1])
        return BrowserError(
            f"{self._executable} ended with an error (exit {self.exit_code()}), its last words: "
            f"{said}; start it by itself to see more"
        )

    def close(self) -> None:
        """End the browser and remove its profile. Doing so again is harmless."""
        self._tether.close()
        if not self.wait(STOP_DEADLINE_S):
            child.end(self._process, 1.0)
        self._output.join(1.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_browser(
    executable: Path,
    proxy: str,
    http3_routes: Sequence[Http3Route] = (),
    spki: str = "",
    url: str = "about:blank",
    *,
    force_http3: bool = True,
    headless: bool = False,
) -> Browser:
    """Open ``url`` in a browser whose fresh profile knows nothing but the proxy."""
    profile = Path(tempfile.mkdtemp(prefix="streamscope-browser-"))
    flags = browser_flags(
        proxy, http3_routes, spki, profile, force_http3=force_http3, headless=headless
    )
    guard = [sys.executable, "-P", "-m", "analyzer.record.guard", str(profile)]
    process = subprocess.Popen(
        [*guard, str(executable), *flags, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # A terminal's Ctrl-C is for this process, which then closes the browser in order.
        start_new_session=True,
    )
    return Browser(executable, process)
