"""A line to type in: what cannot be shown cannot be typed or pasted either."""

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

    def validate_value(self, value: str) -> str:
        """The same without control characters, direction marks and the like."""
        return "".join(char for char in value if safe(char) == char)
