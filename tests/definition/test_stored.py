"""What a Sync Event stores of its definition, and the definition made of it again (D1)."""

import json
import pickle
from pathlib import Path

import pytest

from engine.definition import loader
from engine.domain.errors import Refused
from engine.domain.link import Definition
from tests.definition.adapters import Named, Person, Token, a_catalogue
from tests.definition.test_link import EVERYTHING
from tests.definition.writing import ENVIRON, GOOD, defined, written

SHOP = "{adapter: shop, url: 'http://shop/'}"


def again(definition: Definition) -> Definition:
    return loader.from_stored(
        definition.text,
        path=Path(definition.path),
        folder=Path(definition.folder),
        catalogue=a_catalogue(),
        environ=ENVIRON,
    )


def with_source(source: str) -> str:
    return GOOD.replace("{adapter: lines, path: orders.ndjson}", source)


@pytest.mark.parametrize("text", [GOOD, EVERYTHING], ids=["small", "everything"])
def test_the_stored_text_gives_the_same_definition_again(text: str, tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("def clean(record):\n    return record\n")
    definition = defined(tmp_path, text)

    assert again(definition) == definition


def test_a_definition_travels_to_other_processes(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("def clean(record):\n    return record\n")
    definition = defined(tmp_path, EVERYTHING)

    assert pickle.loads(pickle.dumps(definition)) == definition


def test_the_text_is_json_with_defaults_merged_and_variables_unexpanded(
    tmp_path: Path,
) -> None:
    written(tmp_path, "severity: high\n", "defaults.yaml")

    definition = defined(
        tmp_path, f"{GOOD}label: ${{DIR}}\nowner: 1.10\nbatch_size: 0x10\n"
    )

    kept = json.loads(definition.text)
    assert (kept["severity"], kept["label"], kept["owner"], kept["batch_size"]) == (
        "high",
        "${DIR}",
        1.1,
        16,
    )
    assert '"owner": 1.10' in definition.text
    assert again(definition).link == definition.link


def test_comments_and_blanks_do_not_change_the_hash_but_values_do(tmp_path: Path) -> None:
    first = defined(tmp_path, GOOD)
    spaced = defined(tmp_path, f"# new\n\n{GOOD}")
    other = defined(tmp_path, f"{GOOD}batch_size: 999\n")

    assert first.hash == spaced.hash != other.hash


def test_an_edit_after_the_run_does_not_touch_what_was_stored(tmp_path: Path) -> None:
    definition = defined(tmp_path, GOOD)
    defined(tmp_path, f"{GOOD}batch_size: 999\n")

    assert again(definition).link.batch_size == 1000


def test_the_hash_of_a_source_tells_what_is_fetched_not_how(tmp_path: Path) -> None:
    """M3: a new hash means that everything is fetched again."""

    def block_hash(source: str) -> str:
        return defined(tmp_path, with_source(source)).link.source.block_hash

    plain = block_hash("{adapter: shop, url: 'http://shop/', format: json}")

    assert plain == block_hash("{format: json, url: 'http://shop/', adapter: shop}")
    assert plain == block_hash(
        "{adapter: shop, url: 'http://shop/', format: json, retry: {max_attempts: 1},"
        " on_error: fail, system: shop}"
    )
    assert plain != block_hash("{adapter: shop, url: 'http://other/', format: json}")


def test_references_keep_secrets_out_of_what_is_stored(tmp_path: Path) -> None:
    secret = tmp_path / "key.txt"
    secret.write_text("fr0m-a-file\n")
    secret.chmod(0o600)

    definition = defined(
        tmp_path,
        with_source(
            "{adapter: shop, url: 'http://shop/?k=${file:key.txt}',"
            " auth: {bearer: 'x ${secret:TOKEN}'}}"
        ),
    )

    assert definition.secrets == {"fr0m-a-file", "t0ken-value", "x t0ken-value"}
    assert definition.link.source.options.auth == Token(bearer="x t0ken-value")
    assert not any(secret in definition.text for secret in definition.secrets)


def test_secrets_written_into_the_file_are_not_stored_and_found_again(
    tmp_path: Path,
) -> None:
    source = (
        "{adapter: shop, url: 'http://ana:p%40ss-word@shop/',"
        " auth: {basic: {user: ana, password: hunter22}}}"
    )

    definition = defined(tmp_path, with_source(source))

    assert definition.secrets >= {"hunter22", "p%40ss-word", "p@ss-word"}
    assert "hunter22" not in definition.text
    assert "p%40ss-word" not in definition.text
    assert again(definition) == definition
    assert definition.link.source.options.auth == Named(
        basic=Person(user="ana", password="hunter22")
    )


def test_a_secret_that_is_gone_from_the_file_is_asked_back(tmp_path: Path) -> None:
    definition = defined(
        tmp_path,
        with_source("{adapter: shop, url: 'http://shop/', auth: {bearer: hunter22}}"),
    )
    defined(tmp_path, GOOD)

    with pytest.raises(Refused) as refusal:
        again(definition)

    assert str(refusal.value) == (
        f"{tmp_path}/orders.yaml (as run):1:1: the secret at source.auth.bearer stood in the file "
        "itself and is gone, put it back, or run with the current definition"
    )


def test_complaints_never_show_a_secret(tmp_path: Path) -> None:
    text = with_source(
        "{adapter: shop, url: 'http://a:hunter22@[::1', auth: correct-horse}"
    )

    with pytest.raises(loader.DefinitionInvalid) as invalid:
        defined(tmp_path, f"{text}batch_size: ${{secret:TOKEN}}\n")

    said = str(invalid.value)
    assert "'auth' takes a block of keys, not '***'" in said
    assert "not the value of its variable" in said
    assert not any(
        secret in said for secret in ("hunter22", "correct-horse", "t0ken-value")
    )


def test_a_secret_file_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("x")
    (tmp_path / "key.txt").chmod(0o644)

    with pytest.raises(loader.DefinitionInvalid) as invalid:
        defined(tmp_path, with_source("{adapter: lines, path: '${file:key.txt}'}"))

    assert str(invalid.value).endswith(
        f"the secret file {tmp_path}/key.txt can be read by others (mode 0644), "
        f"chmod 600 {tmp_path}/key.txt"
    )


PYTHON = GOOD.replace("target:", "  - python: rules:clean\ntarget:")


def test_the_code_of_python_stages_is_part_of_the_definition(tmp_path: Path) -> None:
    rules = tmp_path / "rules.py"
    rules.write_text("def clean(record):\n    return record\n")
    first = defined(tmp_path, PYTHON)
    rules.write_text("def clean(record):\n    return record.ignored('no')\n")
    second = defined(tmp_path, PYTHON)

    assert first.modules.keys() == {"rules"}
    assert first.hash != second.hash
    assert again(second) == second
    with pytest.raises(Refused, match="module 'rules' has changed since this ran"):
        again(first)


def test_code_that_is_gone_is_refused_in_words(tmp_path: Path) -> None:
    rules = tmp_path / "rules.py"
    rules.write_text("def clean(record):\n    return record\n")
    definition = defined(tmp_path, PYTHON)
    rules.unlink()

    with pytest.raises(Refused) as refusal:
        again(definition)

    assert str(refusal.value) == (
        "the python module 'rules' that this ran with is gone; "
        "put it back, or run with the current definition"
    )


def test_a_python_module_is_found_without_running_it(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(
        "raise SystemExit('ran')\n\ndef clean(record): ...\n"
    )

    assert defined(tmp_path, PYTHON).modules.keys() == {"rules"}


def test_stored_text_that_is_no_definition_is_refused(tmp_path: Path) -> None:
    for text in ("", "[]", '{"link": 5}'):
        with pytest.raises(Refused):
            loader.from_stored(
                text,
                path=tmp_path / "a",
                folder=tmp_path,
                catalogue=a_catalogue(),
                environ={},
            )
