"""Which sign-ins began on which device of a school"""

import sqlalchemy as sa
from alembic import op

import idp.kernel.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "school_visit",
        sa.Column("sid", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("pupil_id", sa.String(length=40), nullable=False),
        sa.Column("started_at", idp.kernel.db.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["school_device.id"], name=op.f("fk_school_visit_device_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name=op.f("fk_school_visit_pupil_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_school_visit")),
    )
    op.create_index("ix_school_visit_device_id", "school_visit", ["device_id"], unique=False)
    op.create_index("ix_school_visit_pupil_id", "school_visit", ["pupil_id"], unique=False)


def downgrade() -> None:
    op.drop_table("school_visit")
