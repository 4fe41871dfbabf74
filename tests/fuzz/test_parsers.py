"""Some thousand steps of libFuzzer over every parser of our own, always the same ones; `YIWANG_TORTURE=1`: a million."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.targets import TARGETS, try_one

TORTURE = "YIWANG_TORTURE" in os.environ
RUNS = 1_000_000 if TORTURE else 6_000


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed on this machine")
@pytest.mark.parametrize("name", TARGETS if TORTURE else ["all"])
def test_whatever_comes_is_parsed_or_refused_in_words(name: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for n, (target, (_, _, seed)) in enumerate(TARGETS.items()):
        if name in ("all", target):
            (corpus / f"seed{n}").write_bytes((bytes([n]) if name == "all" else b"") + seed)
    command = [sys.executable, str(Path(__file__).with_name("targets.py")), name, f"-runs={RUNS}", "-seed=20261122",
               "-max_len=4096", f"-artifact_prefix={tmp_path}/", *(["-max_total_time=300"] if TORTURE else []), str(corpus)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    found = [f.read_bytes() for f in tmp_path.glob("crash-*")]
    assert done.returncode == 0, f"{found!r}\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}"


@pytest.mark.parametrize("name", TARGETS)
def test_the_seed_is_understood(name: str) -> None:
    """Nothing hostile, and what breaks parsers most often."""
    for data in (TARGETS[name][2], b"", b"\0", b"\xff" * 9, b"[" * 5000, b"9" * 5000, "﻿，：—".encode(), b"1e999,NaN"):
        try_one(name, data)
