"""Where the service listens, and who reaches it (RELIABILITY e 9)."""

import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from engine.domain.errors import Misused, Refused
from engine.service.addresses import Address
from engine.service.listener import Listener
from engine.service.rates import Buckets
from tests.stories.command_line import linkdeck
from tests.stories.world import World


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


def _listening(world: World, said: str) -> Listener:
    return Listener(world.engine._context, Address.parsed(said), late=lambda: ())


def test_a_socket_is_reached_by_its_owner_alone(world: World, short: Path) -> None:
    """Folder 0700, socket 0600, both made by us; gone when it is closed."""
    path = short / "run" / "engine.sock"

    with _listening(world, f"unix:{path}"):
        modes = [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path)]
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(transport=transport, base_url="http://engine") as client:
            assert client.get("/health").json() == {"status": "alive"}

    assert modes == [0o700, 0o600]
    assert not path.exists()


def test_a_folder_that_others_enter_is_refused(world: World, short: Path) -> None:
    folder = short / "open"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)

    with pytest.raises(Refused, match=f"chmod 700 {folder}"):
        _listening(world, f"unix:{folder}/engine.sock").open()


def test_a_socket_left_behind_is_taken_over_and_one_in_use_is_not(
    world: World, short: Path
) -> None:
    path = short / "engine.sock"
    short.chmod(0o700)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    other = short / "file.sock"
    other.write_text("mine")

    twin = _listening(world, f"unix:{path}")
    with _listening(world, f"unix:{path}"), pytest.raises(Refused, match="another process"):
        twin.open()
    with pytest.raises(Refused, match="is no socket"):
        _listening(world, f"unix:{other}").open()


def test_a_port_in_use_is_refused(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match="Address already in use; choose another"):
            _listening(world, f"127.0.0.1:{port}").open()


@pytest.mark.parametrize("said", ["0.0.0.0:8377", "[::]:8377", "192.0.2.7:80", "shop:80"])
def test_an_address_that_others_reach_must_be_asked_for(said: str) -> None:
    with pytest.raises(Misused, match="--listen-anywhere"):
        Address.parsed(said)
    assert str(Address.parsed(said, anywhere=True)) == said


@pytest.mark.parametrize(
    "said", ["127.0.0.1:8377", "localhost:80", "[::1]:0", "127.8.9.1:1", ":8377"]
)
def test_loopback_is_where_it_listens(said: str) -> None:
    assert Address.parsed(said).port == int(said.rpartition(":")[2])


@pytest.mark.parametrize(
    "said", ["8377", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", ""]
)
def test_what_is_no_address_is_a_slip(said: str) -> None:
    with pytest.raises(Misused, match="HOST:PORT or unix:PATH"):
        Address.parsed(said)


def test_a_path_that_no_socket_can_have_is_a_slip() -> None:
    for said in ("unix:", "unix:/" + "x" * 107):
        with pytest.raises(Misused, match="at most 107 bytes"):
            Address.parsed(said)


def test_the_command_refuses_it_in_one_sentence(world: World) -> None:
    refused = linkdeck("engine", "--listen", "0.0.0.0:8377", home=world.folder)

    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "other machines reach this address" in refused.err


def test_a_bucket_gives_a_seconds_worth_at_once_and_fills_as_time_goes_by() -> None:
    moment = 100.0
    buckets = Buckets(lambda: moment)

    assert [buckets.wait("a", 3.0) for _ in range(4)] == [0, 0, 0, 1]
    assert buckets.wait("b", 3.0) == 0
    moment += 0.4
    assert [buckets.wait("a", 3.0) for _ in range(2)] == [0, 1]
    assert [buckets.wait("slow", 0.1), buckets.wait("slow", 0.1)] == [0, 10]
    moment += 1000
    assert [buckets.wait("a", 3.0) for _ in range(4)] == [0, 0, 0, 1]
