"""``heartline backup``: everything that cannot be made again, as of one moment, beside a running server or alone."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from heartline.cli.progress import showing_progress
from heartline.cli.reach import Distant, reach
from heartline.config import read_settings
from heartline.log import configure_logging
from heartline.web import BackupReport, back_up, check_backup

_LABELS = {"copying": "Copying the journal", "verifying": "Verifying"}


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--whole", is_flag=True, help="Take what is derived along: larger, and quicker to restore.")
@click.option("--verify", "verify_only", is_flag=True, help="Read the backup TARGET again instead of making one.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]")
def verb(target: Path, *, whole: bool, verify_only: bool, data_dir: Path | None) -> None:
    """Make a backup at TARGET: a new folder, a new file ending in .tar.zst, or a name of its own in a folder."""
    settings = read_settings(data_dir=data_dir)
    configure_logging("warning", as_json=settings.log_json)
    with showing_progress(_LABELS) as tell:
        if verify_only:
            report = check_backup(target, tell=tell)
        else:
            with reach(settings) as reached:
                if isinstance(reached, Distant):
                    order = {"path": str(target.absolute()), "whole": whole}
                    report = msgspec.convert(reached.work("/local/backup", order, tell)["report"], BackupReport)
                else:
                    report = back_up(reached, target, tell=tell, whole=whole)
    did = "is as it was written" if verify_only else "was made"
    click.echo(f"{report.path} {did}: {report.events:,} events and {report.rows:,} rows of what people made", nl=False)
    click.echo(f" in {report.size_bytes:,} bytes{', with what is derived' if report.whole else ''}.")
