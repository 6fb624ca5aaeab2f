"""Steps as bytes and back, exactly.

Pickled, but for what there are millions of: msgspec writes that in a third of the time.
"""

import pickle
from typing import Any, BinaryIO

import msgspec

from analyzer.model import Reads, TextArrivals
from analyzer.reassemble import EventsSeen

_MANY = (EventsSeen, Reads, TextArrivals)
_encoder = msgspec.msgpack.Encoder()
_decoders = {kind.__name__: msgspec.msgpack.Decoder(kind) for kind in _MANY}


def pack(message: object, out: BinaryIO) -> None:
    """Write a message that `pickle.load` gives back.

    Raises OverflowError for a number that needs more than 64 bits.
    """
    _Packer(out, pickle.HIGHEST_PROTOCOL).dump(message)
    out.flush()


class _Packer(pickle.Pickler):
    def reducer_override(self, given: Any) -> Any:
        if isinstance(given, _MANY):
            try:
                return unpacked, (type(given).__name__, _encoder.encode(given))
            except UnicodeEncodeError:
                pass  # half a surrogate pair, which pickle can write
        return NotImplemented


def unpacked(kind: str, packed: bytes) -> Any:
    """For `pickle` alone, which finds it by its name."""
    return _decoders[kind].decode(packed)
