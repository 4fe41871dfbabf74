"""Text messages: what the gateway is sent, what becomes of one that fails, what is kept in a demonstration."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from yiwang.kit import sms
from yiwang.kit.sms import Handed

SENT: list[tuple[str | None, dict[str, str]]] = []
KEYS: list[str | None] = []


class _Gate(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        SENT.append((self.headers["authorization"], body))
        KEYS.append(self.headers["idempotency-key"])
        self.send_response(500 if body["text"] == "fail" else int(body["text"]) if body["text"].isdigit() else 202)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def gate() -> Iterator[str]:
    SENT.clear()
    KEYS.clear()
    server = HTTPServer(("127.0.0.1", 0), _Gate)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/send"
    server.shutdown()
    sms.use(None)


def delivered() -> None:
    sms._post.submit(int).result()


def test_the_gateway_gets_number_words_and_token(gate: str) -> None:
    sms.use(sms.open_sender(gate, "secret", demo=True))
    assert sms.is_there() and not sms.is_shown(), "a gateway that is set is used in a demonstration too"
    sms.post("13812345678", "验证码 123456")
    delivered()
    assert SENT == [("Bearer secret", {"phone": "13812345678", "text": "验证码 123456"})]


@pytest.mark.parametrize(
    ("text", "outcome"), [("fine", Handed.done), ("500", Handed.away), ("429", Handed.away), ("422", Handed.refused)]
)
def test_what_the_gateway_says_is_told(gate: str, caplog: pytest.LogCaptureFixture, text: str, outcome: Handed) -> None:
    sms.use(sms.Gateway(gate, ""))
    assert sms.hand_over("13812345678", text, "k1") is outcome
    assert KEYS == ["k1"] and "138" not in caplog.text


def test_a_gateway_that_is_away_is_asked_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        sms.use(sms.Gateway(f"http://127.0.0.1:{free.getsockname()[1]}/send", ""))  # bound, and nobody listens
        assert sms.hand_over("13812345678", "x", "k") is Handed.away
    sms.use(None)
    assert sms.hand_over("13812345678", "x", "k") is Handed.away


def test_a_demonstration_keeps_what_has_one_key_once() -> None:
    box = sms.Outbox()
    for key in ("a", "a", "b"):
        box.send("13812345678", key, key)
    assert [text for _, text in box.sent] == ["a", "b"]


def test_what_fails_stops_nothing_and_is_logged_without_number_and_words(
    gate: str, caplog: pytest.LogCaptureFixture
) -> None:
    sms.use(sms.Gateway(gate, ""))
    with caplog.at_level(logging.ERROR):
        sms.post("13812345678", "fail")
        sms.post("13812345678", "next")
        delivered()
    assert [(token, body["text"]) for token, body in SENT] == [(None, "fail"), (None, "next")]
    assert len(caplog.records) == 1 and "138" not in caplog.text and "fail" not in caplog.text


def test_nothing_is_set_up_by_itself() -> None:
    assert sms.open_sender("", "", demo=False) is None
    assert isinstance(sms.open_sender("", "", demo=True), sms.Outbox)
    assert sms.open_sender("file:///etc/passwd", "", demo=False) is None
