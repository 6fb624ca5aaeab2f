"""Which connection carried an entry, where a HAR file tells."""

from collections import OrderedDict
from collections.abc import Mapping

from analyzer.importers.har import fields
from analyzer.importers.har.fields import ALPN, Json, mapping, text
from analyzer.model import Connection

LIMIT = 10_000
"""Most connections that are known again; the ones used longest ago are forgotten."""

_PORTS = {"http": "80", "https": "443"}


class Connections:
    """Numbers them as they are met.

    Chromium names them in ``_connectionId``; its ``connection`` is the service's port, as
    HAR 1.2 allows for, and tells nothing. Other tools number them in ``connection``.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str, str], int] = OrderedDict()
        self._count = 0

    def carrying(
        self, entry: Mapping[str, Json], at_ns: int
    ) -> tuple[int | None, Connection | None]:
        """The entry's connection, None if it tells none, and its record if it is a new one."""
        address = fields.url(mapping(entry.get("request")).get("url"))
        if address is None:
            return None, None
        host, _, port = address.authority.rpartition(":")
        if not host or not port.isdigit():
            host, port = address.authority, _PORTS[address.scheme]
        name = text(entry.get("_connectionId")) or text(entry.get("connection"))
        if not name or name in ("0", "-1", port):
            return None, None
        peer = fields.clean(text(entry.get("serverIPAddress"))).strip("[]")
        key = name, peer, address.authority
        if (number := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            return number, None
        self._count += 1
        self._known[key] = self._count
        if len(self._known) > LIMIT:
            self._known.popitem(last=False)
        version = fields.version(mapping(entry.get("response")).get("httpVersion"))
        where = f"[{peer}]:{port}" if ":" in peer else f"{peer}:{port}" if peer else ""
        protocol = ALPN.get(version, "")
        return self._count, Connection(self._count, at_ns, "server", protocol, where, host)
