"""Charts in a page: their specifications as data, and what draws them in the browser."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from analyzer.model import StreamscopeError
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.files import config
from analyzer.report.html.blocks import marked
from analyzer.report.html.markup import Markup, element, raw_text
from analyzer.report.palette import Palette

_NAMES = Palette.__struct_fields__
PAGE_COLOURS = Palette(**{name: f"var(--{name})" for name in _NAMES})
"""The page's own CSS variables: a drawn chart turns dark, or to paper, with its page."""


def figure(chart: Chart) -> Markup:
    """Where a chart is drawn once it is seen; its sentences stand below it in any case."""
    title = element("h3", chart.title, class_="chart-title")
    place = element("div", class_="chart", role="img", aria_label=chart.alt, data_chart=chart.name)
    said = [element("p", marked(line)) for line in chart.says]
    hint = element("p", chart.hint, class_="hint") if chart.hint else None
    whole = element("figcaption", said, hint)
    return element("figure", title, place, whole, _data(chart), id=f"chart-{chart.name}")


def _data(chart: Chart) -> Markup:
    """The specification as JSON in which no ``<`` is left: nothing in it can end its element."""
    return raw_text("script", as_json(chart.spec), type="application/json")


def as_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True).replace("<", "\\u003c")


def settings() -> Markup:
    """How charts look on the page."""
    return raw_text("script", as_json(config(PAGE_COLOURS)), type="application/json", id="config")


def begin_library() -> Callable[[], None]:
    """Make the library in another process: vl-convert holds the lock of this one meanwhile.

    Returns what ends that process, if nobody asked for the library after all.
    """
    code = f"import sys; from {__name__} import _made; sys.stdout.buffer.write(_made().encode())"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    _begun.append(process)

    def end() -> None:
        if process in _begun:
            _begun.remove(process)
            process.kill()
            process.communicate()

    return end


_begun: list[subprocess.Popen[bytes]] = []


@cache
def library() -> str:
    """Vega-Lite and all that it needs, as one script; made once a process, in a second or two.

    It sees nothing of the page but ``vegaEmbed``, which it leaves behind.
    """
    while _begun:
        process = _begun.pop()
        script, _ = process.communicate()
        if process.returncode == 0 and script:
            return script.decode()
    return _made()


def _made() -> str:
    try:
        import vl_convert
    except ImportError:
        raise StreamscopeError(
            "the charts of a page need vl-convert, which is not installed: "
            "run `pip install 'streamscope[charts]'`"
        ) from None
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # In a string or a regular expression, where alone they can stand, these are the same.
    bundle = re.sub(r"<(?=!--|/?script|/style)", r"\\x3c", bundle, flags=re.IGNORECASE)
    return f'(()=>{{"use strict";{bundle}}})();'
