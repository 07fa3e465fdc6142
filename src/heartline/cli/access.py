"""``heartline access``: everything about one customer as a ZIP."""

from __future__ import annotations

import getpass
from pathlib import Path

import click
import msgspec

from heartline.cli.reach import Distant, reach
from heartline.config import read_settings
from heartline.log import configure_logging
from heartline.web import AccessOrder, hand_over


@click.command("access")
@click.argument("ref", metavar="CUSTOMER")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The ZIP to write.")
@click.option("--by", default=getpass.getuser, show_default="you", help="Who takes it; the audit notes it.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]")
def verb(*, ref: str, out: Path, by: str, data_dir: Path | None) -> None:
    """Write everything about one customer, as JSON and CSV. CUSTOMER is the id in the address of their page."""
    settings = read_settings(data_dir=data_dir)
    configure_logging("warning", as_json=settings.log_json)
    order = AccessOrder(ref=ref, path=str(out.resolve()), by=by)
    with reach(settings) as reached:
        if isinstance(reached, Distant):
            rows = reached.work("/local/access", msgspec.to_builtins(order), lambda *_: None)["rows"]
        else:
            rows = hand_over(reached, order)
    click.echo(f"{out}: " + ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in rows.items()))
