"""Seeded prose: answers, reasoning, prompts and titles. No model, no clock.

The answers hold what breaks careless decoders on purpose: characters of two,
three and four UTF-8 bytes, joined emoji, right-to-left and combining text,
quotes and backslashes, U+2028 and U+0085 (line breaks for Python's
``splitlines``, but not for an event stream), a byte order mark inside the
text, and lines that look like event-stream fields.
"""

import random
import re

_PROSE = (
    "A stream is easiest to understand as a queue with a very impatient reader. "
    "Whatever arrives first is shown first, and nobody waits for the rest.",
    "The short version: measure the gap between arrivals, not the average rate. "
    "People notice the pause in the middle of a sentence far more than a slow but even pace.",
    "Think of a kitchen that plates each dish as it is ready. The first plate tells you how "
    "long the kitchen takes to start; the rhythm afterwards tells you how it copes.",
    "There are three numbers worth keeping apart: when the headers came, when the first byte "
    "came, and when the first *visible* text came. They drift apart under load.",
    "In practice you want a buffer that is small enough to be honest and large enough to be "
    "cheap. Four kilobytes is a fair start; measure before you change it.",
    "Suppose two of those pieces travel in one packet. On the screen they appear together, "
    "so calling the time between them “zero” would be true and useless.",
    "That said, percentiles hide their sample size. A p99 over eleven turns is a story about "
    "one turn, so print n right next to it.",
    "Cache the expensive part, and be ready to throw it away. A stale answer that arrives at "
    "once is sometimes worse than a fresh one that takes a second.",
)
_FOREIGN = (
    "Auf Deutsch gesagt: die Brücke trägt, solange niemand gleichmäßig marschiert – "
    "„Größe“ allein ist kein Maß für Stärke.",
    "日本語では、最初の一文字が届くまでの時間が体感速度をほぼ決めます。待ち時間は短いほど良い。",
    "用中文来说：流式输出的关键不是平均速度，而是中间有没有停顿。",
    "한국어로는 “끊김 없이 이어지는 느낌”이 가장 중요합니다.",
    "Στα ελληνικά: η πρώτη λέξη μετράει περισσότερο από την τελευταία.",
    "بالعربية: أول كلمة تصل هي التي تهم القارئ.",
    "По-русски: важна не скорость, а ровность потока.",
    "Tiếng Việt thì có dấu chồng dấu: ế, ữ, ặ, và e\u0301 viết bằng ký tự tổ hợp.",
)
_ORNAMENT = (
    "A few faces to be sure of: 🙂 👩\u200d👩\u200d👧\u200d👦 👍🏽 🏳\ufe0f\u200d🌈 🇪🇺 𝒳𝒴𝒵.",
    "Mind the quoting: \"double\", 'single', `tick`, C:\\temp\\new, \\u0041 and a tab\there.",
    "Math keeps its backslashes: \\(\\frac{\\partial f}{\\partial x} \\ne 0\\), ∑ᵢ xᵢ² ≤ ∞.",
    "A line separator\u2028and a next-line\u0085control sit inside this sentence, next to a "
    "zero-width\u200bspace and a stray mark\ufeffhere.",
    "Some text looks like protocol:\ndata: not an event\n: not a comment\nevent: delta\n\n[DONE]",
)
_LISTS = (
    "1. **Warm up** – throw the first sample away.\n2. **Repeat** until n ≥ 20.\n"
    "3. **Report** the median *and* the worst gap.",
    "- `first_ns`: the first byte of the event\n- `at_ns`: the byte that completed it\n"
    "- `read`: which read brought it",
    "| metric | unit |\n|---|---|\n| TTFT | ms |\n| stall | count, share |",
)
_CODE = (
    "```python\nasync def pump(reader, sink):\n    while chunk := await reader.read(4096):\n"
    '        sink.write(chunk)  # "as it comes"\n    return sink.flush()\n```',
    "```sql\nSELECT id, title FROM conversations\nWHERE (update_time, id) < (?, ?)\n"
    "ORDER BY update_time DESC, id DESC\nLIMIT 28; -- keyset, not OFFSET\n```",
    '```json\n{"path": "C:\\\\logs\\\\lab", "escaped": "\\"yes\\"", "é": "\\u00e9"}\n```',
    "```sh\nprintf 'a\\tb\\n' | sed -e 's/\\t/ → /' && echo \"$?\"\n```",
)
_THOUGHTS = (
    (
        "Reading the question",
        "The user asks about streaming. I should separate what was "
        "measured from what was guessed, and keep it short.",
    ),
    (
        "Choosing an example",
        "A kitchen or a queue? The queue is closer to the code – "
        "„Warteschlange“ if they write German.",
    ),
    (
        "Checking the numbers",
        "If the gap is 30 ms and there are 160 pieces, that is 4.8 s. "
        "Plausible. 念のため再計算: 160 × 0.03 = 4.8 ✓.",
    ),
    (
        "Planning the answer",
        'First the idea, then a list, then code with "quotes" and a '
        "back\\slash. End with a caveat.",
    ),
)
_COMMENTARY = (
    "Let me look that up first.",
    "Searching for recent measurements…",
    "Two sources agree; opening the second one – “latency at the edge”.",
)
_PROMPTS = (
    "How do I read a fetch stream without buffering it all?",
    "Explain keyset pagination like I'm in a hurry.",
    "Why is my p99 so much worse than my p95?",
    "Schreib mir eine freundliche Absage für Donnerstag.",
    "What does a QUIC reset look like to the client?",
    "Plan a three-day trip to Lisbon with two kids 🚋",
    "Turn this SQL into something I can defend in review.",
    "日本語で短い自己紹介を書いてください。",
    "Is a ULID sortable as text?",
    "Compare brotli and zstd for small messages.",
    "Make this paragraph less pompous, please.",
    "What should I cook with leeks, eggs and half a lemon?",
)
_TOPICS = (
    "fetch streams", "keyset pagination", "the p99 mystery", "Lisbon with kids", "leeks and eggs",
    "QUIC resets", "SQLite indexes", "brotli or zstd", "a polite refusal", "Zeitzonen",
    "自己紹介", "cookie rotation", "CSS grid", "a birthday speech", "regex for dates",
    "garden planning", "the tax letter", "Rust lifetimes", "guitar chords", "event sourcing",
    "marathon training", "naming things", "an old Volvo", "π and friends 🥧", "tokens per second",
)  # fmt: skip
_SHAPES = (
    "{}", "{}", "Notes on {}", "Help with {}", "{}: second try", "Understanding {}",
    "Questions about {}", "{} explained", "Debugging {}", "Plan for {}",
)  # fmt: skip

# Made once: a title is drawn for each of possibly millions of conversations.
_TITLES = [
    title[0].upper() + title[1:]
    for title in (shape.format(topic) for shape in _SHAPES for topic in _TOPICS)
]

# Roughly what a tokenizer's pieces look like: a word with its leading space, cut when long.
_PIECE = re.compile(r"\s?[^\W_]{1,7}|\s+|.", re.DOTALL)


def write_answer(rng: random.Random, paragraphs: int) -> str:
    """Return markdown of about ``paragraphs`` blocks; every answer has non-ASCII and quoting."""
    blocks = [rng.choice(_PROSE), rng.choice(_ORNAMENT)]
    pools = (_PROSE, _FOREIGN, _LISTS, _CODE, _ORNAMENT)
    blocks += [rng.choice(rng.choice(pools)) for _ in range(max(0, paragraphs - 3))]
    blocks.append(rng.choice(_FOREIGN))
    return "\n\n".join(blocks)


def write_thoughts(rng: random.Random, count: int) -> list[tuple[str, str]]:
    """Return (summary, content) pairs of a reasoning message."""
    return rng.sample(_THOUGHTS, count)


def write_commentary(rng: random.Random) -> str:
    return rng.choice(_COMMENTARY)


def write_prompt(rng: random.Random) -> str:
    return rng.choice(_PROMPTS)


def write_title(rng: random.Random) -> str:
    return rng.choice(_TITLES)


def cut_pieces(text: str) -> list[str]:
    """Cut a text into token-like pieces, between code points; joined, they are the text again."""
    return _PIECE.findall(text)
