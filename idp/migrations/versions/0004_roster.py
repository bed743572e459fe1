"""What a school administration calls its schools, groups and staff.

Columns and unique indexes only: SQLite adds those in place, and no table that others point at is made anew.
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003_tokens_and_devices'
branch_labels = None
depends_on = None

_KEYED = (
    ('school', 'key', 40, ('key',)),
    ('school_group', 'roster_key', 100, ('school_id', 'roster_key')),
    ('staff', 'roster_key', 100, ('school_id', 'roster_key')),
)


def upgrade() -> None:
    for table, column, length, unique in _KEYED:
        op.add_column(table, sa.Column(column, sa.String(length=length), nullable=True))
        op.create_index(f'ix_{table}_{"_".join(unique)}', table, list(unique), unique=True)


def downgrade() -> None:
    for table, column, _length, unique in reversed(_KEYED):
        op.drop_index(f'ix_{table}_{"_".join(unique)}', table)
        op.drop_column(table, column)
