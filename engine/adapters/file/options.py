"""What a definition says of a file source and a file target."""

from typing import Annotated

from engine.domain.units import Between, Doc, OneOf
from engine.domain.values import dataclass

FORMATS = ("ndjson", "json", "csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSourceOptions:
    """The keys of `source: {file: …}`."""

    path: Annotated[str, Doc("a file, or a pattern such as in/*.ndjson; .gz is read")]
    format: Annotated[
        str | None, Doc("what the files hold; by their suffix when absent"), OneOf(FORMATS)
    ] = None
    encoding: Annotated[str, Doc("how text is encoded")] = "utf-8"
    delimiter: Annotated[str, Doc("CSV: what separates fields"), Between(1, 1)] = ","
    quote: Annotated[
        str, Doc("CSV: what encloses fields; empty where nothing does"), Between(0, 1)
    ] = '"'
    header: Annotated[
        bool, Doc("CSV: whether the first line names the fields (else column1, column2 …)")
    ] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTargetOptions:
    """The keys of `target: {file: …}`."""

    path: Annotated[str, Doc("a folder; it gets one part file a Batch")]
    format: Annotated[str, Doc("what the part files hold"), OneOf(FORMATS)] = "ndjson"
