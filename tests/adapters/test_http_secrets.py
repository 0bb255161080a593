"""No secret of an HTTP end is ever read in a message, whoever puts it there."""

from typing import Any

import pytest

from engine.adapters.http.options import (
    Auth,
    BasicAuth,
    BearerAuth,
    Credentials,
    HeaderAuth,
    HeaderCredential,
    HttpSourceOptions,
)
from engine.domain.delta import Window
from engine.domain.errors import SyncError
from tests.adapters.http_ends import a_source, a_target, push
from tests.servers.scripted import (
    Answer,
    Json,
    Redirect,
    ScriptedServer,
    Seen,
    Status,
    in_turn,
)

CANARY = "c4nary&secret"
AUTHS: list[Auth] = [
    BearerAuth(bearer=CANARY),
    BasicAuth(basic=Credentials(user="ana", password=CANARY)),
    HeaderAuth(header=HeaderCredential(name="X-Shop", value=CANARY)),
]


def echo(seen: Seen) -> Answer:
    """A server that tells everything it was told."""
    everything = " ".join([seen.target, *seen.headers.values()])
    return Status(400, everything[:400])


@pytest.mark.parametrize("auth", AUTHS, ids=["bearer", "basic", "header"])
def test_credentials_a_server_echoes_are_starred_out(auth: Auth) -> None:
    with ScriptedServer(echo) as server:
        with (
            a_source(server.url, auth=auth) as source,
            pytest.raises(SyncError) as failure,
        ):
            source.fetch({"what": "everything"})
        with a_target(server.url + "/{id}", auth=auth) as target:
            ((_, refused),) = push(target, 1).refused

    for error in (failure.value, refused):
        told = repr((error.message, error.attempts))
        assert CANARY not in told
        assert "***" in told


@pytest.mark.parametrize(
    "options",
    [
        {"params": {"api_key": CANARY}},
        {"headers": {"X-Auth-Token": CANARY}},
        {"headers": {"Cookie": CANARY}},
    ],
)
def test_parameters_and_headers_that_sound_secret_are_starred_out(
    options: dict[str, Any],
) -> None:
    with (
        ScriptedServer(echo) as server,
        a_source(server.url, **options) as source,
        pytest.raises(SyncError) as failure,
    ):
        source.fetch({"what": "everything"})

    assert "c4nary" not in repr((failure.value.message, failure.value.attempts))


def test_a_password_in_the_address_is_in_no_message() -> None:
    url = "http://ana:c4nary@nobody.invalid/orders?token=c4nary2"
    with a_source(url) as source, pytest.raises(SyncError) as failure:
        source.plan_fetch(Window())

    assert "c4nary" not in repr((failure.value.message, failure.value.attempts))


def test_options_keep_their_secrets_when_they_are_printed() -> None:
    for auth in AUTHS:
        assert CANARY not in repr(HttpSourceOptions(url="http://shop.example", auth=auth))


def test_credentials_do_not_follow_a_redirect_to_another_server() -> None:
    """Fault 19: another port is another server."""
    with (
        ScriptedServer(in_turn(Json([]))) as elsewhere,
        ScriptedServer(in_turn(Redirect(elsewhere.url + "/orders"))) as server,
        a_source(server.url, auth=AUTHS[0]) as source,
        pytest.raises(SyncError, match="where credentials do not go"),
    ):
        source.plan_fetch(Window())

    assert elsewhere.seen == []


def test_cookies_of_one_answer_are_not_sent_with_the_next() -> None:
    answer = Json([], set_cookie="session=1; Path=/")
    with ScriptedServer(in_turn(answer)) as server, a_source(server.url) as source:
        source.fetch({"what": "everything"})
        source.fetch({"what": "everything"})

    assert "cookie" not in server.seen[1].headers


def test_a_proxy_or_login_file_of_the_machine_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://nobody.invalid:1")
    with ScriptedServer(in_turn(Json([]))) as server, a_source(server.url) as source:
        source.fetch({"what": "everything"})

    assert "authorization" not in server.seen[0].headers
