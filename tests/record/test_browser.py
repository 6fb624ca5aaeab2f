"""The browser is found where it is, and its flags lead to the proxy alone."""

import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from analyzer.record import browser
from analyzer.record.addresses import Http3Route, Origin, UsageError

ROUTES = (
    Http3Route(Origin("chat.example", 443), 9444),
    Http3Route(Origin("localhost", 8443), 9445),
)


def executable(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def path_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH, and no browser anywhere else."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(browser.OVERRIDE, raising=False)
    monkeypatch.setattr(browser, "PLACES", (str(tmp_path / "Apps" / "Google Chrome"),))
    return tmp_path


def test_chromium_comes_before_chrome_on_the_path(path_dir: Path) -> None:
    executable(path_dir / "google-chrome")
    chromium = executable(path_dir / "chromium")

    assert browser.find() == chromium


def test_the_usual_places_come_after_the_path(path_dir: Path) -> None:
    (path_dir / "Apps").mkdir()
    placed = executable(path_dir / "Apps" / "Google Chrome")

    assert browser.find() == placed


def test_the_environment_decides_before_all(
    path_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(path_dir / "chromium")
    mine = executable(path_dir / "mine")
    monkeypatch.setenv(browser.OVERRIDE, str(mine))

    assert browser.find() == mine


def test_an_environment_that_names_nothing_is_an_error(
    path_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Falling back to another browser would not be what was asked for."""
    executable(path_dir / "chromium")
    monkeypatch.setenv(browser.OVERRIDE, "/nowhere/chrome")

    with pytest.raises(UsageError, match="STREAMSCOPE_BROWSER is '/nowhere/chrome'"):
        browser.find()


def test_where_there_is_none_the_sentence_says_what_to_install(path_dir: Path) -> None:
    assert browser.find() is None
    with pytest.raises(browser.BrowserError, match="no Chromium or Chrome found: install"):
        browser.require()


def test_a_plain_browser_sends_everything_to_the_proxy_and_trusts_it() -> None:
    flags = browser.browser_flags("http://127.0.0.1:8080", (), "AAAA=", Path("/tmp/p"))

    assert flags[:3] == [
        "--proxy-server=http://127.0.0.1:8080",
        "--proxy-bypass-list=<-loopback>",
        "--ignore-certificate-errors-spki-list=AAAA=",
    ]
    assert "--user-data-dir=/tmp/p" in flags
    assert not any(
        flag.startswith(("--host-resolver", "--origin-to", "--headless")) for flag in flags
    )


def test_routes_leave_the_proxy_and_lead_to_their_listeners() -> None:
    """The bypass rules stand after <-loopback>: later rules win."""
    flags = browser.browser_flags("http://127.0.0.1:8080", ROUTES, "AAAA=")

    assert "--proxy-bypass-list=<-loopback>;chat.example:443;localhost:8443" in flags
    assert (
        "--host-resolver-rules=MAP chat.example:443 127.0.0.1:9444,"
        "MAP localhost:8443 127.0.0.1:9445"
    ) in flags
    assert "--origin-to-force-quic-on=chat.example:443,localhost:8443" in flags
    assert not any(flag.startswith("--user-data-dir") for flag in flags)


def test_http3_that_is_not_forced_waits_for_the_proxys_announcement() -> None:
    """The proxy announces its own port; naming another lets QUIC trust it and forces nothing."""
    flags = browser.browser_flags("http://127.0.0.1:8080", ROUTES[:1], "AAAA=", force_http3=False)

    assert (
        "--host-resolver-rules=MAP chat.example:443 127.0.0.1:9444,MAP chat.example:9444 127.0.0.1"
    ) in flags
    assert "--origin-to-force-quic-on=chat.example:1" in flags
    assert "--enable-quic" in flags


@pytest.mark.parametrize("uid", [0, 1000])
def test_only_root_goes_without_the_sandbox(uid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    flags = browser.browser_flags("http://127.0.0.1:8080")

    assert ("--no-sandbox" in flags) == (uid == 0)


@pytest.mark.parametrize(
    ("platform", "variable", "opens"),
    [
        ("linux", None, False),
        ("linux", "DISPLAY", True),
        ("linux", "WAYLAND_DISPLAY", True),
        ("darwin", None, True),
    ],
)
def test_on_linux_a_window_needs_a_display(
    platform: str, variable: str | None, opens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, ":1")

    expected = nullcontext() if opens else pytest.raises(browser.BrowserError, match="no display")
    with expected:
        browser.require_display()


def test_a_browser_that_fails_is_quoted_and_leaves_no_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    script = tmp_path / "browser"
    script.write_text('#!/bin/sh\necho "cannot open display" >&2\nexit 5\n')
    script.chmod(0o755)
    with browser.open_browser(script, "http://127.0.0.1:8080", headless=True) as opened:
        opened.wait(30)

        assert str(opened.failure()) == (
            f"{script} ended with an error (exit 5), its last words: cannot open display; "
            "start it by itself to see more"
        )
    assert list(tmp_path.iterdir()) == [script]


@pytest.mark.browser
def test_a_real_browser_opens_and_leaves_nothing(
    browser_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with browser.open_browser(browser_path, "http://127.0.0.1:9", headless=True) as opened:
        (profile,) = tmp_path.iterdir()
        while not (profile / "Default").exists():
            assert not opened.wait(0.05), opened.failure()

    assert opened.exit_code() is not None
    assert list(tmp_path.iterdir()) == []
