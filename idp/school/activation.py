"""What the form behind a mailed link does. Looking at the page spends nothing; here a link is spent, once.

A link of kind activate leads to one slot. A new address chooses a password there; an address that has an account
signs in and says "yes, this is my child"; either may say that it is not. A link of kind reset leads to an account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from idp.kernel import audit, throttle
from idp.kernel.secrets import KeyRing, new_id
from idp.school import addresses, homes, links, slots
from idp.school.homes import Account, SlotFacts
from idp.school.slots import Emptied


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a link shows.

    `state`: "new" (choose a first password), "known" (sign in and say yes or no), "reset" (choose another password);
    "done" (taken on before: sign in), "used", "expired", or "gone" (the slot was emptied, the account is no more).
    `child`: of an activation link, as long as its slot is there. `account`: as long as it is there.
    `first_look`: nobody opened this page before (see `links.note_opened`).
    """

    state: str
    account: Account | None
    child: SlotFacts | None
    first_look: bool

    @property
    def open(self) -> bool:
        """Has the page a form that does something?"""
        return self.state in ("new", "known", "reset")


def look(db: Connection, kind: str, token: str, now: datetime) -> Shown | None:
    """What this link leads to as things stand; spends nothing. None = there never was such a link."""
    seen = links.look_at(db, kind, token, now)
    if seen is None:
        return None
    account = homes.by_id(db, seen.home_account_id)
    child = homes.slot_facts(db, seen.slot_id, seen.home_account_id) if seen.slot_id else None
    return Shown(_state(seen, account, child), account, child, not seen.opened)


def _state(seen: links.Seen, account: Account | None, child: SlotFacts | None) -> str:
    if account is None or (seen.kind == "activate" and child is None):
        return "gone"
    if child is not None and child.confirmed:
        return "done"
    if seen.state != "fresh":
        return seen.state
    if seen.kind == "reset":
        return "reset"
    return "known" if account.activated else "new"


def start(db: Connection, keyring: KeyRing, token: str, password_hash: str, now: datetime) -> SlotFacts | None:
    """A new address: the link is spent, the account activated, the child taken on. None, and nothing of it, when the
    link is not (or no longer) one of state "new": look at it again.
    """
    undo = db.begin_nested()
    seen = links.spend(db, "activate", token, now)
    if seen is not None and homes.activate(db, seen.home_account_id, password_hash, now):
        facts = homes.confirm(db, keyring, seen.slot_id or "", seen.home_account_id, now)
        if facts is not None:
            undo.commit()
            return facts
    undo.rollback()
    return None


def accept(db: Connection, keyring: KeyRing, token: str, account_id: str, now: datetime) -> SlotFacts | None:
    """ "Yes, this is my child", said by the account that just signed in. None, and nothing, as in `start`, also when
    the link was mailed to another account.
    """
    undo = db.begin_nested()
    seen = links.spend(db, "activate", token, now)
    if seen is not None:
        facts = homes.confirm(db, keyring, seen.slot_id or "", account_id, now)
        if facts is not None:
            undo.commit()
            return facts
    undo.rollback()
    return None


def refuse(db: Connection, keyring: KeyRing, token: str, now: datetime) -> Emptied | None:
    """ "No, this is not my child": the slot is emptied, and whoever filled it hears why. None as in `start`.

    Having the link is enough: whoever got a mail that was not theirs owes us no password.
    """
    shown = look(db, "activate", token, now)
    if shown is None or not shown.open or shown.account is None or shown.child is None:
        return None
    if links.spend(db, "activate", token, now) is None:
        return None
    return refuse_child(db, keyring, shown.account.id, shown.child, now)


def refuse_child(db: Connection, keyring: KeyRing, account_id: str, child: SlotFacts, now: datetime) -> Emptied | None:
    """The same for a child that waits for this account (`homes.waiting`), which is signed in."""
    emptied = slots.empty(db, keyring, child.slot_id, actor=f"home:{account_id}", why="refused", now=now)
    if emptied is not None:
        homes.tell_teacher_of_refusal(db, keyring, child, now)
    return emptied


@dataclass(frozen=True, slots=True)
class WasReset:
    """The account has its new password; it is signed out everywhere, and the engine sessions `sids` must end."""

    account_id: str
    sids: Sequence[str]


def reset(db: Connection, keyring: KeyRing, token: str, password_hash: str, now: datetime) -> WasReset | None:
    """Another password through a mailed link. None when the link is not fresh, or its account gone."""
    seen = links.spend(db, "reset", token, now)
    if seen is None:
        return None
    sids = homes.new_password(db, keyring, seen.home_account_id, password_hash, now)
    return None if sids is None else WasReset(seen.home_account_id, sids)


def send_again(db: Connection, keyring: KeyRing, kind: str, token: str, now: datetime) -> None:
    """From the page of a link that is used or expired: mail a new one, as for a forgotten password.

    Says nothing, like `request_reset`; a link that never was, or whose slot is gone, sends nothing.
    """
    shown = look(db, kind, token, now)
    if shown is None or shown.account is None or shown.state == "gone":
        return
    taken = throttle.take(db, "forgot_address", shown.account.address_key, now)
    if isinstance(taken, throttle.Locked):
        return
    if shown.child is not None and not shown.child.confirmed:
        slots.send_activation(db, keyring, shown.child.slot_id, shown.account, now)
    else:
        _send(db, keyring, shown.account, now)


def request_reset(db: Connection, keyring: KeyRing, address_text: str, source: str, now: datetime) -> None:
    """ "I forgot my password": a mail to whoever has an account, and not a word or a moment that tells who has.

    An account that was never activated gets the activation mail of its newest slot again.
    """
    key = addresses.key_for_lookup(address_text)
    for limit, whose in (("forgot_source", source), ("forgot_address", key)):
        if isinstance(throttle.take(db, limit, whose, now), throttle.Locked):
            return
    account = homes.by_key(db, key)
    # For an unknown address the same is done for an account that does not exist, and taken back.
    undo = db.begin_nested()
    _send(db, keyring, account or Account(new_id(), f"{new_id()}@invalid", key, None, True, "nl"), now)
    if account is None:
        undo.rollback()
    else:
        undo.commit()


def _send(db: Connection, keyring: KeyRing, account: Account, now: datetime) -> None:
    newest = slots.newest_of(db, account.id)
    if account.activated:
        homes.send_reset(db, keyring, account, now)
    elif newest is not None:
        slots.send_activation(db, keyring, newest, account, now)
    audit.record(db, "home.forgotten", now=now, thing=f"home:{account.id}")
