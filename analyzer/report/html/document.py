"""The file itself: one HTML document that loads nothing and lets nothing in it run but us."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from analyzer.report.html.markup import Child, Markup, element, joined, raw_text

STATIC = files("analyzer.report.html") / "static"


def static(name: str) -> str:
    """A file that ships beside this module."""
    return (STATIC / name).read_text(encoding="utf-8")


def document(title: str, body: Child, *, styles: Sequence[str], scripts: Sequence[str]) -> bytes:
    """The page: its scripts at its end, and a policy that allows these and nothing else.

    The policy has no 'unsafe-inline', so that no attribute can run or style anything, and
    no source but images that the page makes itself.
    """
    style, script = "\n".join(styles), [*scripts]
    head = (
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy([style], script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        raw_text("style", style),
    )
    page = element(
        "html",
        element("head", head),
        element("body", body, (raw_text("script", one) for one in script)),
        lang="en",
    )
    return joined((Markup("<!doctype html>\n"), page, "\n")).encode()


def policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """The Content-Security-Policy: inline styles and scripts by their hashes."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hashes(scripts)}",
            f"style-src {_hashes(styles)}",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hashes(contents: Sequence[str]) -> str:
    return " ".join(f"'sha256-{_sha256(one)}'" for one in contents) or "'none'"


def _sha256(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
