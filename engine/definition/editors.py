"""What editors are told beyond the checks: one value where a list of one is meant."""

from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """A list whose only element may stand without brackets."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        listed = handler(core)
        return {"anyOf": [listed["items"], listed]}
