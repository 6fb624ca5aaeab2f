"""A lab in a process of its own, for tests, demonstrations and measurements."""

from analyzer.lab.options import LabAddress, LabOptions, from_json, to_json
from analyzer.serving.process import ServerProcess

_READY_S = 120.0  # millions of conversations take a while to seed


class LabProcess(ServerProcess[LabAddress]):
    """Starts a lab when entered, and ends it when left; ``address`` says where it is."""

    def __init__(self, options: LabOptions) -> None:
        given = to_json(options).decode()
        super().__init__(
            "The lab",
            ["-m", "analyzer.lab", "--json", "--watch-stdin", "--options", given],
            lambda line: from_json(line, LabAddress),
            _READY_S,
        )
