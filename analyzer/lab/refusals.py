"""The error envelopes: JSON shapes that a chat service answers with instead of data."""

from starlette.responses import HTMLResponse, JSONResponse, Response

_EXPIRED = "Provided authentication token is expired. Please try signing in again."
_INVALIDATED = "Your authentication token has been invalidated. Please try signing in again."
_INVALID = "Could not parse your authentication token. Please try signing in again."
_BLOCKED_PAGE = (
    "<!doctype html><html><head><title>Just a moment...</title></head>"
    "<body><h1>Sorry, you have been blocked</h1></body></html>"
)


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """A request gets this answer instead of data. ``code`` is what the log says of it."""

    def __init__(self, status: int, body: dict[str, object] | str, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.body = body
        self.code = code

    def response(self) -> Response:
        if isinstance(self.body, str):
            return HTMLResponse(self.body, self.status)
        return JSONResponse(self.body, self.status)


def _detailed(status: int, message: str, kind: str, code: str) -> Refused:
    detail = {"message": message, "type": kind, "param": None, "code": code}
    return Refused(status, {"detail": detail}, code)


def expired() -> Refused:
    return _detailed(401, _EXPIRED, "invalid_request_error", "token_expired")


def invalid() -> Refused:
    return _detailed(401, _INVALID, "invalid_request_error", "invalid_jwt")


def invalidated() -> Refused:
    """An access credential was revoked."""
    error = {"message": _INVALIDATED, "type": "invalid_request_error", "code": "token_invalidated"}
    return Refused(401, {"error": error, "status": 401}, "token_invalidated")


def logged_out() -> Refused:
    """The whole session was revoked: the envelope without a code."""
    return Refused(401, {"detail": _INVALIDATED}, "session_revoked")


def blocked() -> Refused:
    """As a content delivery network refuses: 403 in HTML."""
    return Refused(403, _BLOCKED_PAGE, "blocked")


def missing() -> Refused:
    return Refused(401, {"detail": "Unauthorized"}, "missing")


def not_found(conversation_id: str) -> Refused:
    message = f"Can't load conversation {conversation_id}"
    return _detailed(404, message, "invalid_request_error", "conversation_not_found")


def nothing_to_resume(conversation_id: str) -> Refused:
    message = f"Conversation {conversation_id} has no turn to resume."
    return _detailed(404, message, "invalid_request_error", "no_turn_to_resume")


def inaccessible(conversation_id: str) -> Refused:
    """A cookie without a bearer: the service hides the refusal behind a 404."""
    message = f"Conversation {conversation_id} is not accessible."
    return _detailed(404, message, "invalid_request_error", "conversation_inaccessible")


def unreadable(reason: str) -> Refused:
    return Refused(400, {"detail": f"There was an error parsing the body: {reason}"}, "bad_body")


def wrong(place: str, reason: str) -> Refused:
    """A value that doesn't fit, in the form of the validation errors of Python services."""
    detail = [{"loc": place.split("."), "msg": reason, "type": "value_error"}]
    return Refused(422, {"detail": detail}, "bad_value")


def too_large(limit: int) -> Refused:
    message = f"The body is longer than {limit} bytes."
    return _detailed(413, message, "invalid_request_error", "conversation_too_large")


def too_many(limit: int) -> Refused:
    message = f"{limit} streams are running; wait for one to end."
    return _detailed(429, message, "rate_limit_error", "too_many_streams")
