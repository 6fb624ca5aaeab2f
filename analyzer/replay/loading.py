"""Capture files as one script."""

from collections.abc import Sequence
from pathlib import Path

from analyzer.importers import find_captures, read_capture
from analyzer.model import CaptureError
from analyzer.replay.building import ScriptBuilder
from analyzer.replay.script import Bytes, Script


def load_script(paths: Sequence[Path], contents: Bytes) -> Script:
    """Read captures of any kind, one after the other; a directory stands for those in it.

    Raises CaptureError if a file can't be read, or if nothing in them can be played.
    """
    files = find_captures(paths)
    builder = ScriptBuilder(contents)
    for file in files:
        builder.read(file.name if len(files) > 1 else "", read_capture(file))
    script = builder.script()
    named = ", ".join(map(str, paths))
    if not script.exchanges:
        raise CaptureError(f"{named}: there is no exchange in it to replay")
    if not script.content and not any(one.parts.size for one in script.exchanges):
        raise CaptureError(
            f"{named}: it was reduced to lengths and times, and no body is left to replay; take "
            "the capture that it was made from"
        )
    return script
