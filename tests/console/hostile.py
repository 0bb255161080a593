"""A home full of strings that would take a terminal over, if anybody let them."""

import json
from pathlib import Path

from tests.stories.world import World, a_world

WEAPONS = (
    "\x1b]52;c;cHduZWQ=\x07",  # writes the clipboard
    "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",  # a link
    "\x1b[31mred\x1b[2J",  # colours, and clears the screen
    "\x9b31m \x9d0;title\x9c",  # the same in eight bits
    "nul\x00bel\x07bs\x08",
    "\u202egnp.exe\u2066bidi\u2069",
    '[bold]markup[/bold] [@click=app.quit]go[/] [/x] [a="b',
    "\u200bzero\u2060width\ufeff\u2028line\u115f",
    "wide 漢字 e\u0301 \U0001f469\u200d\U0001f4bb family",
    "rtl \u05d0\u05d1\u05d2 \u0627\u0628",
)
TOKEN = "\\ud800lone"
"""A lone surrogate, as JSON can carry it."""

LINK = """
link: hostile
label: "label [bold] [/x] [@click=app.quit]go[/]"
owner: "owner [/x]"
downstream: ["down [link=http://evil]"]
key: id
batch_size: 4
source: {adapter: file, path: "*.ndjson"}
stages:
  - name: "stage [@click=app.quit] [a='b"
    map:
      id: id
      text: text
      deep.er: nested
  - name: "rules [/]"
    ignore: text == "ignore me"
    reason: "reason [/reason] [red]"
  - name: "last [/]"
    check:
      - {field: text, rule: one_of, values: ["fine"]}
target: {adapter: sql, url: "sqlite:///w.db", table: t, create: true}
"""


BROKEN = 'link: "\\x1b[31mred \\u202e"\nkey: ["\\x9b1m"]\n'
"""A definition that is refused, in a sentence that quotes it."""


def a_hostile_world(folder: Path) -> World:
    """One Link whose every string attacks; #1 failed on all of them."""
    world = a_world(folder)
    world.link("hostile", LINK)
    world.link("broken", BROKEN)
    lines = [
        json.dumps(
            {"id": f"{n} {weapon}", "text": weapon, "nested": {weapon: [weapon, None]}}
        )
        for n, weapon in enumerate(WEAPONS)
    ]
    lines.append(f'{{"id": "99 {TOKEN}", "text": "{TOKEN}"}}')
    lines.append(json.dumps({"id": "fine", "text": "fine"}))
    lines.append(json.dumps({"id": "ignored", "text": "ignore me"}))
    lines.append('{"id": 7, "text": "cut \\u001b[1m')
    name = "orders [bold]\u202e\x1b[31m.ndjson"
    (world.links / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    world.run("hostile")
    return world
