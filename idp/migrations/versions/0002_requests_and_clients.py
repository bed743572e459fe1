"""Pushed and signed requests, clients that register themselves and prove who they are with keys"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import idp.kernel.db

revision = '0002_requests_and_clients'
down_revision = '0001'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql')


# Every new column may be empty, so that the release before this one goes on writing to the same tables.
def new_columns() -> dict[str, list[sa.Column[Any]]]:
    return {
        'client': [
            sa.Column('old_secret_fingerprint', sa.LargeBinary(length=32), nullable=True),
            sa.Column('old_secret_until', idp.kernel.db.Utc(timezone=True), nullable=True),
            sa.Column('registration_token', sa.LargeBinary(length=32), nullable=True),
        ],
        'pending_request': [
            sa.Column('pushed', sa.LargeBinary(length=32), nullable=True),
            sa.Column('signed', sa.Boolean(), nullable=True),
        ],
        'oauth_grant': [sa.Column('resources', JSON, nullable=True)],
        'access_token': [sa.Column('resources', JSON, nullable=True)],
    }


def upgrade() -> None:
    for table, columns in new_columns().items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        'pushed_request',
        sa.Column('fingerprint', sa.LargeBinary(length=32), nullable=False),
        sa.Column('client_id', sa.String(length=200), nullable=False),
        sa.Column('parameters', JSON, nullable=False),
        sa.Column('signed', sa.Boolean(), nullable=False),
        sa.Column('created_at', idp.kernel.db.Utc(timezone=True), nullable=False),
        sa.Column('expires_at', idp.kernel.db.Utc(timezone=True), nullable=False),
        sa.Column('used_at', idp.kernel.db.Utc(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_pushed_request')),
    )
    op.create_index(op.f('ix_pushed_request_expires_at'), 'pushed_request', ['expires_at'])
    op.create_table(
        'client_assertion',
        sa.Column('fingerprint', sa.LargeBinary(length=32), nullable=False),
        sa.Column('expires_at', idp.kernel.db.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_client_assertion')),
    )
    op.create_index(op.f('ix_client_assertion_expires_at'), 'client_assertion', ['expires_at'])
    op.create_table(
        'initial_access_token',
        sa.Column('fingerprint', sa.LargeBinary(length=32), nullable=False),
        sa.Column('terms', JSON, nullable=False),
        sa.Column('created_at', idp.kernel.db.Utc(timezone=True), nullable=False),
        sa.Column('expires_at', idp.kernel.db.Utc(timezone=True), nullable=True),
        sa.Column('used', sa.Integer(), nullable=False),
        sa.Column('revoked_at', idp.kernel.db.Utc(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_initial_access_token')),
    )
    op.create_table(
        'protected_resource',
        sa.Column('uri', sa.String(length=500), nullable=False),
        sa.Column('client_id', sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ['client_id'], ['client.id'], name=op.f('fk_protected_resource_client_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('uri', name=op.f('pk_protected_resource')),
    )
    op.create_index(op.f('ix_protected_resource_client_id'), 'protected_resource', ['client_id'])


def downgrade() -> None:
    for table in ('protected_resource', 'initial_access_token', 'client_assertion', 'pushed_request'):
        op.drop_table(table)
    for table, columns in new_columns().items():
        for column in columns:
            op.drop_column(table, column.name)
