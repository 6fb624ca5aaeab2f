"""Make the README's pictures anew, from a real run: record a demonstration, print, photograph."""

import io
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from analyzer.analyze import analyze
from analyzer.demo.session import record_demo
from analyzer.record import browser
from analyzer.report import build_report
from analyzer.report.figures import pick
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


def report_html(capture: Path) -> str:
    console = Console(
        record=True, width=100, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    render(build_report(pick(analyze([capture]))), console)
    return console.export_html(theme=THEME, code_format=PAGE)


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        files = record_demo(Path(place), print)
        html = report_html(files.capture)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.require(), chromium_sandbox=not browser.runs_as_root()
        )
        page = chromium.new_page(device_scale_factor=1.0)
        page.set_content(html)
        page.locator("pre").screenshot(path=PICTURES / "report.png")
        chromium.close()


if __name__ == "__main__":
    main()
