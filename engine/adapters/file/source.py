"""A file, or several, as a source: Batches are exact parts of them, planned in one pass."""

from typing import TYPE_CHECKING, ClassVar

from engine.adapters.file.finding import find, is_packed
from engine.adapters.file.options import FileSourceOptions
from engine.adapters.file.streams import cuttable
from engine.domain.adapter import Plan, SourceContext, SourceTraits, Waits
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import Window

if TYPE_CHECKING:
    from engine.adapters.file.readers import Reader


class FileSource:
    """Reads files. A Batch never spans two of them."""

    Options: ClassVar[type[FileSourceOptions]] = FileSourceOptions
    traits = SourceTraits(waits=Waits.PROCESSOR)

    def __init__(self, options: FileSourceOptions, context: SourceContext) -> None:
        self._options = options
        self._context = context
        self._readers: dict[str, Reader] = {}
        if is_packed(options.path) or not cuttable(options.encoding):
            # Every worker would unpack the file from its front.
            self.traits = SourceTraits(waits=Waits.PROCESSOR, parallel=False)

    def plan_fetch(self, window: Window) -> Plan:
        """Cut the files into Batches; raises SystemSyncError where one cannot be read at all."""
        # What reads is imported when something is read: checking a definition needs none of it.
        from engine.adapters.file.planning import plan_file

        scopes: list[Scope] = []
        for found in find(self._options, self._context.folder):
            scopes.extend(plan_file(found, self._options, self._context.batch_size))
        return Plan(scopes)

    def fetch(self, scope: Scope) -> Fetched:
        """The records of one part; raises BatchSyncError where the file changed (M5)."""
        from engine.adapters.file.scopes import Part

        part = Part.of_scope(scope)
        reader = self._readers.get(part.of)
        if reader is None:
            from engine.adapters.file.readers import reader_of

            self.close()
            reader = reader_of(part, self._options, self._context.wanted)
            self._readers[part.of] = reader
        return reader.read(part)

    def close(self) -> None:
        """Let go of open files."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
