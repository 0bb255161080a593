"""What is asked of an endpoint, and how it is asked: values, known before anything is sent."""

import time
from dataclasses import field
from random import Random

from engine.adapters.http.options import Breaker, Timeouts
from engine.adapters.http.redaction import Redaction
from engine.domain.adapter import Sleep
from engine.domain.retry import Chance, Responses, RetryPolicy
from engine.domain.values import dataclass

_BREAKER = Breaker()


@dataclass(frozen=True, slots=True)
class Ask:
    """What is put on the wire.

    `resend`: a second try is harmless though the first may have been acted on. `heard`: a success
    says enough by its status; its body is not needed.
    """

    method: str
    url: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes | None = None
    resend: bool = True
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Manners:
    """How an endpoint is asked: how long, how much, how often, and what is kept quiet.

    `rate` is requests a second, of everybody who asks that system; `shared` a file in which worker
    processes tell each other of it (None: the threads of this process are everybody). `endpoint`
    tells what is asked there apart from the rest: each has outages of its own.
    """

    timeouts: Timeouts
    cap: int
    retry: RetryPolicy
    responses: Responses
    redaction: Redaction
    writing: bool
    sleep: Sleep = time.sleep
    rng: Chance = field(default_factory=Random)
    rate: float | None = None
    breaker: Breaker = _BREAKER
    shared: str | None = None
    endpoint: str = ""
