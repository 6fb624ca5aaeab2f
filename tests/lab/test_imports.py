"""The lab is the oracle: it must not share code with what it is used to judge."""

import ast
from pathlib import Path

import pytest

LAB = Path(__file__).parents[2] / "analyzer" / "lab"
ALLOWED = ("analyzer.lab", "analyzer.model", "analyzer.serving")


def imported(source: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


@pytest.mark.parametrize("source", sorted(LAB.glob("*.py")), ids=lambda path: path.stem)
def test_the_lab_imports_no_decoder_of_ours(source: Path) -> None:
    ours = {name for name in imported(source) if name.startswith(("analyzer", "addons", "."))}

    assert all(name.startswith(ALLOWED) for name in ours)
