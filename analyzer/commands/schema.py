"""`streamscope schema`: the database explained."""

import click
from rich.console import Console

from analyzer.report.schema import print_schema, queries_markdown, schema_markdown


@click.command()
@click.option("--markdown", is_flag=True, help="Print it as the README has it.")
@click.option("--queries", is_flag=True, help="Print questions and the SQL that answers them.")
def schema(markdown: bool, queries: bool) -> None:
    """Print every table, column and view of the database, with its meaning and unit."""
    if queries:
        click.echo(queries_markdown())
    elif markdown:
        click.echo(schema_markdown())
    else:
        print_schema(Console())
