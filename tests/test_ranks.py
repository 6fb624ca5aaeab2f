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
    "analyzer.addresses": 1,
    "analyzer.child": 1,
    "analyzer.guard": 1,
    "analyzer.ports": 1,
    "analyzer.public_key": 1,
    "analyzer.wire.lines": 1,
    "analyzer.wire.coding": 1,
    "analyzer.wire.sse": 2,
    "analyzer.dialects": 3,
    "analyzer.importers": 3,
    "analyzer.reassemble": 5,
    "analyzer.analyses": 5,
    "analyzer.store": 6,
    "analyzer.analyze": 6,
    "analyzer.watch": 6,
    "analyzer.report": 7,
    "analyzer.follow": 7,
    "analyzer.browser": 7,
    "analyzer.record": 8,
    "analyzer.recording": 8,
    "analyzer.demo": 9,
    "analyzer.cli": 9,
    "analyzer.commands": 10,
}
"""Longest matching prefix counts; modules of one package may import each other."""

PURE = (
    "analyzer.model",
    "analyzer.redact",
    "analyzer.journal",
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
LOW = {"analyzer.model", "analyzer.redact", "analyzer.journal", "analyzer.wire.coding"}
MITMPROXY_USERS = {"analyzer.record"}
PACKAGES = ("analyzer.dialects", "analyzer.importers", "analyzer.analyses", "analyzer.report")


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


def rank(module: str) -> int | None:
    found = [name for name in RANKS if module == name or module.startswith(name + ".")]
    return RANKS[max(found, key=len)] if found else None


def same_package(one: str, other: str) -> bool:
    return any(one.startswith(p) and other.startswith(p) for p in (*PACKAGES, *RANKS))


ANALYZER = dict(modules("analyzer"))
OUTSIDE_RANKS = ("analyzer.lab", "analyzer.wire")


@pytest.mark.parametrize("name", [n for n in ANALYZER if n != "analyzer"])
def test_a_module_imports_lower_ranks_only(name: str) -> None:
    if name.startswith(OUTSIDE_RANKS) and rank(name) is None:
        return
    own = rank(name)

    assert own is not None, f"{name} has no rank: give it one in RANKS and in CONTRIBUTING.md"
    for imported in imports(ANALYZER[name]):
        other = rank(imported)
        if other is not None and not same_package(name, imported):
            assert other < own, f"{name} (rank {own}) imports {imported} (rank {other})"


@pytest.mark.parametrize("name", [n for n in ANALYZER if n.startswith(PURE)])
def test_a_pure_module_touches_no_clock_file_socket_or_database(name: str) -> None:
    touched = {imported.split(".")[0] for imported in imports(ANALYZER[name])} & IMPURE_IMPORTS

    assert not touched


@pytest.mark.parametrize("name", [n for n in ANALYZER if n.startswith("analyzer.lab")])
def test_the_lab_knows_nothing_of_our_decoders(name: str) -> None:
    """An oracle that shares code with what it checks proves nothing."""
    ours = [i for i in imports(ANALYZER[name]) if i.startswith("analyzer.")]

    assert all(i.startswith(("analyzer.lab", "analyzer.model")) for i in ours), ours


def test_only_the_process_starter_knows_mitmproxy() -> None:
    users = {
        n for n, tree in ANALYZER.items() if any(i.startswith("mitmproxy") for i in imports(tree))
    }

    assert users <= MITMPROXY_USERS


def test_addons_import_low_ranks_only() -> None:
    """The contentview decodes events to show them; it runs on a click, not on traffic."""
    for name, tree in modules("addons"):
        ours = {i for i in imports(tree) if i.startswith("analyzer.")}
        allowed = LOW | ({"analyzer.wire.sse"} if name == "addons.contentview" else set())
        assert all(
            any(i == a or i.startswith(a + ".") or a.startswith(i + ".") for a in allowed)
            for i in ours
        ), (name, ours)
