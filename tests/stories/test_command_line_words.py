"""Words on the command line that cannot be meant: one sentence on stderr, exit code 2."""

import shlex

import pytest

from console.cli import main

BAD = [
    ("valdate", "unknown command 'valdate', did you mean 'validate'?"),
    ("frobnicate", "unknown command 'frobnicate', linkdeck --help lists them"),
    (
        "--hme x show 1",
        "unknown option --hme before a command (linkdeck --help lists both)",
    ),
    ("-v", "unknown option -v before a command (linkdeck --help lists both)"),
    ("--home", "--home needs a value"),
    (
        "--json=1 show 1",
        "unknown option --json=1 before a command (linkdeck --help lists both)",
    ),
    ("show", "EVENT is missing (linkdeck show --help)"),
    ("show 12 13", "cannot tell what '13' is meant for (linkdeck show --help)"),
    (
        "show 12 --bach 3",
        "unknown option: --bach. Did you mean --batch? (linkdeck show --help)",
    ),
    ("show 12 --batch x", "--batch takes a whole number, not 'x' (linkdeck show --help)"),
    ("show 12 --batch", "--batch needs a value (linkdeck show --help)"),
    ("show 12 --batch 1 --batch 2", "--batch may stand only once (linkdeck show --help)"),
    ("show 12 --home", "--home needs a value (linkdeck show --help)"),
    ("show 12 --json yes", "cannot tell what 'yes' is meant for (linkdeck show --help)"),
    ("record", "SNAPSHOT is missing (linkdeck record --help)"),
    (
        "failures 12 --tier rekord",
        "--tier takes one of batch, record, warning, not 'rekord', did you mean 'record'?"
        " (linkdeck failures --help)",
    ),
    ("failures 12 --key", "--key needs a value (linkdeck failures --help)"),
    (
        "events --status done",
        "--status takes one of queued, running, completed, completed_with_warnings, failed,"
        " cancelled, not 'done' (linkdeck events --help)",
    ),
    (
        "events --limit ten",
        "--limit takes a whole number, not 'ten' (linkdeck events --help)",
    ),
    (
        "events --limit 0",
        'invalid value "0" for --limit. Must be >= 1 (linkdeck events --help)',
    ),
    ("run", "LINK is missing (linkdeck run --help)"),
    (
        "run orders --full --since 2026-11-01",
        "--full fetches everything; leave out --since and --until",
    ),
    (
        "run orders --until 2026-11-01",
        "--until needs --since: a window has a beginning",
    ),
    (
        "run orders --executor dask",
        "--executor takes one of threads, processes, dask://HOST:PORT, not 'dask' "
        "(linkdeck run --help)",
    ),
    ("run orders --reason ' '", "--reason is blank; say why in a few words"),
    ("run orders --actor ' '", "--actor is blank; leave it out, or say who acts"),
    ("cancel 12", "--reason is missing (linkdeck cancel --help)"),
    ("cancel 12 --reason", "--reason needs a value (linkdeck cancel --help)"),
    ("cancel 12 --reason ' '", "--reason is blank; say why in a few words"),
    ("disable orders --reason ' '", "--reason is blank; say why in a few words"),
    ("export 12", "--output is missing (linkdeck export --help)"),
    (
        "export 12 --output x --format xlsx",
        "--format takes one of ndjson, csv, not 'xlsx' (linkdeck export --help)",
    ),
    ("links orders", "cannot tell what 'orders' is meant for (linkdeck links --help)"),
    ("completion", "SHELL is missing (linkdeck completion --help)"),
    (
        "demo --store sqlite:///x",
        "the demo has Links and a store of its own; leave out --links and --store",
    ),
    ("show \x1b[31m12 13", "cannot tell what '13' is meant for (linkdeck show --help)"),
    ("sh\x1b[31mow", "unknown command 'sh\\x1b[31mow', did you mean 'show'?"),
]


@pytest.mark.parametrize(("line", "sentence"), BAD, ids=[line for line, _ in BAD])
def test_a_command_line_that_cannot_be_meant_is_one_sentence(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """RELIABILITY (d) 33; contract 3: usage errors are 2."""
    code = main(shlex.split(line))

    out, err = capsys.readouterr()
    assert (code, out, err) == (2, "", f"linkdeck: {sentence}\n")
