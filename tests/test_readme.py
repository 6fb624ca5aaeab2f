"""The README says what is so: the schema, the queries, the commands, the targets."""

import re
from pathlib import Path

import click
import pytest

from analyzer.cli import group
from analyzer.report.definitions import DEFINITIONS
from analyzer.report.schema import queries_markdown, schema_markdown

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CODE = "\n".join(re.findall(r"```sh\n.*?```|`[^`\n]+`", README, re.DOTALL))


def part(name: str) -> str:
    """What stands between the part's markers."""
    found = re.search(rf"<!-- {name}:begin -->\n(.*?)<!-- {name}:end -->", README, re.DOTALL)
    assert found is not None, name
    return found[1].strip()


def test_the_schema_is_the_documented_one() -> None:
    """`make readme` writes it anew; the store's own tests compare it with the database."""
    assert part("schema") == schema_markdown().strip()


def test_the_queries_are_the_tested_ones() -> None:
    assert part("queries") == queries_markdown().strip()


def test_every_command_and_option_it_names_exists() -> None:
    context = click.Context(group)
    named = re.findall(r"streamscope ([a-z-]+)((?: [^\n`|)#]*)?)", CODE)

    assert named
    for name, rest in named:
        command = group.get_command(context, name)
        if isinstance(command, click.Group) and rest:
            name, command = rest.split()[0], command.get_command(context, rest.split()[0])
        assert command is not None, f"streamscope {name}"
        options = {option for parameter in command.params for option in parameter.opts}
        for option in re.findall(r"(?<!\w)--[a-z0-9-]+", rest):
            assert option in options, f"streamscope {name} {option}"


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z]+)", CODE))))
def test_every_make_target_it_names_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_its_metrics_are_the_reports() -> None:
    rows = re.findall(r"^\| \*{0,2}([a-zA-Z0-9 ]+?)\*{0,2}(?: \([^|]*\))? \|", README, re.MULTILINE)
    metrics = [name for name in rows if name in DEFINITIONS]

    assert {"TTFT", "TTFO", "ICL", "ITL", "TPOT", "E2EL", "tail", "stall"} <= set(metrics)


def test_the_pictures_it_shows_are_there() -> None:
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)

    assert shown
    for path in shown:
        assert (ROOT / path).is_file(), path
