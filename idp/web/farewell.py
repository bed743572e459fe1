"""The way on from a sign-out: past the frames of the publishers that want to hear of it in the browser.

OpenID Connect Front-Channel Logout 1.0. Most publishers are told by the worker; without frames there is no page.
"""

from collections.abc import Iterable

from flask import g, redirect, render_template
from flask.typing import ResponseReturnValue

from idp.engine.engine import Engine
from idp.engine.logout.frontchannel import origins
from idp.web.unit import write_db

WAIT_S = 2
"""How long the page stays; its script goes on sooner when all have answered, and never waits longer."""


def ended(engine: Engine, sids: Iterable[str]) -> None:
    """These sessions of this browser ended in this request."""
    g.setdefault("frames", []).extend(engine.frontchannel.frames(write_db(), *sids))


def onward(to: str) -> ResponseReturnValue:
    """Go to `to`, a path of ours or an address that a publisher registered."""
    frames: list[str] = g.get("frames", [])
    if not frames:
        return redirect(to, 303)
    g.frame_origins = origins(frames)
    return render_template("logout/frames.html", frames=frames, to=to, wait=WAIT_S)
