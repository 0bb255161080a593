"""Every command by name: where it is, what it does, and the page `linkdeck --help` shows.

Nothing is imported here, so that help and version cost next to nothing.
"""

from engine.domain.values import dataclass

COMPLETE = "__complete"
"""What completion scripts call with the words so far."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name, the module:function that runs it, what it does in one line.

    `brief`: it looks something up and ends. `leaves`: it has let go of all it held when it
    returns, so that its process may end as it stands.
    """

    name: str
    path: str
    does: str
    brief: bool = False
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Theme:
    """Commands that belong together."""

    title: str
    commands: tuple[Command, ...]


def _at(name: str, module: str, does: str) -> Command:
    return Command(name, f"console.cli.{module}:{name}", does)


def _brief(name: str, module: str, does: str) -> Command:
    path = f"console.cli.{module}:{name}"
    return Command(name, path, does, brief=True, leaves=True)


def _run(name: str, module: str, does: str) -> Command:
    return Command(name, f"console.cli.{module}:{name}", does, leaves=True)


THEMES = (
    Theme(
        "Try it",
        (
            _at(
                "demo", "demo", "a flaky shop, three Links over it, and what became of them"
            ),
        ),
    ),
    Theme(
        "Define",
        (
            _at("new", "starter", "write a commented starter definition that runs"),
            _at(
                "validate", "validate", "check definitions: every complaint with its place"
            ),
            _at("schema", "starter", "the JSON Schema of a definition, for editors"),
            _at("check", "check", "try a Link's source and target, write nothing"),
            _at("adapters", "starter", "the Adapters installed, and what each can do"),
        ),
    ),
    Theme(
        "Run",
        (
            _run("run", "run", "run a Link once: one Sync Event"),
            _run("resume", "run", "finish a Sync Event that was interrupted"),
            _brief("cancel", "control", "stop a Sync Event: what is in flight finishes"),
            _brief("enable", "control", "let a Link run"),
            _brief("disable", "control", "keep a Link from running"),
            _brief(
                "override", "override", "say over a Link's file how it runs, or list that"
            ),
        ),
    ),
    Theme(
        "Recover",
        (
            _run("plan", "retry", "freeze what a retry would send, and see it first"),
            _run("retry", "retry", "send again only what failed"),
            _brief("inbox", "inbox", "every open failure, the most severe Links first"),
            _at("edit", "edit", "correct a failing record; the next retry sends it so"),
            _brief("discard", "inbox", "close failures without sending them"),
            _brief("resolve", "inbox", "say whether a record in doubt was written"),
        ),
    ),
    Theme(
        "Look",
        (
            _at(
                "console", "console", "all of it on a screen; linkdeck alone does the same"
            ),
            _brief("links", "links", "every Link: its last run, its mark, what is open"),
            _brief("events", "events", "Sync Events, newest first"),
            _brief("show", "events", "the summary of a Sync Event, or one of its Batches"),
            _brief("failures", "failures", "what failed: groups, Batches, records"),
            _brief("record", "failures", "one record before and after, field by field"),
            _brief("explain", "links", "why Last Successful Sync is where it is"),
            _brief(
                "schedule", "schedule", "when Links run by themselves, and what came of it"
            ),
            _brief("gate", "gate", "may downstream go on? complete and fresh: 0, else 4"),
            _brief("alerts", "alerts", "what fires, the loudest first, and who was told"),
            _brief("causes", "causes", "causes over all Sync Events, and what is known"),
            _at("export", "export", "failing records into a file"),
            _brief("audit", "audit", "who did what to what, and why; --verify proves it"),
            _at("evidence", "audit", "the evidence of a Chain into a file"),
        ),
    ),
    Theme(
        "Installation",
        (
            _at("engine", "engine", "the service: runs that outlive any terminal"),
            _brief("token", "token", "make or revoke the tokens of push Links"),
            _at("doctor", "doctor", "what is wrong with this installation; --fix mends"),
            _at("backup", "backup", "copy the store into one file, beside what runs"),
            _at("restore", "backup", "put the store of a backup back in its place"),
            _at("purge", "purge", "retention now; --key erases one subject's data"),
            _at("completion", "completion", "a completion script for bash, zsh or fish"),
        ),
    ),
)

COMMANDS = {command.name: command for theme in THEMES for command in theme.commands}

SHARED = (
    ("--home DIR", "where everything is kept (LINKDECK_HOME)"),
    ("--links DIR", "the folder of definitions (default: HOME/links)"),
    ("--store URL", "sqlite:///... or postgresql://... (LINKDECK_STORE)"),
    ("--json", "one JSON document instead of text"),
    ("--debug", "the traceback of an unforeseen error"),
)

TAKES_VALUE = frozenset({"--home", "--links", "--store"})
FLAGS = frozenset({"--json", "--debug"})


def overview() -> str:
    """What `linkdeck --help` prints."""
    lines = ["Usage: linkdeck COMMAND [OPTIONS]", ""]
    lines += [
        "Move records along Links, know what failed and why, and keep the evidence.",
        "",
    ]
    for theme in THEMES:
        lines.append(theme.title)
        lines += [f"  {command.name:<13}{command.does}" for command in theme.commands]
        lines.append("")
    lines.append("Options of every command, before or after its name")
    lines += [f"  {flag:<13}{means}" for flag, means in SHARED]
    lines += ["", "linkdeck COMMAND --help says what a command takes."]
    return "\n".join(lines)
