"""What is shared by link, in SQL."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Column, Row, String, Table, Text, delete, insert, select, update

from heartline.errors import Missing
from heartline.language import _
from heartline.records import Share
from heartline.store.engine import Database
from heartline.store.tables import _Number, kept

shares: Final = Table(
    "shares",
    kept,
    Column("id", _Number, primary_key=True),
    Column("token_hash", String, nullable=False, unique=True),
    # JSON of a ``Share`` but for the columns beside it.
    Column("body", Text, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("views", BigInteger, nullable=False),
)
_c: Final = shares.c


class SqlShares:
    """See ``KeptShares``. Mixed into ``SqlKept``."""

    _database: Database

    def shares(self) -> tuple[Share, ...]:
        """See ``KeptShares``."""
        with self._database.read() as db:
            return tuple(_share(row) for row in db.execute(select(shares).order_by(_c.id.desc())))

    def add_share(self, share: Share, *, token_hash: str) -> Share:
        """See ``KeptShares``."""
        body = msgspec.json.encode(replace(share, share_id=0, views=0)).decode()
        values = {"token_hash": token_hash, "body": body, "expires_us": share.expires_us, "views": 0}
        with self._database.write() as db:
            number = db.execute(insert(shares).values(**values).returning(_c.id)).scalar_one()
        return replace(share, share_id=number)

    def open_share(self, token_hash: str, *, now_us: int) -> Share | None:
        """See ``KeptShares``."""
        live = _c.token_hash == token_hash, _c.expires_us > now_us
        with self._database.write() as db:
            if not db.execute(update(shares).where(*live).values(views=_c.views + 1)).rowcount:
                return None
            return _share(db.execute(select(shares).where(_c.token_hash == token_hash)).one())

    def drop_share(self, share_id: int) -> None:
        """See ``KeptShares``."""
        with self._database.write() as db:
            if not db.execute(delete(shares).where(_c.id == share_id)).rowcount:
                raise Missing("no_share", _("There is no such link."), _("See Settings, Shared links."))


def _share(row: Row[Any]) -> Share:
    return replace(msgspec.json.decode(row.body, type=Share), share_id=row.id, views=row.views)
