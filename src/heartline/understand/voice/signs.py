"""What rules tell of a text, marked as told by rules: urgency, effort, whether it asks.

The words are those of people in a hurry and of people who had to try again, in the languages that the product speaks
and the commonest beside them. They are few on purpose: a rule that is right is worth more than one that is often there.
"""

from __future__ import annotations

import re
from typing import Final

from heartline.records import TextKind

_URGENT: Final = re.compile(
    r"\b(urgent(ly)?|asap|as soon as possible|immediately|right now|right away|emergency|stuck|stranded|today|tonight|"
    r"dringend|sofort|eilt|notfall|heute noch|urgente|inmediatamente|ya mismo|tout de suite|urgence|imm[ée]diatement|"
    r"imediatamente|hoje|subito|immediatamente)\b|срочно|немедленно|сегодня же|紧急|马上|立刻|赶快|急需|至急|今すぐ",
    re.IGNORECASE,
)
_EFFORT: Final = re.compile(
    r"\b(still (no|not|waiting|haven'?t)|again and again|on hold|passed (around|from)|been waiting|waited|"
    r"(second|third|fourth|fifth|2nd|3rd|4th|5th|\d+) (times?|calls?|emails?|attempts?)|"
    r"no (reply|response|answer)|(nobody|no one) (answers|replies|called)|keep (asking|calling|trying)|"
    r"hours? (on|waiting)|over an hour|for (days|weeks|months|hours)|cannot get through|"
    r"had to (call|explain|repeat|chase|ring)|noch immer|immer noch|schon wieder|zum (zweiten|dritten|vierten) mal|"
    r"warte(schleife| seit)|niemand (antwortet|hilft)|keine antwort|toujours pas|encore une fois|"
    r"personne ne r[ée]pond|todav[ií]a no|otra vez|nadie (contesta|responde)|ainda n[ãa]o|de novo|"
    r"ningu[ée]m (responde|atende)|ancora non|nessuno risponde)\b|до сих пор|снова|никто не|третий раз|"
    r"не могу дозвониться|一直没|还没|又一次|等了|没人(接|理|回)|打不通|三次|まだ|何度も",
    re.IGNORECASE,
)
_ASKS: Final = re.compile(
    r"[?？؟]|^\s*(who|what(?! an? )|when|where|why|which|how|can|could|do|does|did|is|are|will|would|should|may|"
    r"wer|was|wann|wo|warum|wieso|welche[rs]?|wie|kann|können|ist|sind|gibt es|"
    r"qui|que|quand|où|pourquoi|comment|est-ce|quels?|quelles?|quién|qué|cuándo|dónde|cómo|cuál|puedo|"
    r"quem|quando|onde|como|posso|chi|che|dove|come|perché)\b|吗|请问|什么时候|怎么|ли\b|\b(когда|где|почему|сколько|подскажите)\b",
    re.IGNORECASE,
)


def is_urgent(text: str) -> bool:
    """Whether it says that it cannot wait.

    >>> is_urgent("I need this today, please"), is_urgent("No hurry")
    (True, False)
    """
    return bool(_URGENT.search(text))


def is_effortful(text: str) -> bool:
    """Whether it says that somebody had to try again, or wait.

    >>> is_effortful("This is the third time I call"), is_effortful("It came on time")
    (True, False)
    """
    return bool(_EFFORT.search(text))


def is_question(text: str) -> bool:
    """Whether it asks something.

    >>> is_question("When do you open?"), is_question("You open at nine.")
    (True, False)
    """
    return bool(_ASKS.search(text))


def tell_kind(negative: float, positive: float, *, worried: bool) -> TextKind:
    """Return what a text that does not only ask wants to be, from how it sounds.

    >>> tell_kind(0.8, 0.1, worried=False).value
    'complaint'
    """
    if negative >= 0.5:
        return TextKind.CONCERN if worried else TextKind.COMPLAINT
    return TextKind.COMPLIMENT if positive >= 0.5 else TextKind.NOTE
