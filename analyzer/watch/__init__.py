"""A capture, while it grows, folded into what is to be seen of it now.

Pure: records go in through the same reassembler as everywhere, a snapshot comes out.
Times are the capture's. ``fold`` hands records on to one module a noun: ``streams``,
``events`` (the newest of each stream), ``connections``, ``walks``; credentials come from
`analyzer.analyses.credentials.watching`. Each keeps a bounded amount, by a named limit.
"""

from analyzer.analyses.credentials.watching import CredentialRow
from analyzer.watch.connections import ConnectionRow
from analyzer.watch.events import SeenEvent
from analyzer.watch.fold import Snapshot, Watch
from analyzer.watch.streams import State, StreamRow
from analyzer.watch.walks import WalkRow

__all__ = [
    "ConnectionRow",
    "CredentialRow",
    "SeenEvent",
    "Snapshot",
    "State",
    "StreamRow",
    "WalkRow",
    "Watch",
]
