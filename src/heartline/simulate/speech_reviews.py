"""How people write who review coffee on a portal, ours and the rivals' alike: no place and no name of ours in it.

Written for this simulator; nobody really said it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from heartline.simulate.speech import Tongue
from heartline.simulate.speech_en import ENGLISH
from heartline.simulate.speech_ru import RUSSIAN
from heartline.simulate.speech_zh import CHINESE

_ENGLISH: Final[Tongue] = replace(
    ENGLISH,
    good={
        "freshness": (
            "roasted {short} before it came", "you smell how fresh the {coffee} is",
            "the {coffee} blooms in my {brewer}",
            "roast date on every bag, never older than {short}", "fresh enough to hiss when I opened {size}",
        ),
        "price": (
            "£{pounds} for {size} is a fair price", "cheaper than {rival} and just as good",
            "good value, {size} a month",
            "you get a lot of {coffee} for £{pounds}", "the offer on the {coffee} in {month} was hard to beat",
        ),
        "taste": (
            "the {coffee} tastes of {note}", "the {coffee} in my {brewer} is {great}", "{note} first, {note} after",
            "my {person} will drink nothing but the {coffee} now", "with {milk} or without, {great}",
        ),
        "packaging": (
            "the bag closes again, at last", "fits through the letterbox, {size} and all", "no plastic, {fine_word}",
            "the box survived {weather}",
        ),
        "late delivery": (
            "here in {short}", "ordered {day}, brewing by {day}", "arrived when they said, {n} times now",
            "came {early} than promised",
        ),
        "order": ("ordering {size} took {minutes} minutes",),
    },
    bad={
        "freshness": (
            "roast date was {span} before it came", "the {coffee} smelt of nothing", "no bloom at all in my {brewer}",
            "tasted as if {size} had stood open since {month}", "stale by the second cup of {coffee}",
        ),
        "price": (
            "£{pounds} for {size} is steep", "{rival} does {size} for less",
            "the price went up in {month}, the {coffee} did not",
            "paid £{pounds} and expected more of the {coffee}", "too dear for an everyday {drink}",
        ),
        "taste": (
            "the {coffee} is flat in my {brewer}", "no {note} to be found", "{coffee} came out {bad_taste}",
            "the {coffee} was {bad_taste}, even with {milk}",
        ),
        "packaging": ("the bag was {crushed}", "needs {tool} to open", "the box came {crushed}, coffee everywhere"),
        "late delivery": (
            "came {late_span}", "promised for {day}, here on {day}", "took {span}, no message",
            "{ordinal} parcel in a row that is late",
        ),
        "order": ("the voucher from {month} did not work",),
    },
    asks={},
    openers={
        **ENGLISH.openers,
        "joy": ("so good", "brilliant", "five stars", "very happy", "what a find", "delighted"),
    },
    closers={
        **ENGLISH.closers,
        "joy": ("will order again", "telling everyone at {work}", "my {person} agrees", "more please", ""),
        "gratitude": ("well done", "it made my {day}", "really kind", ""),
        "anger": ("never again", "refund, please", "shameful", "last order from me"),
    },
    slots={
        **ENGLISH.slots,
        "rival": ("the supermarket", "another roaster", "the place on the corner"),
        "coffee": (
            "Kenyan", "Huila", "house blend", "decaf", "Sidamo", "Santos", "Antigua", "espresso blend", "single origin",
        ),
    },
    aside_good=("taste", "packaging", "freshness"),
    aside_bad=("price", "packaging", "late delivery"),
)  # fmt: skip
_RUSSIAN: Final[Tongue] = replace(
    RUSSIAN,
    good={
        "freshness": (
            "обжарен {short} назад, пахнет {note}", "дата обжарки свежая, {coffee} дышит",
            "аромат {coffee} на всю кухню",
        ),
        "price": (
            "{pounds} фунтов за {coffee} не жалко", "дешевле, чем в других местах, и {great}",
            "за такие деньги {coffee} {great}",
        ),
        "taste": ("{coffee} пахнет {note}", "{coffee} в {brewer} {great}", "{coffee} с {milk} {great}"),
        "packaging": ("упаковка {pack_adj}, всё целое", "пакет закрывается, {person} довольна"),
        "late delivery": ("заказали в {day}, через {short} уже пили", "уже {n} посылки и все вовремя"),
        "order": ("заказать {coffee} было просто",),
    },
    bad={
        "freshness": (
            "обжарен {span} назад, запаха нет", "{coffee} совсем не пахнет", "{coffee} выдохся ещё до {day3}",
        ),
        "price": ("{pounds} фунтов за пачку дорого", "цена выросла, а {coffee} лучше не стал", "дорого для {drink2}"),
        "taste": ("{coffee} в {brewer} пустой", "{coffee} кислит, как ни вари", "{coffee} {bad_taste}"),
        "packaging": ("упаковка {crushed}", "коробка {crushed}, зёрна по всей кухне"),
        "late delivery": ("привезли {late_span}", "обещали за два дня, везли {span}"),
        "order": ("промокод не сработал",),
    },
    asks={},
    closers={
        **RUSSIAN.closers,
        "gratitude": ("приятно", "так держать", "спасибо ещё раз"),
        "anger": ("верните деньги", "больше не закажу"),
    },
    slots={**RUSSIAN.slots, "rival": ("супермаркет", "соседнюю лавку")},
    aside_good=("taste", "packaging", "freshness"),
    aside_bad=("price", "packaging", "late delivery"),
)  # fmt: skip
_CHINESE: Final[Tongue] = replace(
    CHINESE,
    good={
        "freshness": ("烘焙才{short}，香得很", "袋子一开满屋{note}香", "{coffee}很新鲜，{brewer}里膨胀得漂亮"),
        "price": ("{pounds}镑买{coffee}很划算", "比别处便宜，{great}", "{person}也说价格公道"),
        "taste": ("{coffee}有{note}的味道，{great}", "用{brewer}冲{coffee}，{great}", "{coffee}配{milk}{great}"),
        "packaging": ("包装{pack_adj}，豆子一点没洒", "袋子{pack_adj}，能重新封口"),
        "late delivery": ("{day}准时送到", "{day}下单，{short}就喝上了"),
        "order": ("下单{coffee}很快",),
    },
    bad={
        "freshness": ("烘焙日期是{span}以前", "{coffee}一点香味都没有", "{brewer}冲出来没有膨胀，不新鲜"),
        "price": ("{pounds}镑一包太贵", "涨价了，{coffee}也没变好", "天天喝{drink}喝不起"),
        "taste": ("{coffee}用{brewer}冲很淡", "{coffee}怎么冲都酸", "{coffee}{bad_taste}"),
        "packaging": ("盒子{crushed}了", "包装{crushed}，豆子洒了一地"),
        "late delivery": ("{late_span}，没人通知", "承诺两天，送了{span}"),
        "order": ("优惠码不能用",),
    },
    asks={},
    closers={**CHINESE.closers, "gratitude": ("心里很暖", "推荐给{person}了"), "anger": ("退钱", "再也不买了")},
    slots={**CHINESE.slots, "rival": ("超市", "别家")},
    aside_good=("taste", "packaging", "freshness"),
    aside_bad=("price", "packaging", "late delivery"),
)  # fmt: skip

REVIEWERS: Final = (_ENGLISH, _RUSSIAN, _CHINESE)
"""By the number of the language."""
