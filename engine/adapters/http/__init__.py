"""Systems that speak JSON over HTTP: pages come from them, records go to them."""

import sys

# httpx imports its own command line where what that is made of (click, rich, pygments) happens to
# be installed, and that takes three times as long as the rest of it. It does without.
sys.modules["httpx._main"] = None  # type: ignore[assignment]
