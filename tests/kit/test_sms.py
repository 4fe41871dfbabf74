"""Text messages: what the gateway is sent, what becomes of one that fails, what is kept in a demonstration."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from yiwang.kit import sms

SENT: list[tuple[str | None, dict[str, str]]] = []


class _Gate(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        SENT.append((self.headers["authorization"], body))
        self.send_response(500 if body["text"] == "fail" else 202)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def gate() -> Iterator[str]:
    SENT.clear()
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
