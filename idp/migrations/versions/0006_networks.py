"""Network environments upstream of ours: their settings, attempts to sign in there, and what came out of them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import idp.kernel.db

revision = '0006'
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = idp.kernel.db.Utc(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql')


def upgrade() -> None:
    op.add_column('school', sa.Column('direct_too', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table('network_environment',
    sa.Column('slug', sa.String(length=40), nullable=False),
    sa.Column('settings', JSON, nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('updated_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('slug', name=op.f('pk_network_environment')),
    )
    op.create_table('upstream_attempt',
    sa.Column('fingerprint', sa.LargeBinary(length=32), nullable=False),
    sa.Column('browser', sa.LargeBinary(length=32), nullable=False),
    sa.Column('slug', sa.String(length=40), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.Column('used_at', MOMENT, nullable=True),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_upstream_attempt')),
    )
    op.create_index(op.f('ix_upstream_attempt_expires_at'), 'upstream_attempt', ['expires_at'], unique=False)
    op.create_table('upstream_session',
    sa.Column('sid', sa.String(length=40), nullable=False),
    sa.Column('slug', sa.String(length=40), nullable=False),
    sa.Column('sub', sa.String(length=255), nullable=False),
    sa.Column('upstream_sid', sa.String(length=255), nullable=True),
    sa.Column('id_token', sa.LargeBinary(), nullable=False),
    sa.Column('started_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('sid', name=op.f('pk_upstream_session')),
    )
    op.create_index('ix_upstream_session_upstream_sid', 'upstream_session', ['slug', 'upstream_sid'], unique=False)
    op.create_index('ix_upstream_session_sub', 'upstream_session', ['slug', 'sub'], unique=False)
    op.create_index(op.f('ix_upstream_session_started_at'), 'upstream_session', ['started_at'], unique=False)
    op.create_table('upstream_logout',
    sa.Column('fingerprint', sa.LargeBinary(length=32), nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_upstream_logout')),
    )
    op.create_index(op.f('ix_upstream_logout_expires_at'), 'upstream_logout', ['expires_at'], unique=False)


def downgrade() -> None:
    for table in ('upstream_logout', 'upstream_session', 'upstream_attempt', 'network_environment'):
        op.drop_table(table)
    with op.batch_alter_table('school') as batch_op:
        batch_op.drop_column('direct_too')
