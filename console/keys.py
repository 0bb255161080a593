"""Every action with its key, once: bindings, footer, palette and help are made from here."""

from collections.abc import Iterable

from textual.binding import Binding

from console.theme import Skin
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do: Textual's name of the action, keys, footer word, help.

    `loud`: shown in the footer.
    """

    name: str
    keys: str
    label: str
    does: str
    loud: bool = True

    @property
    def key(self) -> str:
        """The first of its keys."""
        return self.keys.split(",")[0]


UP = Action("up", "up,k", "up", "one line up", loud=False)
DOWN = Action("down", "down,j", "down", "one line down", loud=False)
PAGE_UP = Action("page_up", "pageup,ctrl+u", "page up", "one page up", loud=False)
PAGE_DOWN = Action("page_down", "pagedown,ctrl+d", "page down", "one page down", loud=False)
FIRST = Action("first", "g,home", "first", "to the first line", loud=False)
LAST = Action("last", "G,end", "last", "to the last line", loud=False)
PANE = Action("pane", "tab", "pane", "to the other pane")
OPEN = Action("open", "enter", "open", "open what is under the cursor")

CHOOSE = Action(
    "open", "enter", "choose", "choose what is under the cursor, or go on with it"
)
CHANGE = Action("open", "enter", "change", "type another value for it")

MARK = Action("mark", "space", "mark", "mark this line, or take the mark off")
MARK_ALL = Action("mark_all", "asterisk", "all", "mark everything that matches, or nothing")

RUN = Action("run", "r", "run", "run the Link: a new Sync Event")
RESUME = Action("resume", "u", "resume", "finish the interrupted Sync Event")
CANCEL = Action("cancel", "x", "cancel", "end the run: what is in flight finishes")
TOGGLE = Action("switch", "o", "on/off", "let the Link run, or keep it from running")
RETRY = Action("retry", "R", "retry", "Retry Failures: plan it, look at it, run it")
EDIT = Action("edit", "e", "edit", "edit the record for its next retry")
DISCARD = Action("discard", "D", "discard", "discard failures for good, with a reason")
RESOLVE = Action("resolve", "w", "resolve", "say whether a write in doubt was written")

NOTE = Action("note", "n", "note", "say what is known of this cause, and file it by a word")

FAILURES = Action("failures", "f", "failures", "its failing records")
BATCHES = Action("batches", "b", "batches", "its Batches")
CHAIN = Action("chain", "c", "chain", "the Sync Events that descend from one another")
PARENT = Action("parent", "P", "parent", "the Sync Event it was made from")
EXPLAIN = Action("explain", "E", "explain", "why Last Successful Sync is where it is")
SETTINGS = Action("settings", "S", "settings", "what operators may set for the Link")
CHANGED = Action("changed", "d", "changed", "changed fields only, or all of them")
TARGET = Action(
    "target", "t", "target", "what the target holds for this key now, or that no more"
)
RAW = Action("raw", "v", "raw", "the stored JSON as it is")
NEXT = Action("next", "right_square_bracket,n", "next", "the next record", loud=False)
PREVIOUS = Action(
    "previous", "left_square_bracket,N", "previous", "the one before", loud=False
)
REVEAL = Action("reveal", "V", "reveal", "show what is masked; the audit keeps who looked")
COPY = Action("copy", "y", "copy", "copy what is under the cursor (OSC 52)")
SAVE = Action("save", "Y", "save", "save it to a private file")

FILTER = Action("filter", "slash", "filter", "narrow the list: words, field:value, !word")
COMMAND = Action("command", "colon,ctrl+p", "go to", "go anywhere, do anything by name")
HELP = Action("help", "question_mark,f1", "help", "all keys that work here")
BACK = Action("back", "escape", "back", "close, clear the filter, or go back", loud=False)
QUIT = Action("quit", "q,ctrl+q", "quit", "leave; what runs goes on", loud=False)
PAUSE = Action(
    "pause", "p", "pause", "stop and start the refresh of the screen", loud=False
)
GO_LINKS = Action("place('links')", "1", "links", "all Links", loud=False)
GO_INBOX = Action("place('inbox')", "2", "inbox", "what waits for a person", loud=False)
GO_AUDIT = Action("place('audit')", "3", "audit", "who did what, and why", loud=False)
SUSPEND = Action(
    "suspend", "ctrl+z", "suspend", "back to the shell; fg returns", loud=False
)

REDRAW = Action("redraw", "ctrl+l", "redraw", "draw the whole screen again", loud=False)

MOVES = (UP, DOWN, PAGE_UP, PAGE_DOWN, FIRST, LAST)
EVERYWHERE = (
    FILTER,
    COMMAND,
    HELP,
    BACK,
    QUIT,
    PAUSE,
    GO_LINKS,
    GO_INBOX,
    GO_AUDIT,
    SUSPEND,
    REDRAW,
)

_SHOWN = {
    "enter": ("⏎", "enter"),
    "escape": ("esc", "esc"),
    "slash": ("/", "/"),
    "colon": (":", ":"),
    "asterisk": ("*", "*"),
    "question_mark": ("?", "?"),
    "left_square_bracket": ("[", "["),
    "right_square_bracket": ("]", "]"),
    "up": ("↑", "up"),
    "down": ("↓", "down"),
    "left": ("←", "left"),
    "right": ("→", "right"),
    "pageup": ("PgUp", "PgUp"),
    "pagedown": ("PgDn", "PgDn"),
}


Bound = Binding | tuple[str, str] | tuple[str, str, str]
"""As Textual types it."""


def bindings(*actions: Action) -> list[Bound]:
    """The actions as Textual binds them; our own footer shows them."""
    return [Binding(each.keys, each.name, each.label, show=False) for each in actions]


def key_of(action: Action, skin: Skin) -> str:
    """Its first key as a person reads it."""
    return _shown(action.key, skin)


def keys_of(action: Action, skin: Skin) -> str:
    """All its keys as a person reads them."""
    return " ".join(_shown(key, skin) for key in action.keys.split(","))


def _shown(key: str, skin: Skin) -> str:
    full, plain = _SHOWN.get(key, (key, key))
    return skin.glyph(full, plain)


def loud(actions: Iterable[Action]) -> list[Action]:
    """Those the footer shows."""
    return [action for action in actions if action.loud]
