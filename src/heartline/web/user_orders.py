"""What the command line does about users: beside a running server or alone, so that nobody is locked out for good."""

from __future__ import annotations

import msgspec

from heartline.app import Heartline
from heartline.errors import Conflict, Invalid, Missing
from heartline.language import _
from heartline.records import Role, User
from heartline.web.links import drop_links, issue_password_link
from heartline.web.passwords import UNUSABLE
from heartline.web.workspaces import read_person


class UserOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked for: ``list``, ``invite``, ``reset``, ``disable`` or ``enable``. ``keep_second`` is for a reset."""

    act: str
    email: str = ""
    name: str = ""
    role: str = Role.VIEWER.value
    keep_second: bool = True


class UserLine(msgspec.Struct):
    """One user as the command line tells of them."""

    email: str
    name: str
    role: str
    enabled: bool
    guarded: bool


class UserAnswer(msgspec.Struct):
    """What came of an order: the users asked for, or one with a link of theirs ("" where none is given)."""

    users: list[UserLine]
    link: str = ""


def carry_out(heartline: Heartline, order: UserOrder) -> UserAnswer:
    """Do what is asked.

    Raises:
        Missing: nobody has this e-mail.
        Invalid: there is no such act or role, or this is no e-mail.
        Conflict: they are here already, or are the last owner.
    """
    match order.act:
        case "list":
            return UserAnswer(users=[_tell(heartline, user) for user in heartline.stores.kept.users()])
        case "invite":
            return _invite(heartline, order)
        case "reset":
            return _reset(heartline, _find(heartline, order.email), keep_second=order.keep_second)
        case "disable":
            return _switch(heartline, _find(heartline, order.email), enabled=False)
        case "enable":
            return _switch(heartline, _find(heartline, order.email), enabled=True)
        case _:
            raise Invalid("bad_order", _("Users cannot be asked for that."), _("Use a command line of this version."))


def _invite(heartline: Heartline, order: UserOrder) -> UserAnswer:
    if order.role not in set(Role):
        raise Invalid("bad_role", _("There is no such role."), _("Use one of {role}.").format(role=", ".join(Role)))
    name, email = read_person(order.name or order.email.partition("@")[0], order.email)
    kept, role = heartline.stores.kept, Role(order.role)
    user = kept.add_user(email=email, name=name, role=role, language="", password_hash=UNUSABLE)
    return _answer(heartline, user, "user.invited", link=issue_password_link(heartline, user))


def _reset(heartline: Heartline, user: User, *, keep_second: bool) -> UserAnswer:
    kept = heartline.stores.kept
    kept.set_user(user.user_id, enabled=True)
    kept.end_sessions(user.user_id)
    if not keep_second:
        kept.drop_second_factor(user.user_id)
    return _answer(heartline, user, "user.link_given", link=issue_password_link(heartline, user))


def _switch(heartline: Heartline, user: User, *, enabled: bool) -> UserAnswer:
    kept = heartline.stores.kept
    owners = [one for one in kept.users() if one.role is Role.OWNER and one.enabled and one != user]
    if not enabled and user.role is Role.OWNER and not owners:
        raise Conflict("last_owner", _("This is the last owner."), _("Make somebody else an owner first."))
    kept.set_user(user.user_id, enabled=enabled)
    if not enabled:
        drop_links(heartline, user)
    return _answer(heartline, user, "user.changed")


def _answer(heartline: Heartline, user: User, what: str, *, link: str = "") -> UserAnswer:
    heartline.stores.kept.note_audit(who="the command line", what=what, detail=user.email)
    return UserAnswer(users=[_tell(heartline, _find(heartline, user.email))], link=link)


def _find(heartline: Heartline, email: str) -> User:
    wanted = email.strip().lower()
    for user in heartline.stores.kept.users():
        if user.email == wanted:
            return user
    raise Missing(
        "no_user", _("Nobody here has {email}.").format(email=email), _("See who is here with `heartline user list`.")
    )


def _tell(heartline: Heartline, user: User) -> UserLine:
    guarded = heartline.stores.kept.standing(user.user_id).guarded
    return UserLine(email=user.email, name=user.name, role=user.role.value, enabled=user.enabled, guarded=guarded)
