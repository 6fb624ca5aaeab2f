"""Rows into the JSON of lists and details, and back from cursors."""

import base64
import binascii
import datetime

import msgspec

from analyzer.lab import messages
from analyzer.lab.database import ConversationRow, MessageRow
from analyzer.lab.moves import Json
from analyzer.lab.refusals import wrong
from analyzer.lab.seeding import ROOT


def iso_time(at_s: float) -> str:
    moment = datetime.datetime.fromtimestamp(at_s, datetime.UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def list_item(row: ConversationRow) -> dict[str, Json]:
    """One row of a list; its times are ISO strings, those of details are not."""
    return {
        "id": row.id,
        "title": row.title,
        "create_time": iso_time(row.create_time),
        "update_time": iso_time(row.update_time),
        "mapping": None,
        "current_node": None,
        "conversation_template_id": None,
        "gizmo_id": None,
        "is_archived": row.is_archived,
        "is_starred": None,
        "workspace_id": None,
    }


def detail(row: ConversationRow, rows: list[MessageRow]) -> dict[str, Json]:
    """A conversation as a tree of messages under a root without one."""
    nodes: dict[str, dict[str, Json]] = {ROOT: _node(ROOT, None, None)}
    for message in rows:
        nodes[message.id] = _node(message.id, message.parent_id, _message(message, row.model))
    for message in rows:
        nodes[message.parent_id]["children"].append(message.id)
    return {
        "title": row.title,
        "create_time": row.create_time,
        "update_time": row.update_time,
        "mapping": nodes,
        "moderation_results": [],
        "current_node": row.current_node or (rows[-1].id if rows else ROOT),
        "conversation_id": row.id,
        "is_archived": row.is_archived,
        "default_model_slug": row.model,
    }


def _node(node_id: str, parent: str | None, message: Json) -> dict[str, Json]:
    return {"id": node_id, "message": message, "parent": parent, "children": []}


def _message(row: MessageRow, model: str) -> dict[str, Json]:
    if row.role == "user":
        return messages.user_message(row.id, row.text, row.create_time)
    message = messages.assistant_message(
        row.id, row.create_time, model, parent_id=row.parent_id, text=row.text
    )
    return message | {"status": row.status, "end_turn": row.status != "in_progress"}


def write_cursor(at_s: float, row_id: str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((at_s, row_id))).decode()


def read_cursor(cursor: str) -> tuple[float, str] | None:
    """Return where a page starts; an empty cursor is the beginning. Raise a refusal if bad."""
    if not cursor:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=tuple[float, str])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise wrong("query.cursor", "not a cursor of this service") from None
