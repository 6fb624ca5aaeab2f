"""A visitor in a real page: lists, conversations and credentials, step by step, by fetch.

`INSTALL` puts ``window.visit`` into the lab's chat page. Whatever it does it does as a web
client would; what it saw comes back as plain values, so a test can hold it against the
capture and the truth log.
"""

from typing import Any, Literal

from playwright.sync_api import Page

INSTALL = """
async () => {
  const {EventParser, Turn} = await import('/static/stream.js');
  const visit = window.visit = {token: '', endsAt: 0};
  const end = ({accessToken = '', expires_in: span}) => {
    if (span !== undefined) return Date.now() + 1_000 * span + 500;  // whole seconds, rounded
    const [, claims = ''] = accessToken.split('.');
    return claims && 1_000 * JSON.parse(atob(claims.replace(/-/g, '+').replace(/_/g, '/'))).exp;
  };
  visit.remaining = () => visit.endsAt - Date.now();
  visit.refresh = async () => {
    const response = await fetch('/api/auth/session');
    const session = await response.json();
    visit.token = session.accessToken || visit.token;
    visit.endsAt = end(session);
    return {id: response.headers.get('x-request-id'), status: response.status,
            hasToken: Boolean(session.accessToken)};
  };
  const headers = (bearer) => bearer ? {authorization: 'Bearer ' + visit.token} : {};
  const JSON_BODY = {'content-type': 'application/json'};
  const asking = () => ({...headers(true), ...JSON_BODY, accept: 'text/event-stream'});
  visit.call = async (path, {method = 'GET', json, bearer = true} = {}) => {
    const response = await fetch(path, {
      method,
      headers: {...headers(bearer), ...(json === undefined ? {} : JSON_BODY)},
      body: json === undefined ? undefined : JSON.stringify(json),
    });
    const text = await response.text();
    let body = null;
    try { body = JSON.parse(text); } catch { /* HTML of a content delivery network */ }
    return {id: response.headers.get('x-request-id'), status: response.status, body,
            link: response.headers.get('link') ?? ''};
  };
  visit.read = async (response, turn, {stopAfter = 0} = {}) => {
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const parser = new EventParser();
    let reads = 0, stopped = false;
    try {
      for (;;) {
        const {done, value} = await reader.read();
        if (done) return true;
        for (const event of parser.feed(decoder.decode(value, {stream: true}))) turn.take(event);
        if (stopAfter && ++reads >= stopAfter && !stopped && turn.conversationId) {
          stopped = true;
          await visit.call('/backend-api/stop_conversation',
                           {method: 'POST', json: {conversation_id: turn.conversationId}});
        }
      }
    } catch {
      return false;
    }
  };
  visit.ask = async ({text, conversation, parent, action = 'next', form = 'delta_v1', lab = {},
                      stopAfter = 0, resume = false}) => {
    const userId = crypto.randomUUID();
    const messages = action === 'variant' ? [] : [
      {id: userId, author: {role: 'user'}, content: {content_type: 'text', parts: [text]}}];
    const path = form === 'delta_v1' ? '/backend-api/f/conversation' : '/backend-api/conversation';
    const response = await fetch(path, {
      method: 'POST',
      headers: asking(),
      body: JSON.stringify({
        action, messages, model: 'auto',
        parent_message_id: parent ?? crypto.randomUUID(),
        ...(conversation ? {conversation_id: conversation} : {}),
        supported_encodings: form === 'delta_v1' ? ['v1'] : [],
        lab,
      }),
    });
    const turn = new Turn();
    const outcome = {id: response.headers.get('x-request-id'), status: response.status,
                     resumed: '', userId, ended: false};
    if (response.ok) outcome.ended = await visit.read(response, turn, {stopAfter});
    else await response.text();
    if (resume) {
      outcome.offset = turn.events - 1;  // [DONE] does not count
      const rest = await fetch('/backend-api/f/conversation/resume', {
        method: 'POST',
        headers: asking(),
        body: JSON.stringify({conversation_id: turn.conversationId, offset: outcome.offset}),
      });
      outcome.resumed = rest.headers.get('x-request-id');
      if (rest.ok) outcome.ended = await visit.read(rest, turn);
    }
    return {...outcome, conversation: turn.conversationId, answerId: turn.messageId,
            answer: turn.answer, title: turn.title, error: turn.error};
  };
  await visit.refresh();
}
"""
STEADY = {"kind": "steady", "seed": 1}
STEADY_S = 4.4
"""How long that answer takes at least."""

LISTED = "/backend-api/conversations?offset=0&limit=5&order=updated"
STOP = "/backend-api/stop_conversation"

OUTLAST_S = 0.6
"""How much longer than its credential an answer takes that is to outlast it."""


class Visitor:
    """One page with ``window.visit`` in it; every method waits for what it started."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.wait_for_function("window.__lab?.ready")
        page.evaluate(INSTALL)

    def refresh(self) -> Any:
        """Ask for the session's access credential again."""
        return self.page.evaluate("() => window.visit.refresh()")

    def call(self, path: str, method: str = "GET", **options: Any) -> Any:
        """A JSON call: ``json`` is its body, ``bearer`` False leaves the credential out."""
        return self.page.evaluate(
            "([path, options]) => window.visit.call(path, options)",
            [path, {"method": method, **options}],
        )

    def ask(self, text: str = "", **options: Any) -> Any:
        """Ask for an answer and read it to its end."""
        return self.page.evaluate(
            "(options) => window.visit.ask(options)", {"text": text, **options}
        )

    def remaining_s(self) -> float:
        """How long the access credential lives yet; of an opaque one, at most."""
        left_ms: float = self.page.evaluate("() => window.visit.remaining()")
        return left_ms / 1_000

    def outlive(self) -> None:
        """Wait until the access credential has ended for sure."""
        self.page.wait_for_timeout(1_000 * max(0.0, self.remaining_s() + 0.1))

    def have_left(self, seconds: float) -> None:
        """Go on with an access credential that lives so long at least."""
        if self.remaining_s() < seconds + 1:
            self.outlive()
            self.refresh()

    def lose(self, what: str) -> Any:
        """Have the lab revoke ``access``, ``blocked`` or ``session``; what the next call gets."""
        self.call("/lab/revoke", "POST", json={"what": what})
        return self.call(LISTED)


def walk_by_offset(visitor: Visitor, pages: int, limit: int, chat_after: int = -1) -> list[Any]:
    """Read the list's first pages by offset; after page ``chat_after`` begin a conversation.

    Its row then stands on top, so the next page begins with the row that the last ended with.
    """
    seen = []
    for number in range(pages):
        path = f"/backend-api/conversations?offset={number * limit}&limit={limit}&order=updated"
        seen.append(visitor.call(path))
        if number == chat_after:
            visitor.ask("A row more?", lab={"kind": "steady"})
    return seen


def walk_by_cursor(visitor: Visitor, pages: int, limit: int) -> list[Any]:
    """Read pages by keyset: each answer names the cursor of the next."""
    seen: list[Any] = []
    cursor = ""
    for _ in range(pages):
        query = f"cursor={cursor}&limit={limit}"
        page = visitor.call(f"/backend-api/gizmos/g-lab/conversations?{query}")
        seen.append(page)
        cursor = page["body"]["cursor"]
        if not cursor:
            break
    return seen


def converse(visitor: Visitor) -> dict[str, Any]:
    """A conversation with everything that makes it a tree: what the page knows of each turn."""
    first = visitor.ask("What are tides?", form="cumulative", lab={"kind": "steady"})
    place = {"conversation": first["conversation"]}
    second = visitor.ask(
        "And spring tides?", **place, parent=first["answerId"], lab={"kind": "reasoning"}
    )
    variant = visitor.ask(
        action="variant", **place, parent=second["userId"], lab={"kind": "steady", "seed": 77}
    )
    edited = visitor.ask("And neap tides?", **place, parent=first["answerId"], lab={})
    handed_off = visitor.ask(
        "At length, please.", **place, parent=edited["answerId"],
        lab={"kind": "handoff"}, resume=True,
    )  # fmt: skip
    stopped = visitor.ask(
        "Too long?", **place, parent=handed_off["answerId"],
        lab={"kind": "long", "time_scale": 1.0}, stopAfter=20,
    )  # fmt: skip
    feedback = visitor.call(
        "/backend-api/conversation/message_feedback",
        "POST",
        json={
            "conversation_id": first["conversation"],
            "message_id": variant["answerId"],
            "rating": "thumbsUp",
        },
    )
    title = visitor.call(
        f"/backend-api/conversation/gen_title/{first['conversation']}",
        "POST",
        json={"message_id": first["answerId"]},
    )
    detail = visitor.call(f"/backend-api/conversation/{first['conversation']}")
    turns = {
        "first": first, "second": second, "variant": variant,
        "edited": edited, "handed_off": handed_off, "stopped": stopped,
    }  # fmt: skip
    return {"turns": turns, "feedback": feedback, "title": title, "detail": detail}


def spend_credentials(visitor: Visitor, last: Literal["given up", "logged out"]) -> dict[str, Any]:
    """Everything that befalls credentials; ``last`` is how the last one ends."""
    visitor.have_left(0.5)
    seen: dict[str, Any] = {"first": visitor.call(LISTED)}
    detail = f"/backend-api/conversation/{seen['first']['body']['items'][0]['id']}"
    scale = (visitor.remaining_s() + OUTLAST_S) / STEADY_S
    seen["across"] = visitor.ask(
        "Longer than your credential?", lab={**STEADY, "time_scale": scale}
    )
    visitor.outlive()
    seen["expired"] = [visitor.call(LISTED), visitor.call(detail), visitor.call(LISTED)]
    seen["refreshed"] = visitor.refresh()
    seen["recovered"] = visitor.call(LISTED)
    seen["revoked"] = visitor.lose("access")
    visitor.refresh()
    seen["recovered_again"] = visitor.call(LISTED)
    seen["blocked"] = visitor.lose("blocked")
    visitor.refresh()
    seen["unblocked"] = visitor.call(LISTED)
    seen["detail"] = visitor.call(detail)
    seen["masked_list"] = visitor.call(LISTED, bearer=False)
    seen["masked_detail"] = visitor.call(detail, bearer=False)
    seen["missing"] = visitor.call(STOP, "POST", bearer=False, json={"conversation_id": "none"})
    if last == "given up":
        visitor.outlive()
        seen["given_up"] = visitor.call(LISTED)
    else:
        seen["logged_out"] = visitor.lose("session")
        seen["forgotten"] = visitor.refresh()
    return seen
