"""Conversations that talk to each other: who spoke when, and who waited for whom."""

from collections.abc import Iterator

from analyzer.analyses.duets import Duet, DuetsFound, DuetTurn
from analyzer.analyses.results import CaptureResult
from analyzer.model import Unmeasurable
from analyzer.report import cells, units
from analyzer.report.figures import Figures
from analyzer.report.parts import (
    Block,
    Cell,
    Column,
    Facts,
    Lines,
    Section,
    Source,
    Table,
    Timeline,
    Timelines,
)
from analyzer.report.plain import printable
from analyzer.report.streams import left_out

LISTED = 24
"""Turns of a duet that are listed."""

DUETS = 4
"""Duets of a capture that are shown."""

SPEAKERS = 6
"""Speakers of a duet that are shown."""

_STEPS = 48
"""Few enough for any page to show each by itself: joined ones would differ in height."""

_ASKED, _SPEAKING = 1, 3
"""How high a step of the score stands."""

_LEAD = (
    "One's answer is the other's next prompt. A speaker waits from the end of its own"
    " answer to the end of the other's."
)


def duets_section(figures: Figures) -> Section | None:
    """Every duet: facts, score, and its turns in time order."""
    captures = figures.analysis.captures
    blocks: list[Block] = []
    for number, capture in enumerate(captures, 1):
        found = capture.answers.duets
        if len(captures) > 1 and (found.duets or found.unanswered):
            blocks.append(_title(capture))
        blocks += blocks_of(found, number)
    return Section("Two bots talking", tuple(blocks), _LEAD) if blocks else None


def _title(capture: CaptureResult) -> Block:
    return Facts((("capture", Cell(printable(capture.file, 60), "strong")),))


def blocks_of(found: DuetsFound, number: int = 1) -> list[Block]:
    """What the capture of this number has to say.

    Nothing if there is no duet, and nothing that hides one.
    """
    blocks: list[Block] = []
    for duet in found.duets[:DUETS]:
        turns = [turn for turn in found.duet_turns if turn.duet == duet.duet]
        blocks.append(Facts(tuple(_facts(found, duet))))
        score = _score(duet, turns)
        blocks += [score] if score else []
        blocks.append(_table(duet, turns, number))
    if len(found.duets) > DUETS:
        blocks.append(Lines((Cell(left_out(len(found.duets), DUETS, "duet"), "muted"),)))
    if found.unanswered:
        said = (f"{one.figure}: {one.reason}" for one in found.unanswered)
        blocks.append(Lines(tuple(Cell(printable(line, 120), "muted") for line in said)))
    return blocks


def _facts(found: DuetsFound, duet: Duet) -> list[tuple[str, Cell]]:
    names = [
        f"{speaker_name(number)} {printable(one, 13)}"
        for number, one in enumerate(duet.conversation_ids[:SPEAKERS], 1)
    ]
    pairs = [
        (f"duet {duet.duet}", Cell(" with ".join(names), "strong")),
        ("talked", Cell(f"{units.counted(duet.turns, 'turn')}, {_long(duet)}{_over(duet)}")),
    ]
    if isinstance(duet.handover_ns, Unmeasurable):
        pairs.append(("times", Cell(f"{units.UNKNOWN}  {duet.handover_ns.reason}", "muted")))
    else:
        handovers = units.counted(duet.turns - 1, "time")
        pairs += _waits(found, duet)
        handed = f"{handovers}, {units.duration(duet.handover_ns)} all together"
        pairs.append(("handed over", Cell(handed)))
    if duet.overlap_ns and not isinstance(duet.overlap_ns, Unmeasurable):
        pairs.append(("spoke at once", Cell(units.duration(duet.overlap_ns))))
    if duet.refused:
        refused = units.counted(duet.refused, "request")
        pairs.append(("refused", Cell(f"{refused} first; the prompt was sent again", "warn")))
    pairs.append(("loop", _loop(duet)))
    return pairs


def _waits(found: DuetsFound, duet: Duet) -> Iterator[tuple[str, Cell]]:
    waits = [one for one in found.duet_waits if one.duet == duet.duet]
    for one in waits[:SPEAKERS]:
        said = (
            f"for {speaker_name(one.waited_for)}: {units.duration(one.waited_ns)} in "
            f"{units.counted(one.answers, 'answer')}, longest {units.duration(one.longest_ns)}"
        )
        yield f"{speaker_name(one.speaker)} waited", Cell(said)


def _long(duet: Duet) -> str:
    if isinstance(duet.began_ns, Unmeasurable) or isinstance(duet.ended_ns, Unmeasurable):
        return ""
    return f"{units.duration(duet.ended_ns - duet.began_ns)} long, "


def _over(duet: Duet) -> str:
    if isinstance(duet.one_connection, Unmeasurable):
        return f"connections {units.UNKNOWN} ({duet.one_connection.reason})"
    return "all over one connection" if duet.one_connection else "over several connections"


def _loop(duet: Duet) -> Cell:
    if duet.loop_turn is None or duet.loop_period is None:
        return Cell("none: no answer came twice", "good")
    before = duet.loop_turn - duet.loop_period
    period = units.counted(duet.loop_period, "turn")
    said = f"turn {duet.loop_turn} gave the answer of turn {before} again, {period} later"
    return Cell(said, "warn")


def speaker_name(number: int) -> str:
    """A to Z, then numbers."""
    return chr(ord("A") + number - 1) if number <= 26 else f"speaker {number}"


def _score(duet: Duet, turns: list[DuetTurn]) -> Timelines | None:
    """Who spoke when, a line a speaker: low from request sent on, full height from first text."""
    if isinstance(duet.began_ns, Unmeasurable) or isinstance(duet.ended_ns, Unmeasurable):
        return None
    span = max(duet.ended_ns - duet.began_ns, 1)
    rows: list[Timeline] = []
    for number in range(1, min(duet.speakers, SPEAKERS) + 1):
        own = [turn for turn in turns if turn.speaker == number]
        counts = [0] * _STEPS
        for turn in own:
            _fill(counts, turn.sent_ns, turn.last_text_ns, duet.began_ns, span, _ASKED)
            _fill(counts, turn.first_text_ns, turn.last_text_ns, duet.began_ns, span, _SPEAKING)
        label = Cell(units.counted(len(own), "turn"), "muted")
        name = Cell(speaker_name(number), "strong")
        rows.append(Timeline(name, tuple(counts), units.duration(span) if not rows else "", label))
    return Timelines(tuple(rows), "low: asked, no text yet; high: answering")


def _fill(
    counts: list[int],
    begin: int | Unmeasurable,
    end: int | Unmeasurable,
    began_ns: int,
    span: int,
    height: int,
) -> None:
    if isinstance(begin, Unmeasurable) or isinstance(end, Unmeasurable):
        return
    first, last = ((at - began_ns) * _STEPS // span for at in (begin, end))
    for step in range(max(first, 0), min(last, _STEPS)):
        counts[step] = height


def _table(duet: Duet, turns: list[DuetTurn], number: int) -> Table:
    columns = (
        *(Column("turn"), Column("who", number=False), Column("#")),
        *(Column("sent\nafter"), Column("first\ntext"), Column("last\ntext")),
        *(Column("waited\nfor it"), Column("handed\nover"), Column("", number=False)),
    )
    rows = tuple(_row(duet, turn, Source(number, turn.exchange)) for turn in turns[:LISTED])
    return Table(columns, rows, left_out(len(turns), LISTED, "turn"))


def _row(duet: Duet, turn: DuetTurn, source: Source) -> tuple[Cell, ...]:
    return (
        Cell(str(turn.turn), "muted", turn.turn),
        Cell(speaker_name(turn.speaker), "strong"),
        cells.exchange(turn.exchange, source.capture),
        cells.span(_between(duet.began_ns, turn.sent_ns), "plain", source),
        cells.span(_between(turn.sent_ns, turn.first_text_ns), "plain", source),
        cells.span(_between(turn.sent_ns, turn.last_text_ns), "plain", source),
        cells.span(turn.waited_ns, "plain", source),
        cells.span(turn.handover_ns, "plain", source),
        Cell(_note(turn), "warn"),
    )


def _between(begin: int | Unmeasurable, end: int | Unmeasurable) -> int | Unmeasurable:
    if isinstance(begin, Unmeasurable):
        return begin
    return end if isinstance(end, Unmeasurable) else end - begin


def _note(turn: DuetTurn) -> str:
    notes = []
    if turn.repeated_of is not None:
        notes.append(f"as turn {turn.repeated_of}")
    if turn.refused:
        notes.append(f"refused {turn.refused}×")
    if turn.status != "complete":
        notes.append(turn.status)
    return ", ".join(notes)
