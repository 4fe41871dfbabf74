"""Who may import whom: import-linter's contracts of pyproject.toml, and what they cannot say: layers inside a domain."""

from __future__ import annotations

import re
import subprocess
import sys

import grimp
import pytest

from house import DOMAINS, LAYERS, ROOT, SCENES, SURFACES, TOP, layer

OPEN_TO_OTHERS = {"actions", "queries", "model", "rules"}
IMPURE = (
    "psycopg",
    "psycopg_pool",
    "obstore",
    "fastapi",
    "yiwang.kit.db",
    "yiwang.kit.statements",
    "yiwang.kit.web",
    "yiwang.kit.files",
)


def why_not(importer: str, imported: str) -> str | None:
    """What is wrong with this import, None when nothing is."""
    here, there = (re.sub(r"^yiwang\.scenes\.(?=\w)", "yiwang.", m).split(".") for m in (importer, imported))
    if (
        imported in IMPURE
        and len(here) == 3
        and here[1] in (*DOMAINS, *SCENES)
        and layer(here[2]) in {"rules", "model"}
    ):
        return "rules and models are pure"
    if here[1:2] in (["flows"], ["desk"]) and there[0] in {"psycopg", "psycopg_pool"}:
        return "stories and surfaces hold no SQL"
    if there[0] != "yiwang":
        return None
    if len(here) == len(there) == 2 and layer(here[1]) in TOP and layer(there[1]) in TOP:
        up = TOP[layer(there[1])] > TOP[layer(here[1])]
        return f"{here[1]} stands below {there[1]}" if up else None
    if len(here) == 3 and len(there) == 2 and layer(there[1]) in TOP:
        return f"only the top modules may import {there[1]}"
    if len(there) != 3 or there[1] not in (*DOMAINS, *SCENES):
        return None
    if here[1] != there[1]:
        if layer(there[2]) in OPEN_TO_OTHERS or (len(here) == 2 and layer(there[2]) != "store"):
            return None
        return f"{there[2]} is private to {there[1]}"
    if len(here) == 3 and LAYERS[layer(there[2])] > LAYERS[layer(here[2])]:
        return f"{layer(here[2])} stands below {layer(there[2])}"
    return None


def test_import_linter_keeps_the_floors():
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " kept, 0 broken" in done.stdout


def test_every_import_goes_down():
    graph = grimp.build_graph("yiwang", include_external_packages=True, cache_dir=None)
    pairs = [(m, i) for m in graph.modules for i in graph.find_modules_directly_imported_by(m)]
    assert len(pairs) > 200, "the graph was not read"
    wrong = [f"{m} imports {i}: {why}" for m, i in pairs if (why := why_not(m, i))]
    assert not wrong, "\n".join(sorted(wrong))


def test_every_package_and_top_module_has_its_place():
    graph = grimp.build_graph("yiwang", cache_dir=None)
    packages = {m.split(".")[1] for m in graph.modules if m.count(".") == 2}
    assert packages <= {*DOMAINS, *SURFACES, "kit", "flows", "scenes"}, (
        "a new package: give it a floor in pyproject.toml and house.py"
    )
    alone = {m.split(".")[1] for m in graph.modules if m.count(".") == 1} - packages - {"flows"}
    assert {layer(m) for m in alone} <= {*TOP, *SURFACES}


@pytest.mark.parametrize(
    ("importer", "imported", "fine"),
    [
        ("yiwang.cases.actions_file", "yiwang.city.queries_rules", True),
        ("yiwang.cases.actions_file", "yiwang.city.store_rules", False),
        ("yiwang.flows.self_filing", "yiwang.cases.store", False),
        ("yiwang.flows.self_filing", "psycopg", False),
        ("yiwang.flows.self_filing", "yiwang.cases.api", False),
        ("yiwang.cases.rules", "yiwang.kit.db", False),
        ("yiwang.cases.rules", "yiwang.cases.queries", False),
        ("yiwang.cases.queries", "yiwang.cases.actions", False),
        ("yiwang.cases.rules", "yiwang.cases.store", False),
        ("yiwang.cases.store", "yiwang.cases.rules_clock", True),
        ("yiwang.cases.api", "yiwang.cases.actions", True),
        ("yiwang.kit.web", "yiwang.settings", False),
        ("yiwang.wiring", "yiwang.app", False),
        ("yiwang.app", "yiwang.cases.api", True),
        ("yiwang.scenes.elevators.model", "yiwang.kit.db", False),
        ("yiwang.scenes.elevators.scene", "yiwang.register.store", False),
        ("yiwang.scenes.elevators.scene", "yiwang.scenes.elevators.model", True),
        ("yiwang.wiring", "yiwang.scenes.elevators.scene", True),
        ("yiwang.app", "yiwang.cases.store", False),
        ("yiwang.wiring", "yiwang.cases.jobs", True),
    ],
)
def test_the_rule_tells_right_from_wrong(importer: str, imported: str, fine: bool):
    assert (why_not(importer, imported) is None) is fine
