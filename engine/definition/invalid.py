"""A definition that cannot be used, with every complaint about it."""

from engine.domain.errors import Refused
from engine.domain.requests import FileReport


class DefinitionInvalid(Refused):
    """Read, and not a Link; the text is all complaints, a sentence a line (exit 1)."""

    exit_code = 1

    def __init__(self, report: FileReport) -> None:
        super().__init__("\n".join(each.sentence() for each in report.complaints))
        self.report = report

    def __reduce__(self) -> tuple[type["DefinitionInvalid"], tuple[FileReport]]:
        return (type(self), (self.report,))


class DefinitionUnreadable(DefinitionInvalid):
    """Not YAML at all, or not there (exit 2)."""

    exit_code = 2
