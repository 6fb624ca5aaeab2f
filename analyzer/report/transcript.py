"""One conversation to be read: picked by the beginning of its id, then as text or as Markdown.

What was captured is data: it can't move a terminal's cursor, and it can't break out of the
Markdown document that it stands in.
"""

import io
import re
from collections.abc import Iterator, Sequence
from typing import TextIO

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from analyzer.analyses.conversations import ConversationRow, MessageRow
from analyzer.analyses.questions import why_textless
from analyzer.analyses.results import Analysis, CaptureResult
from analyzer.model import StreamscopeError, Unmeasurable
from analyzer.report import units
from analyzer.report.plain import printable, printable_lines

LISTED = 20
"""Ids that an error lists."""

TITLE_SHOWN = 80
ID_SHOWN = 60

_ROLES = {"user": "You", "assistant": "Assistant", "tool": "Tool", "system": "System"}
_KINDS = {"reasoning": "reasoning", "tool": "to a tool"}
_TOLD_BY = {
    "stream": "told in the stream",
    "gen_title": "asked for with gen_title",
    "detail": "from the conversation's detail",
    "list": "from the list",
}
_STYLES = {"user": "bold green", "assistant": "bold cyan"}
_FENCE = re.compile(r"`{3,}")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#!|~&$@]|(?<=:)/|(?<=www)\.)")
"""What Markdown or its common extensions read as more than itself, amid a line."""


class Line(msgspec.Struct, frozen=True):
    """A message, ready to be shown: who speaks, what is to be said of it, and its text."""

    role: str
    heading: str
    about: tuple[str, ...]
    text: str
    is_quiet: bool


class Transcript(msgspec.Struct, frozen=True):
    """``facts`` are names and what is to be said of the whole conversation."""

    title: str
    facts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


def pick_transcript(analysis: Analysis, wanted: str | None) -> Transcript:
    """The conversation whose id begins so; without that the one that was last active.

    Raises StreamscopeError, which lists the ids that there are.
    """
    known = [
        (capture, row)
        for capture in analysis.captures
        for row in capture.answers.conversations.conversations
    ]
    if not known:
        if why := next(filter(None, (why_textless(one.head) for one in analysis.captures)), ""):
            raise StreamscopeError(f"no conversation can be read: {why}; take the one it came of")
        raise StreamscopeError(
            "no conversation was found: none of these captures holds a chat that is understood; "
            "see `streamscope report` for what they hold"
        )
    if wanted is None:
        # Captures are in the order of time; two clocks have no common zero.
        newest = max(known, key=lambda one: (one[0].head.wall_ns, one[1].last_ns or 0))
        return _transcript(*newest)
    exact = [one for one in known if one[1].conversation_id == wanted]
    found = exact or [one for one in known if one[1].conversation_id.startswith(wanted)]
    if len({row.conversation_id for _, row in found}) != 1:
        raise StreamscopeError(_which(wanted, found or known, found=bool(found)))
    return _transcript(*found[-1])


def _which(
    wanted: str, rows: Sequence[tuple[CaptureResult, ConversationRow]], *, found: bool
) -> str:
    named = dict.fromkeys(
        f"  {printable(row.conversation_id, ID_SHOWN)}  {printable(row.title, 40)}".rstrip()
        for _, row in rows
    )
    what = "several conversations begin" if found else "no conversation begins"
    more = [f"  and {len(named) - LISTED} more"] if len(named) > LISTED else []
    listed = "\n".join([*list(named)[:LISTED], *more])
    return f"{what} with {printable(wanted, ID_SHOWN)!r}; name one of these:\n{listed}"


def _transcript(capture: CaptureResult, row: ConversationRow) -> Transcript:
    answers = capture.answers.conversations
    messages = [one for one in answers.messages if one.conversation_id == row.conversation_id]
    shown = [one for one in messages if one.text and (one.role == "user" or one.kind)]
    facts = [
        ("conversation", printable(row.conversation_id, ID_SHOWN)),
        ("title", _told(row)),
        ("model", printable(row.model, ID_SHOWN)),
        ("holds", _holds(row, len(messages) - len(shown))),
        ("TTFT", _ttft(row)),
    ]
    if row.compared:
        facts.append(("checked", _checked(row)))
    return Transcript(
        printable(row.title, TITLE_SHOWN) or "Conversation without a title",
        tuple((name, said) for name, said in facts if said),
        tuple(_line(message) for message in shown),
    )


def _told(row: ConversationRow) -> str:
    return _TOLD_BY.get(row.title_from, "not told in this capture")


def _holds(row: ConversationRow, hidden: int) -> str:
    counts = [
        units.counted(row.turns, "turn"),
        units.counted(row.messages, "message"),
        *([units.counted(row.variants, "regenerated answer")] if row.variants else []),
        *([units.counted(row.edits, "edited question")] if row.edits else []),
        *([f"{row.stops} stopped"] if row.stops else []),
        *([f"{row.handoffs} handed off, {row.resumed} resumed"] if row.handoffs else []),
        *([units.counted(row.orphans, "message") + " without parent"] if row.orphans else []),
        *([f"{hidden} hidden or empty not shown"] if hidden else []),
    ]
    return ", ".join(counts)


def _ttft(row: ConversationRow) -> str:
    if isinstance(row.ttft_p50_ns, Unmeasurable):
        return f"{units.UNKNOWN}  {row.ttft_p50_ns.reason}"
    return f"p50 {units.duration(row.ttft_p50_ns)} (n = {units.counted(row.ttft_n, 'turn')})"


def _checked(row: ConversationRow) -> str:
    compared = units.counted(row.compared, "answer")
    return f"{compared} compared with the detail, {row.differing or 'none'} differ"


def _line(message: MessageRow) -> Line:
    speaker = _ROLES.get(message.role) or printable(message.role, 20)
    kind = _KINDS.get(message.kind, "")
    return Line(
        message.role,
        f"{speaker} ({kind})" if kind else speaker,
        tuple(_about(message)),
        message.text,
        message.kind in _KINDS,
    )


def _about(message: MessageRow) -> Iterator[str]:
    if message.branches > 1:
        shown = "" if message.is_current else ", not on the shown path"
        yield f"branch {message.branch} of {message.branches}{shown}"
    if message.action == "variant":
        yield "regenerated"
    if message.action == "edit" and message.role == "user":
        yield "edited question"
    if message.is_orphan:
        yield "its parent was not seen"
    yield from _pace(message)
    if message.seen_as == "detail":
        yield "read from the detail"
    if message.resumed_exchange_ids and message.kind == "answer":
        yield "handed off and resumed"
    if message.is_stopped:
        yield "stopped"
    if message.rating:
        yield f"rated {printable(message.rating, 20)}"


def _pace(message: MessageRow) -> Iterator[str]:
    ttft, rate = message.ttft_ns, message.rate_per_s
    if ttft is None or message.seen_as == "detail":
        return
    if isinstance(ttft, Unmeasurable):
        yield f"TTFT {units.UNKNOWN} ({ttft.reason})"
    else:
        yield f"TTFT {units.duration(ttft)}"
    if isinstance(rate, int | float):
        yield f"≈{units.rate(rate)[:-2]} tok/s"


def print_transcript(
    transcript: Transcript, file: TextIO | None = None, *, width: int | None = None
) -> None:
    """Write the conversation for a terminal or a pipe."""
    console = Console(file=file, width=width, highlight=False, emoji=False, markup=False)
    if console.is_terminal:
        _render(transcript, console)
        return
    # Into memory first: text is padded to the page's width, which a file doesn't need.
    buffer = io.StringIO()
    _render(transcript, Console(file=buffer, width=console.width, highlight=False, emoji=False))
    written = "".join(f"{line.rstrip()}\n" for line in buffer.getvalue().splitlines())
    if not console.encoding.lower().startswith("utf"):
        written = written.encode("ascii", "backslashreplace").decode()
    console.file.write(written)


def _render(transcript: Transcript, console: Console) -> None:
    console.print(Rule(Text(transcript.title, "bold"), style="cyan", align="left"))
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, said in transcript.facts:
        facts.add_row(Text(f" {name}"), Text(said))
    console.print(facts)
    for line in transcript.lines:
        console.print()
        about = f"  {' · '.join(line.about)}" if line.about else ""
        console.print(Text.assemble((line.heading, _STYLES.get(line.role, "bold")), (about, "dim")))
        text = Text(printable_lines(line.text), "dim italic" if line.is_quiet else "")
        console.print(Padding(text, (0, 0, 0, 2)))


def markdown(transcript: Transcript) -> str:
    """The conversation as a Markdown document (CommonMark).

    Each text stands in a fence that is longer than any run of backquotes in it, so nothing in
    it can end the fence; what stands outside of fences is escaped.
    """
    parts = [f"# {escaped(transcript.title)}", ""]
    parts += [f"- {name}: {escaped(said)}" for name, said in transcript.facts]
    for line in transcript.lines:
        parts += ["", f"## {escaped(line.heading)}"]
        if line.about:
            parts += ["", f"*{' · '.join(map(escaped, line.about))}*"]
        parts += ["", fenced(line.text)]
    return "\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """One line of Markdown that shows exactly this."""
    return _SPECIAL.sub(r"\\\1", text)


def fenced(text: str) -> str:
    plain = printable_lines(text)
    longest = max((len(run) for run in _FENCE.findall(plain)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{plain}\n{fence}"
