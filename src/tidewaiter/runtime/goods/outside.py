"""An outside language model, heard as one more list of candidates. Off unless a URL is given.

Any endpoint that speaks the OpenAI chat shape (`POST <url>/chat/completions`). Only the words of
the goods are sent, never a party, a value or a number of a parcel. The answer is checked like any
other: codes that do not exist are dropped by the caller, shares are cut to 0-1. An endpoint that
fails, is slow or talks nonsense gives no candidates and stops nothing. The key, if one is needed,
is read from `TIDEWAITER_OUTSIDE_KEY`. An answer from outside cannot be replayed: it is shown beside
ours and decides nothing.
"""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from tidewaiter.vocabulary.errors import InputError

KEY = "TIDEWAITER_OUTSIDE_KEY"
TIMEOUT_S = 30.0
TEXTS_MAX = 20  # in one request
TEXT_CHARS_MAX = 500
ANSWER_BYTES_MAX = 1_000_000
CANDIDATES_MAX = 5
_ASK = (
    "You classify goods in the Harmonized System 2022. For each numbered text give up to five "
    "six-digit subheadings with probabilities. Answer with JSON only: a list with one entry a "
    'text, each a list of {"hs6": "......", "probability": 0.0}.'
)
Candidates = list[tuple[str, float]]


def outside_model(url: str, name: str) -> Callable[[Sequence[str]], list[Candidates]]:
    """Give a function that asks the endpoint: texts in, a list of (hs6, probability) a text out.

    Args:
        url: base URL such as `http://127.0.0.1:8080/v1`.
        name: name of the model there.

    Raises:
        InputError: not an http or https URL.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise InputError(f"{url!r} is no http or https address.", remedy="Give --outside URL.")

    def ask(texts: Sequence[str]) -> list[Candidates]:
        out: list[Candidates] = []
        for low in range(0, len(texts), TEXTS_MAX):
            out += _ask(url.rstrip("/"), name, texts[low : low + TEXTS_MAX])
        return out

    return ask


def _ask(url: str, name: str, texts: Sequence[str]) -> list[Candidates]:
    listed = "\n".join(f"{n}. {text[:TEXT_CHARS_MAX]}" for n, text in enumerate(texts, start=1))
    body = {
        "model": name,
        "temperature": 0,
        "messages": [{"role": "system", "content": _ASK}, {"role": "user", "content": listed}],
    }
    headers = {"Content-Type": "application/json"}
    if os.environ.get(KEY):
        headers["Authorization"] = f"Bearer {os.environ[KEY]}"
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        f"{url}/chat/completions", json.dumps(body).encode(), headers
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
            held = json.loads(answer.read(ANSWER_BYTES_MAX))
        said = held["choices"][0]["message"]["content"]
        return read_answer(str(said), len(texts))
    except (OSError, ValueError, KeyError, IndexError, TypeError, urllib.error.URLError):
        return [[] for _ in texts]


def read_answer(said: str, texts: int) -> list[Candidates]:
    """Read what the model said; whatever is not as asked is left out."""
    found = re.search(r"\[.*\]", said, re.DOTALL)
    try:
        listed = json.loads(found.group(0)) if found else []
    except ValueError:
        listed = []
    entries = listed[:texts] if isinstance(listed, list) else []
    out = [_candidates(entry) if isinstance(entry, list) else [] for entry in entries]
    return out + [[] for _ in range(texts - len(out))]


def _candidates(entry: list[object]) -> Candidates:
    out = []
    for one in entry[:CANDIDATES_MAX]:
        if not isinstance(one, dict):
            continue
        code = re.sub(r"\D", "", str(one.get("hs6", "")))[:6]
        chance = one.get("probability", 0.0)
        if len(code) == 6 and isinstance(chance, int | float):
            out.append((code, round(min(max(float(chance), 0.0), 1.0), 4)))
    return out
