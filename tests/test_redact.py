"""No secret passes; everything else does, at its place."""

import base64
import json
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import redact
from analyzer.redact import Redactor, Where, search, streams
from analyzer.redact.streams import StreamRedactor

AT = Where(7, 1_000, "response")
ASKED = Where(7, 900, "request")


def jwt(claims: dict[str, object]) -> str:
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = part(b'{"alg":"RS256","typ":"JWT"}')
    return f"{head}.{part(json.dumps(claims).encode())}.{part(b'signature-of-the-token')}"


JWT = jwt({"iat": 1_700_000_000, "exp": 1_700_864_000, "sub": "user-1"})
JWE = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aVZlY3RvcjEyMw.Y2lwaGVydGV4dC1vZi1zZXNzaW9u.dGFn"
OPAQUE = "q9Zt7-Kx_02LmN4pRs8vWy"
UUID = "3f2b8c1e-7d4a-4e59-9b60-1c2d3e4f5a6b"


@pytest.fixture
def redactor() -> Redactor:
    return Redactor(b"key of this test")


def headers(redactor: Redactor, *fields: tuple[str, str], where: Where = ASKED) -> dict[str, str]:
    raw = [(name.encode(), value.encode()) for name, value in fields]
    return dict(redactor.headers(raw, where))


# --------------------------------------------------------------------------- fingerprints


def test_equal_secrets_have_equal_fingerprints_within_one_key_only() -> None:
    one, other = Redactor(b"one"), Redactor(b"other")

    assert one.fingerprint(JWT) == one.fingerprint(JWT)
    assert one.fingerprint(JWT) != one.fingerprint(OPAQUE)
    assert one.fingerprint(JWT) != other.fingerprint(JWT)


def test_a_fingerprint_is_cut_or_padded_to_the_secret() -> None:
    assert redact.fit("cred:0123", 4) == b"cred"
    assert redact.fit("cred:0123", 12) == b"cred:0123..."


# --------------------------------------------------------------------------- headers


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Authorization", "bearer"),
        ("proxy-authorization", "bearer"),
        ("X-Authorization", "bearer"),
        ("openai-sentinel-chat-requirements-token", "other"),
        ("OpenAI-Sentinel-Proof-Token", "other"),
        ("x-conduit-token", "other"),
        ("oai-device-id", "other"),
        ("oai-session-id", "other"),
        ("chatgpt-account-id", "other"),
        ("x-api-key", "api_key"),
        ("x-goog-api-key", "api_key"),
        ("api-key", "api_key"),
        ("x-auth-token", "other"),
        ("x-csrf-token", "other"),
        ("x-amz-security-token", "other"),
        ("x-client-secret", "other"),
        ("x-amzn-oidc-accesstoken", "other"),
        ("anthropic-device-id", "other"),
        ("ocp-apim-subscription-key", "api_key"),
    ],
)
def test_a_secret_header_is_replaced_and_filed(redactor: Redactor, name: str, kind: str) -> None:
    shown = headers(redactor, (name, OPAQUE))

    assert shown == {name.lower(): redactor.fingerprint(OPAQUE)}
    (fact,) = redactor.take()
    assert (fact.exchange, fact.at_ns, fact.kind) == (7, 900, kind)
    assert fact.place == f"request header {name.lower()}"
    assert fact.length == len(OPAQUE)
    assert fact.fingerprint == redactor.fingerprint(OPAQUE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("content-type", "text/event-stream; charset=utf-8"),
        ("x-ratelimit-remaining-tokens", "149984"),
        ("anthropic-ratelimit-tokens-limit", "4000000000"),
        ("www-authenticate", 'Bearer realm="api"'),
        ("access-control-allow-headers", "authorization, x-api-key"),
        ("etag", 'W/"5f3e-q9Zt7Kx02LmN4pRs8vWy"'),
        ("x-request-id", "019cd069-55c3-7190-8000-0123456789ab"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("location", "/c/6ab9dd65-51b0-83ea-b0f2-000000000000?model=auto&page_token=2"),
        ("cf-ray", "8d0a1b2c3d4e5f60-FRA"),
    ],
)
def test_an_ordinary_header_is_left_alone(redactor: Redactor, name: str, value: str) -> None:
    assert headers(redactor, (name, value)) == {name: value}
    assert redactor.take() == []


def test_the_scheme_of_a_credential_stays_readable(redactor: Redactor) -> None:
    shown = headers(redactor, ("authorization", f"Bearer {JWT}"))

    assert shown == {"authorization": f"Bearer {redactor.fingerprint(JWT)}"}


def test_a_jwt_keeps_its_times(redactor: Redactor) -> None:
    headers(redactor, ("authorization", f"Bearer {JWT}"))

    (fact,) = redactor.take()
    assert (fact.issued_at_s, fact.expires_at_s) == (1_700_000_000, 1_700_864_000)


@pytest.mark.parametrize("payload", ["", "AAAA", "W10", "eyJleHAiOiJ4In0", "_" * 30_000])
def test_a_jwt_that_cannot_be_read_has_no_times(redactor: Redactor, payload: str) -> None:
    headers(redactor, ("authorization", f"Bearer eyJhbGciOiJIUzI1NiJ9.{payload}.c2ln"))

    (fact,) = redactor.take()
    assert (fact.issued_at_s, fact.expires_at_s) == (None, None)


def test_cookies_keep_their_names_and_are_told_apart(redactor: Redactor) -> None:
    shown = headers(
        redactor, ("cookie", f'theme=dark; __Secure-next-auth.session-token={JWE}; q="x"')
    )
    mark = redactor.fingerprint

    expected = f"theme={mark('dark')}; __Secure-next-auth.session-token={mark(JWE)}; q={mark('x')}"
    assert shown["cookie"] == expected
    facts = redactor.take()
    assert [(fact.kind, fact.name) for fact in facts] == [
        ("cookie", "theme"),
        ("session", "__Secure-next-auth.session-token"),
        ("cookie", "q"),
    ]


def test_a_cookie_in_chunks_is_also_known_as_a_whole(redactor: Redactor) -> None:
    """The session that a body names has to be found equal to the cookies it was split into."""
    first, second = OPAQUE[:12], OPAQUE[12:]
    headers(redactor, ("cookie", f"__Secure-next-auth.session-token.0={first}; "
                                 f"__Secure-next-auth.session-token.1={second}"))  # fmt: skip
    facts = {fact.name: fact.fingerprint for fact in redactor.take()}

    assert facts == {
        "__Secure-next-auth.session-token.0": redactor.fingerprint(first),
        "__Secure-next-auth.session-token.1": redactor.fingerprint(second),
        "__Secure-next-auth.session-token": redactor.fingerprint(OPAQUE),
    }


def test_set_cookie_keeps_its_attributes_and_files_its_lifetime(redactor: Redactor) -> None:
    tail = "; Path=/; Max-Age=3600; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly"
    shown = headers(redactor, ("set-cookie", f"sid={OPAQUE}{tail}"), where=AT)

    assert shown == {"set-cookie": f"sid={redactor.fingerprint(OPAQUE)}{tail}"}
    (fact,) = redactor.take()
    assert fact.place == "response header set-cookie"
    assert (fact.name, fact.max_age_s, fact.expires_at_s) == ("sid", 3600, 1_792_567_680)


@pytest.mark.parametrize(
    "value",
    ["sid=; Max-Age=0", "sid=; Expires=nonsense", "=; Max-Age=99999999999999999999", "", ";;="],
)
def test_a_cookie_that_is_cleared_or_malformed_breaks_nothing(
    redactor: Redactor, value: str
) -> None:
    assert headers(redactor, ("set-cookie", value), where=AT) == {"set-cookie": value}


def test_header_bytes_that_are_no_utf8_are_latin1(redactor: Redactor) -> None:
    assert redactor.headers([(b"X-Name", b"M\xfcller")], AT) == (("x-name", "Müller"),)


# --------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        (f"/ws?access_token={OPAQUE}&v=1", OPAQUE),
        (f"/a?x=1&api_key={OPAQUE}", OPAQUE),
        ("/cb?code=Zx81kfLq02PpWm3Tty7&state=1", "Zx81kfLq02PpWm3Tty7"),
        ("/blob?sig=ab%2Fcd%3D1234", "ab/cd=1234"),
        (f"/socket/{JWT}?v=2", JWT),
        (f"/x?any={JWT}", JWT),
        ("/x?password=hunter22", "hunter22"),
        (f"/token?code_verifier={OPAQUE}", OPAQUE),
        (f"/login?next=%2Fcb%3Fv%3D1%26access_token%3D{OPAQUE}%26x%3D1&y=2", OPAQUE),
    ],
)
def test_a_secret_in_an_address_is_replaced(redactor: Redactor, path: str, secret: str) -> None:
    shown = redactor.text(path, ASKED, "query")

    assert shown == path.replace(quote(secret, safe=""), redactor.fingerprint(secret))
    (fact,) = redactor.take()
    assert fact.place.startswith("query ")


@pytest.mark.parametrize(
    "path",
    [
        "/backend-api/conversations?offset=0&limit=28&order=updated",
        "/backend-api/gizmos/snorlax/sidebar?cursor=eyJhIjoxfQ==&limit=20",
        "/list?page_token=q9Zt7Kx02LmN4pRs8vWy&max_tokens=100",
        "/c/6ab9dd65-51b0-83ea-b0f2-000000000000",
        "/?key=home&code=42&state=open",
    ],
)
def test_cursors_and_identifiers_stay(redactor: Redactor, path: str) -> None:
    assert redactor.text(path, ASKED, "query") == path


def test_a_password_in_an_address_is_replaced(redactor: Redactor) -> None:
    shown = redactor.text("cannot reach https://ann:s3cret@host/", AT, "end")

    assert shown == f"cannot reach https://ann:{redactor.fingerprint('s3cret')}@host/"


# --------------------------------------------------------------------------- bodies

SECRET_BODIES = [
    ('{"accessToken":"%s","user":{"id":"u"}}', JWT, "bearer"),
    ('{"accessToken" : "%s"}', OPAQUE, "bearer"),
    ('{"refresh_token":\n  "%s"\n}', OPAQUE, "session"),
    ('{"account":{"planType":"free","id":"%s"},"x":1}', UUID, "other"),
    ('{"account_id":"%s"}', UUID, "other"),
    ('{"chatgpt_account_id":"%s"}', UUID, "other"),
    ('{"oai-device-id":"%s"}', UUID, "other"),
    ('{"deviceId":"%s"}', UUID, "other"),
    ('{"access_token":"%s","expires_in":60}', OPAQUE, "bearer"),
    ('{"refresh_token":"%s"}', OPAQUE, "session"),
    ('{"sessionToken":"%s"}', OPAQUE, "session"),
    ('{"session_token":"%s"}', OPAQUE, "session"),
    ('{"id_token":"%s"}', OPAQUE, "other"),
    ('{"conduit_token":"%s"}', OPAQUE, "other"),
    ('{"password":"%s"}', "correct horse", "other"),
    ('{"client_secret":"%s"}', "x", "other"),
    ('{"api_key":"%s"}', OPAQUE, "api_key"),
    ('{"apiKey":"%s"}', OPAQUE, "api_key"),
    ('{"token":"%s"}', OPAQUE, "other"),
    ('{"x":"{\\"access_token\\":\\"%s\\"}"}', OPAQUE, "bearer"),
    ('{"type":"resume_conversation_token","token":"%s","conversation_id":"c"}', "short", "resume"),
    ('{"token":"%s","kind":"topic","type":"resume_conversation_token"}', "short", "resume"),
    ('{"type":"resume_conversation_token","token":"%s","conversation_id":"c"}', JWT, "resume"),
    ('{"token":"%s","type":"resume_conversation_token"}', OPAQUE, "resume"),
    ('{"x":"{\\"type\\":\\"resume_conversation_token\\",\\"token\\":\\"%s\\"}"}', JWT, "resume"),
    ('{"websocket_url":"wss://h/ws?v=1&access_token=%s"}', OPAQUE, "bearer"),
    ('{"websocket_url":"wss://h/ws?v=1\\u0026access_token=%s"}', OPAQUE, "bearer"),
    ('{"text":"use %s please"}', JWT, "other"),
    ('{"text":"use %s please"}', JWE, "other"),
    ('{"text":"\\n%s"}', "sk-proj-abcDEF0123456789abcd", "api_key"),
    ('{"text":"%s"}', "AKIAIOSFODNN7EXAMPLE", "api_key"),
    ('{"text":"%s"}', "ghp_abcdefghij0123456789abcdefghij012345", "api_key"),
    ('{"text":"Authorization: Bearer %s"}', OPAQUE, "bearer"),
    ("grant_type=password&password=%s&username=ann", "hunter22", "other"),
    ("refresh_token=%s", OPAQUE, "session"),
]


@pytest.mark.parametrize(("body", "secret", "kind"), SECRET_BODIES)
def test_a_secret_in_a_body_is_replaced_in_its_own_length(
    redactor: Redactor, body: str, secret: str, kind: str
) -> None:
    data = (body % secret).encode()
    clean = redactor.body(data, AT)
    mark = redact.fit(redactor.fingerprint(secret), len(secret))

    assert clean == data.replace(secret.encode(), mark)
    assert len(clean) == len(data)
    if body.startswith("{"):
        json.loads(clean)
    facts = redactor.take()
    assert [(fact.kind, fact.fingerprint) for fact in facts] == [
        (kind, redactor.fingerprint(secret))
    ]
    assert facts[0].place.startswith("response body ")


def test_a_resume_credential_is_one_wherever_it_comes_again(redactor: Redactor) -> None:
    event = f'data: {{"type":"resume_conversation_token","token":"{OPAQUE}"}}\n\n'
    redactor.body(event.encode(), AT)
    redactor.body(f'{{"note":"{OPAQUE}"}}'.encode(), AT)

    assert [(fact.kind, fact.name) for fact in redactor.take()] == [
        ("resume", "resume_conversation_token"),
        ("resume", "seen before"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        '{"v":" word"}',
        '{"token":"Hello"}',
        '{"token":{"id":1,"text":" a"}}',
        '{"type":"password","label":"Password"}',
        '{"usage":{"total_tokens":12,"max_token":"5"}}',
        '{"next_page_token":"q9Zt7Kx02LmN4pRs8vWy"}',
        '{"marker":"user_visible_token","event":"first"}',
        '{"text":"Basic understanding-of-things and Bearer authentication-schemes"}',
        '{"id":"6ab9dd65-51b0-83ea-b0f2-000000000000","key":"value-of-a-map-entry"}',
        '{"text":"risk-management-and-task-planning-are-fun"}',
        '{"text":"a=b; for (i=0;i<10;i++) page=2&limit=10"}',
        '{"cursor":"eyJhIjoxLCJiIjoyfQ=="}',
        '{"accessToken":null,"password":""}',
        '{"account":{"name":"n"},"id":"6ab9dd65-51b0-83ea-b0f2-000000000000"}',
        '{"account_id":"42"}',
    ],
)
def test_content_is_left_alone(redactor: Redactor, body: str) -> None:
    assert redactor.body(body.encode(), AT) == body.encode()
    assert redactor.take() == []


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (r'{"password":"a\"b1","n":"x"}', r'{"password":"cred:","n":"x"}'),
        (r'{"password":"ab\\","n":"x"}', r'{"password":"cred","n":"x"}'),
        (
            r'{"x":"{\"password\":\"a\\\"b\",\"n\":\"x\"}"}',
            r'{"x":"{\"password\":\"cred:\",\"n\":\"x\"}"}',
        ),
    ],
)
def test_a_value_ends_at_its_own_quote(redactor: Redactor, body: str, shown: str) -> None:
    clean = redactor.body(body.encode(), AT).decode()

    assert len(clean) == len(body)
    assert json.loads(clean).keys() == json.loads(body).keys()
    assert [clean[i] for i in range(10)] == [shown[i] for i in range(10)]
    assert "b1" not in clean
    assert clean.endswith(shown[-8:])


def test_a_value_that_does_not_end_is_replaced_to_the_end(redactor: Redactor) -> None:
    clean = redactor.body(b'{"password":"never ends', AT)

    assert clean.startswith(b'{"password":"cred')
    assert b"never" not in clean
    assert b"ends" not in clean


def test_a_multipart_password_is_replaced(redactor: Redactor) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter22\r\n'
        b'--x\r\nContent-Disposition: form-data; name="user"\r\n\r\nann\r\n--x--\r\n'
    )

    assert b"hunter22" not in redactor.body(body, AT)
    assert b"ann" in redactor.body(body, AT)


def test_event_text_inside_base64_is_redacted_inside(redactor: Redactor) -> None:
    """The WebSocket variant of 2024 carries its events this way."""
    event = f'data: {{"type":"resume_conversation_token","token":"{JWT}"}}\n\n'.encode()
    body = json.dumps({"data": {"body": base64.b64encode(event).decode()}}).encode()
    clean = redactor.body(body, AT)

    assert len(clean) == len(body)
    inner = base64.b64decode(json.loads(clean)["data"]["body"])
    assert JWT.encode() not in inner
    assert inner.startswith(b'data: {"type":"resume_conversation_token","token":"cred:')


# --------------------------------------------------------------------------- seen before


def test_a_secret_is_known_again_wherever_it_comes(redactor: Redactor) -> None:
    value = "q9Zt7+Kx/02LmN4pRs8vWy0011223344=="
    headers(redactor, ("authorization", f"Bearer {value}"))
    mark = redactor.fingerprint(value)
    escaped = value.replace("/", r"\/")
    body = f'{{"a":"x{value}y","b":"{escaped}","c":"{quote(value, safe="")}"}}'.encode()
    clean = redactor.body(body, AT)

    assert clean.count(mark.encode()) == 3
    assert len(clean) == len(body)
    assert redactor.text(f"refused {value}", AT, "end") == f"refused {mark}"
    assert {fact.fingerprint for fact in redactor.take()} == {mark}


def test_a_short_password_is_known_again(redactor: Redactor) -> None:
    redactor.body(b'{"password":"hunter2!x"}', ASKED)

    assert b"hunter2!x" not in redactor.body(b'{"echo":"hunter2!x"}', AT)


def test_an_ordinary_word_is_never_remembered(redactor: Redactor) -> None:
    """A cookie `theme=dark` must not blank every `dark` in the answer."""
    headers(redactor, ("cookie", "theme=dark; consent=accepted-all; lang=en-US"))
    redactor.body(b'{"password":"conversation"}', ASKED)
    body = b'{"text":"a dark theme for the conversation, accepted-all in en-US"}'

    assert redactor.body(body, AT) == body


def test_only_so_many_secrets_are_remembered(
    redactor: Redactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redact, "REMEMBERED", 4)
    values = [f"abcdefghijklmnopqr{number:04}" for number in range(6)]
    for value in values:
        headers(redactor, ("x-auth-token", value))
    body = " ".join(values).encode()
    clean = redactor.body(body, AT)

    assert [value.encode() in clean for value in values] == [True, True] + [False] * 4


def test_a_fact_is_filed_once_for_each_exchange_and_place(redactor: Redactor) -> None:
    for exchange in (1, 1, 2):
        redactor.body(f'{{"accessToken":"{JWT}"}}'.encode(), Where(exchange, 5, "response"))

    assert [fact.exchange for fact in redactor.take()] == [1, 2]


# --------------------------------------------------------------------------- large bodies


@pytest.mark.parametrize("before", [search.WINDOW - 400, search.WINDOW - 10, search.WINDOW + 3])
def test_a_secret_across_a_window_is_found(redactor: Redactor, before: int) -> None:
    secret = f'{{"accessToken":"{OPAQUE}","t":"{JWT}"}}'
    body = b" " * before + secret.encode() + b" " * search.WINDOW
    clean = redactor.body(body, AT)

    assert len(clean) == len(body)
    assert OPAQUE.encode() not in clean
    assert JWT.encode() not in clean


def test_a_secret_longer_than_the_overlap_is_replaced_to_its_end(redactor: Redactor) -> None:
    long = jwt({"pad": "x" * 3 * search.OVERLAP})
    body = b" " * (search.WINDOW - 5) + long.encode() + b" tail" + b" " * search.WINDOW
    clean = redactor.body(body, AT)

    assert long[-30:].encode() not in clean
    assert b" tail" in clean


# --------------------------------------------------------------------------- streams

EVENTS = (
    b'event: delta\ndata: {"v":" word"}\n\n'
    + f'data: {{"type":"resume_conversation_token","token":"{JWT}"}}\r\n\r\n'.encode()
    + f'data: {{"accessToken":"{OPAQUE}"}}\r\r'.encode()
    + b": ping\n\n" * 3
    + b'data: {"v":"last"}'
)


def stream(redactor: Redactor, parts: list[bytes]) -> tuple[list[int], bytes]:
    piped = StreamRedactor(redactor, 7, "response")
    lengths: list[int] = []
    data = b""
    for at_ns, part in enumerate(parts):
        more, clean = piped.feed([len(part)], part, at_ns)
        lengths += more
        data += clean
        assert sum(lengths) == len(data)
    more, clean = piped.finish(len(parts))
    return lengths + more, data + clean


@given(st.lists(st.integers(0, len(EVENTS)), max_size=12))
def test_where_a_stream_is_cut_does_not_matter(cuts: list[int]) -> None:
    redactor = Redactor(b"key")
    bounds = [0, *sorted(cuts), len(EVENTS)]
    parts = [EVENTS[a:b] for a, b in pairwise(bounds)]
    lengths, data = stream(redactor, parts)

    assert lengths == [len(part) for part in parts]
    assert data == redactor.body(EVENTS, AT)
    assert JWT.encode() not in data
    assert OPAQUE.encode() not in data


def test_whole_lines_are_through_at_once_and_an_unfinished_one_waits(redactor: Redactor) -> None:
    piped = StreamRedactor(redactor, 7, "response")

    assert piped.feed([9, 3], b"data: a\n\n" + b"dat", 1) == ([9], b"data: a\n\n")
    assert piped.feed([4], b"a: b", 2) == ([], b"")
    assert piped.feed([1], b"\n", 3) == ([3, 4, 1], b"data: b\n")


def test_reads_without_bytes_keep_their_place(redactor: Redactor) -> None:
    piped = StreamRedactor(redactor, 7, "response")

    assert piped.feed([0, 5, 0, 3], b"data\nabc", 1) == ([0, 5, 0], b"data\n")
    assert piped.finish(2) == ([3], b"abc")


@pytest.mark.parametrize("step", [1000, 65_536])
def test_a_line_without_end_is_let_go_but_for_its_last_run(redactor: Redactor, step: int) -> None:
    text = b"words and spaces " * 12_000
    piped = StreamRedactor(redactor, 7, "response")
    held = 0
    out = b""
    for start in range(0, len(text), step):
        part = text[start : start + step]
        lengths, clean = piped.feed([len(part)], part, start)
        out += clean
        assert sum(lengths) == len(clean)
        held = max(held, start + len(part) - len(out))

    assert held <= streams.LINE_LIMIT + 2 * 65_536
    assert out + piped.finish(0)[1] == text


@pytest.mark.parametrize("cut", [5, 15, 16, 20, 30, 60])
def test_a_secret_cut_at_the_limit_of_a_line_is_still_caught(redactor: Redactor, cut: int) -> None:
    """Also where its name had come and its value had not."""
    secret = f'{{"accessToken":"{OPAQUE}-{OPAQUE}"}}'.encode()
    filler = b"x " * (streams.LINE_LIMIT // 2 + 10)
    piped = StreamRedactor(redactor, 7, "response")
    first, second = filler + secret[:cut], secret[cut:] + b"\n"
    out = piped.feed([len(first)], first, 1)[1]
    out += piped.feed([len(second)], second, 2)[1]

    assert out.startswith(filler)
    assert len(out) == len(first) + len(second)
    assert OPAQUE[4:].encode() not in out


def test_a_run_without_end_is_masked_up_to_its_end(redactor: Redactor) -> None:
    """It could be a secret that never shows its end, so nothing of it passes."""
    run = b"A1" * (streams.LINE_LIMIT // 2 + streams.RUN_LIMIT)
    piped = StreamRedactor(redactor, 7, "response")
    start = b'data: {"v":"'
    first = piped.feed([len(start) + len(run)], start + run, 1)
    second = piped.feed([6], b'zz"}\n\n', 2)

    assert first[0] == [len(start) + len(run)]
    assert first[1] == start + b"." * len(run)
    assert second == ([6], b'.."}\n\n')


def test_after_a_loss_everything_up_to_the_next_line_is_masked(redactor: Redactor) -> None:
    """The lost part may have held the beginning of a secret, or its name."""
    piped = StreamRedactor(redactor, 7, "response")

    assert piped.feed([3, 4], b"a\nbcccc", 1) == ([], b"")
    assert piped.lose() == ([3, 4], b"a\n.....")
    assert piped.feed([8], b"end\ndata", 2) == ([], b"")
    assert piped.finish(3) == ([8], b"...\ndata")


def test_a_start_that_is_repeated_without_end_costs_no_more_than_its_length(
    redactor: Redactor,
) -> None:
    """Quadratic work here would let a page stop the recorder: this took minutes."""
    body = b"eyJ" * 300_000

    assert redactor.body(body, AT) == body


def test_quotes_of_ever_deeper_strings_cost_no_more_than_their_length(redactor: Redactor) -> None:
    """Each would otherwise look for its closing quote to the very end: this took a minute."""
    body = b"".join(b'token":' + b"\\" * depth + b'"' for depth in range(1, 2000))

    assert len(redactor.body(body, AT)) == len(body)


@given(st.binary(max_size=300))
def test_any_bytes_keep_their_length_and_raise_nothing(data: bytes) -> None:
    redactor = Redactor(b"key")

    assert len(redactor.body(data, AT)) == len(data)
    redactor.headers([(data, data), (b"cookie", data), (b"set-cookie", data)], AT)
    redactor.text(data.decode("latin-1"), AT, "x")


@given(
    st.sampled_from([body for body, _, _ in SECRET_BODIES]),
    st.text("abcXYZ0123456789-_", min_size=20, max_size=60).filter(
        lambda text: any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    ),
)
def test_whatever_a_named_secret_is_it_does_not_pass(body: str, secret: str) -> None:
    if "text" in body and "Bearer" not in body:
        secret = f"sk-{secret}"
    clean = Redactor(b"key").body((body % secret).encode(), AT)

    assert secret.encode() not in clean
