"""Fill the README's generated parts: what stands between `<!-- name:begin -->` and `:end`."""

import re
from pathlib import Path

from analyzer.report.schema import queries_markdown, schema_markdown

README = Path(__file__).parents[1] / "README.md"
PARTS = {"schema": schema_markdown, "queries": queries_markdown}


def main() -> None:
    text = README.read_text()
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
        pattern = re.escape(begin) + ".*?" + re.escape(end)
        filled = f"{begin}{make().strip()}\n{end}"
        text, count = re.subn(pattern, lambda _, filled=filled: filled, text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"README.md: {begin.strip()} and {end} have to stand there once")
    README.write_text(text)


if __name__ == "__main__":
    main()
