"""``heartline user``: who may sign in, from the command line; the way back in for an owner who is locked out."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from heartline.cli.reach import Distant, reach
from heartline.config import Settings, read_settings
from heartline.log import configure_logging
from heartline.records import Role
from heartline.web import UserAnswer, UserOrder, carry_out

_DATA = click.option(
    "--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]"
)


@click.group("user")
def verb() -> None:
    """See, invite, let back in and shut out those who sign in. Beside a running server, or alone."""


@verb.command("list")
@_DATA
def list_users(*, data_dir: Path | None) -> None:
    """List who may sign in."""
    for user in _order(_settings(data_dir), UserOrder(act="list")).users:
        marks = [user.role, "" if user.enabled else "may not sign in", "second factor" if user.guarded else ""]
        click.echo(f"{user.email}  {user.name}  {', '.join(mark for mark in marks if mark)}")


@verb.command("invite")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.VIEWER.value, show_default=True)
@click.option("--name", default="", help="What people call them. [default: the e-mail's beginning]")
@_DATA
def invite(*, email: str, role: str, name: str, data_dir: Path | None) -> None:
    """Add somebody, and print the link on which they choose a password."""
    settings = _settings(data_dir)
    _print_link(settings, _order(settings, UserOrder(act="invite", email=email, role=role, name=name)))


@verb.command("reset")
@click.argument("email")
@click.option("--drop-second-factor", is_flag=True, help="Their phone and recovery codes are lost.")
@_DATA
def reset(*, email: str, drop_second_factor: bool, data_dir: Path | None) -> None:
    """Sign somebody out everywhere, let them in again, and print a link on which they choose a new password."""
    settings = _settings(data_dir)
    order = UserOrder(act="reset", email=email, keep_second=not drop_second_factor)
    _print_link(settings, _order(settings, order))


@verb.command("disable")
@click.argument("email")
@_DATA
def disable(*, email: str, data_dir: Path | None) -> None:
    """Shut somebody out at once; what they did stays."""
    user = _order(_settings(data_dir), UserOrder(act="disable", email=email)).users[0]
    click.echo(f"{user.email} may not sign in any more.")


@verb.command("enable")
@click.argument("email")
@_DATA
def enable(*, email: str, data_dir: Path | None) -> None:
    """Let somebody in again."""
    user = _order(_settings(data_dir), UserOrder(act="enable", email=email)).users[0]
    click.echo(f"{user.email} may sign in.")


def _settings(data_dir: Path | None) -> Settings:
    settings = read_settings(data_dir=data_dir)
    configure_logging("warning", as_json=settings.log_json)
    return settings


def _order(settings: Settings, order: UserOrder) -> UserAnswer:
    with reach(settings) as reached:
        if isinstance(reached, Distant):
            told = reached.ask("POST", "/local/users", msgspec.to_builtins(order))
            return msgspec.convert(told, UserAnswer)
        return carry_out(reached, order)


def _print_link(settings: Settings, answer: UserAnswer) -> None:
    address = settings.base_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    click.echo(f"{answer.users[0].email}: {address}{answer.link}\nIt works once, within three days.")
