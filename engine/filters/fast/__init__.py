"""The quick way: one generated function over all rows of a Batch, for maps, checks and ignores.

It passes what is plainly right; at the first sign of anything else a row takes the slow way, which
is the truth. Equality of the two, row for row, is a property test.
"""
