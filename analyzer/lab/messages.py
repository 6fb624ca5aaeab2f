"""The JSON of one message, in the shapes that travel in streams and in conversation details."""

from analyzer.lab.moves import Json

RECAP = "Thought for a few seconds"


def message(
    message_id: str,
    role: str,
    content: dict[str, Json],
    created_s: float,
    **more: Json,
) -> dict[str, Json]:
    """Return a message; ``more`` overrides fields, its ``metadata`` and ``name`` included."""
    author = {"role": role, "name": more.pop("name", None), "metadata": {}}
    return {
        "id": message_id,
        "author": author,
        "create_time": round(created_s, 3),
        "update_time": None,
        "content": content,
        "status": "finished_successfully",
        "end_turn": None,
        "weight": 1.0,
        "metadata": {},
        "recipient": "all",
        "channel": None,
    } | more


def text_content(text: str) -> dict[str, Json]:
    return {"content_type": "text", "parts": [text]}


def system_message(message_id: str, created_s: float) -> dict[str, Json]:
    """The empty system message that every turn echoes, hidden from the conversation."""
    metadata = {"is_visually_hidden_from_conversation": True}
    return message(
        message_id, "system", text_content(""), created_s, weight=0.0, end_turn=True,
        metadata=metadata,
    )  # fmt: skip


def user_message(message_id: str, prompt: str, created_s: float) -> dict[str, Json]:
    return message(message_id, "user", text_content(prompt), created_s)


def assistant_message(
    message_id: str,
    created_s: float,
    model: str,
    *,
    parent_id: str,
    text: str = "",
    channel: str | None = "final",
    message_type: str = "next",
) -> dict[str, Json]:
    """An assistant message that is only beginning; ``message_type`` is the request's action."""
    metadata = {"model_slug": model, "message_type": message_type, "parent_id": parent_id}
    return message(
        message_id, "assistant", text_content(text), created_s, status="in_progress",
        channel=channel, metadata=metadata,
    )  # fmt: skip


def thoughts_message(message_id: str, created_s: float, model: str) -> dict[str, Json]:
    content = {"content_type": "thoughts", "thoughts": [], "source_analysis_msg_id": message_id}
    metadata = {"model_slug": model, "reasoning_status": "is_reasoning"}
    return message(
        message_id, "assistant", content, created_s, status="in_progress", metadata=metadata
    )


def recap_message(message_id: str, created_s: float, model: str) -> dict[str, Json]:
    content = {"content_type": "reasoning_recap", "content": RECAP}
    metadata = {"model_slug": model, "reasoning_status": "reasoning_ended"}
    return message(message_id, "assistant", content, created_s, metadata=metadata, end_turn=False)


def tool_call(message_id: str, created_s: float, model: str, recipient: str) -> dict[str, Json]:
    """What the assistant sends to a tool: code, and not meant for the reader."""
    content = {"content_type": "code", "language": "unknown", "text": ""}
    return message(
        message_id, "assistant", content, created_s, status="in_progress", recipient=recipient,
        channel="commentary", metadata={"model_slug": model},
    )  # fmt: skip


def tool_result(message_id: str, created_s: float, name: str, text: str) -> dict[str, Json]:
    return message(
        message_id, "tool", text_content(text), created_s, name=name, status="in_progress"
    )
