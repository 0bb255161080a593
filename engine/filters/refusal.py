"""What a cast says when it cannot."""

from engine.filters.sentences import emptiness, kind_of, quoted


class Refusal(ValueError):
    """A value that cannot be made into what was asked.

    `why` ends the sentence that starts with the field's name. `misfit`: its very type is wrong,
    an object where text was expected, so that the producer must know (class schema).
    """

    def __init__(self, why: str, *, misfit: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.misfit = misfit


def not_a(wanted: str, value: object) -> Refusal:
    """The refusal of a value that is no `wanted`: "'abc' is not a number"."""
    if isinstance(value, str):
        if emptiness(value):
            return Refusal(f"is blank, not {wanted}")
        return Refusal(f"{quoted(value)} is not {wanted}")
    if isinstance(value, (bool, dict, list, bytes, bytearray, memoryview)):
        return Refusal(f"is {kind_of(value)}, not {wanted}", misfit=True)
    return Refusal(f"{quoted(value)} is not {wanted}")
