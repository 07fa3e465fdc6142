"""``heartline restore``: makes a data directory from a backup, and repeats the erasures that came after it."""

from __future__ import annotations

from pathlib import Path

import click

from heartline.cli.progress import showing_progress
from heartline.config import read_settings
from heartline.log import configure_logging
from heartline.web import restore

_LABELS = {"verifying": "Verifying", "rebuilding": "Rebuilding"}


@click.command("restore")
@click.argument("backup", type=click.Path(path_type=Path))
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="The folder to make. [default: data]")
@click.option("--erasures", type=click.Path(path_type=Path), help="The list of erasures to repeat.")
@click.option("--set-aside", is_flag=True, help="Keep what lies in that folder under another name.")
def verb(backup: Path, *, data_dir: Path | None, erasures: Path | None, set_aside: bool) -> None:
    """Restore BACKUP into a folder that is empty or not there yet. Stop the server of that folder first."""
    settings = read_settings(data_dir=data_dir)
    configure_logging("warning", as_json=settings.log_json)
    with showing_progress(_LABELS) as tell:
        report = restore(backup, settings, tell=tell, erasures=erasures, set_aside=set_aside)
    click.echo(f"{report.path} holds {report.events:,} events and {report.rows:,} rows of what people made.")
    click.echo(f"{report.erasures:,} erasures were repeated. Everybody signs in anew.")
    if report.set_aside:
        click.echo(f"What lay there is in {report.set_aside}: delete it when you need it no more.")
