"""Alembic's entry: the caller (`idp.cli.db`, the tests) hands the connection over in the configuration."""

from alembic import context

from idp.migrations import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    render_as_batch=True,  # SQLite cannot alter a table in place
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
