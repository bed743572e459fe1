"""What the program writes to its log: one JSON object a line, on standard error; never what anybody typed.

A fault is told by its kind and the places that it went through. The words of an exception and the values of variables
stay out: they may be a password, a link or an address.
"""

import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

FRAMES = 12
"""The innermost places of a fault that are written down."""


def configure() -> None:
    """Set the program's log up; called once by each process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _fault,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def _fault(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`exc_info` becomes the fault's kind, its causes' kinds and its places."""
    given = event.pop("exc_info", None)
    error = sys.exception() if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["fault"] = [type(one).__name__ for one in _causes(error)]
        event["where"] = _places(error.__traceback__)
    return event


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found and len(found) < FRAMES:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found


def _places(trace: TracebackType | None) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-FRAMES:]
