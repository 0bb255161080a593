"""The outermost edge of the command line: whatever happens, one sentence and an exit code."""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from console.safe import safe
from engine.domain.errors import LinkdeckError, Refused

UNFORESEEN = 3
INTERRUPTED = 130
PIPE_CLOSED = 141


def guarded(command: Callable[[], int], *, debug: bool) -> int:
    """The command's exit code; anything it raises becomes a line on stderr and a code."""
    _prepare()
    code = _ended(command, debug=debug)
    try:
        sys.stdout.flush()
    except OSError:
        # What is left in the buffer must go somewhere when Python ends, or it complains itself.
        _drop_stdout()
    return code


def leave(code: int) -> NoReturn:
    """End this process as it stands: taking its modules apart takes a tenth of a short command.

    For commands that have let go of all they held.
    """
    os._exit(code)


@contextmanager
def writing() -> Iterator[None]:
    """Around whatever writes to stdout: a full disk is a sentence, a closed pipe is not."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Refused(f"the output could not be written: {error.strerror}") from error


def put(text: str) -> None:
    """Write to stdout."""
    with writing():
        sys.stdout.write(text)


def complain(sentence: str) -> None:
    """Say one sentence on stderr, if anybody still listens."""
    remark(f"linkdeck: {sentence}")


def remark(line: str) -> None:
    """Write a line to stderr as it is, if anybody still listens."""
    _remark(line, "\n")


def passing(line: str) -> None:
    """The same with a line that the next one overwrites."""
    _remark(line, "\r")


def _remark(line: str, end: str) -> None:
    from console.medium import Medium

    unicode = Medium.of(sys.stderr, os.environ).unicode
    try:
        sys.stderr.write(safe(line, unicode=unicode) + end)
        sys.stderr.flush()
    except OSError:
        return


def _ended(command: Callable[[], int], *, debug: bool) -> int:
    try:
        return command()
    except BrokenPipeError:
        return PIPE_CLOSED
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except LinkdeckError as error:
        _explain(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the edge: a person reads one line, never a traceback
        _confess(error, debug=debug)
        return UNFORESEEN


def _explain(error: LinkdeckError) -> None:
    """One sentence; of a definition that is invalid, every complaint as `validate` prints it."""
    complaints = getattr(getattr(error, "report", None), "complaints", ())
    for complaint in complaints:
        remark(complaint.sentence())
    if not complaints:
        complain(str(error))


def _confess(error: Exception, *, debug: bool) -> None:
    if debug:
        from traceback import format_exception

        for line in "".join(format_exception(error)).splitlines():
            remark(line)
    from console.cli.exhausted import sentence_of

    ran_out = sentence_of(error)
    if ran_out is not None:
        complain(ran_out)
        return
    named = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    hint = "" if debug else "; the same command with --debug shows where"
    complain(f"something unforeseen went wrong ({named}){hint}")


def _prepare() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, os.fdopen(nowhere, "w", encoding="utf-8", closefd=False))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_stdout() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
