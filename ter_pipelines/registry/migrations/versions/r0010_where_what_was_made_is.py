"""Where what was made is, kept with the answer that said so.

Revision ID: r0010
Revises: r0009
"""

import sqlalchemy as sa
from alembic import op

revision = "r0010"
down_revision = "r0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.add_column("kept_answer", sa.Column("content_location", sa.String(256)))
