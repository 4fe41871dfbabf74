"""Back-up and restore: of one instant, sealed, restored elsewhere and proven equal by the ledger's head."""

from __future__ import annotations

import dataclasses
import io
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

import world
from conftest import Databases
from invariants import broken
from yiwang import backup, cli, wiring
from yiwang.backup import check_backup, make_backup, restore_backup
from yiwang.backup_file import Reader, Writer
from yiwang.cases.queries import get_course
from yiwang.cases.queries_told import walk_lies, walk_photo_faults
from yiwang.kit import db as kit_db
from yiwang.kit import files, pg_dump
from yiwang.kit.db import Database
from yiwang.kit.errors import Problem
from yiwang.kit.scope import EVERYTHING
from yiwang.kit.sealed import CHUNK, HEADER, Secret
from yiwang.ledger import queries as ledger
from yiwang.ledger.actions_settle import seal
from yiwang.ledger.actions_verify import verify
from yiwang.ledger.rules_sign import write_note
from yiwang.settings import Settings
from yiwang.wiring import System

WORDS = "a passphrase for the tests"
SHADES = ((i, j, k) for k in range(251) for j in range(251) for i in range(251))


def secret(words: str = WORDS) -> Secret:
    return Secret(words, work=10)


def carry(system: System) -> str:
    """A case to its close, its photos in the real store; its number."""
    with system.database.transaction() as tx:
        return world.Play(tx, photos=system.store, shades=SHADES).closed().number  # type: ignore[arg-type]


def seal_all(system: System) -> str:
    """The head over everything, as a note."""
    world.settle(system.database)
    with system.database.transaction() as tx:
        seal(tx, system.key)
        head = ledger.latest_head(tx)
        assert head
        return write_note(ledger.get_origin(tx), head)


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as conn:
        return conn.execute(sql.encode()).fetchall()


def fails(code: str, call: Callable[..., Any], *args: Any, **more: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        call(*args, **more)
    assert caught.value.code == code
    return caught.value


@pytest.fixture
def here(world_db: Database, tmp_path: Path) -> System:
    """A closed case under a signed head, and another that no head covers yet."""
    system = wiring.assemble(Settings(data=str(tmp_path / "here"), database_url=world_db.url), world_db, world_db.url)
    carry(system)
    seal_all(system)
    carry(system)
    return system


@pytest.fixture
def there(databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    """An empty database of the same server and a data folder of its own."""
    name = databases.create(None)
    yield Settings(data=str(tmp_path / "there"), database_url=databases.url(name))
    databases.drop(name)


@pytest.fixture
def elsewhere() -> Iterator[Settings]:
    """A data folder with a server of its own: another cluster, with other transaction ids and no roles."""
    folder = Path(tempfile.mkdtemp(prefix="ywb"))
    folder.chmod(0o755)
    yield Settings(data=str(folder / "data"))
    shutil.rmtree(folder)


def photos_of(settings: Settings) -> set[str]:
    return {p.name for p in (settings.folder / "files").glob("[0-9a-f][0-9a-f]/*")}


# ── restored elsewhere ────────────────────────────────────────────────────────────────────────────────────────────────


def test_restored_elsewhere_it_is_equal_and_goes_on(here: System, elsewhere: Settings, tmp_path: Path) -> None:
    made = make_backup(here.settings, tmp_path / "b", secret())
    carry(here)
    kept_above = seal_all(here)  # the level above keeps a head that is newer than the backup's
    done = restore_backup(elsewhere, tmp_path / "b", secret())
    assert done.manifest == made.manifest and made.manifest.ledger and made.manifest.ledger.head
    assert made.photos == 4 and photos_of(elsewhere) < photos_of(here.settings)
    with wiring.running(elsewhere) as system:
        with system.database.transaction() as tx:
            assert broken(tx.conn) == {}
            head = ledger.latest_head(tx)
            assert head and write_note(ledger.get_origin(tx), head) == made.manifest.ledger.head
            found = verify(tx, outside=made.manifest.ledger.head)
            assert found.ok and found.unsettled > 0, "nothing was left to settle in the new cluster"
        carry(system)
        newer = seal_all(system)
        with system.database.transaction() as tx:
            found = verify(tx, outside=made.manifest.ledger.head + newer)
            assert found.ok and found.unsettled == 0
            assert len({k.key_id for k in ledger.list_keys(tx)}) == 1, "sealing must go on with the key of before"
            assert not verify(tx, outside=kept_above).ok, "a head of entries that the backup had not: must be told"
        with pytest.raises(psycopg.errors.InsufficientPrivilege), system.database.transaction() as tx:
            tx.conn.execute("delete from ledger.entry")
    with wiring.running(elsewhere) as system:  # and once more, from its own data folder
        assert rows(system.owner_url, "select count(*) from ledger.cluster") == [(2,)]


def test_a_voice_note_comes_back_as_it_was(here: System, there: Settings, tmp_path: Path) -> None:
    with here.database.transaction() as tx:
        play = world.Play(tx, photos=here.store, shades=SHADES)  # type: ignore[arg-type]
        sha = play.voice("wang.lei")
        case = play.report("wang.lei", voice=sha)
    made = make_backup(here.settings, tmp_path / "b", secret())
    assert made.photos == 5 and made.missing == []
    assert check_backup(tmp_path / "b", secret()).photos == 5
    assert restore_backup(there, tmp_path / "b", secret()).photos == 5
    with wiring.running(there) as system, system.database.transaction() as tx:
        (voice,) = get_course(tx, EVERYTHING, case.id).voices
        assert (voice.sha256, voice.type) == (sha, "audio/webm")
        assert files.get_whole(system.store, sha) == files.get_whole(here.store, sha) is not None
        assert [*walk_lies(tx), *walk_photo_faults(tx, system.store)] == []


def test_taken_while_people_write(here: System, there: Settings, tmp_path: Path) -> None:
    """Acts go on, the feed goes on, and what the backup has is one instant of it, photos and all."""
    stop, told = threading.Event(), list[str]()

    def act() -> None:
        while not stop.is_set():
            told.append(carry(here))

    before = seal_all(here)
    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        while len(told) < 2:
            time.sleep(0.05)
        promised = set(told)
        make_backup(here.settings, tmp_path / "b", secret())
        done_since = len(told) - len(promised)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    done = restore_backup(there, tmp_path / "b", secret())
    numbers = {n for (n,) in rows(there.database_url, "select number from cases.case")}
    assert promised <= numbers, "what was acknowledged before it began is in it"
    assert done_since > 0, "people were held up by the backup"
    assert done.photos == done.manifest.tables["kit.file"] >= 2 * len(numbers)
    with psycopg.connect(there.database_url) as conn:
        assert broken(conn) == {}
    assert seal_all(here) != before


def test_a_snapshot_does_not_hold_the_feed_back(here: System) -> None:
    with pg_dump.snapshot(here.owner_url):
        carry(here)
        seal_all(here)  # waits for nobody
        with here.database.transaction() as tx:
            assert ledger.is_all_settled(tx)


def test_photos_that_come_after_the_dump_do_no_harm(
    here: System, there: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pg_dump.dump

    def slow(*args: Any) -> Iterator[bytes]:
        yield from whole(*args)
        carry(here)

    monkeypatch.setattr(pg_dump, "dump", slow)
    made = make_backup(here.settings, tmp_path / "b", secret())
    assert made.photos == 4 and len(photos_of(here.settings)) == 6
    assert restore_backup(there, tmp_path / "b", secret()).photos == 4


# ── what is wrong is told ─────────────────────────────────────────────────────────────────────────────────────────────


def test_any_change_is_noticed_and_nothing_restored(here: System, there: Settings, tmp_path: Path) -> None:
    path = tmp_path / "b"
    make_backup(here.settings, path, secret())
    whole = path.read_bytes()
    assert check_backup(path, secret()).photos == 4
    for at in (20, HEADER + 9, HEADER + CHUNK + 99, len(whole) // 2, len(whole) - 1):
        changed = bytearray(whole)
        changed[at] ^= 4
        path.write_bytes(changed)
        with pytest.raises(Problem):
            check_backup(path, secret())
    for end in (len(whole) - 1, HEADER + CHUNK + 16, len(whole) // 2):
        path.write_bytes(whole[:end])
        with pytest.raises(Problem) as caught:
            restore_backup(there, path, secret())
        assert caught.value.code in {"sealed.cut_off", "sealed.damaged"}
    assert rows(there.database_url, "select count(*) from pg_namespace where nspname = 'ledger'") == [(0,)]
    assert not (there.folder / "keys").exists()
    path.write_bytes(whole)
    fails("sealed.wrong_key", check_backup, path, secret("not the passphrase"))
    restore_backup(there, path, secret())  # after all that, it can simply be done


def rewrite(path: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """The backup with parts changed or left out, sealed as well as any: what only the proof can notice."""
    with path.open("rb") as file:
        reader = Reader(file, secret())
        parts = [("manifest", msgspec.json.encode(reader.manifest))]
        parts += [(name, b"".join(pieces)) for name, pieces in reader.parts()]
        due = reader.digests
    with path.open("wb") as file:
        out = Writer(file, secret())
        for name, data in parts:
            if (new := change(name, data)) is not None:
                out.put(name, [new])
        out.digests.photos, out.digests.photo_bytes = due.photos, due.photo_bytes
        out.close()


@pytest.mark.parametrize("what", ["tables", "ledger", "size"])
def test_the_proof_fails_when_what_was_restored_differs(
    here: System, there: Settings, tmp_path: Path, what: str
) -> None:
    made = make_backup(here.settings, tmp_path / "b", secret())
    assert made.manifest.ledger

    def change(name: str, data: bytes) -> bytes:
        if name != "manifest" or not made.manifest.ledger:
            return data
        find, put = {
            "tables": (b'"kit.file":4', b'"kit.file":5'),
            "ledger": (made.manifest.ledger.root.encode(), b"00" * 32),
            "size": (f'"size":{made.manifest.ledger.size}'.encode(), b'"size":1'),
        }[what]
        assert find in data
        return data.replace(find, put)

    rewrite(tmp_path / "b", change)
    assert fails("backup.not_equal", restore_backup, there, tmp_path / "b", secret()).detail["what"] in (what, "ledger")


def test_a_photo_left_out_is_noticed(here: System, there: Settings, tmp_path: Path) -> None:
    make_backup(here.settings, tmp_path / "b", secret())
    gone = min(photos_of(here.settings))
    rewrite(tmp_path / "b", lambda name, data: None if name == f"photos/{gone}" else data)
    fails("backup.damaged", check_backup, tmp_path / "b", secret())
    make_backup(here.settings, tmp_path / "c", secret())
    files.put_whole, put = (lambda *_: None), files.put_whole
    try:  # a store that says yes and keeps nothing
        assert fails("backup.not_equal", restore_backup, there, tmp_path / "c", secret()).detail["what"] == "photo"
    finally:
        files.put_whole = put


def test_photos_lost_before_the_backup_are_named_and_the_rest_is_saved(
    here: System, there: Settings, tmp_path: Path
) -> None:
    one, two, *_ = sorted(photos_of(here.settings))
    (here.settings.folder / "files" / one[:2] / one).unlink()
    (here.settings.folder / "files" / two[:2] / two).write_bytes(b"rotten")
    made = make_backup(here.settings, tmp_path / "b", secret())
    assert made.missing == [one, two] and made.photos == 2
    assert restore_backup(there, tmp_path / "b", secret()).missing == [one, two]


def test_what_is_there_is_never_overwritten(here: System, there: Settings, tmp_path: Path) -> None:
    make_backup(here.settings, tmp_path / "b", secret())
    fails("backup.exists", make_backup, here.settings, tmp_path / "b", secret())
    before = rows(here.owner_url, "select count(*) from ledger.entry")
    fails("backup.not_empty", restore_backup, here.settings, tmp_path / "b", secret())
    assert rows(here.owner_url, "select count(*) from ledger.entry") == before
    key = next((here.settings.folder / "keys").iterdir()).name
    (there.folder / "keys").mkdir()
    (there.folder / "keys" / key).write_text("another")
    fails("backup.other_key", restore_backup, there, tmp_path / "b", secret())
    (there.folder / "keys" / key).unlink()
    restore_backup(there, tmp_path / "b", secret())


def test_another_version_of_program_or_server_is_refused_first(
    here: System, there: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_backup(here.settings, tmp_path / "b", secret())
    ours = kit_db.migrations()
    with monkeypatch.context() as m:
        m.setattr(backup, "migrations", lambda: ours[:-1])
        fails("backup.newer", restore_backup, there, tmp_path / "b", secret())
    with monkeypatch.context() as m:
        m.setattr(pg_dump, "server_version", lambda _: 14)
        fails("backup.older_server", restore_backup, there, tmp_path / "b", secret())
        assert fails("database.tools_version", make_backup, here.settings, tmp_path / "c", secret()).detail["found"]
    assert not (tmp_path / "c").exists() and not (there.folder / "keys").exists()


def test_no_system_no_backup(there: Settings, tmp_path: Path) -> None:
    fails("backup.no_system", make_backup, there, tmp_path / "b", secret())
    bundled = dataclasses.replace(there, database_url="")
    fails("backup.no_system", make_backup, bundled, tmp_path / "b", secret())
    assert not (there.folder / "pg").exists(), "a mistyped data folder must not become a new system"
    fails("backup.none", check_backup, tmp_path, secret())


def test_keys_kept_elsewhere_stay_elsewhere(here: System, there: Settings, tmp_path: Path) -> None:
    make_backup(here.settings, tmp_path / "b", secret(), keys=False)
    restore_backup(there, tmp_path / "b", secret())
    assert not (there.folder / "keys").exists()


# ── interrupted, full ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_failure_on_the_way_leaves_nothing(
    here: System, there: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = files.get_whole
    seen = itertools.count()
    monkeypatch.setattr(files, "get_whole", lambda *a: get(*a) if next(seen) < 2 else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make_backup(here.settings, tmp_path / "b", secret())
    assert list(tmp_path.glob("b*")) == []
    monkeypatch.undo()
    make_backup(here.settings, tmp_path / "b", secret())
    monkeypatch.setattr(pg_dump, "PIECE", 1000)
    monkeypatch.setattr(pg_dump, "load", _half(pg_dump.load))
    with pytest.raises(ZeroDivisionError):
        restore_backup(there, tmp_path / "b", secret())
    monkeypatch.undo()
    restore_backup(there, tmp_path / "b", secret())


def _half(load: Callable[..., None]) -> Callable[..., None]:
    def half(url: str, version: int, pieces: Iterator[bytes]) -> None:
        def some() -> Iterator[bytes]:
            whole = b"".join(pieces)
            yield whole[: len(whole) // 2]
            time.sleep(0.5)  # pg_restore is at it
            raise ZeroDivisionError

        load(url, version, some())

    return half


def test_a_killed_backup_does_not_look_whole(here: System, tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom yiwang import backup, settings\nfrom yiwang.kit import pg_dump\n"
        "from yiwang.kit.sealed import Secret\nwhole = pg_dump.dump\n"
        "def slow(*args):\n    yield from whole(*args)\n    print('half', flush=True)\n    time.sleep(60)\n"
        "pg_dump.dump = slow\nbackup.make_backup(settings.load(), Path(sys.argv[1]), Secret(sys.argv[2], work=10))\n"
    )
    env = {**os.environ, "YIWANG_DATABASE_URL": here.owner_url, "YIWANG_DATA": here.settings.data}
    command = [sys.executable, "-c", script, str(tmp_path / "b"), WORDS]
    other = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    assert other.stdout and other.stdout.readline() == "half\n"
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert not (tmp_path / "b").exists()
    with pytest.raises(Problem):
        check_backup(tmp_path / "b.part", secret())
    make_backup(here.settings, tmp_path / "b", secret())
    assert not (tmp_path / "b.part").exists()


def test_a_full_disk_leaves_nothing_and_says_so(here: System, tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys\nfrom pathlib import Path\nfrom yiwang import backup, settings\n"
        "from yiwang.kit.errors import Problem\nfrom yiwang.kit.sealed import Secret\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try:\n    backup.make_backup(settings.load(), Path(sys.argv[1]), Secret(sys.argv[2], work=10))\n"
        "except Problem as problem:\n    print(problem.code, problem.zh)\n"
    )
    env = {**os.environ, "YIWANG_DATABASE_URL": here.owner_url, "YIWANG_DATA": here.settings.data}
    command = [sys.executable, "-c", script, str(tmp_path / "b"), WORDS]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("backup.no_room"), done.stdout + done.stderr
    assert list(tmp_path.glob("b*")) == []


# ── into a folder ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_takes_each_photo_once(here: System, there: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    first = make_backup(here.settings, folder, secret())
    inodes = {p.name: p.stat().st_ino for p in folder.glob("photos/*/*")}
    assert set(inodes) == photos_of(here.settings)
    carry(here)
    time.sleep(1.1)  # its name is the second
    fails("sealed.wrong_key", make_backup, here.settings, folder, secret("another passphrase"))
    second = make_backup(here.settings, folder, secret())
    now = {p.name: p.stat().st_ino for p in folder.glob("photos/*/*")}
    assert first.photos == 4 and second.photos == len(now) == 6
    assert {name: now[name] for name in inodes} == inodes, "copied again"
    assert check_backup(Path(first.file), secret()).photos == 4
    restored = restore_backup(there, folder, secret())
    assert restored.file == second.file and photos_of(there) == set(now)


def test_a_folders_photos_are_checked_too(here: System, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    make_backup(here.settings, folder, secret())
    one, two, *_ = sorted(folder.glob("photos/*/*"))
    whole = one.read_bytes()
    one.write_bytes(two.read_bytes())
    fails("backup.damaged", check_backup, folder, secret())
    one.unlink()
    fails("backup.photo_gone", check_backup, folder, secret())
    one.write_bytes(whole[:-1])
    with pytest.raises(Problem):
        check_backup(folder, secret())
    time.sleep(1.1)
    make_backup(here.settings, folder, secret())  # one that is not whole is put there again
    assert check_backup(folder, secret()).photos == 4


# ── at the terminal ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_at_the_terminal(
    here: System,
    there: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(settings: Settings, *args: str) -> tuple[int, str]:
        monkeypatch.setenv("YIWANG_DATABASE_URL", settings.database_url)
        monkeypatch.setenv("YIWANG_DATA", settings.data)
        monkeypatch.setattr(sys, "argv", ["yiwang", *args])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    path, key = tmp_path / "b", tmp_path / "key"
    key.write_text(WORDS + "\n")
    code, said = run(here.settings, "backup", str(path), "--key", str(key))
    assert code == 0 and "已备份" in said, said
    assert path.stat().st_mode & 0o777 == 0o600
    code, said = run(here.settings, "backup", str(path), "--check", "--key", str(key))
    assert code == 0 and "备份完好" in said
    code, said = run(there, "restore", str(path))
    assert code == 1 and "backup.no_passphrase" in said
    one = min(photos_of(here.settings))
    (here.settings.folder / "files" / one[:2] / one).unlink()
    code, said = run(here.settings, "backup", str(tmp_path / "c"), "--key", str(key))
    assert code == 2 and one in said, "whoever runs it by the clock must hear of a lost photo"
    code, said = run(there, "restore", str(path), "--key", str(key), "--json")
    assert code == 0 and '"photos":4' in said, said
    code, said = run(there, "restore", str(path), "--key", str(key))
    assert code == 1 and "backup.not_empty" in said
