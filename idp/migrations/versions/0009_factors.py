"""The second factor of staff, half-finished sign-ins, resets of passwords, and schools that are to be deleted"""

import sqlalchemy as sa
from alembic import op

import idp.kernel.db

revision = "0009"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = idp.kernel.db.Utc(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff_factor",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('totp', 'passkey', 'recovery')", name=op.f("ck_staff_factor_kind")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_factor_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_factor")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_staff_factor_credential_id")),
    )
    op.create_index("ix_staff_factor_staff_id", "staff_factor", ["staff_id"], unique=False)

    op.create_table(
        "half_sign_in",
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_half_sign_in_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_half_sign_in")),
    )
    op.create_index(op.f("ix_half_sign_in_staff_id"), "half_sign_in", ["staff_id"], unique=False)

    op.create_table(
        "passkey_challenge",
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("browser", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_passkey_challenge")),
    )

    op.create_table(
        "staff_reset",
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_reset_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_staff_reset")),
    )
    op.create_index(op.f("ix_staff_reset_staff_id"), "staff_reset", ["staff_id"], unique=False)

    op.create_table(
        "staff_visit",
        sa.Column("sid", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("browser", sa.String(length=40), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_visit_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_staff_visit")),
    )
    op.create_index(op.f("ix_staff_visit_staff_id"), "staff_visit", ["staff_id"], unique=False)

    op.create_table(
        "school_deletion",
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_school_deletion_school_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_school_deletion")),
    )


def downgrade() -> None:
    for table in (
        "school_deletion",
        "staff_visit",
        "staff_reset",
        "passkey_challenge",
        "half_sign_in",
        "staff_factor",
    ):
        op.drop_table(table)
