"""The port of State for surveys: what is asked, who was asked, and what is being filled in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from heartline.records import Invitation, Letter, Response, Survey, SurveyStatus, SurveyText


class KeptSurveys(Protocol):
    """A part of ``KeptState``."""

    def surveys(self) -> list[Survey]:
        """Return all surveys, the latest first."""
        ...

    def survey(self, survey_id: int) -> Survey:
        """Return one. Raises Missing."""
        ...

    def add_survey(self, text: SurveyText, *, by: str) -> Survey:
        """Add a draft."""
        ...

    def set_survey(self, survey_id: int, *, text: SurveyText | None = None, status: SurveyStatus | None = None) -> None:
        """Keep what is asked, or how it stands."""
        ...

    def drop_survey(self, survey_id: int) -> None:
        """Forget a survey with its invitations and fillings-in. What was answered stays in the journal."""
        ...

    def survey_by_link(self, token_hash: str) -> Survey | None:
        """Return the survey whose public link has a token of this hash."""
        ...

    def survey_link(self, survey_id: int) -> str:
        """Return the token of a survey's public link; only its hash is kept."""
        ...

    def invite(self, invitation: Invitation, letter: Letter) -> bool:
        """Write down that somebody is asked and queue the letter, both or neither; return whether that is new."""
        ...

    def invitations(self, survey_id: int, *, limit: int = 1_000_000) -> list[Invitation]:
        """Return who was asked, the latest first."""
        ...

    def invitation(self, invitation_id: int) -> Invitation | None:
        """Return one by its number; none where it is gone."""
        ...

    def invitation_by_link(self, token_hash: str) -> Invitation | None:
        """Return the invitation whose link has a token of this hash."""
        ...

    def asked_since(self, since_us: int) -> set[str]:
        """Return the handles, of addresses and of customers, that were asked anything since a time."""
        ...

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
        """Begin a filling-in (``at_us`` 0: now), or return the one that has this token already."""
        ...

    def response_by_link(self, token_hash: str) -> Response | None:
        """Return a filling-in by the hash of its token."""
        ...

    def set_response(self, response: Response) -> None:
        """Keep a filling-in as it is now."""
        ...

    def open_responses(self, *, before_us: int, limit: int = 100) -> list[Response]:
        """Return fillings-in that are not over and were not touched since a time."""
        ...

    def responses(self, survey_id: int) -> Sequence[Response]:
        """Return all fillings-in of a survey, by number."""
        ...

    def count_ended(self, survey_id: int) -> int:
        """Return how many came to the end of a survey."""
        ...

    def survey_counts(self) -> Mapping[int, tuple[int, int, int]]:
        """Return by survey how many were asked, began, and came to the end."""
        ...

    def survey_traces(self, handles: Collection[str]) -> tuple[list[Invitation], list[Response]]:
        """Return what is kept of some handles."""
        ...

    def forget_surveyed(self, handles: Collection[str]) -> int:
        """Drop invitations and fillings-in of some handles; return how many there were."""
        ...

    def count_responses(self, *, before_us: int) -> int:
        """Return how many fillings-in began before a time."""
        ...

    def drop_responses(self, *, before_us: int) -> int:
        """Drop the fillings-in and invitations from before a time; return how many."""
        ...
