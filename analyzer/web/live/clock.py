"""What the capture's clock shows now."""

import time

from analyzer.model import CaptureHead

SAME_BOOT_NS = 2_000_000_000
"""Wall and monotonic clock may have drifted apart so far and still be this machine's."""


def now_ns(head: CaptureHead | None, wall_ns: int = 0, mono_ns: int = 0) -> int:
    """The moment on the capture's monotonic clock; 0 as long as it has none.

    This machine's own monotonic clock where the capture was begun on it since it started,
    which no setting of the time moves; else what the wall clocks say. ``wall_ns`` and
    ``mono_ns``, where given, are taken for the two clocks' times.
    """
    if head is None:
        return 0
    wall_ns = wall_ns or time.time_ns()
    mono_ns = mono_ns or time.monotonic_ns()
    by_wall_ns = head.mono_ns + wall_ns - head.wall_ns
    return mono_ns if abs(by_wall_ns - mono_ns) < SAME_BOOT_NS else by_wall_ns
