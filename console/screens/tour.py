"""Five keys that lead through the demo, said once when it opens."""

from console.pages.page import Facts, Line
from console.screens.dialog import Asked, Dialog

KEYS = (
    (
        "enter",
        "opens what is under the cursor: a Link, a Sync Event, its failures, a record",
    ),
    ("R", "Retry Failures: orders failed this morning, and its rules were mended since"),
    ("c", "the Chain of what was retried: how it converges until nothing is open"),
    ("2", "the Inbox: returns that wait for a person, to edit (e), retry or discard (D)"),
    (":", "goes anywhere by name; ? says every key that works where you are"),
)

FIVE_KEYS = Asked(
    "The demo in five keys",
    "Begin",
    [
        Line(
            "Three weeks in a flaky shop. stock is running now: open it to watch it live."
        ),
        Facts(KEYS),
    ],
    reason=False,
    danger=False,
    asks=False,
)

__all__ = ["FIVE_KEYS", "Dialog"]
