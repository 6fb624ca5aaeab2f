"""What is said where nothing is installed that makes charts."""

from typing import NoReturn

from analyzer.model import StreamscopeError


def refuse_charts(cause: ImportError | None = None) -> NoReturn:
    """Raise the error that says what charts take."""
    raise StreamscopeError(
        "charts need Vega-Altair and vl-convert, which are not both installed: "
        "run `pip install 'streamscope[charts]'`"
    ) from cause
