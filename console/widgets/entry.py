"""A line to type in: what cannot be shown cannot be typed or pasted either."""

from textual import events
from textual.widgets import Input

from console.safe import safe


class Entry(Input):
    """Textual's input without its frame; it takes visible characters only."""

    DEFAULT_CSS = """
    Entry, Entry:focus {
        height: 1; border: none; padding: 0 1; width: 1fr;
        background: $surface; color: $foreground;
        &:ansi { border: none; }
    }
    """

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002
        # What is typed ahead comes while the focus does: it must not replace what was typed.
        super().__init__(placeholder=placeholder, id=id, select_on_focus=False)

    def validate_value(self, value: str) -> str:
        """The same without control characters, direction marks and the like."""
        return "".join(char for char in value if safe(char) == char)

    async def _on_key(self, event: events.Key) -> None:
        """What deletes, deletes at once: as a binding it would come after what is typed behind."""
        known = self._bindings.key_to_bindings.get(event.key, [])
        if not known or not known[0].action.startswith("delete"):
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        await self.run_action(known[0].action)
