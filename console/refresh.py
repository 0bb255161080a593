"""The desk: threads ask the engine, the event loop gets answers; it never waits for the store."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from engine.domain.errors import LinkdeckError
from engine.domain.values import dataclass

if TYPE_CHECKING:
    from engine.engine import Engine

Question = Callable[["Engine"], Any]
"""Asked in a thread; what it returns is a frozen value."""

PACE = 0.4
"""Seconds between two looks: nothing on screen is older than half a second."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gave: a value, or what went wrong.

    `reached`: the store answered, and what went wrong lies in the question.
    """

    value: Any = None
    error: BaseException | None = None
    reached: bool = False


Told = Callable[[Answer], None]
"""Called in a thread with the answer; posts a message, touches no widget."""


class Desk:
    """Opens the engine in a thread, and asks it what is to be shown.

    The visible page's question is asked whenever anything changed, other questions as they come.
    """

    def __init__(self, opened: Callable[[], "Engine"], *, pace: float = PACE) -> None:
        self._opened, self._pace = opened, pace
        self._pool = ThreadPoolExecutor(3, thread_name_prefix="desk")
        self._engine: Future[Engine] = self._pool.submit(opened)
        self._wake = threading.Condition()
        self._page: tuple[Question, Told] | None = None
        self._due = False
        self._closing = threading.Event()
        self.paused = False
        self._watch = threading.Thread(target=self._watching, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._watch.start()

    def visit(self, question: Question, told: Told) -> None:
        """From now on this is what the visible page shows; it is asked at once."""
        with self._wake:
            self._page, self._due = (question, told), True
            self._wake.notify()

    def leave(self, told: Told | None) -> None:
        """Whoever is told so is not visible any more; another page may be by now."""
        with self._wake:
            if self._page is not None and self._page[1] is told:
                self._page = None

    def again(self) -> None:
        """Ask the visible page's question now."""
        with self._wake:
            self._due = True
            self._wake.notify()

    def ask(self, question: Question, told: Told) -> "Future[Any]":
        """Ask once, beside the page."""
        future = self._pool.submit(lambda: question(self._engine.result()))
        future.add_done_callback(lambda done: self._tell(done, told))
        return future

    def close(self) -> None:
        """Stop looking and let go of the engine; what is being asked is not waited for."""
        with self._wake:
            self._closing.set()
            self._wake.notify()
        self._pool.shutdown(wait=False, cancel_futures=True)
        opened = self._engine
        if opened.done() and not opened.cancelled() and opened.exception() is None:
            opened.result().close()

    def _tell(self, done: "Future[Any]", told: Told) -> None:
        if self._closing.is_set() or done.cancelled():
            return
        error = done.exception()
        told(Answer(error=error) if error else Answer(done.result()))

    def _watching(self) -> None:
        seen: int | None = None
        while not self._closing.is_set():
            with self._wake:
                if not self._due:
                    self._wake.wait(self._pace)
                page, due, self._due = self._page, self._due, False
            if self._closing.is_set() or page is None or (self.paused and not due):
                continue
            seen = self._look(page, seen, due=due)

    def _look(
        self, page: tuple[Question, Told], seen: int | None, *, due: bool
    ) -> int | None:
        question, told = page

        def look(engine: "Engine") -> tuple[int | None, Answer | None]:
            # Taken before the question: what is written meanwhile is seen the next time.
            now = engine.changed()
            if not due and now == seen:
                return now, None
            try:
                return now, Answer(question(engine))
            except LinkdeckError as error:
                return None, Answer(error=error, reached=True)

        try:
            future = self._pool.submit(lambda: look(self._engine.result()))
        except RuntimeError:
            # The pool has closed since.
            return seen
        wait([future])
        if future.cancelled() or self._closing.is_set():
            return seen
        error = future.exception()
        if error is not None:
            told(Answer(error=error))
            self._open_again()
            return None
        now, answer = future.result()
        told(Answer(UNCHANGED) if answer is None else answer)
        return now

    def _open_again(self) -> None:
        """A store that could not be opened is tried again; the page says so meanwhile."""
        opened = self._engine
        if opened.done() and opened.exception() is not None and not self._closing.is_set():
            self._engine = self._pool.submit(self._opened)
            with self._wake:
                self._wake.wait(self._pace)


class _Unchanged:
    """Looked, and nothing had changed."""


UNCHANGED = _Unchanged()
