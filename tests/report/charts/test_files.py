"""A chart as a picture that stands by itself."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from making import Text, a_result, an_analysis, measured

from analyzer.commands import outputs
from analyzer.model import StreamscopeError
from analyzer.report.charts import charts_of
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.files import config, png, svg
from analyzer.report.figures import pick
from analyzer.report.html import drawing
from analyzer.report.palette import DARK, LIGHT


@pytest.fixture(scope="module")
def ttft() -> Chart:
    turn = measured(Text(400, 0), turn={"title": "<script>alert(1)</script>"})
    return next(one for one in charts_of(pick(an_analysis(a_result(turn)))) if one.name == "ttft")


def test_a_picture_says_its_title_and_what_stands_below_it(ttft: Chart) -> None:
    drawn = svg(ttft, DARK)

    assert drawn.startswith("<svg")
    assert "Time to first text" in drawn
    assert "n = 1 over HTTP/2" in drawn
    assert DARK.card in drawn


def test_a_picture_leads_nowhere_and_runs_nothing(ttft: Chart) -> None:
    drawn = svg(ttft)

    assert "<a " not in drawn
    assert "<script" not in drawn


def test_png_is_png(ttft: Chart) -> None:
    assert png(ttft)[:8] == b"\x89PNG\r\n\x1a\n"


def test_letters_are_large_enough_and_of_the_pages_colours() -> None:
    for palette in (LIGHT, DARK):
        made = config(palette)

        assert made["background"] == palette.card
        assert made["axis"]["labelColor"] == palette.muted
        assert min(made["axis"]["labelFontSize"], made["legend"]["labelFontSize"]) >= 11


def test_without_the_libraries_one_is_told_what_to_install_in_one_sentence(
    ttft: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same wherever a chart is wanted."""
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    monkeypatch.setitem(sys.modules, "altair", None)
    monkeypatch.setattr(outputs, "find_spec", lambda name: None)
    said = (
        "charts need Vega-Altair and vl-convert, .*: run `pip install 'streamscope\\[charts\\]'`$"
    )
    wants: tuple[Callable[[], object], ...] = (
        lambda: svg(ttft),
        lambda: charts_of(pick(an_analysis(a_result()))),
        drawing._made,
        lambda: outputs.wanted_files([Path("ttft.svg")], "", ""),
    )
    for wanted in wants:
        with pytest.raises(StreamscopeError, match=said):
            wanted()


def test_the_list_of_charts_loads_no_library() -> None:
    """Help texts name the charts."""
    package = Path(sys.modules["analyzer.report.charts"].__file__ or "")

    assert "import altair" not in package.read_text().split("def charts_of")[0]
