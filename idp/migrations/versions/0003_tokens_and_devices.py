"""Tokens bound to a key, and devices that are confirmed elsewhere"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import idp.kernel.db

revision = '0003_tokens_and_devices'
down_revision = '0002_requests_and_clients'
branch_labels = None
depends_on = None


# Every new column may be empty, so that the release before this one goes on writing to the same tables.
def new_columns() -> dict[str, list[sa.Column[Any]]]:
    return {
        'oauth_grant': [sa.Column('dpop_jkt', sa.String(length=43), nullable=True)],
        'access_token': [
            sa.Column('jkt', sa.String(length=43), nullable=True),
            sa.Column('x5t', sa.String(length=43), nullable=True),
        ],
    }


def upgrade() -> None:
    for table, columns in new_columns().items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        'dpop_proof',
        sa.Column('fingerprint', sa.LargeBinary(length=32), nullable=False),
        sa.Column('expires_at', idp.kernel.db.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_dpop_proof')),
        sqlite_with_rowid=False,
    )
    op.create_table(
        'device_request',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('device_code', sa.LargeBinary(length=32), nullable=False),
        sa.Column('user_code', sa.LargeBinary(length=32), nullable=False),
        sa.Column('client_id', sa.String(length=200), nullable=False),
        sa.Column('scope', sa.Text(), nullable=False),
        sa.Column('resources', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
        sa.Column('created_at', idp.kernel.db.Utc(timezone=True), nullable=False),
        sa.Column('expires_at', idp.kernel.db.Utc(timezone=True), nullable=False),
        sa.Column('interval_s', sa.Integer(), nullable=False),
        sa.Column('poll_after_ms', sa.BigInteger(), nullable=False),
        sa.Column('too_soon', sa.Boolean(), nullable=False),
        sa.Column('grant_id', sa.String(length=40), nullable=True),
        sa.Column('denied_at', idp.kernel.db.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['grant_id'], ['oauth_grant.id'], name=op.f('fk_device_request_grant_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_device_request')),
        sa.UniqueConstraint('device_code', name=op.f('uq_device_request_device_code')),
        sa.UniqueConstraint('user_code', name=op.f('uq_device_request_user_code')),
    )
    op.create_index(op.f('ix_device_request_expires_at'), 'device_request', ['expires_at'])


def downgrade() -> None:
    for table in ('device_request', 'dpop_proof'):
        op.drop_table(table)
    for table, columns in new_columns().items():
        for column in columns:
            op.drop_column(table, column.name)
