"""The ear of the service, where it was told to listen; elsewhere a deaf one, which is free."""

from typing import TYPE_CHECKING

from engine.operations.context import Context
from engine.service.terms import Terms

if TYPE_CHECKING:
    from engine.service.listener import Listener
    from engine.service.routes_health import Late


class Deaf:
    """What stands where nobody listens."""

    busy = False

    def __enter__(self) -> "Deaf":
        return self

    def __exit__(self, *raised: object) -> None:
        """Nothing to close."""

    def stop(self) -> None:
        """Nothing to stop."""


def ear(context: Context, terms: Terms, late: "Late") -> "Listener | Deaf":
    """What the terms ask for. Raises Refused where the address cannot be had."""
    if terms.listen is None:
        return Deaf()
    # Only who listens pays for the import of a web server.
    from engine.service import routes_metrics
    from engine.service.addresses import Address
    from engine.service.listener import Listener

    address = Address.parsed(terms.listen, anywhere=terms.anywhere)
    more = routes_metrics.routes(context, context.clock)
    return Listener(context, address, late=late, more=more)
