"""Which hosts are recorded, and which bodies are streams."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from mitmproxy.http import HTTPFlow

from analyzer.intake.streaming import essence, streams


class Scope:
    """Host globs (``chat.example``, ``*.example``, ``localhost:8443``); none means every host."""

    def __init__(self, hosts: Sequence[str] = (), stream_types: Sequence[str] = ()) -> None:
        self._hosts = [host.lower() for host in hosts]
        self._types = [name.lower() for name in stream_types]

    def covers(self, flow: HTTPFlow) -> bool:
        """By the host that the client asked for, or the one that it is sent to."""
        if not self._hosts:
            return True
        request = flow.request
        names = {request.pretty_host.lower(), request.host.lower()}
        names |= {f"{name}:{request.port}" for name in names}
        return any(fnmatchcase(name, glob) for glob in self._hosts for name in names)

    def streams(self, content_type: str) -> bool:
        """Whether a body of this type is passed through chunk by chunk and timed."""
        name = essence(content_type)
        return streams(name) or any(fnmatchcase(name, glob) for glob in self._types)
