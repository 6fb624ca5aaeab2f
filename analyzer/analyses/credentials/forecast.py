"""When what is in use now will end: `3 m 20 s`, and from which moment on one is refused."""

from collections.abc import Iterable

import msgspec

from analyzer.analyses.credentials.clock import WallClock
from analyzer.analyses.credentials.lives import Life


class Forecast(msgspec.Struct, frozen=True):
    """The end of a credential that is in use, on the capture's clock and on its wall clock.

    From ``expires_ns`` on what carries it would be refused. ``remaining_ns`` is negative
    once that has passed. ``lifetime_ns`` is None where it is not known when it began.
    """

    fingerprint: str
    kind: str
    expires_ns: int
    expires_wall_ns: int
    remaining_ns: int
    lifetime_ns: int | None = None

    def at(self, now_ns: int) -> "Forecast":
        """The same, looked at from another moment."""
        return msgspec.structs.replace(self, remaining_ns=self.expires_ns - now_ns)


def is_in_use(life: Life) -> bool:
    """Whether requests still ride on it: a bearer or login that nothing has replaced."""
    return life.kind in ("bearer", "session") and not life.replaced_by and life.requests > 0


def forecast(
    lives: Iterable[tuple[Life, int | None]], now_ns: int, clock: WallClock
) -> tuple[Forecast, ...]:
    """What is in use and when it ends, the soonest first; ``lives`` with their ends."""
    found = [
        Forecast(
            life.fingerprint,
            life.kind,
            ends_ns,
            clock.wall_at(ends_ns),
            ends_ns - now_ns,
            None if (begun_ns := begun(life, clock)) is None else ends_ns - begun_ns,
        )
        for life, ends_ns in lives
        if ends_ns is not None and is_in_use(life)
    ]
    return tuple(sorted(found, key=lambda one: (one.expires_ns, one.fingerprint)))


def begun(life: Life, clock: WallClock) -> int | None:
    """When it began, as it states itself or as the capture saw it issued."""
    if life.issued_at_s is not None:
        return clock.moment(life.issued_at_s)
    return life.came.at_ns if life.was_issued and life.came else None
