"""A whole group in one go: lines of a name or number with one or two addresses become filled slots.

`reading` makes lines of pasted text or of a file, `matching` finds the pupil of a line, `checking` says of each line
what would happen, and writes nothing; `saving` does exactly that, all of it or nothing.
"""
