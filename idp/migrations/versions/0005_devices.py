"""Devices, addresses, badges and emergency codes of schools; a group's way of signing in at school"""

import sqlalchemy as sa
from alembic import op

import idp.kernel.db

revision = '0005'
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = idp.kernel.db.Utc(timezone=True)


def upgrade() -> None:
    op.create_table('school_device',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('school_id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(length=32), nullable=False),
    sa.Column('enrolled_by', sa.String(length=40), nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('last_seen_at', MOMENT, nullable=False),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_school_device_school_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_school_device')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_school_device_fingerprint')),
    )
    op.create_index('ix_school_device_school_id', 'school_device', ['school_id'], unique=False)

    op.create_table('school_device_link',
    sa.Column('fingerprint', sa.LargeBinary(length=32), nullable=False),
    sa.Column('school_id', sa.String(length=40), nullable=False),
    sa.Column('made_by', sa.String(length=40), nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.Column('used_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_school_device_link_school_id')),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_school_device_link')),
    )

    op.create_table('school_address',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('school_id', sa.String(length=40), nullable=False),
    sa.Column('network', sa.String(length=50), nullable=False),
    sa.Column('added_by', sa.String(length=40), nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_school_address_school_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_school_address')),
    sa.UniqueConstraint('network', name=op.f('uq_school_address_network')),
    )
    op.create_index('ix_school_address_school_id', 'school_address', ['school_id'], unique=False)

    op.create_table('badge',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('pupil_id', sa.String(length=40), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('revoked_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['pupil_id'], ['pupil.id'], name=op.f('fk_badge_pupil_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_badge')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_badge_fingerprint')),
    )
    op.create_index('ix_badge_pupil_id', 'badge', ['pupil_id'], unique=False)

    op.create_table('emergency_code',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('pupil_id', sa.String(length=40), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(length=32), nullable=False),
    sa.Column('made_by', sa.String(length=40), nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.Column('used_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['pupil_id'], ['pupil.id'], name=op.f('fk_emergency_code_pupil_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_code')),
    )
    op.create_index('ix_emergency_code_pupil_id', 'emergency_code', ['pupil_id'], unique=False)

    # In one statement: SQLite would otherwise copy the table, and may not drop one that pupils hang on.
    op.execute(
        "ALTER TABLE school_group ADD COLUMN school_method VARCHAR(10) DEFAULT 'pin' NOT NULL "
        "CONSTRAINT ck_school_group_school_method CHECK (school_method IN ('pin', 'picture', 'badge', 'none'))"
    )
    # A group that stands here already signs in at school as it did at home.
    op.execute('UPDATE school_group SET school_method = login_method')


def downgrade() -> None:
    op.drop_column('school_group', 'school_method')
    for table in ('emergency_code', 'badge', 'school_address', 'school_device_link', 'school_device'):
        op.drop_table(table)
