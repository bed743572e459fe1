"""Passkeys of home accounts, addresses that are to change, and where a household is signed in"""

import sqlalchemy as sa
from alembic import op

import idp.kernel.db

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = idp.kernel.db.Utc(timezone=True)


def upgrade() -> None:
    op.create_table(
        "address_change",
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("home_account_id", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["home_account_id"],
            ["home_account.id"],
            name=op.f("fk_address_change_home_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_address_change")),
        sa.UniqueConstraint("home_account_id", name=op.f("uq_address_change_home_account_id")),
    )
    op.create_table(
        "home_passkey",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("home_account_id", sa.String(length=40), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["home_account_id"], ["home_account.id"], name=op.f("fk_home_passkey_home_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_home_passkey_credential_id")),
    )
    op.create_index("ix_home_passkey_home_account_id", "home_passkey", ["home_account_id"], unique=False)
    op.add_column("household", sa.Column("way", sa.String(length=20), nullable=True))
    op.add_column("household", sa.Column("browser", sa.String(length=40), nullable=True))
    op.add_column("household", sa.Column("network", sa.String(length=40), nullable=True))
    _challenges("owner_id")


def _challenges(owner: str) -> None:
    """Made anew: a challenge lives for minutes, and SQLite renames no column."""
    op.drop_table("passkey_challenge")
    op.create_table(
        "passkey_challenge",
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("browser", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column(owner, sa.String(length=40), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_passkey_challenge")),
    )


def downgrade() -> None:
    _challenges("staff_id")
    op.drop_column("household", "network")
    op.drop_column("household", "browser")
    op.drop_column("household", "way")
    op.drop_table("home_passkey")
    op.drop_table("address_change")
