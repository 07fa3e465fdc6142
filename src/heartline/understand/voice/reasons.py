"""Why somebody buys, why somebody leaves, and which rival is named: told by rules, in English, German and Chinese.

A rule hears plain words only ("I switched to …", "ich kündige", "再也不买"): whoever leaves without saying so is not
counted, so every count is a floor. How often what a rule hears is really meant was read off by hand once, on texts it
was not written on: ``HEARD_RIGHT`` (docs/explanation/reading.md). It bounds the counts; it does not lift them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final


class Saying(StrEnum):
    """What somebody says of buying."""

    BUYS = "buys"
    LEAVES = "leaves"


_NOT: Final = r"(?<!\bnot )(?<!\bnever )(?<!n't )(?<!n’t )"
_LEAVES: Final = re.compile(
    rf"{_NOT}(?:"
    r"(?<!they )(?<!someone )(?<!you )(?<!they have )(?<!problems )\b"
    r"(?:cancel(?:l?ed|l?ing)?|terminat(?:ed|ing)|clos(?:ed|ing)|delet(?:ed|ing)|end(?:ed|ing)) "
    r"(?:my|our|the) (?:\w+ )?(?:subscription|account|membership|plan|contract|premium|service|policy)\b|"
    r"\b(?:switch(?:ed|ing)?|mov(?:ed|ing)|chang(?:ed|ing)|go(?:ing)?|gone|went) (?:back |over )?to "
    r"(?:a |an |the |your |another )?(?:competit\w+|rivals?|different (?:provider|company|airline|bank|shop)|"
    r"(?<=another )(?:provider|company|airline|bank|shop))|"
    r"\b(?:taking|take|took) (?:my|our) (?:business|money|custom) (?:elsewhere|to)|"
    r"\b(?:last|final) (?:time|flight|order|purchase) (?:i|we)(?:'ll|’ll| will)? (?:ever )?"
    r"(?:fly|buy|use|order|book|shop)\b|"
    r"\b(?:never|not|won't|won’t|wont|n't|n’t) (?:be )?(?:ever )?"
    r"(?:fly(?:ing)?|buy(?:ing)?|us(?:e|ing)|order(?:ing)?|book(?:ing)?|shop(?:ping)?|com(?:e|ing) back|return(?:ing)?)"
    r"\b[^.!?\n]{0,40}\b(?:again|ever|anymore|any more)\b|"
    r"\b(?:you|u) (?:have |just |'ve |’ve )?(?:just )?lost (?:a|another|this|me as a|my|our)\b[^.!?\n]{0,30}"
    r"(?:customer|business|client|flyer|subscriber)|"
    r"\b(?:leaving|quitting|done with) (?:you|this (?:company|app|service|bank|airline|shop)|for good)\b)"
    r"|\b(?:ich|wir) (?:kündige|kündigen|wechsle|wechseln)\b|\b(?:habe|haben|hab)\b[^.!?\n]{0,40}\bgekündigt\b|"
    r"\bnie (?:wieder|mehr)\b[^.!?\n]{0,30}\b(?:kaufe|bestelle|buche|fliege|komme)|"
    r"\b(?:kaufe|bestelle|buche|fliege|komme)\b[^.!?\n]{0,30}\bnie (?:wieder|mehr)\b|\bzur konkurrenz\b"
    r"|再也不(?:会)?(?:来|买|用|点|坐|订)|不会再(?:来|买|用|点|订)|取消(?:了)?(?:订阅|会员|合同)|(?:换|转)(?:到|去|成)(?:了)?别",
    re.IGNORECASE,
)
_BUYS: Final = re.compile(
    r"\b(?:i|we) (?:always |only |just |first |originally |still |mainly |really )?"
    r"(?:buy|bought|chose|choose|picked|pick|joined|join|signed up|subscribed|subscribe|ordered|came(?: here)?|"
    r"(?:keep|kept) (?:coming|buying|ordering)|stay(?:ed)?|went with|fly|shop)\b[^.!?\n]{0,60}\b(?:because|due to)\b|"
    r"\b(?:reason|reasons) (?:why )?(?:i|we) (?:buy|bought|chose|choose|use|fly|joined|stay|come|keep|shop|picked)\b|"
    r"\bwhat (?:sold|convinced|won) (?:me|us)\b|\b(?:that|this|which)(?:'s|’s| is) why (?:i|we) "
    r"(?:buy|fly|use|choose|chose|love|shop|come|stay|keep|joined)\b|"
    r"\b(?:gekauft|bestellt|entschieden|gewählt)\b[^.!?\n]{0,20}\bweil\b|"
    r"\bdeshalb (?:kaufe|bestelle|komme|bleibe) ich\b"
    r"|(?:选择|选了|买|来|订)[^。！？\n]{0,20}(?:是)?因为|因为[^。！？\n]{0,20}才(?:买|来|选|订)",
    re.IGNORECASE,
)
HEARD_RIGHT: Final[dict[Saying, tuple[int, int]]] = {Saying.LEAVES: (57, 66), Saying.BUYS: (7, 10)}
"""Of how many texts heard so how many meant it, read off by hand: half of four public sets, the half not looked at
while the rules were written (airline and music tweets, broadband survey comments, lounge reviews; English alone).
"""


class Rivals:
    """The names of rivals as people write them, ready to be found in texts. Each is a list of names, the first it goes
    by. Letters and digits around a name make it another word; case does not count.
    """

    def __init__(self, names: Sequence[Sequence[str]]) -> None:
        self.called = tuple(some[0] for some in names if some)
        known = {" ".join(name.split()).casefold(): some[0] for some in names for name in some if name.strip()}
        self._known = known
        spelt = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in sorted(known, key=len, reverse=True))
        self._named = re.compile(rf"(?<![A-Za-z0-9])(?:{spelt})(?![A-Za-z0-9])", re.IGNORECASE) if known else None
        verbs = r"(?:switch|mov|chang|go|went|gone|jump)\w* (?:back |over )?"
        self._to = (
            re.compile(rf"{_NOT}\b{verbs}to (?:the )?(?:{spelt})(?![A-Za-z0-9])", re.IGNORECASE) if known else None
        )
        self._from = (
            re.compile(
                rf"\b(?:switch|mov|chang|came|come)\w* (?:over |here |to you |back )*from (?:the )?(?:{spelt})"
                r"(?![A-Za-z0-9])",
                re.IGNORECASE,
            )
            if known
            else None
        )

    def find(self, text: str) -> tuple[str, ...]:
        """Return which rivals a text names, each once.

        >>> Rivals([["Bean Barn", "beanbarn"]]).find("Off to BEANBARN, the bean  barn; not beanbarns")
        ('Bean Barn',)
        """
        if self._named is None:
            return ()
        found = (" ".join(one[0].split()).casefold() for one in self._named.finditer(text))
        return tuple(dict.fromkeys(self._known[name] for name in found if name in self._known))

    def hears_going(self, text: str) -> bool:
        """Tell whether somebody says that he goes to one of them."""
        return self._to is not None and bool(self._to.search(text))

    def hears_coming(self, text: str) -> bool:
        """Tell whether somebody says that he came from one of them."""
        return self._from is not None and bool(self._from.search(text))


NO_RIVALS: Final = Rivals(())


def hear_saying(text: str, rivals: Rivals = NO_RIVALS) -> Saying | None:
    """Return whether somebody says that he leaves, or why he buys; who says both leaves.

    >>> barn = Rivals([["Bean Barn"]])
    >>> hear_saying("I switched to Bean Barn", barn), hear_saying("I buy here because it is fresh")
    (<Saying.LEAVES: 'leaves'>, <Saying.BUYS: 'buys'>)
    >>> hear_saying("It came late."), hear_saying("I am not cancelling my plan")
    (None, None)
    """
    if _LEAVES.search(text) or rivals.hears_going(text):
        return Saying.LEAVES
    return Saying.BUYS if _BUYS.search(text) or rivals.hears_coming(text) else None
