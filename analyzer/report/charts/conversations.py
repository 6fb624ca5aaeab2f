"""The tree of messages of the first conversations: answers again, edits, stops."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import altair as alt

from analyzer.analyses.conversations import ConversationRow
from analyzer.analyses.conversations.rows import MessageRow
from analyzer.report import units
from analyzer.report.charts import drawing
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.drawing import BAD, CALM, Row
from analyzer.report.charts.links import anchor
from analyzer.report.figures import Figures
from analyzer.report.palette import SERIES
from analyzer.report.parts import Source
from analyzer.report.plain import printable

CONVERSATIONS = 4
"""Most conversations that are drawn: those with most messages."""

MESSAGES = 80
"""Most messages of one conversation."""

HEAD, LANE, SPACE = 20, 20, 8
"""Heights in px: a title, a branch, and what parts two conversations."""

_LOOKS = {
    "question": (SERIES[5], "square"),
    "answer": (SERIES[0], "circle"),
    "answer again": (SERIES[3], "triangle-up"),
    "question edited": (SERIES[4], "triangle-right"),
    "stopped": (BAD, "cross"),
    "reasoning": (SERIES[2], "diamond"),
    "tool or other": (CALM, "circle"),
}


class _Told(NamedTuple):
    number: int
    row: ConversationRow
    messages: Sequence[MessageRow]


def conversations(figures: Figures) -> Chart | None:
    """None where no conversation has two messages."""
    told = [
        _Told(number, row, messages)
        for number, capture in enumerate(figures.analysis.captures, 1)
        for row in capture.answers.conversations.conversations
        if len(messages := _messages(capture.answers.conversations.messages, row)) > 1
    ]
    if not told:
        return None
    shown = sorted(told, key=lambda one: -len(one.messages))[:CONVERSATIONS]
    points: list[Row] = []
    lines: list[Row] = []
    heads: list[Row] = []
    top = 0.0
    for one in shown:
        top = _draw(figures, one, top, points, lines, heads)
    return Chart(
        name="conversations",
        title="Conversations as trees",
        section="Conversations",
        says=tuple(_says(figures, shown, len(told))),
        alt=_alt(shown),
        spec=_spec(points, lines, heads, top),
    )


def _messages(rows: Sequence[MessageRow], of: ConversationRow) -> list[MessageRow]:
    """What its page can show: instructions that the service hides stand in no branch."""
    return [
        one for one in rows if one.conversation_id == of.conversation_id and one.role != "system"
    ]


def _draw(
    figures: Figures,
    told: _Told,
    top: float,
    points: list[Row],
    lines: list[Row],
    heads: list[Row],
) -> float:
    """One tree below what is drawn already: depth to the right, a line a branch."""
    row, several = told.row, len(figures.analysis.captures) > 1
    title = printable(row.title, 44) or printable(row.conversation_id, 44)
    name = f"{told.number}: {title}" if several else title
    heads.append({"y": top + HEAD / 2, "name": name, "more": units.counted(row.turns, "turn")})
    top += HEAD
    lanes = 0
    placed: dict[str, tuple[int, float]] = {}
    for message, lane in _lanes(told.messages[:MESSAGES]):
        lanes = max(lanes, lane + 1)
        x, y = message.depth, top + lane * LANE + LANE / 2
        placed[message.message_id] = (x, y)
        parent = placed.get(message.parent_id)
        if parent is not None:
            lines.append({"x": parent[0], "X": x, "y": parent[1], "Y": y})
        points.append(_point(figures, told, message, x, y))
    return top + lanes * LANE + SPACE


def _lanes(messages: Sequence[MessageRow]) -> Iterator[tuple[MessageRow, int]]:
    """Each message after its parent, with its line: the branch that is shown goes straight on,
    every other one takes the first line below its parent's that is free where it lies.
    """
    taken: list[list[tuple[int, int]]] = []
    lane_of: dict[str, int] = {}
    for chain in _chains(messages):
        span = chain[0].depth, chain[-1].depth
        lane = lane_of.get(chain[0].parent_id, -1) + 1
        while lane < len(taken) and any(
            low <= span[1] and span[0] <= high for low, high in taken[lane]
        ):
            lane += 1
        while lane >= len(taken):
            taken.append([])
        taken[lane].append(span)
        for one in chain:
            lane_of[one.message_id] = lane
            yield one, lane


def _chains(messages: Sequence[MessageRow]) -> Iterator[list[MessageRow]]:
    """Runs of first children, each after the one that it branches off."""
    children: dict[str, list[MessageRow]] = {}
    known = {one.message_id for one in messages}
    for one in messages:
        parent = one.parent_id if one.parent_id in known else ""
        children.setdefault(parent, []).append(one)
    seen: set[str] = set()
    waiting = _current_first(children.get("", []))
    while waiting:
        chain: list[MessageRow] = []
        following = [waiting.pop(0)]
        while following and following[0].message_id not in seen:
            seen.add(following[0].message_id)
            chain.append(following[0])
            following = _current_first(children.get(following[0].message_id, []))
            waiting += following[1:]
        if chain:
            yield chain


def _current_first(messages: Sequence[MessageRow]) -> list[MessageRow]:
    return sorted(messages, key=lambda one: (not one.is_current, one.branch))


def _point(figures: Figures, told: _Told, message: MessageRow, x: int, y: float) -> Row:
    row: Row = {
        "x": x,
        "y": y,
        "kind": _kind(message),
        "text": printable(message.text, 80) or units.UNKNOWN,
        "status": printable(message.status, 30),
        "ttft": units.duration(message.ttft_ns),
        "branch": f"{message.branch} of {message.branches}",
        "name": units.UNKNOWN,
        "size": 80 if message.role in ("user", "assistant") and message.kind != "reasoning" else 45,
    }
    if message.exchange is not None:
        source = Source(told.number, message.exchange)
        row["name"], row["href"] = drawing.called(source, figures), anchor(source)
    return row


def _kind(message: MessageRow) -> str:
    if message.is_stopped:
        return "stopped"
    if message.role == "user":
        return "question edited" if message.action == "edit" else "question"
    if message.kind == "reasoning":
        return "reasoning"
    if message.kind == "answer":
        return "answer again" if message.action == "variant" else "answer"
    return "tool or other"


def _spec(
    points: list[Row], lines: list[Row], heads: list[Row], height: float
) -> dict[str, object]:
    deepest = max(row["x"] for row in points)
    along = alt.Scale(domain=[-0.5, max(deepest, 6) + 0.5], nice=False)
    down = alt.Scale(domain=[0, height], range=[0, height], nice=False)
    used = {row["kind"] for row in points}
    looks = {kind: look for kind, look in _LOOKS.items() if kind in used}
    x, y = alt.X("x:Q", scale=along, axis=None), alt.Y("y:Q", scale=down, axis=None)
    about = drawing.tooltips(
        kind="what", text="text", name="exchange", ttft="TTFT", status="status", branch="branch"
    )
    colours = alt.Scale(domain=list(looks), range=[colour for colour, _ in looks.values()])
    shapes = alt.Scale(domain=list(looks), range=[shape for _, shape in looks.values()])
    names = drawing.named("heads")
    return drawing.finished(
        alt.layer(
            drawing.named("lines").mark_rule(style="quiet", strokeWidth=1.2).encode(
                x=x, x2="X:Q", y=y, y2="Y:Q"
            ),
            drawing.named("points").mark_point(filled=True, opacity=1).encode(
                x=x, y=y, tooltip=about, href="href:N",
                size=alt.Size("size:Q", scale=None, legend=None),
                color=alt.Color("kind:N", scale=colours, legend=drawing.legend()),
                shape=alt.Shape("kind:N", scale=shapes, legend=drawing.legend()),
            ),
            names.mark_text(style="named", align="left", baseline="middle").encode(
                x=alt.value(0), y=y, text="name:N"
            ),
            names.mark_text(style="said", align="right", baseline="middle").encode(
                x=alt.value("width"), y=y, text="more:N"
            ),
        ),
        height,
        points=points,
        lines=lines,
        heads=heads,
    )  # fmt: skip


def _says(figures: Figures, shown: Sequence[_Told], total: int) -> Iterator[str]:
    messages = sum(len(one.messages) for one in shown)
    yield (
        f"n = {units.counted(messages, 'message')} of {units.counted(len(shown), 'conversation')}; "
        "to the right by depth, a new line for each other branch. TTFT alone is by a clock. "
        f"{drawing.clock_said(figures.analysis.captures)}"
    )
    left = ["messages of the service to the model"]
    if total > len(shown):
        left.append(units.counted(total - len(shown), "conversation"))
    longer = sum(max(len(one.messages) - MESSAGES, 0) for one in shown)
    if longer:
        left.append(f"{units.counted(longer, 'later message')} of long ones")
    yield f"Left out: {drawing.listed(left)}; `streamscope transcript` has all conversations."


def _alt(shown: Sequence[_Told]) -> str:
    parts = [
        f"{units.counted(len(one.messages), 'message')} with "
        f"{units.counted(one.row.variants, 'answer')} again, "
        f"{units.counted(one.row.edits, 'edit')}, {units.counted(one.row.stops, 'stop')}"
        for one in shown
    ]
    return f"Trees of messages: {'; '.join(parts)}."
