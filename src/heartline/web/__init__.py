"""The room ``web``: the site, its pages, and the one-time links that the command line prints."""

from __future__ import annotations

from heartline.web.backups import BackupReport, RestoreReport, back_up, check_backup, restore
from heartline.web.case_rounds import CaseRounds
from heartline.web.compaction import CompactReport, compact
from heartline.web.courier import Courier
from heartline.web.desk import Desk, Tell
from heartline.web.diagnosis import Finding, Level
from heartline.web.exports import write_csv
from heartline.web.links import issue_entry_link, issue_setup_link
from heartline.web.postman import Postman
from heartline.web.privacy_orders import AccessOrder, EraseOrder, RetentionOrder, erase, hand_over, retain
from heartline.web.privacy_retention import Due
from heartline.web.privacy_upkeep import Housekeeper
from heartline.web.reading_now import ReadReport, read_comments
from heartline.web.rebuilding import RebuildReport, rebuild
from heartline.web.recall import let_go_of_old
from heartline.web.sample import fill_with_sample
from heartline.web.sample_desk import furnish_sample
from heartline.web.server import Site, make_site
from heartline.web.tracing import TracedSite, open_exporter
from heartline.web.undoing import UndoPreview
from heartline.web.user_orders import UserAnswer, UserOrder, carry_out
from heartline.web.wellbeing import Wellbeing, examine

__all__ = [
    "AccessOrder",
    "BackupReport",
    "CaseRounds",
    "CompactReport",
    "Courier",
    "Desk",
    "Due",
    "EraseOrder",
    "Finding",
    "Housekeeper",
    "Level",
    "Postman",
    "ReadReport",
    "RebuildReport",
    "RestoreReport",
    "RetentionOrder",
    "Site",
    "Tell",
    "TracedSite",
    "UndoPreview",
    "UserAnswer",
    "UserOrder",
    "Wellbeing",
    "back_up",
    "carry_out",
    "check_backup",
    "compact",
    "erase",
    "examine",
    "fill_with_sample",
    "furnish_sample",
    "hand_over",
    "issue_entry_link",
    "issue_setup_link",
    "let_go_of_old",
    "make_site",
    "open_exporter",
    "read_comments",
    "rebuild",
    "restore",
    "retain",
    "write_csv",
]
