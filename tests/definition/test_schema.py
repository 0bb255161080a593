"""The JSON Schema for editors: right definitions pass it, and most wrong ones do not."""

import json
from typing import Any

import pytest
from ruamel.yaml import YAML

from engine.definition.schema import schema
from tests.definition.adapters import a_catalogue
from tests.definition.editor import KEYWORDS, Editor
from tests.definition.test_complaints import _mistakes
from tests.definition.test_link import EVERYTHING
from tests.definition.writing import GOOD

SCHEMA = schema(a_catalogue())
EDITOR = Editor(SCHEMA)


def _document(text: str) -> Any:
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        EVERYTHING,
        f"{GOOD}batch_size: ${{SIZE}}\nonError: log\nretry: {{delayMs: 5}}\n",
    ],
)
def test_right_definitions_pass(text: str) -> None:
    assert EDITOR.faults(_document(text)) == []


@pytest.mark.parametrize(
    "name",
    [
        "an unknown key",
        "a batch size of nothing",
        "a list for a number",
        "an unknown word",
        "an unknown adapter",
        "a misspelt option",
        "words of options",
        "an unknown way to authenticate",
        "two ways to authenticate",
        "a key of another style",
        "a key that only sources have",
        "an unknown word for on_error",
        "an ignore without a reason",
        "a stage that does two things",
        "an unknown rule",
        "a name in capitals",
    ],
)
def test_an_editor_sees_the_mistake_too(name: str) -> None:
    mistake = next(each for each in _mistakes() if each.name == name)

    assert EDITOR.faults(_document(mistake.text))


def test_the_schema_is_plain_json_and_uses_known_keywords_only() -> None:
    def keywords(rules: Any) -> set[str]:
        if isinstance(rules, list):
            return {word for each in rules for word in keywords(each)}
        if not isinstance(rules, dict):
            return set()
        named = {"properties", "$defs"}
        plain = {
            word
            for name, each in rules.items()
            if name not in named
            for word in keywords(each)
        }
        inner = {
            word
            for name in named & rules.keys()
            for each in rules[name].values()
            for word in keywords(each)
        }
        return {*rules, *plain, *inner} - {"adapter"}

    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA
    assert keywords(SCHEMA) <= KEYWORDS
    assert "x-" not in json.dumps(SCHEMA)


def test_every_key_is_described_for_editors() -> None:
    blank = [
        f"{name}.{key}"
        for name, rules in SCHEMA["$defs"].items()
        for key, about in rules.get("properties", {}).items()
        if name.endswith("Shape") and "description" not in about and "$ref" not in about
    ]

    assert [
        each for each in blank if not each.startswith(("Owners", "ErrorRule", "Depend"))
    ] == [each for each in blank if each.endswith(".rule")]


def test_an_adapter_that_cannot_be_loaded_does_not_spoil_the_others() -> None:
    assert "source.shop" in SCHEMA["$defs"]
    assert "source.broken" not in SCHEMA["$defs"]
    assert "broken" in SCHEMA["$defs"]["source"]["properties"]["adapter"]["enum"]
