"""What may stay of a text where content is taken out: a short list, and all else goes.

Kept are identifiers and times by their look, and words that services use to say what kind of
thing something is, under names that are known to hold such words. Every word of such a value
has to stand in `WORDS`: ``response.output_text.delta`` stays, a word of the user's doesn't.
"""

import re
from functools import lru_cache
from typing import Literal

from analyzer.redact import FINGERPRINT

type Verdict = Literal["keep", "name", "address", "nested", "fill"]
"""``name``: an equal text for equal ones; ``address``: as a path; ``nested``: as a stream."""

WORDS = frozenset(
    """
    a abort aborted accept accepted access account action active add after agent ai all analysis
    anon api append arguments array article assistant ata attachment audio auth authorization auto
    backend background batch bearer before bio block blocked body bool browser browsing c call
    canceled cancelled cap channel chat check checkpoint choice choices chunk citation citations
    claude client clients close closed code cohere command commentary commit complete completed
    completion completions computer confidential connected connection content context continue
    conversation conversations cot created credential credentials ctx current cursor custom data
    date db deepseek default delete deleted delta deltas denied desc detail details developer dev
    disconnected display document done down edit editable embedding embeddings empty encode
    encoded encoding end ended ephemeral error errors event events exceeded execution expired f
    fail failed failure false feedback fetch file files filter final finish finished first flash
    forbidden format fragment fragments frame function gateway gemini gen generate generated
    generation gizmo gizmos google gpt group guardrail h haiku handoff hash head header heartbeat
    hidden hit html id image images in inaccessible incomplete index info init input insert
    instant instructions interrupted invalid invalidated invitation invoke item items json jwt
    keep keepalive alive kind large last latest length limit limited limits list listen llama
    local locked login logout long magistral map mapping marker max maximum mcp me member memory
    message messages meta metadata method mini missing mistral mock model models moderation
    modified multi multimodal name nano new next node none not notice null object of off offset
    ok old on op open openai operation opus order output over overloaded owner p page pages
    paragraph param params parent part partial parts patch path pause pending perplexity phase
    ping plain plugin plus pong post preview pro processing processed progress project prompt
    public put python query queue queued quota qwen rate rating read reason reasoned reasoner
    reasoning recap received recipient recipients ref refresh refusal refused regenerate rejected
    related remove removed replace replay request requests required requires research resource
    response responses rest result results resume retry retrieval retrieved revoked role root
    safety scope search sec section selected send sent sequence server service session sessions
    set settings shared sidebar signature single snapshot snorlax solar sonnet source sources
    start started state status ste step steps stop stopped store stream streaming strict string
    structured style subscribe subscribed subscription success successfully succeeded suggestion
    summary sync system tag task template temporary text think thinking thought thoughts thread
    threads thumbs timeout timing title token tokens too tool tools topic total trace tree
    truncate truncated true turbo turn turns type ui unauthenticated unauthorized unknown
    unprocessable unset up update updated upload url urls usage use used user users v value
    variant version video view visible voice vision wait waiting warning web websocket window
    adaptive codex flex grok kimi nova phi standard tier
    withheld word words work working workspace write ws x yaml you your s te ttfvt
    """.split()  # noqa: SIM905 - a list of some 400 reads better so
)

_ENUMS = frozenset(
    """
    type role status state object o op event eventtype marker finishreason stopreason stop
    contenttype channel recipient action rating order orderby sort code model modelslug
    defaultmodelslug modelversion modelid encoding supportedencodings kind phase format protocol
    scope servicetier authprovider category param error reason mode gizmotype conversationmode
    command
    """.split()  # noqa: SIM905 - as above
)
"""Members, without case and marks, whose texts say what kind of thing something is."""

_NUMBERS = frozenset(
    """
    offset limit page size count total index first last num rows skip take start perpage pagesize
    maxresults numturns retry version expiresin maxage length order sequencenumber outputindex
    contentindex
    """.split()  # noqa: SIM905 - as above
)
"""Members and parameters whose digits, written as text, say where in a list something is."""

_CURSORS = frozenset(
    """
    cursor nextcursor pagecursor pagetoken nextpagetoken nexttoken continuation
    continuationtoken startkey exclusivestartkey endcursor scrollid bookmark after startingafter
    pageafter aftercursor before endingbefore pagebefore beforecursor previouscursor prevcursor
    startcursor nextmarker lastkey lastevaluatedkey
    """.split()  # noqa: SIM905 - as above
)
_REFERENCES = frozenset(
    "parent children currentnode node root next previous prev from to in reply target".split()  # noqa: SIM905 - as above
)
_ADDRESSES = frozenset("next previous prev url href link links first last self uri".split())  # noqa: SIM905 - as above
_NESTED = frozenset({"encodeditem", "body"})

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+[a-z]?|v\d+", re.ASCII)
_ENUMERATION = re.compile(r"[A-Za-z0-9]+(?:[_.:/-][A-Za-z0-9]+)*", re.ASCII)
_VERSIONED = re.compile(r"v?\d{1,8}[a-z]?", re.ASCII)
_COUNTED = re.compile(r"[A-Za-z]?[-_]?\d{1,20}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,9})?", re.ASCII)
_IDENTIFIED = re.compile(r"(?:^|[a-z0-9_-])(?:id|ids|uuid|uuids|guid|ulid)$", re.IGNORECASE)
_KEY = re.compile(r"[$@_]{0,2}[A-Za-z][A-Za-z0-9_$-]{0,63}|_|\d{1,9}", re.ASCII)
_SEGMENT = re.compile(r"[$@_]{0,2}[A-Za-z][A-Za-z0-9_$-]{0,63}|-?\d{1,9}|-", re.ASCII)
_PLACE = re.compile(r"-?\d{1,9}", re.ASCII)
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_UUID = re.compile(
    r"(?:(.{1,60})[-_:])?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII
)
_IDENTIFIERS = re.compile(
    r"""
    (?:[A-Za-z]{1,2}[-_:])?(?=(?:\D*\d){4})[0-7](?:[0-9A-HJKMNP-TV-Z]{25}|[0-9a-hjkmnp-tv-z]{25})
    | chatcmpl-(?=(?:\D*\d){2})[0-9A-Za-z]{29}
    | (?:resp|msg|rs|fc|run|thread)_[0-9a-f]{24,50}
    | (?:msg|req|toolu|call|conv)_(?=(?:\D*\d){2})01[1-9A-HJ-NP-Za-km-z]{22}
    | [1-9]\d{12}-\d{1,20}
    | (?=[^a-f]*[a-f])(?=\D*\d)(?:[0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})
    """,
    re.VERBOSE | re.ASCII,
)
_LONGEST = 128


def bare(name: str) -> str:
    """A name without case and marks: ``content_type`` and ``contentType`` are one."""
    return "".join(filter(str.isalnum, name[:_LONGEST].lower()))


@lru_cache(maxsize=4_096)
def is_enumeration(text: str) -> bool:
    """Whether all its words are known ones, versions or single letters."""
    if len(text) > 64 or _ENUMERATION.fullmatch(text) is None:
        return False
    return all(
        _is_word(word)
        for part in re.split(r"[_.:/-]", text)
        for word in ([part] if _VERSIONED.fullmatch(part) else _WORD.findall(part))
    )


def _is_word(word: str) -> bool:
    return word.lower() in WORDS or len(word) == 1 or _VERSIONED.fullmatch(word) is not None


def is_identifier(text: str) -> bool:
    """Whether it can hardly be anything but an identifier that a machine made."""
    if not 15 <= len(text) <= _LONGEST:
        return False
    if (match := _UUID.fullmatch(text)) is not None:
        return match[1] is None or is_enumeration(match[1])
    return _IDENTIFIERS.fullmatch(text) is not None


def is_key(name: str) -> bool:
    """Whether a member's name is one word in ASCII, a small number or an identifier."""
    return _KEY.fullmatch(name) is not None or is_identifier(name)


def is_pointer(text: str) -> bool:
    """Whether it is a path of names through a document, as delta encodings write them."""
    if not text:
        return True
    first, *segments = text.split("/")
    if first:
        return bool(segments) and all(
            is_enumeration(one) or _PLACE.fullmatch(one) for one in (first, *segments)
        )
    return all(_SEGMENT.fullmatch(one) or is_identifier(one) for one in segments)


def leaf_of(pointer: str) -> str:
    """The last name on a path; numbers are places in lists."""
    names = (one for one in reversed(pointer.split("/")) if not one.lstrip("-").isdigit())
    return next((one for one in names if one), "")


def judge(name: str, text: str) -> Verdict:
    """What is to be done with a text that stands under this name; empty for no name."""
    if not text or FINGERPRINT.fullmatch(text) or is_identifier(text) or _TIME.fullmatch(text):
        return "keep"
    short = bare(name)
    if short in _ENUMS and is_enumeration(text):
        return "keep"
    if name == "p" and is_pointer(text):
        return "keep"
    if short in _NUMBERS and _NUMBER.fullmatch(text):
        return "keep"
    if short in _ADDRESSES and text.startswith(("/", "?", "http://", "https://")):
        return "address"
    if short in _NESTED:
        return "nested"
    if short in _CURSORS or short in _REFERENCES or _IDENTIFIED.search(name):
        is_plain = _COUNTED.fullmatch(text) is not None or is_enumeration(text)
        return "keep" if is_plain else "name"
    return "fill"
