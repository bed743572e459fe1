"""Of several who change whom a school has, or what, the second sees what the first did."""

from sqlalchemy import Connection, select

from idp.school.models import School


def hold(db: Connection, *school_ids: str) -> None:
    """Wait for whoever changes these schools, and keep them until this transaction ends; always in the same order.

    Rows that only lead to a school may still come.
    """
    mine = select(School.id).where(School.id.in_(school_ids)).order_by(School.id)
    db.execute(mine.with_for_update(key_share=True)).all()
