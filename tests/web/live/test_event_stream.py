"""The event stream over a socket, as a reader of lines sees it."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from live_serving import live_server
from synthetic import capture, write

from analyzer import journal
from analyzer.model import AnyRecord
from analyzer.web import live
from analyzer.web.live.feed import VIEWERS_LIMIT, LiveFeed

RECORDS = list(capture(turns=4, chunks=20))
HALF = len(RECORDS) // 2


@pytest.fixture
def growing(tmp_path: Path) -> Path:
    """A capture of which the first half is there."""
    return write(tmp_path / "it.jsonl", RECORDS[:HALF])


@pytest.fixture
def served(growing: Path) -> Iterator[tuple[str, LiveFeed]]:
    with live_server(growing) as found:
        yield found


def grow(path: Path, records: list[AnyRecord]) -> None:
    with path.open("ab") as file:
        file.writelines(map(journal.encode, records))


class Reader:
    """One viewer: asks, and reads event by event."""

    def __init__(self, page: str, query: str = "", last_id: str = "") -> None:
        address = urlsplit(page)
        self._connection = http.client.HTTPConnection(address.netloc, timeout=20)
        headers = {"last-event-id": last_id} if last_id else {}
        self._connection.request("GET", f"{address.path}/events{query}", headers=headers)
        self.answer = self._connection.getresponse()
        self.id = ""

    def next(self) -> tuple[str, Any]:
        """Name and data of the next event; an empty name at the end of the stream."""
        name, data = "", ""
        while line := self.answer.readline().decode():
            field, _, value = line.rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                data = value
            elif field == "id":
                self.id = value
            elif not field and name:
                return name, json.loads(data)
        return "", None

    def until(self, name: str) -> Any:
        """The data of the next event of that name."""
        while True:
            found, data = self.next()
            assert found, f"the stream ended before {name}"
            if found == name:
                return data

    def close(self) -> None:
        self.answer.close()
        self._connection.close()


def test_a_viewer_gets_everything_then_what_the_capture_brings_then_its_end(
    served: tuple[str, LiveFeed], growing: Path
) -> None:
    page, _ = served
    viewer = Reader(page)
    everything = viewer.until("snapshot")
    while not everything["streams"]:  # the feed had not read it yet
        everything = {"streams": viewer.until("streams")["rows"]}
    grow(growing, RECORDS[HALF:])
    changed = viewer.until("streams")
    ended = viewer.until("ended")
    viewer.close()

    assert viewer.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert viewer.answer.headers["cache-control"] == "no-store"
    assert everything["streams"][0]["exchange"] == 1
    assert changed["rows"][-1]["exchange"] == 7
    assert ended == {"what": "capture"}


def test_who_comes_back_goes_on_where_it_was(served: tuple[str, LiveFeed], growing: Path) -> None:
    page, _ = served
    viewer = Reader(page, "?stream=1")
    known = viewer.until("events")
    viewer.close()
    grow(growing, RECORDS[HALF:])

    again = Reader(page, "?stream=1", viewer.id)
    first, _ = again.next()
    again.close()

    assert known["exchange"] == 1
    assert known["whole"]
    assert first in ("capture", "streams", "connections")


def test_the_stream_ends_when_the_server_does(growing: Path) -> None:
    with live_server(growing) as (page, feed):
        viewer = Reader(page)
        viewer.until("snapshot")
        feed.close()
        said = viewer.until("ended")
        end = viewer.next()
        viewer.close()

    assert said == {"what": "server"}
    assert end == ("", None)


def test_a_viewer_that_does_not_read_holds_nobody_up(
    served: tuple[str, LiveFeed], growing: Path
) -> None:
    page, _ = served
    slow, quick = Reader(page), Reader(page)
    grow(growing, RECORDS[HALF:])
    ended = quick.until("ended")
    late = slow.until("ended")
    slow.close()
    quick.close()

    assert ended == late == {"what": "capture"}


def test_viewers_have_a_limit_and_leaving_makes_room(served: tuple[str, LiveFeed]) -> None:
    _, feed = served
    joined = [feed.join(number, lambda: None) for number in range(VIEWERS_LIMIT)]
    refused = feed.join(VIEWERS_LIMIT, lambda: None)
    feed.leave(0)

    assert all(joined)
    assert not refused
    assert feed.join(VIEWERS_LIMIT, lambda: None)


def test_a_file_that_is_no_capture_is_said_on_the_page(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are notes.\n")
    with live_server(path) as (page, _):
        viewer = Reader(page)
        told = viewer.until("snapshot")["capture"]
        while told["stage"] == "empty":
            told = viewer.until("capture")
        viewer.close()

    assert told["stage"] == "failed"
    assert "notes.txt" in told["problem"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_feed_that_fails_says_so_and_is_heard_of(
    growing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise PermissionError("nobody may read it any more")

    monkeypatch.setattr(LiveFeed, "_take", fail)
    with live.start(growing) as feed:
        feed._thread.join()
        messages, _ = feed.since(None, 0)

    told = str(messages)
    assert "stage='failed'" in told
    assert "following it failed: PermissionError: nobody may read it any more" in told


@pytest.mark.parametrize("name", ["live.html", "../live.js", "theme.css.txt", "secrets"])
def test_no_other_file_is_given(served: tuple[str, LiveFeed], name: str) -> None:
    address = urlsplit(served[0])
    connection = http.client.HTTPConnection(address.netloc, timeout=20)
    connection.request("GET", f"{address.path}/{name}")
    status = connection.getresponse().status
    connection.close()

    assert status == 404


def test_where_nothing_is_followed_the_page_says_how_to(
    served: tuple[str, LiveFeed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_feeds", [])
    address = urlsplit(served[0])
    connection = http.client.HTTPConnection(address.netloc, timeout=20)
    connection.request("GET", address.path)
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()

    assert answer.status == 404
    assert "streamscope serve --live CAPTURE.jsonl" in said
    assert "<script" not in said
