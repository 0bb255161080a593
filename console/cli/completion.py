"""`completion`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from console.cli.edge import put
from console.cli.shared import DEFAULT, Shared


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(help="which shell")],
    /,
    *,
    shared: Shared = DEFAULT,
) -> int:
    """Print a completion script.

    bash: linkdeck completion bash > ~/.local/share/bash-completion/completions/linkdeck
    """
    from console.cli.parse import application
    from console.cli.registry import COMMANDS

    script = application(COMMANDS.values()).generate_completion(
        prog_name="linkdeck", shell=shell
    )
    shared.answer(lambda: {"shell": shell, "script": script}, lambda: ())
    if not shared.json:
        put(script)
    return 0
