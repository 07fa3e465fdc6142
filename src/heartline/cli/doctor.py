"""``heartline doctor``: is it well, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from heartline.cli.progress import showing_progress
from heartline.cli.reach import Distant, reach
from heartline.config import Settings, read_settings
from heartline.errors import HeartlineError, Missing
from heartline.log import configure_logging
from heartline.web import Finding, Level, Tell, Wellbeing, examine

_EXIT = {Level.SOUND: 0, Level.WARNING: 1, Level.BROKEN: 2}
_MARKS = {Level.SOUND: "ok", Level.WARNING: "look", Level.BROKEN: "BROKEN"}
_LABELS = {"examining": "Examining", "journal": "Reading the journal"}


@click.command("doctor")
@click.option("--quick", is_flag=True, help="Do not read whole files.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]")
def verb(*, quick: bool, as_json: bool, data_dir: Path | None) -> None:
    """Say whether all is well, and what to do where it is not. Exits with 0 when sound, 1 on warnings, 2 if broken."""
    settings = read_settings(data_dir=data_dir)
    configure_logging("critical" if as_json else "error", as_json=settings.log_json)
    if not settings.data_dir.is_dir():
        raise Missing(
            "no_directory", f"There is no folder {settings.data_dir}.", "Name the data directory with --data."
        )
    found = _examine(settings, deep=not quick, shown=not as_json)
    click.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(describe(found)))
    raise SystemExit(_EXIT[found.level])


def _examine(settings: Settings, *, deep: bool, shown: bool) -> Wellbeing:
    with showing_progress(_LABELS) as bar:
        tell = bar if shown else _tell_nobody
        try:
            with reach(settings) as reached:
                if isinstance(reached, Distant):
                    said = reached.work("/local/doctor", {"deep": deep}, tell)["wellbeing"]
                    return msgspec.convert(said, Wellbeing)
                return examine(reached, tell=tell, deep=deep)
        except HeartlineError as error:
            return _examine_closed(settings, f"{error}", tell, deep=deep)
        except Exception as error:  # noqa: BLE001  # whatever a damaged file makes an engine raise is what we came for
            return _examine_closed(settings, f"It cannot be opened: {error}".splitlines()[0], tell, deep=deep)


def _examine_closed(settings: Settings, trouble: str, tell: Tell, *, deep: bool) -> Wellbeing:
    return examine(None, folder=settings.data_dir, trouble=trouble, tell=tell, deep=deep)


def _tell_nobody(stage: str, done: int, total: int) -> None:
    del stage, done, total


def describe(found: Wellbeing) -> Iterator[str]:
    """Say it in lines for a terminal, the worst first."""
    for level in (Level.BROKEN, Level.WARNING, Level.SOUND):
        for finding in found.findings:
            if finding.level is level:
                yield from _describe_finding(finding)
    yield ""
    for source in found.sources:
        yield f"  {source.name}: {source.stored:,} stored, {source.duplicate:,} twice, {source.refused:,} refused"
    if found.at_door:
        yield "  Refused whole at the door: " + ", ".join(f"{n:,} {reason}" for reason, n in found.at_door.items())
    if found.seqs:
        yield "  At seq: " + ", ".join(f"{store} {seq:,}" for store, seq in found.seqs.items())
    if found.files:
        yield "  Files: " + ", ".join(f"{file.name} {file.size_bytes:,}" for file in found.files)
    if found.steps:
        yield "  CPU seconds by step: " + ", ".join(f"{name} {spent:.2f}" for name, spent in found.steps.items())
    yield "  " + ", ".join(f"{name} {version}" for name, version in found.versions.items())


def _describe_finding(finding: Finding) -> Iterator[str]:
    yield f"{_MARKS[finding.level]:<7} {finding.check}: {finding.says}"
    if finding.do:
        yield f"        {finding.do}"
