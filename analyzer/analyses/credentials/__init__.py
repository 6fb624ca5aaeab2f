"""Every credential of a capture through its life: issued, used, refused, replaced, expired.

Credentials are known by their fingerprints alone. The modules, from the wire up:
``carried`` and ``bodies`` read messages, ``refusals`` errors; ``calls`` puts them together;
``ledger`` keeps lives, ``outcomes`` judges requests, ``telling`` makes events and ``rowing``
rows. ``watching`` is the same for a capture that still grows.
"""

from analyzer.analyses.credentials.forecast import Forecast, forecast
from analyzer.analyses.credentials.question import CredentialsQuestion
from analyzer.analyses.credentials.rows import CredentialsFound

__all__ = ["CredentialsFound", "CredentialsQuestion", "Forecast", "forecast"]
