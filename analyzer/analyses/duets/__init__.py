"""Two bots talking: conversations in which one's answer becomes the other's next prompt."""

from analyzer.analyses.duets.question import DuetsQuestion
from analyzer.analyses.duets.rows import Duet, DuetsFound, DuetTurn, DuetWait

__all__ = ["Duet", "DuetTurn", "DuetWait", "DuetsFound", "DuetsQuestion"]
