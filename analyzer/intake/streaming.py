"""Which bodies are streams: read part by part, each with its moment."""

EVENT_STREAM = "text/event-stream"
JSON = "application/json"

JSON_LINES = frozenset(
    {
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/jsonlines",
        "application/json-lines",
        "application/stream+json",
        "text/x-ndjson",
    }
)
"""One JSON value a line. No type is registered for it; these are the ones in use."""


def essence(content_type: str) -> str:
    """The type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_json_lines(content_type: str) -> bool:
    return essence(content_type) in JSON_LINES


def streams(content_type: str) -> bool:
    """Whether a body of this type is an event stream or JSON lines."""
    return essence(content_type) == EVENT_STREAM or is_json_lines(content_type)
