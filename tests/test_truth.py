"""The whole path against the truth: lab → proxy → capture → analysis, by real Chromium.

Every kind of stream, in both forms and all content codings, over HTTP/2 and over HTTP/3. The
lab's truth log says what was sent when; the capture has to say the same.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lab_session import ask_all, staged
from playwright.sync_api import Page
from truth import SeenStream, SentStream, seen_streams, sent_streams, timing_error

from analyzer.analyze import analyze
from analyzer.importers import read_capture
from analyzer.lab.kinds import KINDS
from analyzer.lab.options import CODINGS, LabOptions
from analyzer.lab.truth import read_truth
from analyzer.model import Body, Exchange, Problem, Reads
from analyzer.report import build_report
from analyzer.report.as_json import report_json
from analyzer.report.figures import pick
from analyzer.report.terminal import print_report
from analyzer.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("truth")]

TIME_SCALE = 0.05
SLOWED = {"reset": 1.0}
"""A reset discards what is still under way (RFC 9000, section 3.3; RFC 9113, section 5.4.2):
the capture then holds a beginning of what was sent. One that comes with the head leaves nothing.
"""
FORMS = ("delta_v1", "cumulative")
WISHES: list[dict[str, Any]] = [
    {
        "kind": kind,
        "form": form,
        "encoding": coding,
        "seed": seed,
        "time_scale": SLOWED.get(kind, TIME_SCALE),
    }
    for seed, (kind, form, coding) in enumerate(product(KINDS, FORMS, CODINGS))
    # Every kind in every coding, and in both forms: half of all three together.
    if (kind != "long" or coding == "zstd") and (seed + seed // len(CODINGS)) % 2
]
ENDINGS = {name: name for name in ("complete", "error", "cut", "stopped", "handoff")}
"""The lab's word for how an answer ended, and ours."""


CREDENTIAL = re.compile(r"eyJ[\w.-]+")
FINGERPRINT = re.compile(r"cred:[0-9a-f]{16}\.*")

ENDED = "() => window.__lab.turns.length === 1 && window.__lab.turns[0].status !== 'streaming'"
COMING = "() => window.__lab.turns[0]?.reads.length > 5"


def ask_and_stop(page: Page, url: str) -> Any:
    """Ask on the chat page itself and press its stop button; what the page made of the turn."""
    page.goto(f"{url}?time_scale=1&kind=long")
    page.wait_for_function("window.__lab?.ready")
    page.locator("#composer").fill("At length, please.")
    page.locator("#composer").press("Enter")
    page.wait_for_function(COMING)
    page.locator("#stop").click()
    page.wait_for_function(ENDED)
    return page.evaluate("window.__lab.turns[0]")


@dataclass(frozen=True)
class Session:
    """One recorded session: what was sent, what the capture holds, what the page got."""

    protocol: str
    capture: Path
    sent: dict[str, SentStream]
    seen: dict[str, SeenStream]
    exchanges: list[Exchange]
    problems: list[Problem]
    page: Any

    def pairs(self) -> Iterator[tuple[SentStream, SeenStream]]:
        yield from ((sent, self.seen[name]) for name, sent in self.sent.items())


@pytest.fixture(
    scope="module",
    params=["h2", "h3"],
)
def session(
    request: pytest.FixtureRequest, browser_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Session:
    directory = tmp_path_factory.mktemp(request.param)
    options = LabOptions(time_scale=TIME_SCALE, conversations=100)
    with (
        staged(directory, options) as stage,
        stage.page(browser_path, http3=request.param == "h3") as page,
    ):
        outcome = ask_all(page, WISHES)
        outcome["stopped"] = ask_and_stop(page, stage.lab.url)
        outcome["cookies"] = [cookie.get("value", "") for cookie in page.context.cookies()]
    capture = directory / "capture.jsonl"
    sent = sent_streams(read_truth(directory / "truth.jsonl"))
    return Session(request.param, capture, sent, *seen_streams(capture), outcome)


def test_chromium_spoke_the_protocol_that_was_asked_for(session: Session) -> None:
    assert session.page["protocol"] == session.protocol
    assert {sent.begin.protocol for sent in session.sent.values()} == {session.protocol}
    versions = {
        (s.exchange.http_version, s.exchange.upstream_version) for s in session.seen.values()
    }
    assert versions == {
        {"h2": ("HTTP/2.0", "HTTP/2.0"), "h3": ("HTTP/3", "HTTP/3")}[session.protocol]
    }


def test_every_stream_of_the_service_is_in_the_capture_once(session: Session) -> None:
    assert len(session.sent) == len(WISHES) + 1
    assert session.seen.keys() == session.sent.keys()
    assert not session.problems


def test_the_rebuilt_texts_are_the_scripts_texts_exactly(session: Session) -> None:
    for sent, seen in session.pairs():
        turn = seen.exchange.turn
        assert turn is not None, sent.begin
        label = f"{sent.begin.kind} {sent.begin.form} {sent.begin.encoding}"
        if sent.begin.kind == "reset":
            assert sent.end.answer.startswith(turn.answer), label
            continue
        assert turn.answer == sent.end.answer, label
        assert turn.reasoning == sent.end.reasoning + sent.end.commentary, label
        assert turn.title == sent.end.title, label
        assert turn.status == ENDINGS[sent.end.outcome], label
        assert turn.conversation_id == sent.begin.conversation_id, label


def test_a_stopped_answer_is_what_the_page_showed(session: Session) -> None:
    page = session.page["stopped"]
    seen = session.seen[page["id"]].exchange

    assert page["status"] == "stopped"
    assert page["protocol"] == session.protocol
    assert seen.turn is not None
    assert seen.turn.status == "stopped"
    assert seen.turn.answer == page["text"] == session.sent[page["id"]].end.answer


def test_most_streams_that_are_reset_had_brought_something(session: Session) -> None:
    reset = [seen for sent, seen in session.pairs() if sent.begin.kind == "reset"]

    assert sum(bool(seen.events) for seen in reset) > len(reset) / 2


def test_every_event_that_was_sent_whole_was_seen_and_no_other(session: Session) -> None:
    for sent, seen in session.pairs():
        ends = [event.offset + event.size for event in seen.events]
        whole = sent.event_ends()
        assert ends == (whole[: len(ends)] if sent.begin.kind == "reset" else whole), sent.begin
        assert len(whole) == sent.end.events


def test_the_browser_got_the_very_bytes(session: Session) -> None:
    """What the page read is what the capture keeps, but for the credential that it hides."""
    kept: dict[int, bytes] = {}
    for record in read_capture(session.capture):
        if isinstance(record, Reads):
            kept[record.exchange] = kept.get(record.exchange, b"") + record.data
    for outcome in session.page["outcomes"]:
        sent = session.sent[outcome["id"]]
        whole = sent.end.how in ("complete", "cut")
        assert bool(outcome["error"]) != whole, (sent.begin.kind, outcome["error"])
        if whole:
            recorded = kept[session.seen[outcome["id"]].exchange.exchange]
            assert len(recorded) == sent.end.size, sent.begin
            # A cut body can end inside a character, which the page's decoder leaves out.
            shown = recorded.decode(errors="ignore")
            assert CREDENTIAL.sub("#", outcome["text"]) == FINGERPRINT.sub("#", shown), sent.begin


def test_no_arrival_is_before_its_send_and_gaps_are_kept(session: Session) -> None:
    error = timing_error(session.pairs())
    print(f"\n{session.protocol}: {error.summary()}")

    assert error.delays.min() >= 0
    assert np.percentile(error.gap_errors, 50) < 20e6
    assert np.percentile(error.gap_errors, 99) < 500e6


def test_no_credential_of_the_session_reached_the_disk(session: Session, tmp_path: Path) -> None:
    """Neither the capture nor anything that is made of it."""
    database = tmp_path / "made.db"
    figures = pick(analyze([session.capture], sink=Store(database)))
    printed = io.StringIO()
    print_report(build_report(figures), printed, width=200)
    records = list(read_capture(session.capture))
    kept = b"".join(record.data for record in records if isinstance(record, Reads | Body))
    written = [session.capture, *tmp_path.iterdir()]
    made = [kept, report_json(figures), printed.getvalue().encode()]
    everything = b"".join([*made, *(path.read_bytes() for path in written)])
    _, payload, signature = session.page["accessToken"].encode().split(b".")
    cookies = [value.encode() for value in session.page["cookies"]]

    assert b"resume_conversation_token" in kept, "the event itself is there"
    assert b"eyJ" not in kept, "and its credential, a JWT, is not"
    assert len(cookies[0]) > 100
    for secret in (payload, signature, *cookies):
        assert secret not in everything
