"""`python -m idp.cli` is `sleutelbos`."""

from idp.cli import main

main()
