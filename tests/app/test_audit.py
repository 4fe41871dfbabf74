"""The audit of dependencies: fails on what is known, never on lack of network, and never takes silence for a clean bill."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from typing import Any

import pytest

from house import ROOT

spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci/audit.py")
assert spec and spec.loader
audit: Any = importlib.util.module_from_spec(spec)
sys.modules["audit"] = audit
spec.loader.exec_module(audit)

PIP = {"dependencies": [
    {"name": "good", "version": "1", "vulns": []},
    {"name": "bad", "version": "2", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": []}]},
    {"name": "unknown", "skip_reason": "not found"},
]}  # fmt: skip
NPM = {"vulnerabilities": {
    "a": {"via": ["b"], "range": "*"},
    "b": {"via": [{"source": 7, "url": "https://github.com/advisories/GHSA-1"}], "range": "<2"},
}}  # fmt: skip
OFFLINE = {"dependencies": [{"name": "good", "skip_reason": "Dependency not found on PyPI"}]}
TODAY = date(2026, 11, 22)


def test_what_is_known_is_found() -> None:
    assert audit.read_pip(PIP) == ([audit.Found("bad", "2", ("PYSEC-1", "CVE-1"))], 2, 1)
    assert audit.read_npm(NPM) == ([audit.Found("b", "<2", ("GHSA-1",))], True)


def test_silence_is_not_a_clean_bill() -> None:
    assert audit.read_pip(OFFLINE) == ([], 0, 1) and audit.read_pip({}) == ([], 0, 0)
    assert audit.read_npm({"message": "405"}) == ([], False)


def test_an_excuse_has_a_reason_and_a_day() -> None:
    found = [audit.Found("bad", "2", ("PYSEC-1", "CVE-1"))]
    excuse = {"id": "CVE-1", "reason": "not called", "until": date(2026, 12, 1)}
    assert audit.unexcused(found, [], TODAY) == (found, [])
    assert audit.unexcused(found, [excuse], TODAY) == ([], [])
    assert audit.unexcused(found, [excuse], date(2026, 12, 2)) == (found, [])
    for broken in ({"id": "CVE-1", "until": date(2026, 12, 1)}, {"id": "CVE-1", "reason": "x"}):
        left, wrong = audit.unexcused(found, [broken], TODAY)
        assert left == found and len(wrong) == 1


@pytest.mark.parametrize(
    ("pip", "npm", "code", "said"),
    [(PIP, {}, 1, "✗ bad 2"), (OFFLINE, {}, 0, "NOT audited"), ({}, NPM, 1, "✗ b <2"), ({}, {}, 0, "NOT audited")],
)
def test_the_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pip: Any, npm: Any, code: int, said: str
) -> None:
    monkeypatch.setattr(audit, "_ask", lambda *command, **_: npm if "audit" in command else pip)
    monkeypatch.setattr(audit.shutil, "which", lambda _: "npm")
    assert audit.main() == code
    assert said in capsys.readouterr().out


def test_ci_asks() -> None:
    assert "make audit" in (ROOT / ".ci/run").read_text("utf-8")
    assert ".ci/audit.py" in (ROOT / "Makefile").read_text("utf-8")
