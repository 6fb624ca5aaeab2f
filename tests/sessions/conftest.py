"""Sessions that the questions are held against: recorded once a protocol, by real Chromium.

``session`` has walks, conversations and identifiers; ``expiring`` spends short-lived
credentials. Tests that use them carry `SESSIONS`, so that one worker records them.
"""

from pathlib import Path
from typing import Any

import pytest
from lab_session import staged
from recorded import Recorded
from visiting import Visitor, converse, spend_credentials, walk_by_cursor, walk_by_offset

from analyzer.lab.options import LabOptions

CONVERSATIONS = 3_000
TIME_SCALE = 0.05
LIFETIME_S = 3.0
PAGES = 12
LIMIT = 20
TALKS = {
    "looping": "turns=6&seeds=1,2,3,4&loop=go&time_scale=0.05",
    "long": "turns=8&time_scale=0.15",
    "handed_off": "turns=3&kind=handoff&seeds=21,22,23&time_scale=0.05",
}
"""Talks of two bots, as the lab's page is asked for them."""


@pytest.fixture(scope="session", params=["h2", "h3"])
def session(
    request: pytest.FixtureRequest, browser_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Recorded:
    """Lists, a conversation with branches, and ids of all three kinds; nothing expires."""
    directory = tmp_path_factory.mktemp(f"session-{request.param}")
    options = LabOptions(time_scale=TIME_SCALE, conversations=CONVERSATIONS)
    with (
        staged(directory, options) as stage,
        stage.page(browser_path, http3=request.param == "h3") as page,
    ):
        visitor = Visitor(page)
        seen = {
            "offset": walk_by_offset(visitor, PAGES, LIMIT, chat_after=PAGES // 2),
            "cursor": walk_by_cursor(visitor, PAGES // 2, LIMIT),
            "archive": [
                visitor.call(f"/backend-api/archive?page={number}&per_page=20")
                for number in range(1, 5)
            ],
            "talk": converse(visitor),
        }
        for scheme in ("uuid4", "uuid7", "ulid"):
            burst = visitor.call("/lab/burst", "POST", json={"count": 25, "ids": scheme})
            asked = [
                visitor.ask(f"Question {number}?", lab={"kind": "title", "ids": scheme})
                for number in range(4)
            ]
            seen[scheme] = {"burst": burst, "asked": asked}
    return Recorded.of(request.param, directory, seen)


@pytest.fixture(
    scope="session",
    params=["h2-cut-opaque", "h3-survive-jwt"],
)
def expiring(
    request: pytest.FixtureRequest, browser_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Recorded:
    """Credentials that end in use, are revoked, masked and rotated.

    In the parameter: the protocol, what becomes of a stream whose credential ends, and what
    access credentials are. Over HTTP/2 the last one is given up, over HTTP/3 logged out.
    """
    protocol, at_expiry, access_format = request.param.split("-")
    directory = tmp_path_factory.mktemp(f"expiring-{request.param}")
    options = LabOptions(
        time_scale=TIME_SCALE,
        conversations=200,
        access_lifetime_s=LIFETIME_S,
        access_format=access_format,
        streams_at_expiry=at_expiry,
        session_cookie="chunked-on-rotation",
        rotate_session_after_s=2.0,
    )
    is_h3 = protocol == "h3"
    with staged(directory, options) as stage, stage.page(browser_path, http3=is_h3) as page:
        seen = spend_credentials(Visitor(page), "logged out" if is_h3 else "given up")
    return Recorded.of(protocol, directory, seen | {"wished": (at_expiry, access_format)})


@pytest.fixture(scope="session", params=["h2", "h3"])
def talks(
    request: pytest.FixtureRequest, browser_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Recorded:
    """Bots that talk, a page a talk; the long one outlives an access credential or two.

    Tests that use it carry the group ``duets``.
    """
    directory = tmp_path_factory.mktemp(f"talks-{request.param}")
    options = LabOptions(conversations=50, access_lifetime_s=3.0)
    seen: dict[str, Any] = {}
    with (
        staged(directory, options) as stage,
        stage.page(browser_path, http3=request.param == "h3") as page,
    ):
        for name, query in TALKS.items():
            page.goto(f"{stage.lab.url}duet?{query}")
            page.wait_for_function("window.__duet?.done")
            seen[name] = page.evaluate("({...window.__duet, origin: performance.timeOrigin})")
    return Recorded.of(request.param, directory, seen)
