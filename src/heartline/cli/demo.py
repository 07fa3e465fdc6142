"""``heartline demo``: Harbour & Bean, a made-up coffee company with planted truths, served at once."""

from __future__ import annotations

import time
from pathlib import Path

import click

from heartline.app import Heartline, open_heartline
from heartline.cli.serve import address_of, listen, run
from heartline.config import read_settings
from heartline.log import configure_logging
from heartline.web import fill_with_sample, furnish_sample, issue_entry_link


@click.command("demo")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=Path("demo-data"), show_default=True)
@click.option("--host", help="The address to listen on. [default: 127.0.0.1]")
@click.option("--port", type=int, help="The port to listen on, 0 for any free one. [default: 8118]")
@click.option("--customers", type=click.IntRange(min=500), default=5_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def verb(data_dir: Path, host: str | None, port: int | None, customers: int, seed: int) -> None:
    """Make a sample company, serve it and print one address that opens it."""
    settings = read_settings(data_dir=data_dir, host=host, port=port)
    configure_logging("warning")
    with open_heartline(settings) as heartline:
        if heartline.stores.journal.head() == 0:
            _fill(heartline, customers=customers, seed=seed)
        else:
            click.echo(f"Using the sample in {data_dir}; delete that folder for one that ends today.")
        listening = listen(settings)
        click.echo(f"heartline is ready: {address_of(settings, listening)}{issue_entry_link(heartline)}")
        run(heartline, listening)


def _fill(heartline: Heartline, *, customers: int, seed: int) -> None:
    began = time.monotonic()
    with click.progressbar(length=100, label="Brewing Harbour & Bean", show_eta=False) as bar:
        done = 0

        def progress(share: float) -> None:
            nonlocal done
            bar.update(round(share * 100) - done)
            done = round(share * 100)

        total = fill_with_sample(heartline, customers=customers, seed=seed, progress=progress)
        furnish_sample(heartline, seed=seed)
    click.echo(f"{total:,} events of {heartline.stores.derived.customer_count():,} customers", nl=False)
    click.echo(f" in {time.monotonic() - began:.0f} s.")
