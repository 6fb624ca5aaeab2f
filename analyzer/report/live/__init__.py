"""The live view in a terminal, as something rich can print; without one, as lines.

Pure throughout. ``screen`` puts together what ``streams``, ``events``, ``credentials``,
``walks`` and ``connections`` make, ``state`` says what keys do, ``lines`` what is said
where there is no terminal.
"""

from analyzer.report.live.lines import changes
from analyzer.report.live.screen import Size, Surroundings, live_view, seen_by_keys
from analyzer.report.live.state import Seen, ViewState, press

__all__ = [
    "Seen",
    "Size",
    "Surroundings",
    "ViewState",
    "changes",
    "live_view",
    "press",
    "seen_by_keys",
]
