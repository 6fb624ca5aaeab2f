"""The addon itself: its options, and hooks that never raise."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import exceptions
from mitmproxy.test import taddons, tflow

from addons.exchanges import Exchanges
from addons.recorder import Recorder
from analyzer.importers import read_capture
from analyzer.model import CaptureEnd, CaptureHead, Lost, RequestHead

type Work = Callable[[Recorder, Any], Awaitable[None]]


def with_recorder(work: Work, saving: str = "", **options: object) -> None:
    """Run something with a recorder that is loaded and running, then end it."""

    async def run() -> None:
        recorder = Recorder()
        context: Any = taddons.context(recorder)  # type: ignore[no-untyped-call] # mitmproxy's
        with context:
            context.options.add_option("store_streamed_bodies", bool, False, "")
            context.options.add_option("save_stream_file", str, saving, "")
            context.configure(recorder, **options)
            recorder.running()
            await work(recorder, context)
            recorder.done()

    asyncio.run(run())


def records(path: Path) -> list[Any]:
    return list(read_capture(path))


HOOKS = (
    "requestheaders",
    "request",
    "responseheaders",
    "response",
    "error",
    "websocket_message",
    "websocket_end",
    "http_connect_error",
)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_fault_in_a_hook_is_written_down_and_goes_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: str
) -> None:
    out = tmp_path / "c.jsonl"

    def broken(*_: object) -> None:
        raise RuntimeError("quotes the traffic")

    for name in vars(Exchanges):
        if not name.startswith("_") and name != "busy":
            monkeypatch.setattr(Exchanges, name, broken)

    async def work(recorder: Recorder, _: Any) -> None:
        getattr(recorder, hook)(tflow.tflow(resp=True))

    with_recorder(work, streamscope_out=str(out))
    _, lost, end = records(out)
    assert isinstance(lost, Lost)
    assert (lost.what, lost.reason) == ("hook", f"fault in the {hook} hook: RuntimeError")
    assert isinstance(end, CaptureEnd)


def test_hooks_before_the_start_and_after_the_end_do_nothing(tmp_path: Path) -> None:
    """mitmproxy listens before it says that it runs, and closes connections after its end."""

    async def work(recorder: Recorder, _: Any) -> None:
        recorder.done()
        for hook in HOOKS:
            getattr(recorder, hook)(tflow.tflow(resp=True))

    with_recorder(work, streamscope_out=str(tmp_path / "c.jsonl"))
    recorder = Recorder()
    for hook in HOOKS:
        getattr(recorder, hook)(tflow.tflow(resp=True))

    assert len(records(tmp_path / "c.jsonl")) == 2


def test_options_are_fixed_while_it_records(tmp_path: Path) -> None:
    out = str(tmp_path / "c.jsonl")

    async def work(recorder: Recorder, context: Any) -> None:
        with pytest.raises(exceptions.OptionsError, match="recording already"):
            context.configure(recorder, streamscope_hosts=["other.example"])
        assert context.options.streamscope_hosts == []

    with_recorder(work, streamscope_out=out)


def test_the_capture_says_where_its_times_come_from_and_what_it_covers(tmp_path: Path) -> None:
    out = tmp_path / "c.jsonl"

    async def work(recorder: Recorder, _: Any) -> None:
        recorder.requestheaders(tflow.tflow())

    hosts = ["address", "*.example"]
    with_recorder(
        work, streamscope_out=str(out), streamscope_hosts=hosts, streamscope_content=False
    )
    head, *rest = records(out)

    assert isinstance(head, CaptureHead)
    assert (head.source, head.clock, head.redaction) == ("mitmproxy", "chunk", "shape")
    assert head.scope == ("address", "*.example")
    assert 1 <= head.resolution_ns <= 1000
    assert head.tool.startswith("streamscope ")
    assert [type(record) for record in rest if isinstance(record, RequestHead)] == [RequestHead]


@pytest.mark.parametrize(("saving", "kept"), [("", False), ("flows.mitm", True)])
def test_streamed_bodies_are_kept_by_mitmproxy_where_they_are_saved(
    tmp_path: Path, saving: str, kept: bool
) -> None:
    """Else a saved flow would have times and no bytes, and mitmweb nothing to show."""

    async def work(_: Recorder, context: Any) -> None:
        assert context.options.store_streamed_bodies is kept

    with_recorder(work, saving, streamscope_out=str(tmp_path / "c.jsonl"))
