"""One table of colours: every theme names the same few roles, and screens name only roles."""

from collections.abc import Mapping

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

from engine.domain.values import dataclass

ROLES = ("", "quiet", "strong", "good", "warn", "bad", "busy", "key", "title", "head")


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme.

    `ground` is behind everything, `bar` behind header and footer, `cursor` behind the line that is
    chosen, `mark` behind what was marked. `own`: they are the terminal's.
    """

    ground: str
    bar: str
    cursor: str
    mark: str
    text: str
    quiet: str
    good: str
    warn: str
    bad: str
    busy: str
    key: str
    dark: bool = True
    own: bool = False


PALETTES: Mapping[str, Palette] = {
    "night": Palette(
        ground="#14171c",
        bar="#262d38",
        cursor="#2c3a4f",
        mark="#33402e",
        text="#d6dae0",
        quiet="#858e9c",
        good="#7fc98b",
        warn="#e3b95f",
        bad="#f0787e",
        busy="#6cb6e8",
        key="#e8a766",
    ),
    "day": Palette(
        ground="#fbfaf7",
        bar="#eceae3",
        cursor="#d3e2f2",
        mark="#dcebcf",
        text="#24292f",
        quiet="#63696f",
        good="#1f7a3a",
        warn="#8a5a00",
        bad="#b3202c",
        busy="#0b62a6",
        key="#9a4b00",
        dark=False,
    ),
    "contrast": Palette(
        ground="#000000",
        bar="#1c1c1c",
        cursor="#00407f",
        mark="#004d00",
        text="#ffffff",
        quiet="#c8c8c8",
        good="#5cff7a",
        warn="#ffd73a",
        bad="#ff8a8a",
        busy="#6fd2ff",
        key="#ffb86b",
    ),
    # The terminal's own sixteen, for whoever has made them their own, and where there are no more.
    "terminal": Palette(
        ground="default",
        bar="default",
        cursor="blue",
        mark="magenta",
        text="default",
        quiet="bright_black",
        good="green",
        warn="yellow",
        bad="red",
        busy="cyan",
        key="yellow",
        own=True,
    ),
}

DEFAULT = "night"
FEW_COLOURS = "terminal"


@dataclass(frozen=True, slots=True)
class Skin:
    """How roles look here: styles by role, whether glyphs beyond ASCII can be read."""

    styles: Mapping[str, Style]
    unicode: bool
    cursor: Style
    resting: Style
    mark: Style
    bar: Style
    escape: Style

    def glyph(self, full: str, plain: str) -> str:
        """The glyph that can be read here."""
        return full if self.unicode else plain


def skin_of(palette: Palette, *, hue: bool, unicode: bool) -> Skin:
    """The styles of a palette; without hue, weight and reversal say what colour would."""
    return _coloured(palette, unicode) if hue else _colourless(unicode)


def _coloured(palette: Palette, unicode: bool) -> Skin:  # noqa: FBT001 - passed on
    ground = palette.ground
    styles = {
        "": Style(color=palette.text, bgcolor=ground),
        "quiet": Style(color=palette.quiet, bgcolor=ground),
        "strong": Style(color=palette.text, bgcolor=ground, bold=True),
        "good": Style(color=palette.good, bgcolor=ground),
        "warn": Style(color=palette.warn, bgcolor=ground),
        "bad": Style(color=palette.bad, bgcolor=ground, bold=True),
        "busy": Style(color=palette.busy, bgcolor=ground),
        "key": Style(color=palette.key, bgcolor=ground, bold=True),
        "title": Style(color=palette.busy, bgcolor=ground, bold=True),
        "head": Style(color=palette.quiet, bgcolor=palette.bar, underline=palette.own),
    }
    own = palette.own
    return Skin(
        styles=styles,
        unicode=unicode,
        cursor=Style(bgcolor=palette.cursor, color="bright_white" if own else None),
        resting=Style(bgcolor=palette.bar, underline=own),
        mark=Style(bgcolor=palette.mark),
        bar=Style(bgcolor=palette.bar, reverse=own),
        escape=Style(reverse=True),
    )


def _colourless(unicode: bool) -> Skin:  # noqa: FBT001 - passed on
    plain, bold = Style(), Style(bold=True)
    styles = dict.fromkeys(ROLES, plain)
    styles |= dict.fromkeys(("strong", "bad", "key", "title"), bold)
    styles |= {"quiet": Style(dim=True), "head": Style(underline=True)}
    return Skin(
        styles=styles,
        unicode=unicode,
        cursor=Style(reverse=True),
        resting=Style(underline=True),
        mark=bold,
        bar=Style(reverse=True),
        escape=Style(reverse=True),
    )


def textual_theme(name: str, palette: Palette, *, hue: bool) -> Theme:
    """The same palette for Textual's own parts: inputs and dialogs."""
    if palette.own or not hue:
        own = "ansi_default"
        return Theme(
            name=name,
            primary="ansi_blue" if hue else own,
            foreground=own,
            background=own,
            surface=own,
            panel=own,
            boost=own,
            ansi=True,
            variables=_OWN,
        )
    return Theme(
        name=name,
        primary=palette.busy,
        warning=palette.warn,
        error=palette.bad,
        success=palette.good,
        accent=palette.key,
        foreground=palette.text,
        background=palette.ground,
        surface=palette.bar,
        panel=palette.bar,
        dark=palette.dark,
    )


_OWN = BUILTIN_THEMES["ansi-dark"].variables
"""What Textual needs to be told where the terminal's own colours are used."""


def fitting(asked: str | None, environ: Mapping[str, str]) -> str:
    """The theme to begin with: the one asked for, else what the terminal has colours for."""
    if asked in PALETTES:
        return str(asked)
    rich_enough = environ.get("COLORTERM") or "256" in environ.get("TERM", "")
    return DEFAULT if rich_enough else FEW_COLOURS
