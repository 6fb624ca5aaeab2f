"""A replay in a process of its own, for tests and measurements."""

from collections.abc import Sequence
from pathlib import Path

from analyzer.replay.options import ReplayAddress
from analyzer.serving.process import ServerProcess

_READY_S = 120.0  # a capture of gigabytes takes a while to read


class ReplayProcess(ServerProcess[ReplayAddress]):
    """Replays captures on a free port when entered; ``address`` says where.

    ``options`` are the command's: ``"--speed", "2"``.
    """

    def __init__(self, captures: Sequence[Path], options: Sequence[str] = ()) -> None:
        arguments = ["--json", "--watch-stdin", "--listen", "127.0.0.1:0", *options]
        super().__init__(
            "The replay",
            ["-m", "analyzer.commands.replay", *arguments, "--", *map(str, captures)],
            ReplayAddress.from_json,
            _READY_S,
        )
