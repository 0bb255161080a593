"""Whom a connection may be made to: certificates, told apart in words, and inner addresses."""

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.adapters.http.guard import Guarded, addresses_of
from engine.adapters.http.trust import trust
from engine.domain.delta import Window
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.retry import RetryPolicy
from tests.adapters.http_ends import Waits, a_source, a_target, first_page, push
from tests.servers.certificates import Authority, SecureServer
from tests.servers.scripted import Json, Redirect, ScriptedServer, in_turn
from tests.servers.tls import SelfSignedServer

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl makes the certificates"
)
GOOD = in_turn(Json([{"id": 1}]))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.made(tmp_path)


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """The authority, trusted as an operator would have it trusted: by SSL_CERT_FILE."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.trusted))
    trust.cache_clear()
    yield authority
    trust.cache_clear()


def failure_at(url: str) -> tuple[SystemSyncError, list[float]]:
    slept = Waits()
    with (
        a_source(url, waits=slept) as source,
        pytest.raises(SystemSyncError) as failure,
    ):
        source.plan_fetch(Window())
    return failure.value, slept.slept


@pytest.mark.parametrize(
    ("name", "why"),
    [("gone.pem", "No such file or directory"), ("empty.pem", "there are none in it")],
)
def test_whom_to_trust_is_said_to_be_unreadable_before_anything_is_asked(
    name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.pem").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
    trust.cache_clear()
    with SelfSignedServer(GOOD) as server:
        failure, slept = failure_at(server.url)

    assert (failure.code, failure.error_class) == ("trust", ErrorClass.AUTHORIZATION)
    assert f"SSL_CERT_FILE names ({tmp_path / name}) cannot be read: {why}" in str(failure)
    assert slept == []


def test_a_link_that_speaks_plain_http_reads_no_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    trust.cache_clear()
    with ScriptedServer(GOOD) as server, a_source(server.url) as source:
        assert first_page(source).rows == [{"id": 1}]


@needs_openssl
def test_a_certificate_that_an_authority_of_ones_own_signed_is_trusted(
    trusted: Authority,
) -> None:
    certificate = trusted.signed("DNS:localhost,IP:127.0.0.1")
    with SecureServer(GOOD, certificate) as server, a_source(server.url) as source:
        assert first_page(source).rows == [{"id": 1}]


@needs_openssl
def test_an_expired_certificate_says_so(trusted: Authority) -> None:
    """RELIABILITY (c) 3: durable, not tried again; whose business it is, and no way around it."""
    with SecureServer(GOOD, trusted.signed("IP:127.0.0.1", days=-1)) as server:
        failure, slept = failure_at(server.url)

    assert "shows a certificate that has expired; it must be renewed there" in str(failure)
    assert_durable(failure, slept, server)


@needs_openssl
def test_a_certificate_for_another_host_says_so(trusted: Authority) -> None:
    with SecureServer(GOOD, trusted.signed("DNS:elsewhere.example,IP:192.0.2.1")) as server:
        by_address, slept = failure_at(server.url)
        by_name, _ = failure_at(server.url.replace("127.0.0.1", "localhost"))

    assert "certificate for another address; correct the host in url" in str(by_address)
    assert "certificate for another name; correct the host in url" in str(by_name)
    assert_durable(by_address, slept, server)


@needs_openssl
def test_a_redirect_to_a_connection_without_tls_is_not_followed(trusted: Authority) -> None:
    """RELIABILITY (c) 19: not even to the same host."""
    certificate = trusted.signed("IP:127.0.0.1")
    with SecureServer(in_turn(Redirect("http://127.0.0.1/")), certificate) as server:
        failure, _ = failure_at(server.url)

    assert failure.code == "redirected"
    assert "redirects to http://127.0.0.1, where credentials do not go" in str(failure)
    assert len(server.seen) == 1


def test_a_self_signed_certificate_says_so() -> None:
    with SelfSignedServer(GOOD) as server:
        failure, slept = failure_at(server.url)

    assert "certificate that it signed itself; have its issuer trusted" in str(failure)
    assert_durable(failure, slept, server)


@needs_openssl
def test_an_issuer_nobody_trusts_says_so(authority: Authority) -> None:
    with SecureServer(GOOD, authority.signed("IP:127.0.0.1")) as server:
        failure, slept = failure_at(server.url)

    assert "whose issuer is not trusted here" in str(failure)
    assert_durable(failure, slept, server)


def assert_durable(
    failure: SystemSyncError, slept: list[float], server: ScriptedServer
) -> None:
    assert (failure.code, failure.refused) == ("tls", True)
    assert failure.error_class is ErrorClass.AUTHORIZATION
    assert (slept, server.seen) == ([], [])
    assert "insecure" not in str(failure)
    assert "verify" not in str(failure)


# Addresses that a name must not lead to


def leading_to(*addresses: str) -> Callable[..., list[Any]]:
    """A resolver's answer."""

    def resolved(host: str, port: int, **more: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses
        ]

    return resolved


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
    ],
)
def test_a_name_that_leads_to_an_inner_address_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RELIABILITY (e) 7, though other addresses of the name are harmless."""
    monkeypatch.setattr(socket, "getaddrinfo", leading_to("127.0.0.1", address))

    failure, slept = failure_at("http://metadata.example/latest")

    assert (failure.code, failure.error_class) == (
        "guarded_address",
        ErrorClass.AUTHORIZATION,
    )
    assert f"metadata.example leads to {address}" in str(failure)
    assert slept == []


def test_a_target_by_such_a_name_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", leading_to("169.254.169.254"))

    with a_target("http://inner.example/{id}") as target:
        receipt = push(target, 1, 2)

    assert isinstance(receipt.error, SystemSyncError)


def test_a_number_in_disguise_is_a_name_like_any_other() -> None:
    """2852039166 is 169.254.169.254 to every resolver."""
    with pytest.raises(Guarded):
        addresses_of("2852039166", 80)


def test_an_address_that_the_definition_itself_names_is_asked() -> None:
    assert addresses_of("169.254.169.254", 80) == ("169.254.169.254",)
    assert addresses_of("fe80::1%lo", 80) == ("fe80::1%lo",)


def test_a_name_is_asked_for_once_and_its_address_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing can change between the look and the connection; a dead address is passed over."""
    asked: list[str] = []
    answer = leading_to("127.0.0.1")

    def resolved(host: str, port: int, **more: Any) -> list[Any]:
        asked.append(host)
        return answer(host, port)

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: (
            resolved(host, *a[:1]) if "shop" in host else real(host, *a, **k)
        ),
    )
    with (
        ScriptedServer(GOOD) as server,
        a_source(
            server.url.replace("127.0.0.1", "shop.example"),
            retry=RetryPolicy(max_attempts=1),
        ) as source,
    ):
        assert first_page(source).count == 1

    assert asked == ["shop.example"]
    assert server.seen[0].headers["host"].startswith("shop.example")
