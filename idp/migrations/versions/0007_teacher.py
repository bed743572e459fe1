"""Groups lent to a substitute; which places were refused; when a mailed link's page was first looked at"""

import sqlalchemy as sa
from alembic import op

import idp.kernel.db

revision = '0007'
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = idp.kernel.db.Utc(timezone=True)


def upgrade() -> None:
    op.create_table('substitution',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('group_id', sa.String(length=40), nullable=False),
    sa.Column('staff_id', sa.String(length=40), nullable=False),
    sa.Column('given_by', sa.String(length=40), nullable=True),
    sa.Column('from_at', MOMENT, nullable=False),
    sa.Column('until_at', MOMENT, nullable=False),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['group_id'], ['school_group.id'], name=op.f('fk_substitution_group_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_substitution_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_substitution')),
    )
    op.create_index('ix_substitution_staff_id', 'substitution', ['staff_id'], unique=False)
    op.create_index('ix_substitution_group_id', 'substitution', ['group_id'], unique=False)

    op.create_table('slot_refusal',
    sa.Column('pupil_id', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.CheckConstraint('position IN (1, 2)', name=op.f('ck_slot_refusal_position')),
    sa.ForeignKeyConstraint(['pupil_id'], ['pupil.id'], name=op.f('fk_slot_refusal_pupil_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('pupil_id', 'position', name=op.f('pk_slot_refusal')),
    )

    op.add_column('link', sa.Column('opened_at', MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column('link', 'opened_at')
    op.drop_table('slot_refusal')
    op.drop_table('substitution')
