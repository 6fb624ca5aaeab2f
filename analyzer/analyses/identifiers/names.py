"""What the name that a value stands under says of it: an identifier, text, a hash, a time."""

import re

CREATED = frozenset(
    {
        *("create_time", "created_at", "created", "creation_time", "created_time", "created_on"),
        *("createTime", "createdAt", "creationTime", "createdTime", "createdOn", "creationDate"),
        *("created_at_ms", "createdAtMs", "created_ms", "creation_date", "date_created"),
    }
)
"""Members of an object that state when the thing it describes was made."""

_CAMEL = re.compile(r"[a-z0-9](?:Ids?|IDs?|Uuids?|UUIDs?)$")
_SNAKE = re.compile(r"(?:^|[_.-])(?:ids?|uuids?|guids?|ulids?)$", re.IGNORECASE)
_NEVER = re.compile(
    r"etag|hash|sha-?\d|md5|digest|checksum|integrity|fingerprint|nonce|signature|secret"
    r"|token|passw|csrf|xsrf|cookie|authorization|obfuscation",
    re.IGNORECASE,
)
_TEXT = frozenset(
    {
        *("content", "parts", "text", "v", "delta", "title", "summary", "prompt", "arguments"),
        *("thinking", "thought", "reasoning", "reasoning_content", "partial_json", "refusal"),
        *("description", "name", "message", "response", "answer", "query", "q", "body", "input"),
        *("output", "value", "caption", "label", "snippet", "markdown", "html", "code", "tags"),
    }
)
_REFERENCE = re.compile(
    r"parent|previous|prev|next|current|root|owner|user|author|account|workspace|org|project"
    r"|template|gizmo|request|trace|span|device|model|session|client|tenant|team",
    re.IGNORECASE,
)
_HEADERS = frozenset({"cf-ray", "traceparent"})
_NOT_IN_HEADERS = frozenset({"if-none-match", "if-match", "if-range"})


def is_identifier(name: str) -> bool:
    """Whether a name says that an identifier stands under it: ``id``, ``turnId``."""
    return _SNAKE.search(name) is not None or _CAMEL.search(name) is not None


def is_excluded(name: str) -> bool:
    """Whether what stands under a name is text, a hash or a credential, however it looks."""
    return name in _TEXT or (_NEVER.search(name) is not None and not is_identifier(name))


def is_identifier_header(name: str) -> bool:
    return is_identifier(name) or name in _HEADERS


def is_excluded_header(name: str) -> bool:
    return name in _NOT_IN_HEADERS or is_excluded(name)


def own_name(candidates: list[str]) -> str | None:
    """Which of an object's members names the object itself, of those that hold an identifier.

    ``id`` does; else the only one that names no other thing, as ``parent_id`` or ``user_id``
    do; None where that can't be told, as of a message in a conversation.
    """
    for name in ("id", "_id", "uuid", "guid", "ulid"):
        if name in candidates:
            return name
    own = [name for name in candidates if is_identifier(name) and not _REFERENCE.search(name)]
    return own[0] if len(own) == 1 else None
