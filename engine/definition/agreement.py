"""What must agree across a definition: names said once, abilities that adapters have."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from engine.definition import modules, texts
from engine.definition.adapters import Named, can_be_asked_in_bulk, has_change_filter
from engine.definition.complaints import Reader, complaint
from engine.definition.delivered import check_delivered
from engine.definition.nodes import Entry, Step, block_of, inside, items_in, text_in
from engine.definition.wording import visible

Endpoints = Mapping[tuple[Step, ...], Named | None]
"""The Adapters that blocks name, by the steps to the block."""


def check_agreement(reader: Reader, endpoints: Endpoints, folder: str) -> None:
    """Complain about everything that does not go together."""
    _stage_names(reader)
    _fields_apart(reader)
    _dependencies(reader)
    _functions(reader, folder)
    _unchanged(reader, endpoints.get(("target",)))
    source = endpoints.get(("source",))
    _lookback(reader, source)
    if source is not None:
        check_delivered(reader, source.adapter)
    _upsert_without_key(reader, endpoints.get(("target",)))
    for steps in endpoints:
        _addresses(reader, steps)


def _stage_names(reader: Reader) -> None:
    met: dict[str, int] = {}
    for index in range(len(items_in(reader.root, "stages"))):
        name = text_in(reader.root, "stages", index, "name")
        if name is None:
            continue
        if name in met:
            sentence = f"the stage name '{visible(name)}' is taken by stage {met[name]}"
            reader.say(("stages", index, "name"), sentence, "blame needs names that differ")
        met.setdefault(name, index + 1)


def _fields_apart(reader: Reader) -> None:
    folds = text_in(reader.root, "target", "adapter") == "sql"
    for index in range(len(items_in(reader.root, "stages"))):
        made = block_of(reader.root, "stages", index, "map")
        _twins(reader, made.values(), folds_case=folds)


def _twins(reader: Reader, entries: Iterable[Entry], *, folds_case: bool) -> None:
    """Fields that a system takes for one: written differently, but the same letters."""
    met: dict[str, str] = {}
    for entry in entries:
        flaw = texts.shown(entry.name)
        if flaw:
            sentence = f"the field name '{visible(entry.name)}' {flaw.sentence}"
            reader.complaints.append(complaint(entry.mark, sentence, flaw.hint))
        same = unicodedata.normalize("NFC", entry.name)
        same = same.casefold() if folds_case else same
        if same in met:
            other = visible(met[same])
            sentence = f"the field '{visible(entry.name)}' is the same column as '{other}'"
            reader.complaints.append(complaint(entry.mark, sentence, "rename one"))
        met.setdefault(same, entry.name)


def _dependencies(reader: Reader) -> None:
    name = text_in(reader.root, "link")
    for index in range(len(items_in(reader.root, "depends_on"))):
        if name and text_in(reader.root, "depends_on", index, "link") == name:
            reader.say(("depends_on", index, "link"), "a Link cannot depend on itself")


def _functions(reader: Reader, folder: str) -> None:
    for index in range(len(items_in(reader.root, "stages"))):
        function = text_in(reader.root, "stages", index, "python")
        if function and texts.function(function) is None:
            flaw = modules.flaw_in(function, folder)
            if flaw:
                reader.say(
                    ("stages", index, "python"), f"'python' {flaw.sentence}", flaw.hint
                )


def _unchanged(reader: Reader, target: Named | None) -> None:
    stages = range(len(items_in(reader.root, "stages")))
    for index in stages:
        at = ("stages", index, "unchanged")
        if not inside(reader.root, *at):
            continue
        if target is not None and not can_be_asked_in_bulk(target):
            adapter = text_in(reader.root, "target", "adapter")
            sentence = (
                f"'unchanged' needs a target that can be asked in bulk; '{adapter}' cannot"
            )
            reader.say(at, sentence, "leave the stage out")
        elif inside(reader.root, "key") is None:
            hint = "name the key, for example key: order_id"
            reader.say(at, "'unchanged' needs to know which record is which", hint)
        elif index != stages[-1]:
            sentence = "'unchanged' compares what would be pushed"
            reader.say(at, sentence, "make it the last stage")


def _lookback(reader: Reader, source: Named | None) -> None:
    steps = ("source", "lookback")
    if source is None or source.options is None or inside(reader.root, *steps) is None:
        return
    if not has_change_filter(source.adapter, source.options):
        hint = (
            "set changed_since" if hasattr(source.options, "changed_since") else "remove it"
        )
        reader.say(steps, "'lookback' needs a source that is asked for changes", hint)


def _upsert_without_key(reader: Reader, target: Named | None) -> None:
    upserts = target is not None and getattr(target.options, "mode", None) == "upsert"
    if upserts and inside(reader.root, "key") is None:
        reader.say(
            ("target",),
            "an upsert needs to know which record is which",
            "name the key, for example key: order_id, or use mode: insert",
        )


def _addresses(reader: Reader, steps: Sequence[Step]) -> None:
    for inner in (("url",), ("lookup", "url"), ("bulk", "url")):
        at = (*steps, *inner)
        text = text_in(reader.root, *at)
        flaw = (
            _flaw_of_address(text, http=_is_http(reader, steps))
            if text is not None
            else None
        )
        if flaw:
            reader.say(at, f"'url' {flaw}")


def _is_http(reader: Reader, steps: Sequence[Step]) -> bool:
    return text_in(reader.root, *steps, "adapter") == "http"


def _flaw_of_address(text: str, *, http: bool) -> str | None:
    wanted = "http:// or https://" if http else "a scheme, such as postgresql://"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        return f"is no address: {str(error)[:1].lower()}{str(error)[1:]}"
    if "://" not in text or (http and parts.scheme not in {"http", "https"}):
        return f"is no address: it must begin with {wanted}"
    if port == 0:
        return "is no address: there is no port 0"
    if http and not parts.hostname:
        return "is no address: it names no host"
    return None
