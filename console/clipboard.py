"""Text out of the console: through tmux to a clipboard, or into a file only its owner can read."""

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

WAIT = 2.0


def hand_over(text: str, environ: Mapping[str, str]) -> str:
    """Give it to tmux as well, which by default drops what programs send to the clipboard."""
    if environ.get("TMUX"):
        try:
            subprocess.run(
                ["tmux", "load-buffer", "-w", "-"],
                input=text.encode(),
                check=True,
                timeout=WAIT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError):
            return "sent to the terminal; tmux did not take it (Y saves it to a file)"
        return "sent to the terminal and to tmux"
    return "sent to the terminal's clipboard (Y saves it to a file)"


def kept(text: str, home: Path, name: str) -> str:
    """Save it in HOME, in a new file of mode 0600; what was done, as a sentence."""
    folder = home / "saved"
    path = folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(
            descriptor, "w", encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
    except OSError as error:
        return f"{path} could not be written: {error.strerror}"
    return f"saved to {path}"
