"""A home account gets another address: asked for with the password, said yes to from the new mailbox, with it again.

Having the mail is not enough: an address that was mistyped is a stranger's, and the account leads to children. An hour,
as for a new password: whoever asks for it sits in front of both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from idp.kernel import audit, throttle
from idp.kernel.db import insert_into
from idp.kernel.mail import enqueue_mail
from idp.kernel.secrets import KeyRing, fingerprint, random_token
from idp.school import homes
from idp.school.addresses import Address
from idp.school.homes import Account
from idp.school.models import AddressChange, HomeAccount, Link

LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that waits: whose, and to which address."""

    account: Account
    address: Address


def ask(db: Connection, keyring: KeyRing, account: Account, address: Address, now: datetime) -> bool:
    """Mail a link to the new address; an earlier one of this account is worth nothing from here on.

    Whether somebody has an account with that address is for its mailbox alone to hear. False: too many mails to it.
    """
    if isinstance(throttle.take(db, "forgot_address", address.key, now), throttle.Locked):
        return False
    token = random_token("ac")
    wish = {
        "fingerprint": fingerprint(token),
        "address": address.written,
        "address_key": address.key,
        "created_at": now,
        "expires_at": now + LIFE,
    }
    asked = insert_into(db, AddressChange).values(home_account_id=account.id, **wish)
    db.execute(asked.on_conflict_do_update(index_elements=["home_account_id"], set_=wish))
    told = {"path": f"/adres/{token}"}
    enqueue_mail(db, keyring, address.written, "address_new", told, locale=account.locale, now=now)
    audit.record(db, "home.address_asked", now=now, actor=f"home:{account.id}", thing=f"home:{account.id}")
    return True


def waiting(db: Connection, account_id: str, now: datetime) -> str | None:
    """The address that this account is to have, as long as its link works."""
    mine = (AddressChange.home_account_id == account_id, AddressChange.expires_at > now)
    address: str | None = db.execute(select(AddressChange.address).where(*mine)).scalar()
    return address


def cancel(db: Connection, account_id: str) -> None:
    """The address stays what it is; the link is worth nothing any more."""
    db.execute(delete(AddressChange).where(AddressChange.home_account_id == account_id))


def look(db: Connection, token: str, now: datetime) -> Wanted | None:
    """What this link is for; spends nothing. None: it was used, is too old, or never was."""
    row = db.execute(
        select(AddressChange.home_account_id, AddressChange.address, AddressChange.address_key).where(
            AddressChange.fingerprint == fingerprint(token), AddressChange.expires_at > now
        )
    ).first()
    account = homes.by_id(db, row.home_account_id) if row else None
    return Wanted(account, Address(row.address, row.address_key)) if row and account else None


def confirm(db: Connection, keyring: KeyRing, token: str, account_id: str, now: datetime) -> str:
    """The new mailbox said yes, and `account_id` just gave its password: "done", "taken" or "gone" (as `look`).

    Every slot follows, since it leads to the account. The old address is told, and its links work no more.
    """
    row = db.execute(
        delete(AddressChange)
        .where(
            AddressChange.fingerprint == fingerprint(token),
            AddressChange.home_account_id == account_id,
            AddressChange.expires_at > now,
        )
        .returning(AddressChange.address, AddressChange.address_key)
    ).first()
    account = homes.by_id(db, account_id)
    if row is None or account is None:
        return "gone"
    if not _move(db, account_id, Address(row.address, row.address_key)):
        return "taken"
    open_resets = (Link.home_account_id == account_id, Link.kind == "reset", Link.expires_at > now)
    db.execute(update(Link).where(*open_resets).values(expires_at=now))
    enqueue_mail(db, keyring, account.address, "address_changed", {"path": "/thuis"}, locale=account.locale, now=now)
    audit.record(db, "home.address", now=now, actor=f"home:{account_id}", thing=f"home:{account_id}")
    return "done"


def _move(db: Connection, account_id: str, address: Address) -> bool:
    """False when another account has this address; of two at the same moment one gets it."""
    other = aliased(HomeAccount)
    taken = exists(select(other.id).where(other.address_key == address.key, other.id != account_id))
    undo = db.begin_nested()
    try:
        moved = db.execute(
            update(HomeAccount)
            .where(HomeAccount.id == account_id, ~taken)
            .values(address=address.written, address_key=address.key)
        ).rowcount
    except IntegrityError:
        undo.rollback()
        return False
    undo.commit()
    return moved == 1
