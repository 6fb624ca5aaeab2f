"""What a format cannot keep of a capture."""

import msgspec


class Loss(msgspec.Struct, frozen=True):
    """Something of this capture that the written file lacks: how much of it, and why."""

    what: str
    count: int
    why: str
