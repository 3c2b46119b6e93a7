"""An outside model: off by default, only words leave, whatever it says stops nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tidewaiter.runtime.goods.outside import outside_model, read_answer
from tidewaiter.vocabulary.errors import InputError

SAID: dict[str, Any] = {}


class Endpoint(BaseHTTPRequestHandler):
    """Answers every request with `SAID["answer"]` and keeps what was asked."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        SAID["asked"], SAID["key"] = json.loads(body), self.headers.get("Authorization")
        data = SAID["answer"].encode()
        self.send_response(SAID.get("status", 200))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    SAID.clear()
    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def chat(content: str) -> str:
    return json.dumps({"choices": [{"message": {"content": content}}]})


def test_candidates_come_back_in_order_and_only_words_are_sent(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEWAITER_OUTSIDE_KEY", "k")
    listed = [[{"hs6": "6912.00", "probability": 0.8}], [{"hs6": "851762", "probability": 3}]]
    SAID["answer"] = chat(f"Here: {json.dumps(listed)} done")
    found = outside_model(url, "some-model")(["mug", "gadget"])
    assert found == [[("691200", 0.8)], [("851762", 1.0)]]
    assert SAID["asked"]["messages"][1]["content"] == "1. mug\n2. gadget"
    assert SAID["asked"]["model"] == "some-model"
    assert SAID["key"] == "Bearer k"


@pytest.mark.parametrize("answer", ["", "not json", chat("no list"), "[]", '{"choices": []}'])
def test_nonsense_gives_no_candidates(url: str, answer: str) -> None:
    SAID["answer"] = answer
    assert outside_model(url, "m")(["mug", "cup"]) == [[], []]


def test_a_failing_or_absent_endpoint_gives_no_candidates(url: str) -> None:
    SAID.update(answer="{}", status=500)
    assert outside_model(url, "m")(["mug"]) == [[]]
    assert outside_model("http://127.0.0.1:9/v1", "m")(["mug"]) == [[]]


def test_an_address_of_another_kind_is_a_bad_call() -> None:
    with pytest.raises(InputError, match="http"):
        outside_model("file:///etc/passwd", "m")


def test_too_few_or_odd_entries_leave_the_rest_empty() -> None:
    assert read_answer('[[{"hs6":"12"}], "x"]', 3) == [[], [], []]
