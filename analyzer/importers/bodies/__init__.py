"""Bodies on their own: event streams and JSON lines, as `curl -N` and `curl -i` write them."""

from analyzer.importers.bodies.kinds import recognises
from analyzer.importers.bodies.reading import read

__all__ = ["read", "recognises"]
