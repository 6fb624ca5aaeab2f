"""The layout is kept: who may import whom, and what the pure modules may not touch."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

RANKS = {
    "analyzer.model": 0,
    "analyzer.redact": 1,
    "analyzer.journal": 1,
    "analyzer.wire.problems": 1,
    "analyzer.wire.lines": 1,
    "analyzer.wire.coding": 1,
    "analyzer.serving": 1,
    "analyzer.intake": 2,
    "analyzer.wire.interpreter": 2,
    "analyzer.wire.plain": 2,
    "analyzer.wire.sse": 3,
    "analyzer.wire.elements": 2,
    "analyzer.wire.ndjson": 3,
    "analyzer.dialects": 4,
    "analyzer.importers": 4,
    "analyzer.reassemble": 5,
    "analyzer.analyses": 5,
    "analyzer.ahead": 6,
    "analyzer.shelf": 6,
    "analyzer.analyze": 7,
    "analyzer.store": 6,
    "analyzer.exporters": 6,
    "analyzer.follow": 6,
    "analyzer.watch": 6,
    "analyzer.report": 7,
    "analyzer.experiment": 8,
    "analyzer.gates": 8,
    "analyzer.telemetry": 8,
    "analyzer.record": 8,
    "analyzer.replay": 8,
    "analyzer.demo": 9,
    "analyzer.web": 9,
    "analyzer.commands": 10,
    "analyzer.cli": 11,
}
"""The longest matching package counts. Within one package modules may import each other;
`analyzer.wire` is ranked module by module, and `analyzer.lab` stands outside."""

PURE = (
    "analyzer.model",
    "analyzer.redact",
    "analyzer.journal",
    "analyzer.intake",
    "analyzer.wire",
    "analyzer.dialects",
    "analyzer.reassemble",
    "analyzer.analyses",
)
IMPURE_IMPORTS = {
    "asyncio",
    "datetime",
    "io",
    "os",
    "pathlib",
    "socket",
    "sqlite3",
    "sqlite_utils",
    "subprocess",
    "threading",
    "time",
}
LOW = {
    "analyzer.model",
    "analyzer.redact",
    "analyzer.journal",
    "analyzer.intake",
    "analyzer.wire.coding",
}
MITMPROXY_USERS = {"analyzer.record.proxy", "analyzer.importers.flows", "analyzer.exporters.flows"}


def modules(folder: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, ast.parse(path.read_text())


def imports(tree: ast.Module) -> Iterator[str]:
    """Every imported module, ``from a import b`` as both ``a`` and ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def ranked(module: str) -> str | None:
    """The entry of RANKS that a module belongs to."""
    found = [name for name in RANKS if is_within(module, name)]
    return max(found, key=len) if found else None


ANALYZER = dict(modules("analyzer"))


RANKED = [n for n in ANALYZER if n not in ("analyzer", "analyzer.wire")]


@pytest.mark.parametrize("name", [n for n in RANKED if not is_within(n, "analyzer.lab")])
def test_a_module_imports_lower_ranks_only(name: str) -> None:
    own = ranked(name)

    assert own is not None, f"{name} has no rank: give it one in RANKS and in CONTRIBUTING.md"
    for imported in imports(ANALYZER[name]):
        other = ranked(imported)
        if other is not None and other != own:
            assert RANKS[other] < RANKS[own], f"{name} ({own}) imports {imported} ({other})"


@pytest.mark.parametrize("name", [n for n in ANALYZER if n.startswith(PURE)])
def test_a_pure_module_touches_no_clock_file_socket_or_database(name: str) -> None:
    touched = {imported.split(".")[0] for imported in imports(ANALYZER[name])} & IMPURE_IMPORTS

    assert not touched


@pytest.mark.parametrize("name", [n for n in ANALYZER if n.startswith("analyzer.lab")])
def test_the_lab_knows_nothing_of_our_decoders(name: str) -> None:
    """An oracle that shares code with what it checks proves nothing."""
    ours = [i for i in imports(ANALYZER[name]) if i.startswith("analyzer.")]

    assert all(
        i.startswith(("analyzer.lab", "analyzer.model", "analyzer.serving")) for i in ours
    ), ours


def test_only_the_process_starter_knows_mitmproxy() -> None:
    users = {
        n for n, tree in ANALYZER.items() if any(i.startswith("mitmproxy") for i in imports(tree))
    }

    assert users <= MITMPROXY_USERS


REPLAYING = {"addons.replay", "addons.casting", "addons.understudy"}
"""The addon that plays a capture runs in a proxy that need not record; it is the replay's own."""


def test_addons_import_low_ranks_only() -> None:
    """The contentview decodes events to show them; it runs on a click, not on traffic."""
    for name, tree in modules("addons"):
        ours = {i for i in imports(tree) if i.startswith("analyzer.")}
        allowed = LOW | ({"analyzer.wire.sse"} if name == "addons.contentview" else set())
        if name in REPLAYING:
            allowed |= {"analyzer.replay", "analyzer.serving.web", "analyzer.report.plain"}
        assert all(
            any(i == a or i.startswith(a + ".") or a.startswith(i + ".") for a in allowed)
            for i in ours
        ), (name, ours)


def test_the_recorder_needs_nothing_that_only_a_replay_needs() -> None:
    for name, tree in modules("addons"):
        if name not in REPLAYING:
            assert not {i.rpartition(".")[2] for i in imports(tree)} & {"casting", "understudy"}
