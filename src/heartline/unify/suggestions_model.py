"""What makes two customers look like one person: the columns compared, the levels of likeness, who is compared at all.

The levels and the usual shares are ours; what they weigh is learned from each company's own data (``store.matching``).
"""

from __future__ import annotations

from typing import Final

from heartline.store import Compared, Level, Likeness, MatchModel

_RARE: Final = True

COMPARED: Final = (
    Compared(
        column="first_name",
        levels=(
            Level(name="same", likeness=Likeness.SAME, usual=0.75, rarity=_RARE),
            Level(name="crossed", likeness=Likeness.CROSSED, usual=0.01, column="first_name", other="last_name"),
            Level(name="shortened", likeness=Likeness.SHORTENED, usual=0.06),
            Level(name="nearly", likeness=Likeness.ALIKE, usual=0.08, at_least=0.9),
            Level(name="similar", likeness=Likeness.ALIKE, usual=0.04, at_least=0.78),
        ),
    ),
    Compared(
        column="last_name",
        levels=(
            Level(name="same", likeness=Likeness.SAME, usual=0.78, rarity=_RARE),
            Level(name="crossed", likeness=Likeness.CROSSED, usual=0.01, column="last_name", other="first_name"),
            Level(name="nearly", likeness=Likeness.ALIKE, usual=0.1, at_least=0.9),
            Level(name="similar", likeness=Likeness.ALIKE, usual=0.04, at_least=0.78),
        ),
    ),
    Compared(
        column="birth_date",
        levels=(
            Level(name="same", likeness=Likeness.SAME, usual=0.85, rarity=_RARE),
            Level(name="typo", likeness=Likeness.TYPO, usual=0.06, at_most=1),
            Level(name="part", likeness=Likeness.PART, usual=0.05),
        ),
    ),
    Compared(
        column="email",
        levels=(
            Level(name="same", likeness=Likeness.SAME, usual=0.6, rarity=_RARE),
            Level(name="name_same", likeness=Likeness.SAME, usual=0.08, column="email_name"),
            Level(name="nearly", likeness=Likeness.ALIKE, usual=0.1, at_least=0.9),
            Level(name="name_nearly", likeness=Likeness.ALIKE, usual=0.06, at_least=0.9, column="email_name"),
        ),
    ),
    Compared(
        column="phone",
        levels=(
            Level(name="same", likeness=Likeness.SAME, usual=0.6, rarity=_RARE),
            Level(name="typo", likeness=Likeness.TYPO, usual=0.06, at_most=1),
        ),
    ),
    Compared(
        column="street",
        levels=(
            Level(name="same", likeness=Likeness.SAME, usual=0.65, rarity=_RARE),
            Level(name="nearly", likeness=Likeness.ALIKE, usual=0.12, at_least=0.9),
            Level(name="similar", likeness=Likeness.ALIKE, usual=0.05, at_least=0.8),
        ),
    ),
    Compared(column="house", levels=(Level(name="same", likeness=Likeness.SAME, usual=0.7, rarity=_RARE),)),
    Compared(
        column="post_code",
        levels=(
            Level(name="same", likeness=Likeness.SAME, usual=0.75, rarity=_RARE),
            Level(name="typo", likeness=Likeness.TYPO, usual=0.1, at_most=1),
        ),
    ),
    Compared(
        column="city",
        levels=(
            Level(name="same", likeness=Likeness.SAME, usual=0.78, rarity=_RARE),
            Level(name="nearly", likeness=Likeness.ALIKE, usual=0.08, at_least=0.88),
        ),
    ),
)
MODEL: Final = MatchModel(
    compared=COMPARED,
    blocking=(
        (("email", 0),),
        (("phone", 0),),
        (("email_name", 0),),
        (("first_name", 0), ("last_name", 0)),
        (("first_name", 0), ("birth_date", 0)),
        (("last_name", 0), ("birth_date", 0)),
        (("birth_date", 0), ("post_code", 0)),
        (("last_name", 0), ("post_code", 0)),
        (("first_name", 0), ("post_code", 0)),
        (("street", 0), ("house", 0), ("post_code", 3)),
        (("last_name", 4), ("first_name", 1), ("birth_date", 4)),
        (("first_name", 3), ("last_name", 3), ("city", 0)),
        (("birth_date", 0),),
        (("last_name", 0),),
        (("street", 0),),
        (("post_code", 0),),
        (("first_name", 0),),
    ),
    training=(("birth_date",), ("last_name", "first_name"), ("email",), ("phone",), ("post_code",)),
    certain=(
        ("email",),
        ("first_name", "last_name", "birth_date"),
        ("phone", "last_name"),
        ("first_name", "last_name", "post_code", "street"),
    ),
    recall=0.6,
    usual_doubles=0.02,
)
