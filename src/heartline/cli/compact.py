"""``heartline compact``: compresses the journal now, as a server does by itself when it is idle."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from heartline.cli.progress import showing_progress
from heartline.cli.reach import Distant, reach
from heartline.config import read_settings
from heartline.log import configure_logging
from heartline.web import CompactReport, compact


@click.command("compact")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]")
def verb(*, data_dir: Path | None) -> None:
    """Compress what the journal holds. It reads the same; without a server the file gets smaller at once."""
    settings = read_settings(data_dir=data_dir)
    configure_logging("warning", as_json=settings.log_json)
    with reach(settings) as reached, showing_progress({"compressing": "Compressing"}) as tell:
        if isinstance(reached, Distant):
            report = msgspec.convert(reached.work("/local/compact", {}, tell)["report"], CompactReport)
        else:
            report = compact(reached, tell=tell)
    if not report.bodies:
        click.echo("There was nothing to compress.")
        return
    ratio = report.had_bytes / max(1, report.has_bytes)
    click.echo(f"{report.bodies:,} bodies: {report.had_bytes:,} bytes became {report.has_bytes:,}, 1/{ratio:.1f}.")
    if not report.shrunk:
        click.echo("The room is used again by what comes next; the file gets smaller only without a server.")
