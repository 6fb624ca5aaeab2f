"""The database explained, for a terminal and for the README."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analyzer.report.queries import QUERIES
from analyzer.store.schema import TABLES, VIEWS, Relation


def print_schema(console: Console) -> None:
    """Every table and view with the meaning and unit of its columns."""
    for relation in (*TABLES, *VIEWS):
        console.print(Text.assemble((relation.name, "bold cyan"), f"  {relation.kind}"))
        console.print(Text(relation.meaning, "dim"))
        grid = Table.grid(padding=(0, 2, 0, 2))
        grid.add_column(no_wrap=True, style="bold")
        grid.add_column(no_wrap=True, style="dim")
        grid.add_column()
        for column in relation.columns:
            grid.add_row(Text(column.name), Text(column.unit), Text(column.meaning))
        console.print(grid)
        console.print()


def schema_markdown() -> str:
    """The same for the README, between its markers ``schema:begin`` and ``schema:end``."""
    return "\n".join(_relation(relation) for relation in (*TABLES, *VIEWS))


def queries_markdown() -> str:
    """The queries for the README, between ``queries:begin`` and ``queries:end``."""
    return "\n".join(
        f"{number}. {query.question}\n\n   ```sql\n{_indented(query.sql)}\n   ```\n"
        for number, query in enumerate(QUERIES, 1)
    )


def _relation(relation: Relation) -> str:
    rows = [
        f"| `{column.name}` | {_escaped(column.unit)} | {_escaped(column.meaning)} |"
        for column in relation.columns
    ]
    kind = "table" if relation.kind == "table" else "view"
    return "\n".join(
        [
            f"<details><summary>{kind} <code>{relation.name}</code>: {relation.meaning}</summary>",
            "",
            "| column | unit | meaning |",
            "|---|---|---|",
            *rows,
            "",
            "</details>",
        ]
    )


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _indented(sql: str) -> str:
    return "\n".join(f"   {line}" if line else "" for line in sql.strip().splitlines())
