"""A decoder that shares no code with ours reads our header blocks."""

import pylsqpack
from hypothesis import given
from hypothesis import strategies as st

from addons.qpack import encode_literally

NAMES = st.binary(min_size=1, max_size=300)
VALUES = st.one_of(st.binary(max_size=300), st.integers(0, 40_000).map(lambda n: b"v" * n))


@given(st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=20))
def test_pylsqpack_reads_what_was_written(fields: list[tuple[bytes, bytes]]) -> None:
    decoder = pylsqpack.Decoder(0, 0)
    _, read = decoder.feed_header(0, encode_literally(fields))

    assert read == fields
