"""The sessions that the questions are held against have in them what they should."""

import pytest
from recorded import Recorded

from analyzer.lab.truth import CredentialLine

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sessions")]

VERSIONS = {"h2": "HTTP/2.0", "h3": "HTTP/3"}


def test_the_browser_and_the_lab_spoke_the_protocol_that_was_asked_for(session: Recorded) -> None:
    spoken = {(one.http_version, one.upstream_version) for one in session.exchanges.values()}

    assert spoken == {(VERSIONS[session.protocol],) * 2}


def test_every_request_of_the_lab_is_in_the_capture_once(session: Recorded) -> None:
    assert session.requests.keys() == session.exchanges.keys()


def test_the_visitor_got_through(session: Recorded) -> None:
    talk = session.page["talk"]
    statuses = [page["status"] for page in (*session.page["offset"], *session.page["cursor"])]
    asked = [one for scheme in ("uuid4", "uuid7", "ulid") for one in session.page[scheme]["asked"]]

    assert set(statuses) == {200}
    assert all(turn["status"] == 200 and turn["ended"] for turn in talk["turns"].values()), talk
    assert talk["turns"]["handed_off"]["resumed"]
    assert talk["turns"]["handed_off"]["answer"]
    assert talk["feedback"]["status"] == talk["title"]["status"] == talk["detail"]["status"] == 200
    assert all(one["status"] == 200 and one["ended"] for one in asked)


def test_credentials_met_with_everything(expiring: Recorded) -> None:
    page = expiring.page
    fates = [line.code for line in expiring.lines(CredentialLine) if line.stream]

    assert {one.http_version for one in expiring.exchanges.values()} == {
        VERSIONS[expiring.protocol]
    }
    assert fates == [page["wished"][0]]
    assert page["across"]["ended"]
    assert bool(page["across"]["error"]) == (fates == ["cut"])
    assert page["first"]["status"] == page["recovered"]["status"] == 200
    assert [one["status"] for one in page["expired"]] == [401, 401, 401]
    assert page["revoked"]["status"] == 401
    assert page["blocked"]["status"] == 403
    assert page["unblocked"]["status"] == page["recovered_again"]["status"] == 200
    assert page["masked_list"]["body"]["items"] == []
    assert page["masked_detail"]["status"] == 404
    assert page["missing"]["status"] == 401
    if expiring.protocol == "h2":
        assert page["given_up"]["status"] == 401
    else:
        assert page["logged_out"]["status"] == 401
        assert not page["forgotten"]["hasToken"]
