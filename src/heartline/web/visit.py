"""A visit: one request of one person, with everything a handler needs to answer it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from weakref import ref

from heartline.app import Heartline
from heartline.config import Settings
from heartline.errors import HeartlineError, NotAllowed
from heartline.language import LANGUAGES, _, choose_language, spoken
from heartline.records import MEANINGS, UNBOUND, Bounds, Right, User
from heartline.understand import PackedLog, Selection, select
from heartline.web.asked import Asked
from heartline.web.lenses import Lens, list_filters, offer_regions, read_lens
from heartline.web.parts import FilterField, View
from heartline.web.parts.words import moment
from heartline.web.regions import read_regions
from heartline.web.security import derive_csrf, mask_csrf
from heartline.web.sessions import Session, now_us
from heartline.web.sight import Reach, see
from heartline.web.throttle import Throttle

if TYPE_CHECKING:
    from heartline.web.api.buckets import Buckets
    from heartline.web.oidc import Provider

FORM_COOKIE = "heartline_form"
NOTICE_COOKIE = "heartline_notice"
FILLINGS_A_MINUTE = 120
"""An office behind one address may answer at once; a script that fills the house may not."""
_KEPT_SELECTIONS = 6
_KEPT_SHARE = 1.0
"""How many rows the kept selections may hold together, in logs: a row of a log is about 50 bytes."""
_KEPT_SIGHTS = 24
_KEPT_SEEN = 4_096
_AGAIN_US = 600_000_000
_TURNS = 64


class Selections:
    """The logs selected last while their log is the newest, and what the filter offers over it."""

    def __init__(self) -> None:
        self._selecting = threading.Lock()
        # A log is known again by one of its arrays, weakly: whoever looked last must not keep an old one.
        self._log: ref[Any] | None = None
        self._filters: dict[str, tuple[FilterField, ...]] = {}
        # Nothing stands for the whole log, which is not held here.
        self._selected: OrderedDict[Selection, PackedLog | None] = OrderedDict()

    def select(self, log: PackedLog, selection: Selection) -> PackedLog:
        """Return the rows of a log that a selection holds."""
        with self._selecting:
            self._renew(log)
            if selection in self._selected:
                self._selected.move_to_end(selection)
                held = self._selected[selection]
                return log if held is None else held
        found = select(log, selection)
        with self._selecting:
            if self._is_of(log):
                self._selected[selection] = None if found is log else found
                while len(self._selected) > 1 and self._too_much(log):
                    self._selected.popitem(last=False)
        return found

    def _too_much(self, log: PackedLog) -> bool:
        rows = sum(len(selected) for selected in self._selected.values() if selected is not None)
        return len(self._selected) > _KEPT_SELECTIONS or rows > _KEPT_SHARE * len(log)

    def filters(self, log: PackedLog) -> tuple[FilterField, ...]:
        """Return what the filter offers over a log."""
        with self._selecting:
            self._renew(log)
            if spoken() not in self._filters:
                self._filters[spoken()] = list_filters(log)
            return self._filters[spoken()]

    def _renew(self, log: PackedLog) -> None:
        if not self._is_of(log):
            self._log, self._filters = ref(log.seq), {}
            self._selected.clear()

    def _is_of(self, log: PackedLog) -> bool:
        return self._log is not None and self._log() is log.seq


class Shared:
    """What all visits share: the throttle of sign-ins, the company's provider, and the installation by each reach."""

    def __init__(self, settings: Settings) -> None:
        self.throttle = Throttle()
        self._settings = settings
        self._seeing = threading.Lock()
        self._sights: OrderedDict[Reach, tuple[Heartline, Selections]] = OrderedDict()
        self._seen: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._turns = tuple(threading.Lock() for _place in range(_TURNS))

    def turn(self, what: str) -> threading.Lock:
        """Return the lock of a filling-in, by which its answers are taken one after the other; some share one."""
        return self._turns[hash(what) % _TURNS]

    @property
    def offers_provider(self) -> bool:
        """Whether people may sign in by the company's own provider."""
        return bool(self._settings.oidc_issuer and self._settings.oidc_client_id)

    @cached_property
    def provider(self) -> Provider:
        """The company's own provider. Its libraries are loaded where one is set up."""
        from heartline.web.oidc import Provider  # noqa: PLC0415  # as said

        return Provider(self._settings)

    @cached_property
    def fillings(self) -> Buckets:
        """How many fillings-in of surveys each address may begin by public links."""
        from heartline.web.api.buckets import Buckets  # noqa: PLC0415  # the API reads visits itself

        return Buckets(FILLINGS_A_MINUTE)

    def see(self, heartline: Heartline, reach: Reach) -> tuple[Heartline, Selections]:
        """Return the installation as far as a reach goes, and what was selected of it last."""
        with self._seeing:
            if reach not in self._sights:
                self._sights[reach] = (see(heartline, reach), Selections())
            self._sights.move_to_end(reach)
            while len(self._sights) > _KEPT_SIGHTS:
                self._sights.popitem(last=False)
            return self._sights[reach]

    def is_seen_again(self, who: str, what: str, now_us: int) -> bool:
        """Whether somebody saw this a few minutes ago; the audit says so once."""
        with self._seeing:
            again = now_us - self._seen.get((who, what), 0) < _AGAIN_US
            if not again:
                self._seen[who, what] = now_us
                self._seen.move_to_end((who, what))
            while len(self._seen) > _KEPT_SEEN:
                self._seen.popitem(last=False)
            return again


class Visit:
    """One request. ``user`` is None before sign-in; ``nonce`` and ``identity`` belong to this answer alone."""

    def __init__(
        self, heartline: Heartline, shared: Shared, asked: Asked, *, session: Session | None, nonce: str, identity: str
    ) -> None:
        self.shared = shared
        self.heartline, self._selections = shared.see(heartline, reach_of(session))
        self.asked = asked
        self.session = session
        self.nonce = nonce
        self.identity = identity
        self._form_cookie = asked.cookies.get(FORM_COOKIE, "")

    @property
    def user(self) -> User | None:
        """Who is signed in."""
        return None if self.session is None else self.session.user

    @property
    def query(self) -> Mapping[str, str]:
        """The first value of each query key."""
        return self.asked.query

    @property
    def form(self) -> Mapping[str, list[str]]:
        """Every value of each field that was posted."""
        return self.asked.form

    def field(self, name: str, default: str = "") -> str:
        """Return a posted field, without white space around."""
        return self.asked.form.get(name, [default])[0].strip()

    def number(self, name: str, default: int, *, low: int = 0, high: int = 1_000_000) -> int:
        """Return a whole number of the query, held between bounds; anything else is the default."""
        try:
            return min(high, max(low, int(self.query.get(name, "")[:20])))
        except ValueError:
            return default

    @property
    def language(self) -> str:
        """The language to speak: what the reader chose; before sign-in, or where ours is not theirs, the browser's."""
        chosen = self.user.language if self.user else ""
        return chosen if chosen in LANGUAGES else choose_language(self.asked.headers.get("accept-language", ""))

    @property
    def zone(self) -> str:
        """The workspace's time zone."""
        return self.heartline.workspace.timezone

    @property
    def address(self) -> str:
        """The address by which people reach us, without a closing slash: as settings say it, or as it was asked."""
        told = self.heartline.workspace.base_url or self.heartline.settings.base_url
        return told.rstrip("/") or f"{self.asked.scheme}://{self.asked.host}"

    @cached_property
    def now_us(self) -> int:
        """The time of this visit in µs UTC: one for the whole page."""
        return now_us()

    def hold_form(self, cookie: str) -> None:
        """Take a form cookie that goes out with this answer, so that the form's token fits it."""
        self._form_cookie = cookie

    @property
    def csrf(self) -> str:
        """The unmasked CSRF token: of the session, or of the form cookie before sign-in; empty where there is none."""
        if self.session is not None:
            return self.session.csrf
        return derive_csrf(self._form_cookie) if self._form_cookie else ""

    def require_user(self) -> User:
        """Return who is signed in.

        Raises:
            NotAllowed: nobody is.
        """
        if self.user is None:
            raise NotAllowed("signed_out", _("You are not signed in."), _("Sign in, then try again."))
        return self.user

    @property
    def bounds(self) -> Bounds:
        """What the reader is bound to."""
        return UNBOUND if self.session is None else self.session.bounds

    @property
    def rights(self) -> frozenset[Right]:
        """What the reader may do; nothing before sign-in."""
        return frozenset() if self.session is None else self.session.rights

    def may(self, right: Right) -> bool:
        """Whether the reader may do something, as ``records.decide`` judges it."""
        return right in self.rights

    def require(self, right: Right) -> User:
        """Return who is signed in, if they may do this.

        Raises:
            NotAllowed: nobody is, or they may not.
        """
        user = self.require_user()
        if self.session is not None and self.session.must_enrol and not self.may(right):
            hint = _("Do so on the page “You”, then go on.")
            raise NotAllowed("enrol_first", _("This workspace asks you to set up a second factor first."), hint)
        if not self.may(right):
            self.note("refused", f"{self.asked.method} {self.asked.path}: {right.value}"[:500])
            raise NotAllowed(
                "no_right",
                _("You may not {meanings}.").format(meanings=_(MEANINGS[right])),
                _("Ask an owner of this workspace."),
            )
        return user

    def note_seen(self, what: str, detail: str) -> None:
        """Write a line of the audit: who saw what; once in a few minutes."""
        who = self.user.email if self.user else ""
        if not self.shared.is_seen_again(who, f"{what} {detail}", self.now_us):
            self.note(what, detail)

    def note(self, what: str, detail: str = "") -> None:
        """Write a line of the audit: who did what, and by which token where it was a program."""
        who = self.user.email if self.user else ""
        if self.session is not None and self.session.token_id:
            who = f"{who} (token {self.session.token_id})"
        self.heartline.stores.kept.note_audit(who=who, what=what, detail=detail)

    @cached_property
    def whole_log(self) -> PackedLog:
        """The packed log of all history, one for the whole visit."""
        return self.heartline.log()

    @cached_property
    def lens(self) -> Lens:
        """Range and filter, as the URL says them."""
        log = self.whole_log
        last = int(log.ts_us.max()) if len(log) else None
        return read_lens(self.query, zone=self.zone, now_us=self.now_us, last_us=last, regions=self.regions)

    @cached_property
    def regions(self) -> dict[str, str]:
        """The region of each place, as the workspace says it."""
        return read_regions(self.heartline)

    @property
    def selection(self) -> Selection:
        """The selection that range and filter mean."""
        return self.lens.selection

    @cached_property
    def log(self) -> PackedLog:
        """The packed log of the selection."""
        return self._selections.select(self.whole_log, self.selection)

    @cached_property
    def plain_view(self) -> View:
        """The frame of a page that asks nothing of history (settings, sign-in, errors)."""
        workspace, user = self.heartline.workspace, self.user
        return View(
            path=self.asked.path,
            query=self.query,
            user_name=user.name if user else "",
            role=user.role.value if user else "",
            rights=self.rights,
            nonce=self.nonce,
            csrf=mask_csrf(self.csrf) if self.csrf else "",
            theme=self.asked.cookies.get("theme", "system"),
            language=self.language,
            timezone=workspace.timezone,
            workspace_name=workspace.name,
            sample=workspace.sample,
            notice=unquote(self.asked.cookies.get(NOTICE_COOKIE, "")),
            alarms=self._count_alarms(),
        )

    def _count_alarms(self) -> int:
        """How many alarms nobody has looked at; none for who sees less than the whole, nor where State is away."""
        if not self.may(Right.SEE_FIGURES) or self.bounds.narrow:
            return 0
        with suppress(HeartlineError):
            return self.heartline.stores.kept.count_unseen()
        return 0

    @cached_property
    def view(self) -> View:
        """The frame of a page with time range and filter."""
        log = self.whole_log
        last = int(log.ts_us.max()) if len(log) else None
        return replace(
            self.plain_view,
            data_up_to="" if last is None else moment(last, self.zone, now_us=self.now_us),
            range_label=self.lens.range_label,
            filter_label=self.lens.filter_label,
            filter_options=(*offer_regions(self.regions), *self._selections.filters(log)),
        )


def reach_of(session: Session | None) -> Reach:
    """Return how far a session sees. What is shown before sign-in asks nothing of customers."""
    if session is None:
        return Reach()
    places = frozenset(session.places) if session.bounds.narrow else None
    return Reach(
        places=places,
        team_id=session.bounds.team_id if places is not None else 0,
        personal=Right.SEE_PERSONAL_DATA in session.rights,
    )


def judge(visit: Visit, opt: Mapping[str, Any]) -> None:
    """Judge a request by what its route declares in ``opt``; the one judge of pages, fragments, streams and the API.

    ``right``: what the reader must be allowed; a route that names none wants the right to change the workspace.
    ``open``: no sign-in needed. What is taken away as a file is noted.

    Raises:
        NotAllowed: nobody is signed in, or they may not.
    """
    if opt.get("open"):
        return
    right = opt.get("right", Right.CHANGE_WORKSPACE)
    visit.require(right)
    if right is Right.EXPORT:
        asked = "&".join(f"{key}={value}" for key, value in visit.query.items())
        visit.note("file.taken", f"{visit.asked.path}{'?' if asked else ''}{asked}"[:500])
