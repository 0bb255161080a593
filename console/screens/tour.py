"""Five keys that lead through the demo, said once when it opens."""

from console.pages.page import Facts, Line
from console.screens.dialog import Asked, Dialog

KEYS = (
    ("2", "the Inbox: what waits for a person, in this world the returns that failed"),
    (
        "enter",
        "opens what is under the cursor, down to one record before and after; esc goes back",
    ),
    ("R", "Retry Failures: the plan first, then the confirmation, then the live Summary"),
    ("c", "the Chain of #2: how it converged, from 53 failures to none"),
    (":", "goes anywhere by name; ? says every key that works where you are"),
)

FIVE_KEYS = Asked(
    "The demo in five keys",
    "Begin",
    [Line("A shop with planted faults, and what became of every record."), Facts(KEYS)],
    reason=False,
    danger=False,
)

__all__ = ["FIVE_KEYS", "Dialog"]
