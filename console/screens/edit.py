"""Editing a failing record: field by field, or as a whole in $EDITOR; tried, then kept (I2)."""

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textual import on

from console import keys
from console.format import counted
from console.ink import fitted
from console.keys import Action
from console.layout import Field as Column
from console.layout import heading, tabular
from console.messages import Chosen
from console.pages.inbox_page import simulated_page
from console.pages.page import Caption, Cell, Line, Span
from console.pages.values import shown
from console.refresh import Answer, Question
from console.safe import safe
from console.screens.acts import ask_reason
from console.screens.dialog import Asked
from console.screens.draft import Draft, Unread, difference, same, without_remarks
from console.screens.valued import Valued
from console.theme import Skin
from console.widgets.paper import Leaf, Paper, leaves
from engine.domain import places
from engine.domain.diff import leaves as paths_of
from engine.domain.errors import Misused
from engine.domain.inbox import Simulated
from engine.domain.missing import MISSING
from engine.domain.requests import RecordDetail
from engine.domain.stored_json import parsed

COLUMNS = (
    Column("", 2),
    Column("FIELD", 12, grow=1),
    Column("IS", 12, grow=2),
    Column("WILL BE", 12, grow=2),
)

EDITOR = Action("editor", "e", "editor", "the whole record in $EDITOR")
DROP = Action("drop", "x", "remove", "remove the field, or put it back")
ADD = Action("add", "a", "add", "add a field: path=value")
TRY = Action("try_it", "t", "try", "send the edit through the stages; nothing is written")
KEEP = Action("keep", "s", "save", "keep the edit for the next retry")


class EditPlace(Valued):
    """The form."""

    offers = (keys.CHANGE, EDITOR, ADD, DROP, TRY, KEEP)
    BINDINGS = keys.bindings(EDITOR, ADD, DROP, TRY, KEEP)

    def on_mount(self) -> None:
        """Nothing is changed yet."""
        self.draft = Draft()
        self._tried: Simulated | None = None
        self._detail: RecordDetail | None = None
        self._fields: dict[str, Any] = {}
        self._unread: Unread | None = None
        self._warned = False

    def crumb(self) -> str:
        """What the header calls it."""
        return f"Edit s{self.to.snapshot}"

    def question(self) -> Question:
        """The record."""
        ref = f"s{self.to.snapshot}"
        return lambda engine: engine.record(ref)

    def answered(self, answer: RecordDetail) -> None:
        """Only the first answer counts: what one edits stays what it was."""
        if self._detail is None:
            self._detail = answer
            seen = answer.snapshot
            self._fields = dict(paths_of(parsed(seen.edited or seen.before)))
            self._draw()

    def _draw(self) -> None:
        fields, draft, tried = dict(self._fields), self.draft, self._tried

        def draw(width: int, skin: Skin) -> list[Leaf]:
            return list(_page(fields, draft, tried, width, skin))

        self.query_one(Paper).show(draw)
        self.look()

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """Which record, and what is changed."""
        del skin
        if self._detail is None:
            return self.unread()
        changed = self.draft.number
        left = f"s{self.to.snapshot}, key {self._detail.snapshot.label}"
        if self._unread is not None:
            return Span(f"{self._unread.problem}; e opens your text again", "bad"), ""
        return left, Span(f"{changed} changed", "key") if changed else "nothing changed"

    # What can be done

    def may(self, action: Action) -> bool:
        """What is not changed cannot be tried or kept."""
        if self._detail is None:
            return False
        return bool(self.draft) if action in (TRY, KEEP) else True

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        path = message.target
        value = self.draft.changes.get(path, self._fields.get(path))
        self.begin(path, _json(value), f"{path}: JSON, or plain text")

    def action_add(self) -> None:
        """Add a field."""
        self.begin(None, "", "path=value")

    def typed(self, what: Any, text: str) -> None:
        """A value, or a new field with its value."""
        path, value = what, text
        if path is None:
            path, _, value = text.partition("=")
            if not path.strip():
                return
        new = places.typed(value)
        draft = Draft(
            {**self.draft.changes, path: new}, self.draft.remove - {path}, self.draft.whole
        )
        if path in self._fields and same(self._fields[path], new):
            del draft.changes[path]
        try:
            draft.over(self._original())
        except Misused as problem:
            self.say(str(problem), style="bad")
            return
        self._drafted(draft)

    def _drafted(self, draft: Draft) -> None:
        self.draft, self._tried, self._warned = draft, None, False
        self._draw()

    def action_drop(self) -> None:
        """Remove the field under the cursor, or put it back."""
        paper = self.query_one(Paper)
        path = paper.target(paper.at)
        if path is None:
            return
        self.draft.changes.pop(path, None)
        if path in self._fields:
            self.draft.remove.symmetric_difference_update({path})
        self._tried = None
        self._draw()

    def action_editor(self) -> None:
        """The whole record in $EDITOR; what differs afterwards is the edit."""
        if self._detail is None:
            return
        text = self._to_edit()
        with self.app.suspend():
            edited = _edited(text, self.deck.home, self.deck.environ)
        self.app.refresh(layout=True)
        if edited is None:
            self.say("the editor did not end well; nothing was taken. EDITOR names another")
            return
        if edited != text:
            self._take(without_remarks(edited))
        self._draw()

    def _to_edit(self) -> str:
        """The record with the draft in it; or the text that could not be read, and why."""
        if self._unread is not None:
            return f"{self._unread.remark}\n{self._unread.text}"
        made = self.draft.over(self._original())
        return json.dumps(made, indent=2, ensure_ascii=False, default=str)

    def _original(self) -> Any:
        if self._detail is None:
            return {}
        seen = self._detail.snapshot
        return parsed(seen.edited or seen.before)

    def _take(self, text: str) -> None:
        """What was typed becomes the draft; where it is no record, it is kept as it is."""
        try:
            after = json.loads(text)
        except ValueError as error:
            place = why = ""
            if isinstance(error, json.JSONDecodeError):
                place, why = f" at line {error.lineno}, column {error.colno}", error.msg
            self._unread = Unread(text, f"that is not JSON{place}", why)
            return
        if not isinstance(after, dict):
            self._unread = Unread(text, "that is not one JSON object")
            return
        self._unread = None
        original = self._original()
        whole = not isinstance(original, dict)
        self._drafted(Draft(whole=after) if whole else difference(original, after))

    def step_back(self) -> bool:
        """Leave the line; what was changed is not dropped on one key."""
        if super().step_back():
            return True
        if (self.draft or self._unread) and not self._warned:
            self._warned = True
            what = counted(self.draft.number, "change") if self.draft else "your text"
            self.say(f"esc again drops {what}; s saves", style="warn")
            return True
        return False

    def action_try_it(self) -> None:
        """What the stages make of it."""
        ref, edit = f"s{self.to.snapshot}", self.draft.edit()
        self.ask(lambda engine: engine.simulate_record(ref, edit), "tried")

    def action_keep(self) -> None:
        """Keep it, with a reason."""
        number = self.draft.number
        asked = Asked(
            f"Keep this edit of s{self.to.snapshot}?",
            "Keep",
            [
                Line(
                    f"{counted(number, 'field')} {'changes' if number == 1 else 'change'}."
                    " The original stays beside it;"
                ),
                Line("the next retry sends the edit. It is tried before it is kept."),
            ],
            danger=False,
        )
        ask_reason(self.deck, asked, self._keep)

    def _keep(self, reason: str) -> None:
        if self._detail is None:
            return
        ref, edit, actor = f"s{self.to.snapshot}", self.draft.edit(), self.deck.actor
        version = self._detail.version
        self.ask(
            lambda engine: engine.edit(
                ref, edit, reason=reason, actor=actor, version=version
            ),
            "kept",
        )

    def heard(self, subject: Any, answer: Answer) -> None:
        """What came of it."""
        if answer.error is not None:
            return
        if subject == "tried":
            self._tried = answer.value
            self._draw()
        elif subject == "kept":
            back = self.deck.below(self)
            self.deck.pop_screen()
            if back is not None:
                back.say("the edit is kept; the next retry sends it", style="good")


def _page(
    fields: dict[str, Any], draft: Draft, tried: Simulated | None, width: int, skin: Skin
) -> Iterator[Leaf]:
    wide = width - 2
    yield Leaf(
        [Span(" "), *(Span(each.text, "quiet") for each in heading(COLUMNS, wide, skin))]
    )
    made = {**dict(paths_of(draft.whole or {})), **draft.changes}
    made.pop("", None)
    for path in dict.fromkeys((*fields, *made)):
        before = fields.get(path, MISSING)
        after = made.get(path, before)
        after = MISSING if path in draft.remove else after
        changed = path in made or path in draft.remove
        sign = Span("~" if changed else " ", "key")
        new: Cell = shown(after) if changed else ""
        cells = (sign, Span(path, "strong" if changed else ""), shown(before), new)
        yield Leaf([Span(" "), *tabular(COLUMNS, cells, wide, skin)], path)
    if tried is not None:
        yield Leaf([])
        page = [Caption("Tried"), *simulated_page(tried, unicode=skin.unicode)]
        for leaf in leaves(page, wide, skin):
            yield Leaf([Span(" "), *leaf.row])
    else:
        yield Leaf([])
        hint = "Enter changes a value, t tries the edit, s saves it."
        yield Leaf([Span(" "), *fitted(Span(hint, "quiet"), wide, skin)])


def _json(value: Any) -> str:
    """The value as it can be typed: what cannot be shown as an escape."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    if safe(text) != text:
        text = json.dumps(value, default=str)
    # Text that does not read as anything else needs no quotes.
    plain = isinstance(value, str) and safe(value) == value and places.typed(value) == value
    return str(value) if plain else text


def _edited(text: str, home: Path, environ: Any) -> str | None:
    """The text after $EDITOR has had it, in a private file that goes afterwards."""
    editor = environ.get("VISUAL") or environ.get("EDITOR") or "vi"
    folder = home / "edits"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"edit-{os.getpid()}.json"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(
            descriptor, "w", encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
        done = subprocess.run([*shlex.split(editor), str(path)], check=False)
        return path.read_text("utf-8") if done.returncode == 0 else None
    except (OSError, ValueError):
        return None
    finally:
        path.unlink(missing_ok=True)
