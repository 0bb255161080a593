"""Notifications sent: each until it arrives, by webhook, command or log; told to the audit.

At least once: an engine that dies after a webhook took a message, before that was written down,
sends it again under the same id, by which the receiver knows it.
"""

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from engine.domain.alert import Channel, Via
from engine.domain.errors import LinkdeckError
from engine.domain.link import Definition
from engine.operations import definitions
from engine.operations.context import Context, private_folder
from engine.store.alerts import Notice

WAITS = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800)
"""Seconds before each further attempt; after the last of them a notification is given up."""

HELD = 60.0
"""Seconds for which who sends a notification keeps others from it: longer than it can take."""

WEBHOOK_LIMIT = 10.0
COMMAND_LIMIT = 15.0
LOG = "alerts.log"

_LOG_SIZE = 5_000_000
_KEPT_OF_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


class NotSent(Exception):
    """A notification did not arrive; `hopeless`: it never will."""

    def __init__(self, sentence: str, *, hopeless: bool = False) -> None:
        super().__init__(sentence)
        self.hopeless = hopeless


def deliver(
    context: Context, *, now: datetime, link: str | None = None, seconds: float = 30.0
) -> int:
    """Send what is due, for so many seconds at most; how many arrived."""
    upkeep = context.store.upkeep
    sending = _Sending(context, time.monotonic() + seconds, now)
    return sum(
        sending.send(number)
        for number in upkeep.due_notices(now=now, link=link)
        if sending.time_left
    )


@dataclass
class _Sending:
    """One pass over what is due. A channel that failed in it is not tried for another."""

    context: Context
    until: float
    now: datetime

    def __post_init__(self) -> None:
        self._failed: set[tuple[str, str]] = set()
        self._definitions: dict[str, Definition] = {}

    @property
    def time_left(self) -> float:
        """Seconds until this pass is over; 0: it is."""
        return max(0.0, self.until - time.monotonic())

    def send(self, number: int) -> bool:
        """Send one, and keep what became of it."""
        upkeep, now = self.context.store.upkeep, self.now
        notice = upkeep.hold_notice(number, now=now, seconds=HELD)
        if notice is None:
            return False
        actor = f"engine@{socket.gethostname()}"
        try:
            self._send(notice)
        except NotSent as problem:
            self._failed.add((notice.link, notice.channel))
            if problem.hopeless or notice.attempts > len(WAITS):
                upkeep.notice_given_up(notice, str(problem), actor=actor, now=now)
            else:
                wait = timedelta(seconds=WAITS[notice.attempts - 1])
                upkeep.notice_later(notice, str(problem), at=now + wait)
            return False
        upkeep.notice_delivered(notice, actor=actor, now=now)
        return True

    def _send(self, notice: Notice) -> None:
        if notice.channel == Via.LOG.value:
            _logged(self.context, notice)
            return
        if (notice.link, notice.channel) in self._failed:
            raise NotSent("the same channel failed a moment before")
        definition = self._definition(notice.link)
        channel = _channel(definition, notice)
        if channel.via is Via.WEBHOOK:
            _posted(channel, notice, self.now, min(WEBHOOK_LIMIT, self.time_left + 1))
        else:
            _called(self.context, definition, channel, notice)

    def _definition(self, link: str) -> Definition:
        """The Link as it is now: an address or a secret that was mended is used at once."""
        known = self._definitions.get(link)
        if known is None:
            try:
                known = self._loaded(link)
            except LinkdeckError as problem:
                raise NotSent(str(problem).splitlines()[0]) from None
            self._definitions[link] = known
        return known

    def _loaded(self, link: str) -> Definition:
        path = self.context.store.upkeep.path_of(link)
        there = path is not None and Path(path).is_file()
        return definitions.load(self.context, path if path and there else link)


def _channel(definition: Definition, notice: Notice) -> Channel:
    """The channel it was written for; where its rule moved on, one of the same name."""
    rules = definition.link.alert_rules
    mine = [rule for rule in rules if rule.id == notice.rule]
    for rule in mine:
        if notice.place < len(rule.notify):
            channel = rule.notify[notice.place]
            if channel.shown == notice.channel:
                return channel
    for rule in (*mine, *rules):
        for channel in rule.notify:
            if channel.shown == notice.channel:
                return channel
    raise NotSent(f"the definition no longer names {notice.channel}", hopeless=True)


def _posted(channel: Channel, notice: Notice, now: datetime, seconds: float) -> None:
    from engine.adapters.http import webhook

    body = msgspec.json.encode(notice.body)
    stamp = int(now.timestamp())
    headers = webhook.signed(notice.message, stamp, body, channel.secret)
    try:
        webhook.post(channel.url, body, headers, seconds=seconds)
    except webhook.Undelivered as problem:
        raise NotSent(str(problem), hopeless=problem.hopeless) from None


def _called(
    context: Context, definition: Definition, channel: Channel, notice: Notice
) -> None:
    """A program, without a shell, beside the definition; what it prints is nobody's."""
    environ = context.settings.environ
    try:
        process = subprocess.Popen(
            list(channel.command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=definition.folder,
            env={name: environ[name] for name in _KEPT_OF_ENVIRONMENT if name in environ},
            start_new_session=True,
        )
    except (OSError, ValueError) as cause:
        reason = getattr(cause, "strerror", None) or str(cause)
        raise NotSent(f"{channel.shown} cannot be started: {reason}") from None
    told = {"id": notice.message, **notice.body}
    try:
        process.communicate(msgspec.json.encode(told), timeout=COMMAND_LIMIT)
    except subprocess.TimeoutExpired:
        raise NotSent(f"{channel.shown} took longer than {COMMAND_LIMIT:g} s") from None
    finally:
        _end(process)
    if process.returncode:
        raise NotSent(f"{channel.shown} ended with {process.returncode}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """It and all that it started."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _logged(context: Context, notice: Notice) -> None:
    """A line in HOME/logs/alerts.log, whoever sends it: an engine or a run at its end."""
    data = notice.body["data"]
    said = (
        f"{notice.body['timestamp']} {data['priority']} {data['state']} {data['sentence']}"
    )
    why = f" [{data['why']}]" if data["why"] else ""
    path = private_folder(context.settings.home / "logs") / LOG
    try:
        if path.exists() and path.stat().st_size > _LOG_SIZE:
            path.replace(path.with_suffix(".log.1"))
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{said}{why}\n".encode(errors="backslashreplace"))
        finally:
            os.close(descriptor)
    except OSError as cause:
        raise NotSent(f"{path} cannot be written: {cause.strerror}") from None
