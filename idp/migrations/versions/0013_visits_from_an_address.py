"""Which sign-ins began within which registered address of a school"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.String(length=40)


def upgrade() -> None:
    with op.batch_alter_table("school_visit") as visit:
        visit.alter_column("device_id", existing_type=_ID, nullable=True)
        visit.add_column(sa.Column("address_id", _ID, nullable=True))
        visit.create_foreign_key(
            op.f("fk_school_visit_address_id"), "school_address", ["address_id"], ["id"], ondelete="CASCADE"
        )
        visit.create_check_constraint(op.f("ck_school_visit_place"), "(device_id IS NULL) <> (address_id IS NULL)")
    op.create_index("ix_school_visit_address_id", "school_visit", ["address_id"], unique=False)


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM school_visit WHERE device_id IS NULL"))
    op.drop_index("ix_school_visit_address_id", "school_visit")
    with op.batch_alter_table("school_visit") as visit:
        visit.drop_constraint(op.f("ck_school_visit_place"), type_="check")
        visit.drop_constraint(op.f("fk_school_visit_address_id"), type_="foreignkey")
        visit.drop_column("address_id")
        visit.alter_column("device_id", existing_type=_ID, nullable=False)
