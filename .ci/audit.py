"""依赖审计 Are there known vulnerabilities in what we depend on? `make audit`; .ci/run asks before the tests.

Fails on a vulnerability that `.ci/audit-allow.toml` does not name with a reason and a day. Where the network or the mirror
does not answer it says what could not be looked up, and passes: silence is never taken for "nothing found".
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
SECONDS = 180


@dataclass(frozen=True)
class Found:
    """One known vulnerability of one package."""

    package: str
    version: str
    ids: tuple[str, ...]


def read_pip(said: dict[str, Any]) -> tuple[list[Found], int, int]:
    """(vulnerabilities, packages looked up, packages that could not be) from pip-audit's JSON. It calls a package that
    its index does not know "skipped" and says "no known vulnerabilities" all the same."""
    looked = [d for d in said.get("dependencies", ()) if "skip_reason" not in d]
    skipped = len(said.get("dependencies", ())) - len(looked)
    found = [
        Found(d["name"], d["version"], (v["id"], *v.get("aliases", ()))) for d in looked for v in d.get("vulns", ())
    ]
    return found, len(looked), skipped


def read_npm(said: dict[str, Any]) -> tuple[list[Found], bool]:
    """(vulnerabilities, did the registry answer) from `npm audit --json`."""
    if "vulnerabilities" not in said:
        return [], False
    return list(_npm_found(said["vulnerabilities"])), True


def _npm_found(packages: dict[str, Any]) -> Iterator[Found]:
    for name, told in packages.items():
        for via in told.get("via", ()):
            if isinstance(via, dict):  # a name only points at the package that has the advisory
                advisory = via.get("url", "").rsplit("/", 1)[-1] or str(via.get("source"))
                yield Found(name, told.get("range", ""), (advisory,))


def unexcused(found: list[Found], allowed: list[dict[str, Any]], today: date) -> tuple[list[Found], list[str]]:
    """What no line of the list excuses today, and what is wrong with the list itself."""
    wrong = [f"{a.get('id')}: a reason and a day (until) are due" for a in allowed
             if not a.get("reason") or not isinstance(a.get("until"), date)]  # fmt: skip
    good = {a["id"] for a in allowed if isinstance(a.get("until"), date) and a.get("reason") and a["until"] >= today}
    return [f for f in found if not good & set(f.ids)], wrong


def _ask(*command: str, folder: Path = ROOT) -> dict[str, Any]:
    """The JSON that a command writes; empty when it writes none (no network, no answer in time)."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
        return json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError):
        return {}


def main() -> int:
    found: list[Found] = []
    pip_audit = Path(sys.executable).with_name("pip-audit")
    for lock in LOCKS:
        options = ("--disable-pip", "--require-hashes", "--format=json", "--progress-spinner=off")
        bad, looked, skipped = read_pip(_ask(str(pip_audit), "-r", lock, *options))
        found += bad
        if looked == 0:
            print(f"! {lock}：漏洞库查不到（离线或镜像不支持），未审计  could not be looked up here: NOT audited")
        else:
            more = f"，{skipped} 个查不到 ({skipped} could not be looked up)" if skipped else ""
            print(f"✓ {lock}：查了 {looked} 个包 packages looked up{more}")
    npm = shutil.which("npm")
    bad, answered = read_npm(_ask(npm, "audit", "--json", "--package-lock-only", folder=ROOT / "web") if npm else {})
    found += bad
    print(
        "✓ web/package-lock.json"
        if answered
        else "! web/package-lock.json：未审计 could not be looked up here: NOT audited"
    )
    allowed = tomllib.loads((ROOT / ".ci/audit-allow.toml").read_text("utf-8")).get("allow", [])
    left, wrong = unexcused(sorted(set(found), key=str), allowed, date.today())
    for line in wrong:
        print(f"✗ .ci/audit-allow.toml: {line}")
    for f in left:
        print(f"✗ {f.package} {f.version}: {', '.join(f.ids)}")
    return 1 if left or wrong else 0


if __name__ == "__main__":
    os.environ.setdefault("NO_COLOR", "1")
    sys.exit(main())
