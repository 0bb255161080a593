"""`engine`."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from console.cli.shared import DEFAULT, Shared
from engine.service.terms import PARALLEL, Terms

LISTEN = Parameter(help="also take records in: 127.0.0.1:8377, or unix:PATH")
ANYWHERE = Parameter(
    negative="", help="let --listen name an address others reach; no TLS here"
)
LINKS_AT_ONCE = Parameter(validator=Number(gte=1), help="Links at once")
IDLE = Parameter(validator=Number(gt=0), help="end after so many seconds of nothing to do")
AS_JSON = Parameter(negative="", help="the log as JSON, one object a line")


def engine(
    *,
    listen: Annotated[str | None, LISTEN] = None,
    listen_anywhere: Annotated[bool, ANYWHERE] = False,
    parallel: Annotated[int, LINKS_AT_ONCE] = PARALLEL,
    idle_exit: Annotated[float | None, IDLE] = None,
    log_json: Annotated[bool, AS_JSON] = False,
    shared: Shared = DEFAULT,
) -> int:
    """Be the service: take what is queued, go on where something died, until ctrl+c or TERM.

    What is in flight then finishes; the rest waits for the next start. A second one ends at once.
    Its log is HOME/logs/engine.log.
    """
    from engine.service.spare import Spare

    settings = shared.settings()
    terms = Terms(
        parallel=parallel,
        idle_exit=idle_exit,
        listen=listen,
        anywhere=listen_anywhere,
        log_json=log_json,
        foreground=True,
    )
    spare = Spare(settings)
    # Imported while the spare does the same in its own process.
    from engine.service.service import serve

    return serve(settings, terms, spare)
