"""The benchmark: the provider on one core, the load from the other; medians of three and their spread.

`make bench` prints the table of docs/performance.md. Nothing here is a test:
machines are noisy, and a timed test lies.
"""
