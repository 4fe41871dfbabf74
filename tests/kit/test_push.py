"""Web push: what goes out is sealed and signed, and goes to the public network alone."""

from __future__ import annotations

import socket
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from yiwang.kit.errors import Invalid
from yiwang.kit.push import Device, Sender, is_public

from .push_service import Browser, Service, push_service

GOOD = "https://push.example.net/abc"


@pytest.fixture
def sender(tmp_path: Path) -> Sender:
    return Sender(tmp_path / "keys" / "push", "ops@example.cn", local=True)


@pytest.fixture
def service() -> Any:
    with push_service() as made:
        yield made


def resolve_to(monkeypatch: pytest.MonkeyPatch, *numbers: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (n, 443)) for n in numbers]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def refusal(sender: Sender, endpoint: str) -> str:
    with pytest.raises(Invalid) as caught:
        sender.check(Browser().device(endpoint))
    return caught.value.code


def test_a_browser_reads_what_is_sent_and_knows_who_sent_it(sender: Sender, service: Service) -> None:
    browser = Browser()
    outcome = sender.send(
        browser.device(f"{service.url}/one?a=b"), b'{"kind":"order"}', ttl=90, urgent=True, topic="t1"
    )
    assert outcome.is_done
    (posted,) = service.posted
    assert browser.open(posted.body) == {"kind": "order"}
    assert b"order" not in posted.body
    assert posted.path == "/one?a=b"
    wanted = {"ttl": "90", "urgency": "high", "topic": "t1", "content-encoding": "aes128gcm"}
    assert wanted.items() <= posted.headers.items()
    service.check_sender(posted, sender.public)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "push"
    first, second = Sender(path, "a@b.cn"), Sender(path, "a@b.cn")
    assert first.public == second.public and len(first.public) == 87
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["push"]


@pytest.mark.parametrize(
    ("status", "done", "gone", "hopeless"),
    [(201, True, False, False), (404, False, True, False), (410, False, True, False), (413, False, False, True),
     (429, False, False, False), (500, False, False, False), (301, False, False, False)],
)  # fmt: skip
def test_what_the_service_answers(
    sender: Sender, service: Service, status: int, done: bool, gone: bool, hopeless: bool
) -> None:
    service.answers, service.retry_after = [status], 77
    outcome = sender.send(Browser().device(service.url + "/x"), b"{}", ttl=1, urgent=False, topic="t")
    assert (outcome.is_done, outcome.is_gone, outcome.is_hopeless, outcome.wait) == (done, gone, hopeless, 77)
    assert len(service.posted) == 1, "no redirect is followed"


def test_a_service_that_is_away_is_no_fault(sender: Sender) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/x"
    assert sender.send(Browser().device(url), b"{}", ttl=1, urgent=False, topic="t").status == 0


@pytest.mark.parametrize(
    "number",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "fe80::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "2002:7f00:1::",
     "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "::", "2001:db8::1", "198.18.0.1", "192.0.2.1"],
)  # fmt: skip
def test_these_are_no_public_addresses(number: str) -> None:
    assert not is_public(number)


def test_these_are() -> None:
    assert all(is_public(n) for n in ("8.8.8.8", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8"))


@pytest.mark.parametrize(
    "endpoint",
    ["http://push.example.net/x", "https://push.example.net:8443/x", "https://user@push.example.net/x", "ftp://x.net/",
     "https://:443/x", "https://[::1/x", "https://push.example.net:99999/x", "https://推送.example.net/x", "javascript:0"],
)  # fmt: skip
def test_only_https_on_the_usual_port(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, endpoint: str, tmp_path: Path
) -> None:
    resolve_to(monkeypatch, "8.8.8.8")
    assert refusal(Sender(tmp_path / "k", "a@b.cn"), endpoint) == "push.endpoint"


@pytest.mark.parametrize("numbers", [("10.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("169.254.169.254",)])
def test_a_name_that_leads_inside_is_refused(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, numbers: tuple[str, ...]
) -> None:
    resolve_to(monkeypatch, *numbers)
    assert refusal(sender, GOOD) == "push.endpoint"
    assert sender.send(Browser().device(GOOD), b"{}", ttl=1, urgent=False, topic="t").is_gone
    resolve_to(monkeypatch, "8.8.8.8")
    sender.check(Browser().device(GOOD))


def test_the_connection_keeps_to_the_number_that_was_looked_at(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: whatever the name resolves to a moment later."""
    asked: list[Any] = []

    def connect(address: Any, *_: Any, **__: Any) -> Any:
        asked.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "create_connection", connect)
    resolve_to(monkeypatch, "8.8.8.8")
    assert sender.send(Browser().device(GOOD), b"{}", ttl=1, urgent=False, topic="t").status == 0
    assert asked == [("8.8.8.8", 443)]


def test_this_machine_is_for_tests_alone(tmp_path: Path, service: Service) -> None:
    assert refusal(Sender(tmp_path / "k", "a@b.cn"), service.url) == "push.endpoint"
    local = Sender(tmp_path / "k", "a@b.cn", local=True)
    local.check(Browser().device(service.url))
    assert refusal(local, "https://127.0.0.1/x") == "push.endpoint"
    assert refusal(local, "http://10.0.0.1/x") == "push.endpoint"


def test_a_name_that_nobody_knows_is_refused_in_the_same_words_and_kept_for_later(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert refusal(sender, GOOD) == "push.endpoint"
    assert sender.send(Browser().device(GOOD), b"{}", ttl=1, urgent=False, topic="t").status == 0, "tried again later"


@pytest.mark.parametrize(("p256dh", "auth"), [("AAAA", "A" * 22), ("B" + "A" * 86, "A" * 22), ("A" * 87, "AAAA")])
def test_keys_are_keys(sender: Sender, monkeypatch: pytest.MonkeyPatch, p256dh: str, auth: str) -> None:
    resolve_to(monkeypatch, "8.8.8.8")
    with pytest.raises(Invalid) as caught:
        sender.check(Device(GOOD, p256dh, auth))
    assert caught.value.code == "push.keys"


def test_a_secret_is_of_sixteen_bytes(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8")
    good = Browser().device(GOOD)
    sender.check(good)
    with pytest.raises(Invalid) as caught:
        sender.check(replace(good, auth="AAAA"))
    assert caught.value.code == "push.keys"
