"""What single texts are taken for, with the examples that standards and captures give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analyses.identifiers.moments import creation_time, iso
from analyzer.analyses.identifiers.shapes import look_at, machine_of


@pytest.mark.parametrize(
    ("text", "kind", "time"),
    [
        # RFC 9562, appendix A.
        ("C232AB00-9414-11EC-B3C8-9F6BDECED846", "uuid1", "2022-02-22T19:22:22Z"),
        ("5df41881-3aed-3515-88a7-2f4a814cf09e", "uuid3", None),
        ("919108f7-52d1-4320-9bac-f847db4148a8", "uuid4", None),
        ("2ed6657d-e927-568b-95e1-2665a8aea6a2", "uuid5", None),
        ("1EC9414C-232A-6B00-B3C8-9F6BDECED846", "uuid6", "2022-02-22T19:22:22Z"),
        ("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "uuid7", "2022-02-22T19:22:22Z"),
        ("019cd069-55c3-7190-8123-0123456789ab", "uuid7", "2026-03-09T02:24:50Z"),
        # The ULID specification, segmentio/ksuid's README, MongoDB's manual.
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "ulid", "2016-07-30T23:54:10Z"),
        ("0ujtsYcgvSTl8PAuAdqWYSMnLOv", "ksuid", "2017-10-10T04:00:47Z"),
        ("507f1f77bcf86cd799439011", "objectid", "2012-10-17T21:13:27Z"),
        # Observed at chat services; the first two state these seconds as ``created``.
        ("chatcmpl-ABfw2KKFuVXmEJgVwYfBvejMAdWtq", "chatcmpl", iso(1_727_346_170_000_000)),
        ("chatcmpl-D8Z5oo6uDh67AD85p73ksdT1KxhE0", "chatcmpl", iso(1_770_933_892_000_000)),
        ("resp_0a63f40a2632b74300699f8818e5648196a8fa657ae8091421", "openai_hex",
         "2026-02-25T23:39:04Z"),
        ("6ab9dd65-51b0-83ea-8a2d-0123456789ab", "chatgpt_conversation", "2026-09-28T03:22:13Z"),
        ("1784872208758-0", "redis_stream", "2026-07-24T05:50:08Z"),
        ("msg_01Y6V41gqPaKWEw7iPouH7iW", "anthropic", None),
        ("V1StGXR8_Z5jdHi6B-myT", "nanoid", None),
        ("conversation-turn-919108f7-52d1-4320-9bac-f847db4148a8", "uuid4", None),
        ("8f2a9c1d2e3f4a5b-FRA", "opaque", None),
    ],
)  # fmt: skip
def test_a_text_is_taken_for_its_scheme(text: str, kind: str, time: str | None) -> None:
    look = look_at(text)

    assert look is not None
    assert look.readings[0].kind == kind
    at_us = look.readings[0].at_us
    assert (None if at_us is None else iso(at_us)) == time


def test_base58_of_a_uuid7_carries_its_time() -> None:
    """``msg_01`` and 128 bits in base58; ``011C`` is how those of 2025 begin."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = 0x0199_C896_4E00_7ABC_8DEF_0123_4567_89AB, ""
    while len(text) < 22:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text

    look = look_at(f"msg_01{text}")

    assert text.startswith("1C")
    assert look is not None
    assert look.readings[0].at_us == 0x0199_C896_4E00 * 1_000


@pytest.mark.parametrize(
    "text",
    [
        "abcdefghjkmnpqrstvwxyzabcd",  # 26 letters are a word, not a ULID
        "ABCDEFGHJKMNPQRSTVWXYZABCD",
        "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",  # a ULID of the year 10889
        "00000000-0000-0000-0000-000000000000",  # nothing's UUID
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "2025-11-01",
        "1763474589",
        "1763474589123",  # milliseconds
        "client-created-root",
        "cred:0123456789abcdef",
        "cred:0123456789abcdef....",
        "two words 1",
        "id7",
        "x1" * 65,
        "",
    ],
)
def test_what_is_no_identifier_wherever_it_stands(text: str) -> None:
    look = look_at(text)

    assert look is None or not look.is_evident
    assert look is None or look.readings[0].kind == "opaque"


def test_digits_may_be_a_snowflake_of_several_epochs() -> None:
    """Discord's own example and, under another epoch, a time of Twitter's."""
    look = look_at("175928847299117063")

    assert look is not None
    assert not look.is_evident
    assert [iso(one.at_us) for one in look.readings if one.at_us][1] == "2016-04-30T11:18:25Z"


def test_a_network_address_is_told_from_a_random_node() -> None:
    """RFC 9562, section 5.1: the lowest bit of the node's first octet is set if it is random."""
    assert machine_of("c232ab00-9414-11ec-b3c8-9e6bdeced846") == "machine (network address)"
    assert machine_of("c232ab00-9414-11ec-b3c8-9f6bdeced846") == ""


@given(st.text() | st.from_regex(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"))
def test_any_text_is_looked_at(text: str) -> None:
    look = look_at(text)

    assert look is None or look.readings


@given(st.integers(0, 2**128 - 1), st.integers(1, 8))
def test_any_bits_are_a_uuid_of_their_version(bits: int, version: int) -> None:
    number = bits & ~(0xF << 76) & ~(0b11 << 62) | version << 76 | 0b10 << 62
    text = f"{number:032x}"
    look = look_at("-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])))

    assert look is not None
    assert look.is_evident
    kind = look.readings[0].kind
    assert kind == ("chatgpt_conversation" if version == 8 else f"uuid{version}")


@pytest.mark.parametrize(
    ("stated", "at_us"),
    [
        ("2025-10-09T08:53:20Z", 1_760_000_000_000_000),
        ("2025-10-09T08:53:20.123456+00:00", 1_760_000_000_123_456),
        ("2025-10-09T10:53:20+02:00", 1_760_000_000_000_000),
        ("2025-10-09 08:53", 1_759_999_980_000_000),
        (1_760_000_000, 1_760_000_000_000_000),
        (1_760_000_000.25, 1_760_000_000_250_000),
        ("1760000000.25", 1_760_000_000_250_000),
        (1_760_000_000_123, 1_760_000_000_123_000),
        (1_760_000_000_123_456, 1_760_000_000_123_456),
        ("2025-13-09T08:53:20Z", None),
        ("1066-10-14T09:00:00Z", None),
        (17, None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
        ([1_760_000_000], None),
    ],
)
def test_creation_times_as_services_state_them(stated: object, at_us: int | None) -> None:
    assert creation_time(stated) == at_us


@given(st.text() | st.floats() | st.integers() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d"))
def test_any_creation_time_is_read_or_left(stated: object) -> None:
    at_us = creation_time(stated)

    assert at_us is None or 946_684_800_000_000 <= at_us < 4_102_444_800_000_000
