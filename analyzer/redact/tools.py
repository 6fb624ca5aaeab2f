"""Where a capture comes from, in words: known programs stay, whatever else a file says goes."""

import re

ANOTHER = "another program"
"""What is left of a text that names no known one."""

LENGTH_LIMIT = 200

SOURCES = frozenset({"mitmproxy", "flows", "har", "netlog", "pcap", "body"})
"""The recorder's own, and those of the importers."""

_WORD = re.compile(r"[A-Za-z]+|v?\d+(?:\.\d+){1,3}", re.ASCII)
_VERSION = re.compile(r"v?\d+(?:\.\d+){1,3}", re.ASCII)
_KNOWN = frozenset(
    """
    streamscope mitmproxy mitmweb mitmdump curl dumpcap tshark wireshark editcap mergecap tcpdump
    chrome chromium google edge microsoft firefox mozilla safari webkit webinspector inspector
    opera brave charles proxy fiddler proxyman postman insomnia playwright puppeteer selenium
    browsermob devtools headless netlog har toolkit unknown
    """.split()  # noqa: SIM905 - a list
)


def known_tool(text: str) -> str:
    """The known names and the versions in it, in their order; empty only if it was."""
    parts = [_known(part) for part in text[:LENGTH_LIMIT].split(",")]
    return ", ".join(part for part in parts if part) or (ANOTHER if text else "")


def known_source(text: str) -> str:
    return text if text in SOURCES else ""


def _known(text: str) -> str:
    kept = [
        word for word in _WORD.findall(text) if word.lower() in _KNOWN or _VERSION.fullmatch(word)
    ]
    return " ".join(kept) if any(word.lower() in _KNOWN for word in kept) else ""
