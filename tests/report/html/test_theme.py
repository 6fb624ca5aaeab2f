"""Pages have the palette's colours."""

import re
from importlib.resources import files

import msgspec
import pytest

from analyzer.report.palette import DARK, LIGHT, PROTOCOLS, Palette

THEME = (files("analyzer.report.html") / "static" / "theme.css").read_text()
LIGHT_BLOCK, _, REST = THEME.partition("@media (prefers-color-scheme: dark)")


def variables(css: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", css))


@pytest.mark.parametrize(
    ("css", "palette"),
    [(LIGHT_BLOCK, LIGHT), (REST.partition("*,")[0], DARK)],
    ids=["light", "dark"],
)
def test_the_theme_has_the_palettes_colours(css: str, palette: Palette) -> None:
    found = variables(css)

    assert {name: found[name] for name in palette.__struct_fields__} == msgspec.structs.asdict(
        palette
    )


def test_protocols_have_one_colour_everywhere() -> None:
    found = variables(LIGHT_BLOCK)

    assert {name: found[name] for name in PROTOCOLS} == PROTOCOLS


def test_a_printed_page_is_light_whatever_the_screen_is() -> None:
    printed = variables(THEME.partition("@media print")[2])

    assert printed == {**msgspec.structs.asdict(LIGHT), "page": "#ffffff"}
