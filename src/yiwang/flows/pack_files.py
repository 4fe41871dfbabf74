"""A pack: a city as data. Its folder, its `pack.toml`, its CSV files, and what may be wrong with them."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from yiwang.kit.errors import Invalid, NotFound
from yiwang.kit.table import Fault


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a pack: which file, which line (0: the whole file), and why."""

    pack: str
    file: str
    line: int
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.pack}/{self.file}{f' 第 {self.line} 行' if self.line else ''}：{self.zh}（{self.en}）"


@dataclass(frozen=True, slots=True)
class Pack:
    """What a `pack.toml` says. `files` by what they hold, `needs` are packs that come before it, `unit` is whose it is."""

    folder: Path
    name: str
    version: str
    needs: tuple[str, ...]
    unit: str
    files: Mapping[str, tuple[str, ...]]

    def read(self, file: str) -> str:
        """A file's text; Invalid `pack.*`."""
        try:
            return (self.folder / file).read_text("utf-8-sig")
        except OSError:
            raise Invalid("pack.missing", f"读不到文件 {file}", f"Cannot read the file {file}", file=file) from None
        except UnicodeDecodeError:
            raise Invalid("pack.encoding", f"{file} 不是 UTF-8", f"{file} is not UTF-8", file=file) from None

    def rows(self, kind: str, *columns: str) -> Iterator[tuple[str, int, dict[str, str]]]:
        """(file, line, cells) of the CSV files of a kind; lines that begin with # are remarks. Invalid where a column
        is missing."""
        for file in self.files.get(kind, ()):
            text = self.read(file)
            lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
            reader = csv.DictReader(io.StringIO("\n".join(line for _, line in lines)))
            if missing := [c for c in columns if c not in (reader.fieldnames or ())]:
                words = "、".join(missing)
                raise Invalid("pack.columns", f"{file} 缺少列：{words}", f"{file} lacks: {words}", file=file)
            for (n, _), row in zip(lines[1:], reader, strict=False):
                yield file, n, {k: (v or "").strip() for k, v in row.items() if k}


@contextmanager
def understood(file: str, line: int) -> Iterator[None]:
    """What is wrong with a row is told with its file and line: Invalid `pack.row`."""
    try:
        yield
    except Fault as fault:
        raise Invalid(
            "pack.row",
            f"{file} 第 {line} 行“{fault.column}”{fault.zh}",
            f"{file} line {line}, {fault.column}: {fault.en}",
        ) from fault


def find_pack(name: str) -> Path:
    """The folder of a pack: one of ours by name, or any folder with a `pack.toml`; NotFound."""
    for folder in (Path(name), *(p / name for p in _homes() if re.fullmatch(r"[\w-]+", name))):
        if (folder / "pack.toml").is_file():
            return folder
    raise NotFound("pack.unknown", f"没有数据包“{name}”", f"There is no pack {name!r}")


def _homes() -> tuple[Path, ...]:
    return Path(__file__).parents[1] / "packs", Path(__file__).parents[3] / "packs"


def read_pack(folder: Path) -> Pack:
    """What the folder's `pack.toml` says; Invalid `pack.manifest`."""
    try:
        made = tomllib.loads((folder / "pack.toml").read_text("utf-8"))
        files = {k: (v,) if isinstance(v, str) else tuple(v) for k, v in made.get("files", {}).items()}
        bad = [n for names in files.values() for n in names if not re.fullmatch(r"\w[\w.-]*", n)]
        if bad:
            raise ValueError(f"file name {bad[0]!r}")
        needs = tuple(str(n) for n in made.get("needs", ()))
        return Pack(folder, str(made["name"]), str(made.get("version", "")), needs, str(made.get("unit", "")), files)
    except (
        OSError,
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as fault:
        raise Invalid("pack.manifest", f"pack.toml 有误：{fault}", f"pack.toml is wrong: {fault}") from fault


def with_needs(folder: Path, above: tuple[str, ...] = ()) -> list[Pack]:
    """The pack with all that it needs, each once, what is needed first; Invalid for a ring."""
    pack = read_pack(folder)
    if pack.name in above:
        ring = " → ".join((*above, pack.name))
        raise Invalid("pack.ring", f"数据包互相依赖：{ring}", f"Packs need each other: {ring}")
    found: dict[str, Pack] = {}
    for name in pack.needs:
        beside = folder.parent / name
        where = beside if (beside / "pack.toml").is_file() else find_pack(name)
        found |= {p.name: p for p in with_needs(where, (*above, pack.name))}
    return [*found.values(), pack]
