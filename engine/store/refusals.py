"""What the store refuses, each in one sentence for the person who asked."""

from engine.domain.errors import Refused


class StoreUnusable(Refused):
    """The store cannot be opened, read or written; says where it is and what to do."""


class LinkBusy(Refused):
    """Another Sync Event of the Link is queued or running (C5)."""


class Fenced(Refused):
    """This process no longer owns the Sync Event; what it says changes nothing."""


class SlotTaken(Refused):
    """What a schedule was due for has been seen to, by another engine it may be."""
