"""``heartline read``: reads now what customers wrote, as a server does by itself some seconds behind."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from heartline.cli.progress import showing_progress
from heartline.cli.reach import Distant, reach
from heartline.config import read_settings
from heartline.log import configure_logging
from heartline.web import ReadReport, read_comments


@click.command("read")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]")
@click.option("--most", type=click.IntRange(min=1), help="Read only so many, and teach nothing.")
def verb(*, data_dir: Path | None, most: int | None) -> None:
    """Read every text that is not read yet, and teach the reader where there is something to learn."""
    settings = read_settings(data_dir=data_dir)
    configure_logging("warning", as_json=settings.log_json)
    with reach(settings) as reached, showing_progress({"reading": "Reading"}) as tell:
        if isinstance(reached, Distant):
            answer = reached.work("/local/read", {"most": most or 0}, tell)["report"]
            report = msgspec.convert(answer, ReadReport)
        else:
            report = read_comments(reached, tell=tell, most=most)
    click.echo(f"{report.read:,} texts read now, {report.read_in_all:,} of {report.texts:,} in all.")
    if report.labels:
        click.echo(f"The reader was taught by {report.labels:,} of them; macro-F1 {report.f1:.2f}.")
