"""Which format a file's name means, and what is said where none is meant or can be written."""

import sys
from pathlib import Path

import pytest

from analyzer.exporters import FORMATS, coding_of, format_named, format_of, writer
from analyzer.model import StreamscopeError


@pytest.mark.parametrize(
    ("name", "format_name", "coding"),
    [
        ("a.jsonl", "journal", ""),
        ("streamscope-20251009-085420.JSONL.GZ", "journal", "gzip"),
        ("a.events.jsonl", "events", ""),
        ("a.events.jsonl.zst", "events", "zstd"),
        ("a.har", "har", ""),
        ("a.mitm", "flows", ""),
        ("a.flow", "flows", ""),
        ("a.flows.gz", "flows", "gzip"),
        ("a.json", "trace", ""),
        ("a.trace.json", "trace", ""),
        ("a.perfetto.json.gz", "trace", "gzip"),
        ("a.parquet", "parquet", ""),
    ],
)
def test_the_longest_ending_names_the_format(name: str, format_name: str, coding: str) -> None:
    path = Path("some.har") / name

    assert (format_of(path).name, coding_of(path)) == (format_name, coding)


@pytest.mark.parametrize("name", ["a", "a.txt", "a.gz", "a.har.bak", "jsonl"])
def test_an_unknown_ending_gets_a_sentence_with_all_endings(name: str) -> None:
    with pytest.raises(StreamscopeError) as caught:
        format_of(Path(name))

    assert str(caught.value).startswith(f"{name}: ")
    assert all(ending in str(caught.value) for one in FORMATS for ending in one.endings)


def test_a_missing_library_is_named_with_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "analyzer.exporters.parquet", raising=False)
    with pytest.raises(StreamscopeError, match=r"pip install 'streamscope\[parquet\]'"):
        writer(format_named("parquet"))
