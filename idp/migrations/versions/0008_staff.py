"""IB/RT as a role; invitations of staff; plans of rosters that somebody looks at; publishers that a school closed."""

import sqlalchemy as sa
from alembic import op

import idp.kernel.db

revision = '0008'
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = idp.kernel.db.Utc(timezone=True)

_BEFORE = "role IN ('teacher', 'ict', 'operator')"
_AFTER = "role IN ('teacher', 'support', 'ict', 'operator')"


def _change_roles(before: str, after: str) -> None:
    """The check on staff.role. SQLite would make the table anew, which others point at; its text is enough.

    See "Making Other Kinds Of Table Schema Changes", https://www.sqlite.org/lang_altertable.html: no check changes how
    rows lie in the file.
    """
    if op.get_bind().dialect.name != 'sqlite':
        op.drop_constraint(op.f('ck_staff_role'), 'staff', type_='check')
        op.create_check_constraint(op.f('ck_staff_role'), 'staff', after)
        return
    db = op.get_bind()
    version = db.exec_driver_sql('PRAGMA schema_version').scalar_one()
    db.exec_driver_sql('PRAGMA writable_schema=ON')
    changed = db.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'staff' AND instr(sql, ?)",
        (before, after, before),
    )
    if changed.rowcount != 1:
        raise RuntimeError('the table staff has not the check that it should have')
    db.exec_driver_sql(f'PRAGMA schema_version={version + 1}')
    db.exec_driver_sql('PRAGMA writable_schema=OFF')


def upgrade() -> None:
    op.create_table('staff_invitation',
    sa.Column('fingerprint', sa.LargeBinary(length=32), nullable=False),
    sa.Column('staff_id', sa.String(length=40), nullable=False),
    sa.Column('address_key', sa.String(length=320), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.Column('used_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_invitation_staff_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_staff_invitation')),
    )
    op.create_index('ix_staff_invitation_staff_id', 'staff_invitation', ['staff_id'], unique=False)
    op.create_table('roster_draft',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('school_id', sa.String(length=40), nullable=False),
    sa.Column('made_by', sa.String(length=40), nullable=False),
    sa.Column('plan', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_roster_draft_school_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_draft')),
    )
    op.create_index('ix_roster_draft_school_id', 'roster_draft', ['school_id'], unique=False)
    op.add_column('contract', sa.Column('closed_at', MOMENT, nullable=True))
    _change_roles(_BEFORE, _AFTER)


def downgrade() -> None:
    op.execute(sa.text("UPDATE staff SET role = 'teacher' WHERE role = 'support'"))
    _change_roles(_AFTER, _BEFORE)
    op.drop_column('contract', 'closed_at')
    op.drop_table('roster_draft')
    op.drop_table('staff_invitation')
