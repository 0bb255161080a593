"""The console as an operator has it: in tmux, by keys alone, killed and opened again."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.domain.outcome import Status
from tests.console.terminal import ROOT
from tests.stories.world import World, a_world, order

LIMIT = 60.0

pytestmark = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="tmux is not installed"
)


@dataclass(frozen=True, slots=True)
class Tmux:
    """A tmux server of its own."""

    socket: Path

    def tell(self, *words: str) -> str:
        """What tmux answers."""
        done = subprocess.run(
            ["tmux", "-S", str(self.socket), "-f", "/dev/null", *words],
            capture_output=True,
            check=True,
            text=True,
            timeout=LIMIT,
        )
        return done.stdout

    def opens(self, home: Path) -> None:
        """The console in a new window of 100 x 30; a shell word says how it ended."""
        command = f"{sys.executable} -m console; echo ended with $?; cat"
        kept = {"PYTHONPATH": str(ROOT), "LINKDECK_HOME": str(home), "LANG": "C.UTF-8"}
        said = " ".join(f"{name}={value}" for name, value in kept.items())
        window = ("new-session", "-d", "-x", "100", "-y", "30")
        end = time.monotonic() + LIMIT
        while True:
            try:
                self.tell(*window, f"cd {ROOT}; export {said}; {command}")
            except subprocess.CalledProcessError:
                # A server whose last window was closed just now refuses, until it is gone.
                assert time.monotonic() < end
            else:
                return

    def shell(self, home: Path) -> None:
        """A shell with job control in a window of 80 x 24."""
        kept = {"PYTHONPATH": str(ROOT), "LINKDECK_HOME": str(home), "LANG": "C.UTF-8"}
        said = [part for each in kept.items() for part in ("-e", "=".join(each))]
        command = f"cd {ROOT}; exec bash --norc --noprofile -i"
        self.tell("new-session", "-d", "-x", "80", "-y", "24", *said, command)
        self.types("PS1='ready: '; clear")
        self.press("Enter")
        self.prompts()

    def prompts(self) -> None:
        """Until the shell waits for a command."""
        end = time.monotonic() + LIMIT
        while not (shown := self.screen()).rstrip().endswith("ready:"):
            assert time.monotonic() < end, f"no prompt came:\n{shown}"

    def press(self, *keys: str) -> None:
        """Keys by tmux's names."""
        self.tell("send-keys", *keys)

    def types(self, text: str) -> None:
        """Letters."""
        self.tell("send-keys", "-l", text)

    def screen(self) -> str:
        """What the window shows."""
        return self.tell("capture-pane", "-p")

    def sees(self, *texts: str) -> str:
        """Until all of these stand in the window."""
        end = time.monotonic() + LIMIT
        while not all(text in (shown := self.screen()) for text in texts):
            assert time.monotonic() < end, f"{texts} did not come:\n{shown}"
        return shown

    def loses(self, text: str) -> None:
        """Until it stands in the window no more."""
        end = time.monotonic() + LIMIT
        while text in (shown := self.screen()):
            assert time.monotonic() < end, f"{text} did not go:\n{shown}"

    def pid(self) -> int:
        """The console's process."""
        shell = int(self.tell("display-message", "-p", "#{pane_pid}"))
        (child,) = Path(f"/proc/{shell}/task/{shell}/children").read_text("utf-8").split()
        return int(child)


@pytest.fixture
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    made = Tmux(tmp_path_factory.mktemp("t") / "s")
    yield made
    subprocess.run(["tmux", "-S", str(made.socket), "kill-server"], check=False)


def failing(folder: Path, records: int, *, rule: str = "required") -> World:
    """Orders of which every third has no email, once run; the rule is dropped afterwards."""
    world = a_world(folder)
    blank = {"email": " "}
    world.orders(
        (order(n, **(blank if n % 3 == 0 else {})) for n in range(1, records + 1)),
        batch_size=5,
    )
    world.run()
    path = world.links / "orders.yaml"
    kept = path.read_text("utf-8").replace(
        "{field: email, rule: required}", f"{{field: id, rule: {rule}}}"
    )
    path.write_text(kept, "utf-8")
    return world


def test_the_whole_story_by_keys_alone(  # noqa: PLR0915 - a story is told in one go
    tmux: Tmux, tmp_path: Path
) -> None:
    world = failing(tmp_path, 30)

    tmux.opens(tmp_path)
    tmux.sees("orders", "✗ failed")
    tmux.press("Enter")
    tmux.sees("STATUS", "#1")
    tmux.press("Enter")
    tmux.sees("open     10 records", "email is blank")
    tmux.press("f")
    tmux.sees("1 / 10 of 10", "✗ open")
    tmux.press(":")
    tmux.sees("a place, a Link")
    tmux.press("Escape")
    tmux.press("Tab")
    tmux.press("Down", "Up")
    _open_first_record(tmux)
    tmux.press("e")
    tmux.sees("WILL BE")
    tmux.press("Down", "Enter")
    tmux.sees("email: JSON, or plain text")
    tmux.press("BSpace", "BSpace", "BSpace")
    tmux.types("three@example.com")
    tmux.press("Enter")
    tmux.sees("1 changed")
    tmux.press("s")
    tmux.sees("Keep this edit")
    _confirm(tmux, "called them", "Keep")
    tmux.sees("the edit is kept")
    tmux.press("Escape", "Escape")
    tmux.sees("open     10 records")
    tmux.press("R")
    tmux.sees("The definition has changed since", "10 records to go")
    tmux.press("Down", "Enter")
    tmux.sees("(●) current")
    tmux.loses("planning")
    tmux.press("Down", "Enter")
    tmux.sees("simulated: of 10 records would pass")
    tmux.press("Down", "Enter")
    tmux.sees("canary: first 1 of each cause")
    tmux.press("R")
    tmux.sees("Retry 10 records of #1 orders?")
    _confirm(tmux, "rule was wrong", "Retry")
    tmux.sees("Retry Failures of #1", "✓ completed", "#2 orders")
    tmux.press("P")
    tmux.sees("recovered by #2", "✓ completed")
    tmux.press("q")
    tmux.sees("ended with 0")

    assert world.engine.event("1").status is Status.COMPLETED
    emails = {row["id"]: row["email"] for row in world.rows()}
    assert len(emails) == 30
    assert emails[3] == "three@example.com"


def test_a_console_killed_in_the_middle_of_a_retry_leaves_it_running(
    tmux: Tmux, tmp_path: Path
) -> None:
    """X2: opened again, it shows the retry to its end."""
    world = failing(tmp_path, 3000)
    tmux.opens(tmp_path)
    tmux.sees("✗ failed")
    tmux.press("Enter")
    tmux.sees("STATUS")
    tmux.press("R")
    tmux.sees("1000 records to go".replace("1000", "1,000"))
    tmux.press("Down", "Enter")
    tmux.sees("(●) current")
    tmux.loses("planning")
    tmux.press("R")
    tmux.sees("type 1000 to confirm")
    tmux.types("1000")
    tmux.loses("type 1000 to confirm")
    tmux.loses("[ Cancel ]")
    tmux.press("Down", "Down")
    _confirm(tmux, "rule was wrong", "Retry")
    _until_it_runs(world)
    os.kill(tmux.pid(), signal.SIGKILL)
    tmux.sees("ended with 137")

    tmux.tell("kill-server")
    tmux.opens(tmp_path)
    tmux.sees("✓ completed")
    tmux.press("Enter")
    tmux.sees("#2", "retry of #1")

    assert world.engine.event("1").recovered_by == 2
    assert len(world.rows()) == 3000


def test_ctrl_z_goes_back_to_the_shell_and_fg_makes_the_screen_whole_again(
    tmux: Tmux, tmp_path: Path
) -> None:
    """CONTRACT 5: real job control; the very same picture, and keys work as before."""
    failing(tmp_path, 30).engine.close()
    tmux.shell(tmp_path)
    tmux.types(f"{sys.executable} -m console")
    tmux.press("Enter")
    tmux.sees("orders", "✗ failed", "1 of 1")
    tmux.press("Enter")
    tmux.sees("#1", "STATUS", "1 of 1")
    before = _without_ages(tmux.screen())

    tmux.press("C-z")
    tmux.sees("Stopped")
    tmux.prompts()
    tmux.types("echo $((6 * 7)) things")
    tmux.press("Enter")
    tmux.sees("42 things")
    assert "STATUS" not in tmux.screen()
    tmux.types("fg")
    tmux.press("Enter")
    tmux.loses("42 things")
    tmux.sees("STATUS", "● live", "go to", "help")

    assert _without_ages(tmux.screen()) == before
    tmux.press("Enter")
    tmux.sees("fetched 30 =", "email is blank")
    tmux.press("q")
    tmux.prompts()
    tmux.types("echo $((7 * 7)) things")
    tmux.press("Enter")
    tmux.sees("49 things")


def _without_ages(screen: str) -> str:
    """What stands still: no ages."""
    return re.sub(r"\d+ (s|min) ago *", "", screen)


def _open_first_record(tmux: Tmux) -> None:
    """The pane has the focus a moment after Tab; until then Enter only goes there."""
    end = time.monotonic() + LIMIT
    while "Answers" not in tmux.screen():
        assert time.monotonic() < end
        if "FIELD" in tmux.screen():
            tmux.press("Enter")
            tmux.tell("run-shell", "sleep 0.3")


def _confirm(tmux: Tmux, reason: str, verb: str) -> None:
    """Type why, which needs no other key first, and go down to the word that does it."""
    tmux.sees("[ Cancel ]")
    tmux.types(reason)
    tmux.sees(reason)
    tmux.press("Down", "Down")
    tmux.sees(f"[ {verb} ]")
    tmux.press("Enter")


def _until_it_runs(world: World) -> None:
    end = time.monotonic() + LIMIT
    while not (world.engine.event("1").children and world.engine.event("2").started_at):
        assert time.monotonic() < end
