"""Bodies on their way into records: decoded, redacted, limited, never raising."""

import gzip
import zlib

import pytest

from analyzer.intake import bodies
from analyzer.intake.bodies import Keep, StreamPipe, whole_body
from analyzer.intake.seen import BodySeen
from analyzer.model import Body, Reads
from analyzer.redact import Redactor, fit

SECRET = "q9Zt7-Kx_02LmN4pRs8vWy"


@pytest.fixture
def redactor() -> Redactor:
    return Redactor(b"key")


def seen(raw: bytes | None, coding: str = "", kind: str = "application/json") -> BodySeen:
    return BodySeen(1, 50, "response", raw, coding, kind)


def keep(body: BodySeen, redactor: Redactor, limit: int = 1000, *, content: bool = True) -> Body:
    return whole_body(body, redactor, Keep(limit, content))


# --------------------------------------------------------------------------- whole bodies


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_body_is_decoded_and_redacted_and_both_lengths_are_kept(
    redactor: Redactor, coding: str
) -> None:
    text = f'{{"accessToken":"{SECRET}","x":1}}'.encode()
    raw = gzip.compress(text) if coding else text
    body = keep(seen(raw, coding), redactor)

    assert body.data == text.replace(SECRET.encode(), fit(redactor.fingerprint(SECRET), 22))
    assert (body.length, body.wire_length, body.withheld) == (len(text), len(raw), "")


def test_a_body_over_the_limit_keeps_its_beginning_and_says_so(redactor: Redactor) -> None:
    body = keep(seen(b"a" * 20 + SECRET.encode() * 5000), redactor, limit=20)

    assert (body.data, body.length) == (b"a" * 20, 20 + 22 * 5000)
    assert "only the first 20 bytes" in body.withheld


def test_a_body_of_which_a_file_holds_the_beginning_keeps_its_length(redactor: Redactor) -> None:
    cut = BodySeen(1, 50, "response", b"abc", "", "", None, 9, "the file was cut")

    assert keep(cut, redactor) == Body(1, 50, "response", 9, b"abc", None, "the file was cut")


def test_a_secret_across_the_limit_is_still_replaced(redactor: Redactor) -> None:
    text = f'{{"accessToken":"{SECRET}"}}'.encode()
    body = keep(seen(text), redactor, limit=25)

    assert body.data == b'{"accessToken":"' + redactor.fingerprint(SECRET).encode()[:9]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (seen(None), "mitmproxy did not keep it"),
        (seen(b"xyz", "aws-chunked"), "content-encoding 'aws-chunked' is not one that can"),
        (seen(b"no gzip at all", "gzip"), "the gzip body is broken"),
        (
            seen(gzip.compress(b"cut short" * 99, mtime=0)[:-9], "gzip"),
            "ends before its coding does",
        ),
        (seen(b"t\0o\0", kind="text/plain; charset=UTF-16LE"), "encoding cannot be redacted"),
        (seen(b"\xff\xfet\0"), "encoding cannot be redacted"),
    ],
)
def test_what_cannot_be_redacted_for_certain_is_withheld(
    redactor: Redactor, body: BodySeen, why: str
) -> None:
    kept = keep(body, redactor)

    assert kept.data == b""
    assert why in kept.withheld


def test_counting_a_bomb_ends_at_the_limit(
    redactor: Redactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "DECODED_LIMIT", 100_000)
    monkeypatch.setattr(bodies, "STEP", 100)
    body = keep(seen(gzip.compress(bytes(10_000_000)), "gzip"), redactor, limit=10)

    assert body.data == bytes(10)
    assert 100_000 < body.length < 1_000_000


def test_without_content_only_lengths_are_kept(redactor: Redactor) -> None:
    body = keep(seen(gzip.compress(b"hello"), "gzip"), redactor, content=False)

    assert (body.data, body.length) == (b"", 5)
    assert body.withheld == "streamscope_content is off"


# --------------------------------------------------------------------------- streams


def pipe(redactor: Redactor, coding: str = "", *, content: bool = True) -> StreamPipe:
    return StreamPipe(1, coding, redactor, content=content)


def test_reads_of_a_batch_are_one_record(redactor: Redactor) -> None:
    piped = pipe(redactor)
    piped.chunks.append((1, 10, b"data: a\n\n"))
    piped.chunks.append((1, 25, b"data: bc\n\n"))

    assert piped.flush() == Reads(1, (10, 25), (9, 10), b"data: a\n\ndata: bc\n\n")
    assert piped.flush() is None


def test_chunks_of_one_arrival_are_one_read(redactor: Redactor) -> None:
    piped = pipe(redactor)
    for at_ns, data in [(10, b"a\n"), (10, b"b\n"), (11, b"c\n")]:
        piped.chunks.append((1, at_ns, data))

    assert piped.flush() == Reads(1, (10, 11), (4, 2), b"a\nb\nc\n")


def test_an_unfinished_line_waits_with_its_read_and_keeps_its_time(redactor: Redactor) -> None:
    piped = pipe(redactor)
    piped.chunks.append((1, 10, b"a\n"))
    piped.chunks.append((1, 11, b"da"))

    assert piped.flush() == Reads(1, (10,), (2,), b"a\n")
    piped.chunks.append((1, 900, b"ta\n"))
    assert piped.flush() == Reads(1, (11, 900), (2, 3), b"data\n")


def test_what_still_waits_comes_out_at_the_end(redactor: Redactor) -> None:
    piped = pipe(redactor)
    piped.chunks.append((1, 10, b"a\nrest"))

    assert piped.flush() is None
    assert piped.finish(20, complete=False) == Reads(1, (10,), (6,), b"a\nrest")


def test_a_coded_stream_has_both_lengths_of_each_read(redactor: Redactor) -> None:
    packer = zlib.compressobj(wbits=31)
    piped = pipe(redactor, "gzip")
    parts = []
    for number, text in enumerate([b"data: a\n\n", b"data: b\n\n"]):
        parts.append(packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))
        piped.chunks.append((1, number, parts[-1]))
    reads = piped.flush()

    assert reads is not None
    assert reads.lengths == (9, 9)
    assert reads.wire_lengths == (len(parts[0]), len(parts[1]))
    assert reads.data == b"data: a\n\ndata: b\n\n"


def test_a_secret_in_a_coded_stream_is_replaced(redactor: Redactor) -> None:
    text = f'data: {{"token":"{SECRET}","type":"resume_conversation_token"}}\n\n'.encode()
    coded = gzip.compress(text)
    piped = pipe(redactor, "gzip")
    piped.chunks.append((1, 1, coded[:25]))
    piped.chunks.append((1, 2, coded[25:]))
    reads = piped.finish(3, complete=True)

    assert reads is not None
    assert SECRET.encode() not in reads.data
    assert len(reads.data) == len(text)


def test_a_stream_that_breaks_its_coding_goes_on_with_times_and_lengths(
    redactor: Redactor,
) -> None:
    piped = pipe(redactor, "gzip")
    piped.chunks.append((1, 1, b"not gzip"))
    piped.chunks.append((1, 2, b"more"))

    assert piped.flush() == Reads(1, (1, 2), (0, 0), b"", (8, 4))
    assert "the gzip body is broken" in piped.broken
    piped.chunks.append((1, 3, b"x"))
    assert piped.flush() == Reads(1, (3,), (0,), b"", (1,))


def test_a_coding_that_is_unknown_withholds_the_bytes(redactor: Redactor) -> None:
    piped = pipe(redactor, "foo")
    piped.chunks.append((1, 1, b"abc"))

    assert piped.flush() == Reads(1, (1,), (0,), b"", (3,))
    assert "'foo'" in piped.broken


@pytest.mark.parametrize(("complete", "said"), [(True, True), (False, False)])
def test_a_coded_body_cut_short_is_noted_only_where_it_claims_to_be_whole(
    redactor: Redactor, complete: bool, said: bool
) -> None:
    piped = pipe(redactor, "gzip")
    piped.chunks.append((1, 1, gzip.compress(b"data: a\n\n" * 50)[:-8]))
    piped.finish(2, complete=complete)

    assert ("ends before" in piped.broken) is said


def test_a_gap_in_a_coded_stream_ends_its_bytes_but_not_its_times(redactor: Redactor) -> None:
    packer = zlib.compressobj(wbits=31)
    first = packer.compress(b"data: a\n\n") + packer.flush(zlib.Z_SYNC_FLUSH)
    piped = pipe(redactor, "gzip")
    piped.chunks.append((1, 1, first))
    before = piped.lose()
    piped.chunks.append((1, 5, b"whatever"))

    assert before == Reads(1, (1,), (9,), b"data: a\n\n", (len(first),))
    assert piped.flush() == Reads(1, (5,), (0,), b"", (8,))
    assert "lost" in piped.broken


def test_a_gap_in_a_plain_stream_masks_up_to_the_next_line(redactor: Redactor) -> None:
    piped = pipe(redactor)
    piped.chunks.append((1, 1, b"data: a\nhalf"))
    before = piped.lose()
    piped.chunks.append((1, 5, b"end\nnext\n"))

    assert before == Reads(1, (1,), (12,), b"data: a\n....")
    assert piped.flush() == Reads(1, (5,), (9,), b"...\nnext\n")


def test_without_content_reads_keep_times_and_lengths_as_they_passed(redactor: Redactor) -> None:
    piped = pipe(redactor, content=False)
    piped.chunks.append((1, 1, b"abc"))
    piped.chunks.append((1, 2, b"d"))

    assert piped.flush() == Reads(1, (1, 2), (0, 0), b"", (3, 1))
