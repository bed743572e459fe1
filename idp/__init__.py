"""Sleutelbos: the identity provider of a primary-school chain.

Floors, top to bottom; an arrow points down and nothing else:
`app`, `cli` build everything; `web` parses, calls, renders; `directory` is the school as the engine sees it;
`school` and `engine` are siblings that know nothing of each other; `kernel` knows no pupil and no token.
"""

__version__ = "0.1.0"
