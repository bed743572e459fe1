"""Passkeys of home accounts: added with the password and shown instead of it; the password stays a second way in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from idp.kernel import audit
from idp.kernel.db import insert_into
from idp.kernel.mail import enqueue_mail
from idp.kernel.secrets import KeyRing, new_id
from idp.school import ceremony
from idp.school.ceremony import Here, Owner
from idp.school.credentials import Fail
from idp.school.homes import Account
from idp.school.models import HomeAccount, HomePasskey

ADD, SHOW = "home-add", "home-show"
MOST = 10
"""Passkeys of one account: every telephone of two parents, and then some."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def of(db: Connection, account_id: str) -> Sequence[Passkey]:
    """The passkeys of an account, oldest first."""
    columns = (HomePasskey.id, HomePasskey.name, HomePasskey.created_at, HomePasskey.last_used_at)
    mine = select(*columns).where(HomePasskey.home_account_id == account_id)
    return [Passkey(*row) for row in db.execute(mine.order_by(HomePasskey.created_at, HomePasskey.id))]


def ask_to_add(db: Connection, here: Here, account: Account, now: datetime) -> str:
    """What `navigator.credentials.create` is to be told, as JSON: called right after the password was given."""
    known = select(HomePasskey.credential_id).where(HomePasskey.home_account_id == account.id)
    owner = Owner(account.id, account.address, account.address)
    return ceremony.ask_to_add(db, here, ADD, owner, db.execute(known).scalars().all(), now)


def ask_to_show(db: Connection, here: Here, now: datetime) -> str:
    """What `navigator.credentials.get` is to be told, as JSON."""
    return ceremony.ask_to_show(db, here, SHOW, now)


def add(db: Connection, keyring: KeyRing, here: Here, account: Account, answer: str, name: str, now: datetime) -> bool:
    """Keep a new passkey and tell its owner; False when the answer is not one to a challenge for this account."""
    given = ceremony.read(answer)
    if given is None or ceremony.spend(db, here, ADD, given, now) != (account.id,):
        return False
    made = ceremony.verify_new(here, given)
    if made is None or len(of(db, account.id)) >= MOST:
        return False
    kept = db.execute(
        insert_into(db, HomePasskey)
        .values(
            id=new_id(),
            home_account_id=account.id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            counter=made.sign_count,
            name=name,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["credential_id"])
        .returning(HomePasskey.id)
    ).first()
    if kept is not None:
        _changed(db, keyring, account, "home.passkey_added", now)
    return kept is not None


def check(db: Connection, here: Here, answer: str, now: datetime) -> str | Fail:
    """The id of the account whose passkey this is, with its user verified."""
    given = ceremony.read(answer)
    if given is None or ceremony.spend(db, here, SHOW, given, now) is None:
        return Fail("wrong")
    row = db.execute(
        select(HomePasskey.id, HomePasskey.home_account_id, HomePasskey.public_key, HomePasskey.counter)
        .join(HomeAccount, HomeAccount.id == HomePasskey.home_account_id)
        .where(HomePasskey.credential_id == given.credential_id, HomeAccount.activated_at.is_not(None))
    ).first()
    if row is None:
        return Fail("wrong")
    who = f"home:{row.home_account_id}"
    counter = ceremony.verify_shown(here, given, row.public_key, row.counter)
    # The counter as it was read: of two answers with one counter only one counts (7.2, step 22).
    mine = update(HomePasskey).where(HomePasskey.id == row.id, HomePasskey.counter == row.counter)
    if counter is None or db.execute(mine.values(counter=counter, last_used_at=now)).rowcount != 1:
        audit.record(db, "signin.failed", now=now, thing=who, facts={"way": "passkey", "reason": "wrong"})
        return Fail("wrong")
    audit.record(db, "signin.passkey", now=now, actor=who, thing=who)
    return str(row.home_account_id)


def remove(db: Connection, keyring: KeyRing, account: Account, passkey_id: str, now: datetime) -> bool:
    """Take a passkey away and tell its owner; False when it is not there."""
    mine = (HomePasskey.id == passkey_id, HomePasskey.home_account_id == account.id)
    if db.execute(delete(HomePasskey).where(*mine)).rowcount != 1:
        return False
    _changed(db, keyring, account, "home.passkey_removed", now)
    return True


def _changed(db: Connection, keyring: KeyRing, account: Account, act: str, now: datetime) -> None:
    enqueue_mail(db, keyring, account.address, "passkey_changed", {}, locale=account.locale, now=now)
    audit.record(db, act, now=now, actor=f"home:{account.id}", thing=f"home:{account.id}")
