"""Charts in a page: their specifications as data, and what draws them in the browser."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from analyzer.report.charts.chart import Chart
from analyzer.report.charts.files import config
from analyzer.report.charts.missing import refuse_charts
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
    begun = _Begun([sys.executable, "-c", code])
    _begun.append(begun)

    def end() -> None:
        if begun in _begun:
            _begun.remove(begun)
            begun.end()

    return end


class _Begun:
    """A process that makes the library, and the thread that reads it: a pipe holds a part of it,
    and who waits to write the rest keeps all of its memory.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._script = b""
        self._reading = threading.Thread(target=self._read, name="library", daemon=True)
        self._reading.start()

    def _read(self) -> None:
        self._script, _ = self._process.communicate()

    def script(self) -> str:
        """Once it is made; empty if it could not be."""
        self._reading.join()
        return self._script.decode() if self._process.returncode == 0 else ""

    def end(self) -> None:
        self._process.kill()
        self._reading.join()


_begun: list[_Begun] = []
_one_at_a_time = threading.Lock()


def library() -> str:
    """Vega-Lite and all that it needs, as one script; made once a process, in a second or two.

    It sees nothing of the page but ``vegaEmbed``, which it leaves behind.
    """
    with _one_at_a_time:
        return _library()


@cache
def _library() -> str:
    while _begun:
        script = _begun.pop().script()
        if script:
            return script
    return _made()


def _made() -> str:
    try:
        import vl_convert
    except ImportError as error:
        refuse_charts(error)
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # In a string or a regular expression, where alone they can stand, these are the same.
    bundle = re.sub(r"<(?=!--|/?script|/style)", r"\\x3c", bundle, flags=re.IGNORECASE)
    return f'(()=>{{"use strict";{bundle}}})();'
