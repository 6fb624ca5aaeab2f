"""Make the README's pictures anew, from a real run: record a demonstration, print, photograph."""

import io
import tempfile
from pathlib import Path

from msgspec.structs import replace
from page_pictures import photograph
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from terminal_picture import live_view_page

from analyzer.analyze import analyze
from analyzer.demo.session import record_demo
from analyzer.record import browser
from analyzer.report import build_report
from analyzer.report.figures import pick
from analyzer.report.parts import Facts, Report
from analyzer.report.terminal import render

PICTURES = Path(__file__).parents[1] / ".pictures"
NORMAL = [(60, 64, 72), (240, 113, 120), (149, 214, 128), (240, 190, 100)]
NORMAL += [(110, 170, 250), (200, 150, 240), (100, 205, 215), (214, 217, 222)]
BRIGHT = [(110, 115, 125), (255, 140, 145), (175, 235, 155), (255, 210, 130)]
BRIGHT += [(140, 190, 255), (220, 175, 255), (130, 225, 235), (255, 255, 255)]
THEME = TerminalTheme((22, 24, 29), (214, 217, 222), NORMAL, BRIGHT)
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: {background}; display: inline-block }}
pre {{ margin: 0; padding: 22px 26px; color: {foreground};
  font: 14px/1.32 "DejaVu Sans Mono", "Liberation Mono", monospace }}
{stylesheet}</style><pre><code>{code}</code></pre>"""


SHOWN = {
    "report": ("What was felt", "HTTP/2 beside HTTP/3", "Chat turns", "When text came"),
    "credentials": ("Credentials",),
    "lists": ("Lists, page by page", "Identifiers"),
    "talks": ("Conversations", "Two bots talking", "How it travelled"),
}
"""The sections of the report that each picture shows."""


def page_of(report: Report) -> str:
    console = Console(
        record=True, width=100, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    render(report, console)
    return console.export_html(theme=THEME, code_format=PAGE)


def pages(report: Report) -> dict[str, str]:
    """The HTML of each picture; the first one has the report's head."""
    made = {}
    sections = {section.title: section for section in report.sections}
    for name, titles in SHOWN.items():
        head = report.facts if name == "report" else Facts(())
        shown = tuple(sections[title] for title in titles)
        made[name] = page_of(replace(report, facts=head, sections=shown))
    return made


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        files = record_demo(Path(place), print)
        made = pages(build_report(pick(analyze([files.capture]))))
        made["live"] = live_view_page(files.capture, THEME, PAGE)
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=browser.require(), chromium_sandbox=not browser.runs_as_root()
            )
            page = chromium.new_page(device_scale_factor=1.0)
            for name, html in made.items():
                page.set_content(html)
                page.locator("pre").screenshot(path=PICTURES / f"{name}.png")
            photograph(chromium, files.capture, PICTURES)
            chromium.close()


if __name__ == "__main__":
    main()
