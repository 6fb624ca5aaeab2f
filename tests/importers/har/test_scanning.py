"""Values are cut out of a file wherever its blocks end, and nothing grows with the file."""

import io
import json

import pytest

from analyzer.importers.har import scanning
from analyzer.importers.har.scanning import Cut, Scanner, clean_end

VALUES = [
    {"a": [1, 2, {"b": 'x"\\\\'}], "c": "é\u1234\U0001f600"},
    'str\\"{[',
    -12.5e3,
    None,
    [[], [{}]],
]


@pytest.mark.parametrize("block", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_value_is_found_wherever_blocks_end(
    monkeypatch: pytest.MonkeyPatch, block: int, ascii_only: bool
) -> None:
    monkeypatch.setattr(scanning, "BLOCK", block)
    for value in VALUES:
        raw = json.dumps(value, ensure_ascii=ascii_only, indent=1).encode()
        scanner = Scanner(io.BytesIO(b" \n" + raw + b" ,x"))

        assert scanner.value() == Cut(raw, 2, whole=True, ended=True, shortened=False)
        assert scanner.take(b",")
        assert (scanner.peek(), scanner.offset) == (b"x", len(raw) + 4)


@pytest.mark.parametrize("block", [1, 5, 1000])
def test_a_cut_value_is_its_beginning_and_says_so(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """Half an escape may be missing from it: a backslash alone says nothing."""
    monkeypatch.setattr(scanning, "BLOCK", block)
    raw = json.dumps(VALUES[0]).encode()
    for end in range(len(raw)):
        cut = Scanner(io.BytesIO(raw[:end])).value()

        assert raw[:end] in (cut.raw, cut.raw + b"\\")
        assert (cut.whole, cut.ended) == (False, False)


@pytest.mark.parametrize("block", range(1, 20))
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_string_over_the_limit_is_shortened_between_characters(
    monkeypatch: pytest.MonkeyPatch, block: int, ascii_only: bool
) -> None:
    monkeypatch.setattr(scanning, "BLOCK", block)
    monkeypatch.setattr(scanning, "STRING_LIMIT", 10)
    text = 'x\\"é\u1234\U0001f600' * 20
    raw = json.dumps({"a": text, "b": "\\" * 50, "c": 1}, ensure_ascii=ascii_only).encode()
    cut = Scanner(io.BytesIO(raw)).value()

    assert (cut.whole, cut.shortened) == (True, True)
    kept = json.loads(cut.raw)
    assert kept["c"] == 1
    assert len(kept["a"]) < 40
    assert text.startswith(kept["a"].encode("utf-16", "surrogatepass").decode("utf-16", "ignore"))


@pytest.mark.parametrize(
    ("limit", "value"),
    [("VALUE_LIMIT", list(range(99))), ("CONTAINERS_LIMIT", [[]] * 99)],
)
def test_a_value_over_a_limit_keeps_its_beginning_and_the_file_goes_on(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: object
) -> None:
    monkeypatch.setattr(scanning, "BLOCK", 16)
    monkeypatch.setattr(scanning, limit, 50)
    raw = json.dumps(value).encode()
    scanner = Scanner(io.BytesIO(raw + b",1"))
    cut = scanner.value()

    assert (cut.whole, cut.ended) == (False, True)
    assert 50 <= len(cut.raw) < len(raw)
    assert raw.startswith(cut.raw)
    assert scanner.take(b",")


def test_all_long_strings_of_a_value_have_one_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "BLOCK", 16)
    monkeypatch.setattr(scanning, "STRINGS_LIMIT", 60)
    raw = json.dumps(["x" * 40] * 9).encode()
    cut = Scanner(io.BytesIO(raw)).value()

    assert (cut.whole, cut.shortened) == (True, True)
    first, *rest = json.loads(cut.raw)
    assert (len(first), len(rest)) == (40, 8)
    assert sum(map(len, rest)) < 200


def test_nesting_without_end_is_no_value() -> None:
    cut = Scanner(io.BytesIO(b"[" * 10_000)).value()

    assert not cut.ended
    assert len(cut.raw) <= scanning.DEPTH_LIMIT + 1


def test_what_is_not_kept_is_gone_past() -> None:
    scanner = Scanner(io.BytesIO(b'{"a":"' + b"x" * 999 + b'"}]'))

    assert scanner.value(keep=False).raw == b""
    assert scanner.peek() == b"]"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (b"ab", b"ab"),
        (b"ab\\", b"ab"),
        (b"ab\\\\", b"ab\\\\"),
        (b"ab\\u12", b"ab"),
        (b"ab\\\\u12", b"ab\\\\u12"),
        (b"ab\\u1234", b"ab\\u1234"),
        ("aé".encode()[:-1], b"a"),
        ("a\U0001f600".encode()[:-1], b"a"),
    ],
)
def test_half_an_escape_and_half_a_character_are_taken_off(raw: bytes, clean: bytes) -> None:
    kept = bytearray(raw)
    clean_end(kept)

    assert bytes(kept) == clean
