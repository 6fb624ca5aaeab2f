"""Our options from the command line, set while an addon of ours loads."""

import logging
from typing import Any

from mitmproxy import exceptions

logger = logging.getLogger(__name__)


def take_deferred(options: Any) -> bool:
    """Set our options from the command line; whether all of their values fit.

    mitmproxy would do so after `load`, in a task of its own: there a value that does not fit
    takes the others with it unheard, and the proxy runs on without us.
    """
    fit = True
    for name in [name for name in options.deferred if name.startswith("streamscope_")]:
        values = getattr(options.deferred[name], "val", None)
        if values is None or name not in options:
            continue
        del options.deferred[name]
        try:
            options.set(*([f"{name}={value}" for value in values] or [name]))
        except exceptions.OptionsError as error:
            fit = False
            # Errors during start make mitmproxy's programs say them and exit.
            logger.error(f"streamscope: {error}")
    return fit


def refusal(sentence: str) -> exceptions.OptionsError:
    """What is wrong with an option's value, to be raised."""
    return exceptions.OptionsError(sentence)  # type: ignore[no-untyped-call] # mitmproxy's
