"""Credentials that end while they are in use: opaque ones, and streams that outlive theirs."""

import json
import time
from collections.abc import Iterator

import pytest
from lab_visitor import Visitor, visited_lab

from analyzer.lab.options import LabOptions, StreamsAtExpiry
from analyzer.lab.truth import CredentialLine, read_truth

both = pytest.mark.parametrize("protocol", ["h2", "h3"])


def visit(at_expiry: StreamsAtExpiry) -> Iterator[Visitor]:
    options = LabOptions(
        conversations=5,
        access_format="opaque",
        access_lifetime_s=1,
        streams_at_expiry=at_expiry,
        alt_svc=False,
    )
    with visited_lab(options) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def surviving() -> Iterator[Visitor]:
    yield from visit("survive")


@pytest.fixture(scope="module")
def cutting() -> Iterator[Visitor]:
    yield from visit("cut")


def refresh(visitor: Visitor) -> None:
    visitor.session = visitor.http.get("/api/auth/session").json()


def expired(visitor: Visitor, stream: str) -> CredentialLine:
    lines = read_truth(visitor.address.truth_path)
    (line,) = [line for line in lines if isinstance(line, CredentialLine) and line.stream == stream]
    return line


def test_an_opaque_credential_comes_with_its_lifetime(surviving: Visitor) -> None:
    time.sleep(1.0)
    refresh(surviving)
    fresh = surviving.http.get("/backend-api/conversations", headers=surviving.bearer)
    time.sleep(1.1)
    stale = surviving.http.get("/backend-api/conversations", headers=surviving.bearer)
    log = surviving.address.truth_path.read_text()

    assert surviving.session["expires_in"] == 1
    assert "." not in surviving.session["accessToken"]
    assert (fresh.status_code, stale.status_code) == (200, 401)
    assert stale.json()["detail"]["code"] == "token_expired"
    assert surviving.session["accessToken"] not in log


def test_a_made_up_opaque_credential_is_refused(surviving: Visitor) -> None:
    headers = {"authorization": "Bearer abcdef"}

    assert surviving.http.get("/backend-api/conversations", headers=headers).status_code == 401


@both
def test_a_stream_may_outlive_its_credential(surviving: Visitor, protocol: str) -> None:
    refresh(surviving)
    stream = surviving.ask(protocol, seed=4, time_scale=0.5)
    truth = surviving.truth(stream.id)
    line = expired(surviving, stream.id)

    assert (truth.ended.how, truth.ended.outcome) == ("complete", "complete")
    assert (line.what, line.kind, line.code) == ("expired_mid_stream", "access", "survive")
    assert truth.begun.mono_ns < line.mono_ns < truth.ended.mono_ns
    assert line.expires_at_s == pytest.approx(line.wall_ns / 1e9, abs=0.2)


@both
@pytest.mark.parametrize("v1", [True, False])
def test_a_stream_may_be_cut_with_its_credential(cutting: Visitor, protocol: str, v1: bool) -> None:
    refresh(cutting)
    stream = cutting.ask(protocol, v1=v1, seed=4, kind="split", time_scale=0.5)
    truth = cutting.truth(stream.id)
    last = stream.body.split(b"data: ")[-1]
    detail = truth.begun.conversation_id

    assert stream.end == "complete"
    assert (truth.ended.how, truth.ended.outcome) == ("expired", "error")
    assert truth.ended.size == len(stream.body) < truth.begun.size
    assert last.endswith(b"\r\n\r\n")
    assert json.loads(last)["conversation_id"] == detail
    assert b"Your authentication token has expired." in last
    assert (b'"code":"token_expired"' in last) == v1
    assert truth.begun.answer.startswith(truth.ended.answer)
    assert expired(cutting, stream.id).code == "cut"


def test_nothing_is_said_of_http3_if_that_is_not_wanted(surviving: Visitor) -> None:
    assert "alt-svc" not in surviving.http.get("/").headers
