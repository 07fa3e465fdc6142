"""Surveys in SQL."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Row, delete, func, insert, or_, select, update

from heartline.errors import Missing
from heartline.language import _
from heartline.records import (
    Invitation,
    Letter,
    Response,
    Survey,
    SurveyStatus,
    SurveyText,
    hash_token,
    make_token,
)
from heartline.store.engine import Database
from heartline.store.sql_letters import insert_letter
from heartline.store.tables_surveys import invitations, responses, surveys

_s: Final = surveys.c
_i: Final = invitations.c
_r: Final = responses.c
_read_text: Final = msgspec.json.Decoder(SurveyText).decode


class SqlSurveys:
    """See ``KeptSurveys``. Mixed into ``SqlKept``."""

    _database: Database

    def handle_of_address(self, address: str) -> str:
        """See ``KeptLetters``."""
        raise NotImplementedError

    def surveys(self) -> list[Survey]:
        """See ``KeptSurveys``."""
        with self._database.read() as db:
            return [_survey(row) for row in db.execute(select(surveys).order_by(_s.id.desc()))]

    def survey(self, survey_id: int) -> Survey:
        """See ``KeptSurveys``."""
        with self._database.read() as db:
            row = db.execute(select(surveys).where(_s.id == survey_id)).one_or_none()
        if row is None:
            raise Missing("no_survey", _("There is no such survey."), _("See Listen, Surveys."))
        return _survey(row)

    def add_survey(self, text: SurveyText, *, by: str) -> Survey:
        """See ``KeptSurveys``."""
        now_us, secret = time.time_ns() // 1_000, self._database.secret()
        values = {
            "status": SurveyStatus.DRAFT.value,
            "definition": msgspec.json.encode(text).decode(),
            "made_by": by,
            "created_us": now_us,
            "changed_us": now_us,
            "published_us": 0,
            "closed_us": 0,
        }
        with self._database.write() as db:
            held = f"{now_us} {by}"
            number = db.execute(insert(surveys).values(link_hash=held, **values).returning(_s.id)).scalar_one()
            link_hash = hash_token(make_token(secret, "survey link", f"{number}"))
            db.execute(update(surveys).where(_s.id == number).values(link_hash=link_hash))
        return self.survey(number)

    def set_survey(self, survey_id: int, *, text: SurveyText | None = None, status: SurveyStatus | None = None) -> None:
        """See ``KeptSurveys``."""
        now_us = time.time_ns() // 1_000
        values: dict[str, object] = {"changed_us": now_us}
        if text is not None:
            values["definition"] = msgspec.json.encode(text).decode()
        if status is not None:
            values["status"] = status.value
            ends = {SurveyStatus.PUBLISHED: "published_us", SurveyStatus.CLOSED: "closed_us"}
            values |= {ends[status]: now_us} if status in ends else {}
        with self._database.write() as db:
            db.execute(update(surveys).where(_s.id == survey_id).values(**values))

    def drop_survey(self, survey_id: int) -> None:
        """See ``KeptSurveys``."""
        with self._database.write() as db:
            db.execute(delete(responses).where(_r.survey_id == survey_id))
            db.execute(delete(invitations).where(_i.survey_id == survey_id))
            db.execute(delete(surveys).where(_s.id == survey_id))

    def survey_by_link(self, token_hash: str) -> Survey | None:
        """See ``KeptSurveys``."""
        with self._database.read() as db:
            row = db.execute(select(surveys).where(_s.link_hash == token_hash)).one_or_none()
        return None if row is None else _survey(row)

    def survey_link(self, survey_id: int) -> str:
        """See ``KeptSurveys``."""
        return make_token(self._database.secret(), "survey link", f"{survey_id}")

    def invite(self, invitation: Invitation, letter: Letter) -> bool:
        """See ``KeptSurveys``."""
        handle, secret = self.handle_of_address(letter.to), self._database.secret()
        token_hash = hash_token(make_token(secret, letter.kind.value, letter.key))
        values = {
            "survey_id": invitation.survey_id,
            "handle": handle,
            "person": invitation.person,
            "invitation_key": letter.key,
            "token_hash": token_hash,
            "asked_us": invitation.asked_us,
            "cause_seq": invitation.cause_seq,
            "touchpoint": invitation.touchpoint,
            "place": invitation.place,
        }
        with self._database.write() as db:
            if db.execute(select(_i.id).where(_i.invitation_key == letter.key)).first() is not None:
                return False
            insert_letter(db, letter, handle=handle, secret=secret)
            db.execute(insert(invitations).values(**values))
        return True

    def invitations(self, survey_id: int, *, limit: int = 1_000_000) -> list[Invitation]:
        """See ``KeptSurveys``."""
        asked = select(invitations).where(_i.survey_id == survey_id).order_by(_i.id.desc()).limit(limit)
        with self._database.read() as db:
            return [_invitation(row) for row in db.execute(asked)]

    def invitation(self, invitation_id: int) -> Invitation | None:
        """See ``KeptSurveys``."""
        with self._database.read() as db:
            row = db.execute(select(invitations).where(_i.id == invitation_id)).one_or_none()
        return None if row is None else _invitation(row)

    def invitation_by_link(self, token_hash: str) -> Invitation | None:
        """See ``KeptSurveys``."""
        with self._database.read() as db:
            row = db.execute(select(invitations).where(_i.token_hash == token_hash)).one_or_none()
        return None if row is None else _invitation(row)

    def asked_since(self, since_us: int) -> set[str]:
        """See ``KeptSurveys``."""
        with self._database.read() as db:
            rows = db.execute(select(_i.handle, _i.person).where(_i.asked_us >= since_us)).all()
        return {handle for row in rows for handle in row if handle}

    def begin_response(
        self,
        *,
        survey_id: int,
        invitation_id: int,
        handle: str,
        token_hash: str,
        hidden: Mapping[str, str],
        at_us: int = 0,
    ) -> Response:
        """See ``KeptSurveys``."""
        now_us = at_us or time.time_ns() // 1_000
        values = {
            "survey_id": survey_id,
            "invitation_id": invitation_id,
            "handle": handle,
            "token_hash": token_hash,
            "answers": "{}",
            "hidden": json.dumps(dict(hidden), ensure_ascii=False),
            "started_us": now_us,
            "changed_us": now_us,
            "done_us": 0,
            "whole": False,
        }
        with self._database.write() as db:
            had = db.execute(select(responses).where(_r.token_hash == token_hash)).one_or_none()
            if had is None:
                number = db.execute(insert(responses).values(**values).returning(_r.id)).scalar_one()
                had = db.execute(select(responses).where(_r.id == number)).one()
            return _response(had)

    def response_by_link(self, token_hash: str) -> Response | None:
        """See ``KeptSurveys``."""
        with self._database.read() as db:
            row = db.execute(select(responses).where(_r.token_hash == token_hash)).one_or_none()
        return None if row is None else _response(row)

    def set_response(self, response: Response) -> None:
        """See ``KeptSurveys``."""
        values = {
            "answers": json.dumps(dict(response.answers), ensure_ascii=False),
            "changed_us": response.changed_us,
            "done_us": response.done_us,
            "whole": response.whole,
        }
        with self._database.write() as db:
            db.execute(update(responses).where(_r.id == response.response_id).values(**values))

    def open_responses(self, *, before_us: int, limit: int = 100) -> list[Response]:
        """See ``KeptSurveys``."""
        asked = select(responses).where(_r.done_us == 0, _r.changed_us < before_us).order_by(_r.id).limit(limit)
        with self._database.read() as db:
            return [_response(row) for row in db.execute(asked)]

    def responses(self, survey_id: int) -> Sequence[Response]:
        """See ``KeptSurveys``."""
        with self._database.read() as db:
            return [
                _response(row) for row in db.execute(select(responses).where(_r.survey_id == survey_id).order_by(_r.id))
            ]

    def count_ended(self, survey_id: int) -> int:
        """See ``KeptSurveys``."""
        with self._database.read() as db:
            ended = select(func.count()).select_from(responses).where(_r.survey_id == survey_id, _r.whole)
            return int(db.execute(ended).scalar() or 0)

    def survey_counts(self) -> Mapping[int, tuple[int, int, int]]:
        """See ``KeptSurveys``."""
        whole = _r.survey_id, _r.whole
        with self._database.read() as db:
            asked = db.execute(select(_i.survey_id, func.count()).group_by(_i.survey_id)).all()
            filled = db.execute(select(*whole, func.count()).group_by(*whole)).all()
        counts = {survey_id: [n, 0, 0] for survey_id, n in asked}
        for survey_id, ended, n in filled:
            found = counts.setdefault(survey_id, [0, 0, 0])
            found[1] += n
            found[2] += n if ended else 0
        return {number: (one[0], one[1], one[2]) for number, one in counts.items()}

    def survey_traces(self, handles: Collection[str]) -> tuple[list[Invitation], list[Response]]:
        """See ``KeptSurveys``."""
        wanted = list(handles)
        with self._database.read() as db:
            theirs = select(invitations).where(or_(_i.handle.in_(wanted), _i.person.in_(wanted))).order_by(_i.id)
            asked = [_invitation(row) for row in db.execute(theirs)]
            filled = select(responses).where(_r.handle.in_([*wanted, *(one.handle for one in asked)]))
            return asked, [_response(row) for row in db.execute(filled.order_by(_r.id))]

    def forget_surveyed(self, handles: Collection[str]) -> int:
        """See ``KeptSurveys``."""
        asked, filled = self.survey_traces(handles)
        with self._database.write() as db:
            db.execute(delete(responses).where(_r.id.in_([one.response_id for one in filled])))
            db.execute(delete(invitations).where(_i.id.in_([one.invitation_id for one in asked])))
        return len(asked) + len(filled)

    def count_responses(self, *, before_us: int) -> int:
        """See ``KeptSurveys``."""
        with self._database.read() as db:
            asked = select(func.count()).select_from(responses).where(_r.started_us < before_us)
            return int(db.execute(asked).scalar() or 0)

    def drop_responses(self, *, before_us: int) -> int:
        """See ``KeptSurveys``."""
        with self._database.write() as db:
            gone = db.execute(delete(responses).where(_r.started_us < before_us)).rowcount
            return gone + db.execute(delete(invitations).where(_i.asked_us < before_us)).rowcount


def _survey(row: Row[Any]) -> Survey:
    return Survey(
        survey_id=row.id,
        status=SurveyStatus(row.status),
        text=_read_text(row.definition),
        made_by=row.made_by,
        created_us=row.created_us,
        changed_us=row.changed_us,
        published_us=row.published_us,
        closed_us=row.closed_us,
    )


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        invitation_id=row.id,
        survey_id=row.survey_id,
        handle=row.handle,
        person=row.person,
        asked_us=row.asked_us,
        cause_seq=row.cause_seq,
        touchpoint=row.touchpoint,
        place=row.place,
        key=row.invitation_key,
    )


def _response(row: Row[Any]) -> Response:
    return Response(
        response_id=row.id,
        survey_id=row.survey_id,
        invitation_id=row.invitation_id,
        handle=row.handle,
        answers={key: tuple(values) for key, values in json.loads(row.answers).items()},
        hidden=json.loads(row.hidden),
        started_us=row.started_us,
        changed_us=row.changed_us,
        done_us=row.done_us,
        whole=row.whole,
    )
