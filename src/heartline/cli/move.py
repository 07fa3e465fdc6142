"""``heartline move``: takes State to a PostgreSQL server, or back into the data directory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from heartline.app import fail_point
from heartline.config import read_settings
from heartline.errors import Conflict
from heartline.log import configure_logging
from heartline.store import move_state, open_directory

_EMBEDDED: Final = "embedded"


@click.command("move")
@click.option("--to", "to", required=True, help="postgresql://user:password@host/database, or embedded.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]")
def verb(to: str, data_dir: Path | None) -> None:
    """Move State to PostgreSQL or back. Stop the server first; journal and History stay in the data directory."""
    settings = read_settings(data_dir=data_dir)
    configure_logging("warning", as_json=settings.log_json)
    if not settings.data_dir.is_dir():
        raise Conflict("no_installation", f"There is nothing in {settings.data_dir} to move.", "Give it with --data.")
    try:
        directory = open_directory(settings.data_dir)
    except Conflict as error:
        raise Conflict(
            "server_running",
            f"A running heartline holds {settings.data_dir}, and State moves only while nobody writes.",
            "Stop the server, move, then start it again.",
        ) from error
    try:
        moved = move_state(
            directory,
            to="" if to == _EMBEDDED else to,
            state_url=settings.state_url,
            tell=lambda table, rows: click.echo(f"  {table}: {rows:,} rows"),
            reach=fail_point(settings.fail_point),
        )
    finally:
        directory.release()
    if not moved.rows:
        click.echo(f"State lives in {moved.place}; what an earlier move left behind is removed.")
        return
    click.echo(f"State lives in {moved.place}: {sum(moved.rows.values()):,} rows, each read back and found equal.")
    if moved.place.url:
        click.echo("The password is not kept: give it by HEARTLINE_STATE_URL, PGPASSWORD or a .pgpass file.")
    elif settings.state_url:
        click.echo("Unset HEARTLINE_STATE_URL before the next start.")
