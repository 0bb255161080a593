"""One request, in as many tries as its policy allows, each failed one on record."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from engine.adapters.http.address import origin_of
from engine.adapters.http.body import (
    Answer,
)
from engine.adapters.http.faults import (
    Fault,
    class_of,
    out_of_order,
    status_sentence,
)
from engine.adapters.http.gate import Gate, Hopeless, cell_of
from engine.adapters.http.manners import Ask, Manners
from engine.adapters.http.redirects import HOPS, REDIRECTS, in_a_circle, redirected
from engine.adapters.http.words import request_id, words_of
from engine.domain.errors import Attempt
from engine.domain.pacing import Limits
from engine.domain.retry import (
    Verdict,
    classify,
    effective,
    names,
    parse_retry_after,
    patience_of,
    wait_before,
)

if TYPE_CHECKING:
    from engine.adapters.http.exchange import Exchange

_GATEWAY = {502, 504}
_SPENT = "; not tried again: further tries are held to one in ten requests"
_OUT_OF_ORDER = {None, 502, 503, 504}
"""What a try worth repeating ended with, where the system as a whole did not answer."""

T = TypeVar("T")


class Asker:
    """Asks one endpoint over this process's connections."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self._policy = effective(manners.retry, manners.responses)
        self._exchange: Exchange | None = None
        self._gates: dict[str, Gate] = {}
        self._making = threading.Lock()

    def ask(self, ask: Ask, use: Callable[[Answer], T]) -> tuple[T, tuple[Attempt, ...]]:
        """What `use` makes of the answer, and the tries that failed before it.

        `use` may raise Fault too. Raises the last Fault, or Stopped in a wait.
        """
        return self.tried(lambda: use(self.once(ask)), resend=ask.resend, url=ask.url)

    def tried(
        self, once: Callable[[], T], *, resend: bool, url: str
    ) -> tuple[T, tuple[Attempt, ...]]:
        """What `once` gives, called again after faults worth it; raises the last Fault."""
        gate = self._gate(url)
        failed: list[Attempt] = []
        lost = False
        while True:
            try:
                return once(), tuple(failed)
            except Fault as fault:
                fault.message = self.manners.redaction.hide(fault.message)
                lost = lost or fault.reached
                wait = self._wait(fault, len(failed) + 2, gate, resend=resend)
                if fault.sent:
                    failed.append(Attempt(len(failed) + 1, fault.message, wait or 0.0))
                if wait is None:
                    fault.attempts, fault.lost = tuple(failed), lost
                    raise
            gate.wait(wait)

    def once(self, ask: Ask) -> Answer:
        """The answer of a single try; raises Fault where it is no success, Stopped in a wait."""
        gate = self._gate(ask.url)
        self._enter(gate, ask.url)
        try:
            answer = self._followed(ask)
        except Fault as fault:
            if fault.repeat and fault.status in _OUT_OF_ORDER:
                gate.failed(unreachable=fault.refused)
            else:
                gate.answered(good=not fault.repeat)
            raise
        gate.answered(good=True)
        return answer

    def close(self) -> None:
        """Let go of the connections, and of what is known of the systems asked."""
        if self._exchange is not None:
            self._exchange.close()
        while self._gates:
            self._gates.popitem()[1].close()

    def _sender(self) -> "Exchange":
        with self._making:
            if self._exchange is None:
                # httpx is a tenth of a brief command: only who sends something imports it.
                from engine.adapters.http.exchange import Exchange

                self._exchange = Exchange(self.manners)
            return self._exchange

    def _gate(self, url: str) -> Gate:
        """The gate of the system at this address."""
        system = str(origin_of(url))
        gate = self._gates.get(system)
        if gate is None:
            with self._making:
                gate = self._gates.get(system) or self._made_gate(system)
                self._gates[system] = gate
        return gate

    def _made_gate(self, system: str) -> Gate:
        manners = self.manners
        breaker, policy = manners.breaker, self._policy
        limits = Limits(
            rate=manners.rate,
            failures=breaker.failures,
            pause=breaker.pause,
            patience=max(breaker.patience, patience_of(policy)),
            longest=manners.timeouts.total,
        )
        return Gate(
            cell_of(system, manners.shared),
            cell_of(f"{system} {manners.endpoint}", manners.shared),
            limits,
            manners.sleep,
        )

    def _enter(self, gate: Gate, url: str) -> None:
        try:
            gate.enter()
        except Hopeless as why:
            raise out_of_order(str(origin_of(url)), why) from why

    def _wait(
        self, fault: Fault, attempt: int, gate: Gate, *, resend: bool
    ) -> float | None:
        if not fault.repeat or (fault.reached and not resend):
            return None
        wait = wait_before(
            attempt,
            self._policy,
            rng=self.manners.rng,
            retry_after=fault.retry_after,
            throttled=fault.status in {429, 503},
        )
        if wait is None:
            return None
        if fault.retry_after is not None and self._policy.use_retry_after_header:
            # The system itself says when: all who ask it wait, and nothing is spent.
            gate.pause(wait)
        elif not gate.may_retry():
            fault.message += _SPENT
            return None
        return max(wait, gate.hold())

    def _followed(self, ask: Ask) -> Answer:
        origin = origin_of(ask.url)
        for _ in range(HOPS):
            answer = self._sender().answer(ask, str(origin))
            if answer.status not in REDIRECTS or self._is_named(answer.status):
                return self._judged(answer, str(origin))
            ask = replace(ask, url=redirected(answer, ask.method, origin))
        raise in_a_circle(origin)

    def _is_named(self, status: int) -> bool:
        return names(status, self.manners.retry, self.manners.responses)

    def _judged(self, answer: Answer, who: str) -> Answer:
        status, manners = answer.status, self.manners
        verdict = classify(status, manners.retry, manners.responses)
        if verdict is Verdict.SUCCESS:
            return answer
        words, blamed = words_of(answer)
        asked_wait = parse_retry_after(answer.headers.get("retry-after"), datetime.now(UTC))
        raise Fault(
            f"http_{status}",
            class_of(status, writing=manners.writing),
            status_sentence(who, status, words)
            + request_id(answer.headers)
            + self._too_long(asked_wait),
            repeat=verdict is Verdict.REPEAT,
            reached=manners.writing and status in _GATEWAY and not self._asked_for(status),
            fatal=self._shut_out(status),
            status=status,
            retry_after=asked_wait,
            field=blamed,
        )

    def _shut_out(self, status: int) -> bool:
        """Whether credentials were refused in a way that no other request will fare better (T1)."""
        codes = {401} if self.manners.writing else {401, 403}
        return status in codes and not self._is_named(status)

    def _too_long(self, wait: float | None) -> str:
        most = self._policy.max_retry_after_ms / 1000
        if wait is None or wait <= most or not self._policy.use_retry_after_header:
            return ""
        return f"; it asks to wait {wait:.0f} s, and max_retry_after_ms allows {most:g} s"

    def _asked_for(self, status: int) -> bool:
        """Whether the definition itself says to repeat after this status."""
        return any(
            entry.least <= status <= entry.most
            for entry in self.manners.responses.repeat or ()
        )
