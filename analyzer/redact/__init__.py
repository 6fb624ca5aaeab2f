"""Replace every secret by a keyed fingerprint, before anything touches the disk.

Pure: values in, values out, and a `Credential` fact for each secret. In bodies a
fingerprint takes exactly as many bytes as the secret had, so offsets stay true
and JSON stays JSON; in headers, addresses and messages it is written out.

Found are: secrets by the name they stand under (headers, cookies, JSON members,
form fields, query parameters), secrets by their look (`shapes.SHAPES`),
and every secret that was found before, wherever it comes again. Not found is a
secret that a model spells over several events: no event contains it.
"""

import base64
import binascii
import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import quote, unquote

from analyzer.model import Credential, Headers, Side
from analyzer.redact import search, shapes
from analyzer.redact.search import Span
from analyzer.redact.shapes import Kind

REMEMBERED = 512
"""Most secrets that are remembered; the ones seen longest ago are forgotten."""

REMEMBERED_SHORT = 32
"""The same for secrets without a run of `shapes.RUN` characters, which cost more to look for."""

REMEMBERED_LENGTH = 16 * 1024
"""Longest secret that is remembered."""

REPORTED = 8192
"""Most (exchange, secret, place) triples that are remembered as reported already."""

FILLER = b"."

FINGERPRINT = re.compile(r"cred:(?:[0-9a-f]{16}\.*|[0-9a-f]{0,15})")
"""What stands in a capture in a secret's place: it is nobody's secret any more."""


class Where(NamedTuple):
    """In which exchange, when and on which side: what a found secret is filed under."""

    exchange: int
    at_ns: int
    side: Side


def fit(fingerprint: str, length: int) -> bytes:
    """The fingerprint in exactly ``length`` bytes."""
    return fingerprint.encode()[:length].ljust(length, FILLER)


class Redactor:
    """Finds and replaces secrets; remembers them for as long as a capture lasts."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._remembered: OrderedDict[bytes, tuple[bytes, Kind]] = OrderedDict()
        self._short: OrderedDict[bytes, tuple[bytes, Kind]] = OrderedDict()
        self._reported: OrderedDict[tuple[int, str, str], None] = OrderedDict()
        self._found: list[Credential] = []

    def fingerprint(self, value: str) -> str:
        """``cred:`` and 64 bits of keyed BLAKE2: equal values, equal fingerprints."""
        digest = hashlib.blake2b(value.encode("utf-8", "replace"), key=self._key, digest_size=8)
        return f"cred:{digest.hexdigest()}"

    def take(self) -> list[Credential]:
        """The secrets found since the last call, one an exchange and place."""
        found, self._found = self._found, []
        return found

    def headers(self, fields: Iterable[tuple[bytes, bytes]], where: Where) -> Headers:
        """Header fields as text, names in lower case, secrets replaced."""
        decoded = [
            (search.decode_text(name).lower(), search.decode_text(value)) for name, value in fields
        ]
        return tuple((name, self._header(name, value, where)) for name, value in decoded)

    def text(self, text: str, where: Where, place: str) -> str:
        """Any other text: a request target, an error message. ``place`` names it.

        Bytes that are no UTF-8, which stand in it as lone surrogates, come out as Latin-1.
        """
        data = text.encode("utf-8", "surrogateescape")
        parts: list[bytes] = []
        end = 0
        for span in self._spans(data):
            shown = self._report(span, where, f"{place} {span.name}")
            parts += data[end : span.start], shown.encode()
            end = span.end
        return search.decode_text(b"".join((*parts, data[end:])))

    def body(self, data: bytes, where: Where) -> bytes:
        """A body, or a piece that cuts no secret, with its length kept."""
        spans = self._spans(data)
        wrapped = self._wrapped(data, where) if b"body" in data or b"_item" in data else ()
        if not spans and not wrapped:
            return data
        out = bytearray(data)
        for start, inner in wrapped:
            out[start : start + len(inner)] = inner
        for span in spans:
            shown = self._report(span, where, f"{where.side} body {span.name}")
            out[span.start : span.end] = fit(shown, span.end - span.start)
        return bytes(out)

    def _wrapped(self, data: bytes, where: Where) -> list[tuple[int, bytes]]:
        """Event-stream text that stands in the data as base64, redacted and coded again."""
        changed: list[tuple[int, bytes]] = []
        for match in search.BASE64_EVENTS.finditer(data):
            try:
                inner = base64.b64decode(match[1], validate=True)
            except binascii.Error:
                continue
            if b"data:" in inner and (clean := self.body(inner, where)) != inner:
                changed.append((match.start(1), base64.b64encode(clean)))
        return changed

    # ------------------------------------------------------------------ headers

    def _header(self, name: str, value: str, where: Where) -> str:
        place = f"{where.side} header {name}"
        if name == "cookie":
            return self._cookie(value, where, place)
        if name == "set-cookie":
            return self._set_cookie(value, where, place)
        kind = shapes.header_kind(name)
        if kind is None or not value:
            return self.text(value, where, place)
        scheme, blank, secret = value.partition(" ")
        if not (blank and scheme.isalnum() and len(scheme) <= 16):
            scheme, secret = "", value
        if scheme.lower() == "basic":
            kind = "other"
        span = Span(0, len(secret), kind, "", secret.strip())
        self._remember(span)
        shown = self._report(span, where, place)
        return f"{scheme} {shown}" if scheme else shown

    def _cookie(self, value: str, where: Where, place: str) -> str:
        parts: list[str] = []
        chunks: dict[str, list[str]] = {}
        for pair in value.split(";"):
            name, equals, secret = pair.strip().partition("=")
            if not equals:
                name, secret = "", name
            secret = secret.strip('"')
            stem, dot, number = name.rpartition(".")
            if dot and number.isdigit():
                chunks.setdefault(stem, []).append(secret)
            parts.append(f"{name}{equals}{self._cookie_value(name, secret, where, place)}")
        for stem, values in chunks.items():
            if len(values) > 1:
                self._cookie_value(stem, "".join(values), where, place)
        return "; ".join(parts)

    def _set_cookie(self, value: str, where: Where, place: str) -> str:
        pair, semicolon, attributes = value.partition(";")
        name, equals, secret = pair.strip().partition("=")
        if not equals:
            name, secret = "", name
        shown = self._cookie_value(name, secret.strip('"'), where, place, attributes)
        return f"{name}{equals}{shown}{semicolon}{attributes}"

    def _cookie_value(
        self, name: str, secret: str, where: Where, place: str, attributes: str = ""
    ) -> str:
        if not secret:
            return ""
        span = Span(0, len(secret), shapes.cookie_kind(name), name, secret)
        self._remember(span)
        return self._report(span, where, place, *_cookie_times(attributes))

    # ------------------------------------------------------------------ facts

    def _report(
        self,
        span: Span,
        where: Where,
        place: str,
        expires_at_s: float | None = None,
        max_age_s: int | None = None,
    ) -> str:
        if FINGERPRINT.fullmatch(span.value):
            return span.value
        shown = self.fingerprint(span.value)
        key = (where.exchange, shown, place)
        if key in self._reported:
            return shown
        self._reported[key] = None
        if len(self._reported) > REPORTED:
            self._reported.popitem(last=False)
        times = shapes.jwt_times(span.value)
        self._found.append(
            Credential(
                exchange=where.exchange,
                at_ns=where.at_ns,
                fingerprint=shown,
                kind=span.kind,
                place=place,
                length=len(span.value),
                name=span.name,
                issued_at_s=times.issued_at_s,
                expires_at_s=times.expires_at_s if expires_at_s is None else expires_at_s,
                max_age_s=max_age_s,
            )
        )
        return shown

    def _remember(self, span: Span) -> None:
        """Look for this value everywhere from now on, if that cannot hit ordinary text.

        What shows by its look is found again without being remembered.
        """
        value = span.value
        least = shapes.RUN if span.kind == "cookie" else 8
        if not shapes.looks_random(value, least) or len(value) > REMEMBERED_LENGTH:
            return
        if any(shape.pattern.fullmatch(value.encode()) for shape in shapes.SHAPES):
            return
        for form in {value, quote(value), quote(value, safe=""), value.replace("/", r"\/")}:
            data = form.encode()
            anchor = max(shapes.long_runs(data).split(), key=len, default=b"")
            known, limit = (
                (self._remembered, REMEMBERED) if anchor else (self._short, REMEMBERED_SHORT)
            )
            known[data] = (anchor, span.kind)
            known.move_to_end(data)
            if len(known) > limit:
                known.popitem(last=False)

    # ------------------------------------------------------------------ finding

    def _spans(self, data: bytes) -> list[Span]:
        """Every secret in the data, in order, without overlap."""
        found: list[Span] = []
        for start in range(0, max(len(data), 1), search.WINDOW):
            found += self._window(data, start, min(start + search.WINDOW, len(data)))
        if len(found) < 2:
            return found
        found.sort(key=lambda span: (span.start, -span.end))
        apart: list[Span] = []
        for span in found:
            if not apart or span.start >= apart[-1].end:
                apart.append(span)
            elif span.end > apart[-1].end:
                apart.append(span._replace(start=apart[-1].end))
        return apart

    def _window(self, data: bytes, start: int, end: int) -> list[Span]:
        piece = data if end - start == len(data) else data[start : end + search.OVERLAP]
        found = list(search.named(data, piece, start, end))
        for span in found:
            self._remember(span)
        runs = shapes.long_runs(piece)
        if runs:
            found += search.shaped(data, runs, start, end)
            found += self._again(piece, start, runs)
        if self._short:
            found += self._again(piece, start, b"")
        return found

    def _again(self, piece: bytes, start: int, runs: bytes) -> Iterator[Span]:
        """Secrets seen before: those with an anchor in ``runs``, or without one, the short ones."""
        seen: list[bytes] = []
        known = self._remembered if runs else self._short
        for form, (anchor, kind) in known.items():
            if anchor not in runs:
                continue
            at = piece.find(form)
            while at >= 0:
                value = unquote(form.decode().replace(r"\/", "/"))
                yield Span(start + at, start + at + len(form), kind, "seen before", value)
                seen.append(form)
                at = piece.find(form, at + len(form))
        for form in seen:
            known.move_to_end(form)


def _cookie_times(attributes: str) -> tuple[float | None, int | None]:
    """``Expires`` in Unix seconds and ``Max-Age`` in seconds (RFC 6265)."""
    expires: float | None = None
    max_age: int | None = None
    for attribute in attributes.split(";"):
        name, _, value = attribute.strip().partition("=")
        if name.lower() == "max-age" and re.fullmatch(r"-?[0-9]{1,12}", value):
            max_age = int(value)
        elif name.lower() == "expires":
            try:
                expires = parsedate_to_datetime(value.strip()).timestamp()
            except (ValueError, OverflowError):
                continue
    return expires, max_age
