"""Scripts for `ScriptedServer` that behave like whole systems: pages of records, a record store."""

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from tests.servers.scripted import Answer, Json, Seen, Status

Record = Mapping[str, Any]


class Pages:
    """A source with pages: `{"data": […], "meta": {"total": n, "pages": m}, "next": cursor}`.

    Reads `page`/`per_page`, `offset`/`limit` or `cursor`. `faults[n]` are answers that page n
    (offset n, cursor n) gives first, in turn. `most`: it never gives more a page than that.
    `since` filters by the parameter of that name on the field `updated`.
    """

    def __init__(
        self,
        records: Sequence[Record],
        *,
        faults: Mapping[int, Sequence[Answer]] | None = None,
        most: int = 1_000_000,
        total: bool = True,
        since: str = "since",
    ) -> None:
        self.records = records
        self.faults = {page: list(answers) for page, answers in (faults or {}).items()}
        self.total = total
        self._most = most
        self._since = since
        self._lock = threading.Lock()

    def __call__(self, seen: Seen) -> Answer:
        query = seen.query
        held = [
            record
            for record in self.records
            if str(record.get("updated", "")) >= query.get(self._since, "")
        ]
        size = int(query.get("per_page") or query.get("limit") or len(held) or 1)
        size = min(size, self._most)
        where, start = self._start(query, size)
        with self._lock:
            if self.faults.get(where):
                return self.faults[where].pop(0)
        return self._page(seen, held, start, size)

    def _start(self, query: Mapping[str, str], size: int) -> tuple[int, int]:
        if "page" in query:
            return int(query["page"]), (int(query["page"]) - 1) * size
        start = int(query.get("offset") or query.get("cursor") or 0)
        return start, start

    def _page(self, seen: Seen, held: Sequence[Record], start: int, size: int) -> Answer:
        more = start + size < len(held)
        answer: dict[str, Any] = {
            "data": held[start : start + size],
            "next": str(start + size) if more else None,
        }
        if self.total:
            answer["meta"] = {"total": len(held), "pages": -(-len(held) // size)}
        if not more:
            return Json(answer)
        link = f'<{seen.path}?limit={size}&offset={start + size}>; rel="next"'
        return Json(answer, link=link)


class Shelf:
    """A target that keeps what is written to `/things/KEY`, and counts how often.

    `GET /things/KEY` gives a record or 404, `GET /things?ids=KEY,KEY` lists those there are.

    `faults[key]` are answers that writes of that key get first, in turn, without an effect;
    `after[key]` the same, but after the record was kept: an answer that is lost. A write with an
    `Idempotency-Key` it has had is answered without an effect where `remembers`.
    """

    def __init__(
        self,
        *,
        faults: Mapping[str, Sequence[Answer]] | None = None,
        after: Mapping[str, Sequence[Answer]] | None = None,
        remembers: bool = True,
    ) -> None:
        self.held: dict[str, Any] = {}
        self.effects: list[str] = []
        self.faults = {key: list(answers) for key, answers in (faults or {}).items()}
        self.after = {key: list(answers) for key, answers in (after or {}).items()}
        self.remembers = remembers
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, seen: Seen) -> Answer:
        with self._lock:
            key = unquote(seen.path.rpartition("/")[2])
            if seen.method == "OPTIONS":
                return Status(204)
            if seen.method == "GET" and "ids" in seen.query:
                wanted = seen.query["ids"].split(",")
                return Json({"data": [self.held[k] for k in wanted if k in self.held]})
            if seen.method == "GET":
                held = self.held.get(key)
                return Status(404, "no such thing") if held is None else Json(held)
            return self._written(key or str(json.loads(seen.body).get("id")), seen)

    def _written(self, key: str, seen: Seen) -> Answer:
        if self.faults.get(key):
            return self.faults[key].pop(0)
        once = seen.headers.get("idempotency-key", "")
        if not (self.remembers and once in self._known):
            self._known.add(once)
            self.held[key] = seen.json
            self.effects.append(key)
        if self.after.get(key):
            return self.after[key].pop(0)
        return Json({"ok": True}, 201)
