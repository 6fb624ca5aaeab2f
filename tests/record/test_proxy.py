"""The proxy is up when it says so, ends when it must, and says in a sentence why it can't."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.importers import read_capture
from analyzer.model import CaptureEnd, CaptureHead
from analyzer.record import proxy as record
from analyzer.record.addresses import Http3Route, Origin
from analyzer.record.ports import free_port
from analyzer.record.proxy import Listener, ProxyError, ProxyOptions, exposed, start_proxy


@pytest.fixture(scope="module")
def confdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One CA for the module: making one takes seconds."""
    return tmp_path_factory.mktemp("conf")


@pytest.fixture
def options(tmp_path: Path, confdir: Path) -> ProxyOptions:
    return ProxyOptions(out=tmp_path / "capture.jsonl", listen_port=0, confdir=confdir)


@pytest.fixture
def taken() -> Iterator[int]:
    """A loopback port that something listens on, TCP and UDP."""
    port = free_port()
    with (
        socket.create_server(("127.0.0.1", port)),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        udp.bind(("127.0.0.1", port))
        yield port


def connects(proxy_url: str) -> bool:
    host, _, port = proxy_url.removeprefix("http://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_started_proxy_listens_on_loopback_and_a_stopped_one_is_gone(
    options: ProxyOptions,
) -> None:
    with start_proxy(options) as proxy:
        url = proxy.url
        assert url is not None

        assert url.startswith("http://127.0.0.1:")
        assert connects(url)
        assert proxy.exit_code() is None
        assert exposed(proxy.listeners) == []
    assert proxy.exit_code() == 0
    assert not connects(url)


def test_the_capture_is_whole_after_a_stop(options: ProxyOptions) -> None:
    with start_proxy(options):
        pass
    records = list(read_capture(options.out))

    assert isinstance(records[0], CaptureHead)
    assert isinstance(records[-1], CaptureEnd)


def test_each_http3_origin_has_a_listener_for_quic_and_one_for_websockets(
    options: ProxyOptions,
) -> None:
    """A browser sends no WebSocket over QUIC, so the route has to answer on TCP too."""
    origins = (Origin("a.example", 443), Origin("b.example", 8443))
    with start_proxy(replace(options, http3=origins)) as proxy:
        one, other = (route.listen_port for route in proxy.routes)

        assert [route.origin for route in proxy.routes] == list(origins)
        assert [listener for listener in proxy.listeners if listener.mode != "regular"] == [
            Listener(
                f"reverse:https://a.example:443@127.0.0.1:{one}",
                (("127.0.0.1", one), ("127.0.0.1", one)),
            ),
            Listener(
                f"reverse:https://b.example:8443@127.0.0.1:{other}",
                (("127.0.0.1", other), ("127.0.0.1", other)),
            ),
        ]


def test_a_port_in_use_is_named_with_a_remedy(options: ProxyOptions, taken: int) -> None:
    with pytest.raises(ProxyError) as refused:
        start_proxy(replace(options, listen_port=taken))

    assert str(refused.value) == (
        f"127.0.0.1:{taken} is in use: end what listens there, or choose another port; "
        "--listen 0 takes any free one"
    )
    assert not options.out.exists()


def test_a_port_for_http3_that_was_taken_meanwhile_is_chosen_again(
    options: ProxyOptions, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = free_port()
    ports = iter([taken, free])
    monkeypatch.setattr(record, "free_port", lambda: next(ports))
    with start_proxy(replace(options, http3=(Origin("a.example", 443),))) as proxy:
        assert proxy.routes == (Http3Route(Origin("a.example", 443), free),)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"modes": ("sideways",)}, "Invalid proxy mode specification: sideways (unknown mode)"),
        ({"settings": ("listen_port=x",)}, "not an integer"),
        ({"modes": ("regular", "socks5")}, "Cannot spawn multiple servers on the same address"),
    ],
)
def test_what_mitmproxy_refuses_is_said_in_its_words(
    options: ProxyOptions, fields: dict[str, object], reason: str
) -> None:
    with pytest.raises(ProxyError) as refused:
        start_proxy(ProxyOptions(**{**vars(options), **fields}))

    message = str(refused.value)
    assert message.startswith("the proxy did not start: ")
    assert reason in message
    assert "\n" not in message


def test_what_is_set_takes_the_place_of_what_we_would_set(options: ProxyOptions) -> None:
    """mitmproxy refuses an option that is set twice."""
    settings = (f"confdir={options.confdir}", "termlog_verbosity=info", "flow_detail=1")
    with start_proxy(replace(options, settings=settings)) as proxy:
        assert any("listening at" in line for line in proxy.messages())


def test_a_recorder_that_cannot_begin_is_no_started_proxy(options: ProxyOptions) -> None:
    """A proxy that passes traffic on and records nothing would be found out too late."""
    options.out.write_text("somebody's notes\n")

    with pytest.raises(ProxyError, match=f"start: {options.out}: holds something already"):
        start_proxy(options)
    assert options.out.read_text() == "somebody's notes\n"


def test_a_setting_that_nobody_has_is_refused(options: ProxyOptions) -> None:
    """mitmproxy itself passes over a misspelt one in silence."""
    with pytest.raises(ProxyError) as refused:
        start_proxy(replace(options, settings=("stream_host=chat.example",)))

    assert str(refused.value) == (
        "--set stream_host=chat.example: neither mitmproxy nor the recorder has 'stream_host'"
    )
    assert not options.out.exists(), "it would stand in the way of the next try"


def test_a_proxy_that_ends_by_itself_is_noticed(options: ProxyOptions) -> None:
    with start_proxy(options) as proxy:
        os.kill(proxy.pid, signal.SIGKILL)
        proxy.stop()

        assert str(proxy.failure()).startswith("the proxy ended by itself (exit -9): ")


def test_a_proxy_whose_starter_is_killed_closes_its_capture_and_ends(
    options: ProxyOptions, confdir: Path
) -> None:
    code = (
        "import sys, time; from pathlib import Path; "
        "from analyzer.record.proxy import ProxyOptions, start_proxy; "
        "proxy = start_proxy(ProxyOptions(Path(sys.argv[1]), listen_port=0, "
        "confdir=Path(sys.argv[2]))); print(proxy.url, proxy.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(options.out), str(confdir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        url, pid = starter.stdout.readline().split()
        assert connects(url)
        starter.kill()
        wait_gone(int(pid))

    assert not connects(url)
    assert isinstance(list(read_capture(options.out))[-1], CaptureEnd)


def wait_gone(pid: int) -> None:
    """Wait until a process that is not our child has ended, reaped or not."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True).stdout
        if not state.strip() or state.startswith(b"Z"):
            return
        time.sleep(0.05)
    pytest.fail(f"process {pid} still runs")


def test_a_proxy_on_every_address_is_reached_on_loopback(options: ProxyOptions) -> None:
    """No browser need know that 0.0.0.0 can be connected to."""
    with start_proxy(options) as proxy:
        for host, url in (("0.0.0.0", "http://127.0.0.1:9"), ("::", "http://[::1]:9")):
            proxy.listeners = (Listener("regular@9", ((host, 9),)),)
            assert proxy.url == url


def test_where_other_machines_get_in_is_told() -> None:
    listeners = (
        Listener("regular", (("0.0.0.0", 8080), ("::", 8080))),
        Listener("regular@127.0.0.1:9", (("127.0.0.1", 9), ("::1", 9))),
        Listener("local", ()),
    )

    assert exposed(listeners) == ["0.0.0.0:8080", "[::]:8080"]


def test_the_addons_are_files_for_mitmproxy() -> None:
    for path in (record.addon_path(), record.addon_path("tether")):
        assert path.suffix == ".py"
        assert path.is_file()
