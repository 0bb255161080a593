"""The real command on a terminal: what it writes, and how it leaves."""

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.console.hostile import a_hostile_world
from tests.console.terminal import LIMIT, ROOT, SEQUENCE, Terminal
from tests.stories.command_line import environment
from tests.stories.world import World, a_world, order

WALK = (
    ("\r", "STATUS"),
    ("\r", "fetched"),
    ("b", "SCOPE"),
    ("\r", "attempts"),
    ("\x1b", "SCOPE"),
    ("\x1b", "Record errors"),
    ("f", "✗ open"),
    ("\t", "✗ open"),
    ("\r", "Answers"),
    ("v", '"before"'),
    ("v", "Answers"),
    ("G", ""),
    ("R", "Retry Failures of"),
)


@pytest.fixture
def shop(tmp_path: Path) -> World:
    """One failing order of two."""
    world = a_world(tmp_path)
    world.orders([order(1), order(2, email=" ")])
    world.run()
    return world


def test_nothing_but_our_own_sequences_reaches_the_terminal(tmp_path: Path) -> None:
    """RELIABILITY e 1: ESC, OSC 8 and 52, C1, NUL, bidi, markup, lone surrogates."""
    a_hostile_world(tmp_path).engine.close()
    with Terminal([], home=tmp_path, size=(120, 40)) as terminal:
        terminal.sees("failed")
        terminal.send("j")
        for key, text in WALK:
            _goes(terminal, key, text)
        terminal.send("q")
        terminal.process.wait(LIMIT)
        said = terminal.said

    plain = SEQUENCE.sub(b"", said).decode("utf-8")
    assert {char for char in plain if not char.isprintable()} <= {"\r", "\n"}
    assert not {"\u202e", "\u2066", "\ufeff", "\u2028"} & set(plain)
    assert "\\x1b" in plain


def _goes(terminal: Terminal, key: str, text: str) -> None:
    """Press until it is there: a pane or a screen may get the focus a moment later."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        terminal.send(key)
        with contextlib.suppress(AssertionError):
            terminal.sees(text, within=3.0)
            return
    terminal.sees(text)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(
    shop: World, number: signal.Signals
) -> None:
    """CONTRACT 5: exit 128 + signal."""
    shop.engine.close()
    with Terminal([], home=shop.folder) as terminal:
        terminal.sees("failed")
        terminal.process.send_signal(number)
        assert terminal.process.wait(LIMIT) == 128 + number
        assert terminal.attributes() == list(terminal.before)
        said = terminal.said
    assert said.rindex(b"\x1b[?1049l") > said.rindex(b"\x1b[?1049h")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_that_takes_nothing_any_more_keeps_no_console(
    shop: World, number: signal.Signals
) -> None:
    """A line that dropped while the screen was drawn: what cannot be said is not waited for."""
    shop.engine.close()
    main, line = pty.openpty()
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "console"],
        stdin=line,
        stdout=line,
        stderr=line,
        cwd=ROOT,
        env=environment(shop.folder, {"TERM": "xterm-256color"}),
    ) as process:
        os.close(line)
        said = b""
        while b"failed" not in said:
            said += os.read(main, 65_536)
        _fill(main)
        process.send_signal(number)
        try:
            assert process.wait(LIMIT) == 128 + number
        finally:
            process.kill()
            os.close(main)


def _fill(main: int) -> None:
    """Have everything drawn once more, again and again, until nothing more has room."""
    held, still = -1, 0
    while still < 20:
        os.write(main, b"\x0c\x0c\x0c")  # ctrl+l
        time.sleep(0.05)
        (now,) = struct.unpack("i", fcntl.ioctl(main, termios.FIONREAD, bytes(4)))
        still = still + 1 if now == held > 0 else 0
        held = now


def test_q_leaves_with_success(shop: World) -> None:
    shop.engine.close()
    with Terminal([], home=shop.folder) as terminal:
        terminal.sees("failed")
        terminal.send("q")
        assert terminal.process.wait(LIMIT) == 0
        assert terminal.attributes() == list(terminal.before)


@pytest.mark.parametrize("words", [[], ["console"]])
def test_without_a_terminal_one_sentence_names_what_does_the_same(
    words: list[str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "console", *words],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environment(tmp_path, {}),
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "linkdeck links, events, show and failures" in done.stderr


def test_a_dumb_terminal_is_refused_the_same_way(tmp_path: Path) -> None:
    with Terminal([], home=tmp_path, TERM="dumb") as terminal:
        assert terminal.process.wait(LIMIT) == 2
        terminal.says("linkdeck links, events, show and failures")


def test_no_colour_code_is_sent_where_no_colour_is_wanted(shop: World) -> None:
    shop.engine.close()
    with Terminal([], home=shop.folder, NO_COLOR="1") as terminal:
        terminal.sees("failed")
        said = terminal.said

    assert b"38;" not in said
    assert b"48;" not in said
    assert b"\x1b[31m" not in said


def test_sixteen_colours_are_all_that_xterm_gets(shop: World) -> None:
    shop.engine.close()
    with Terminal([], home=shop.folder, TERM="xterm", COLORTERM="") as terminal:
        terminal.sees("failed")
        said = terminal.said

    assert b"38;" not in said
    assert b"48;" not in said
    assert b"31" in said


def test_a_crash_names_a_place_and_shows_no_record(shop: World, tmp_path: Path) -> None:
    """RELIABILITY finding 4: Textual would print what stands in variables."""
    shop.engine.close()
    spoilt = tmp_path / "spoilt"
    spoilt.mkdir()
    (spoilt / "sitecustomize.py").write_text(
        "import console.screens.record as page\n"
        "def explode(*args, **named):\n"
        "    secret = 'ana@example.com in a variable'\n"
        "    raise RuntimeError(secret)\n"
        "page.OneRecord.answered = explode\n",
        "utf-8",
    )
    path = f"{spoilt}:{ROOT}"
    with Terminal([], home=shop.folder, PYTHONPATH=path) as terminal:
        terminal.sees("failed")
        for key, text in (("\r", "STATUS"), ("\r", "Record errors"), ("f", "✗ open")):
            terminal.send(key)
            terminal.sees(text)
        terminal.sees("✗ open")
        terminal.send("\t")
        # The pane has the focus a moment later; until then Enter only goes there.
        while terminal.process.poll() is None:
            terminal.send("\r")
            with contextlib.suppress(subprocess.TimeoutExpired):
                terminal.process.wait(0.5)
        terminal.process.wait(LIMIT)
        terminal.says("the console failed (RuntimeError at sitecustomize.py:4)")
        assert terminal.attributes() == list(terminal.before)
        assert "in a variable" not in terminal.text
