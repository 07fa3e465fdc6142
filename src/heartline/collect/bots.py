"""Robots by the user agent they give. Part of gate version 2: another list is another version.

A list of our own, made of the words by which robots name themselves and of the headless browsers of test suites; longer
lists of names grow old, and a name on none of them still says "bot". Origin: the robots' own documentation.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_LONGEST: Final = 1_000

_WORDS: Final = re.compile(
    r"""
    \w*bot\b | bot[/-] | \w*crawler | \w*spider | \bslurp | mediapartners | feedfetcher | \bscan(ner)?\b
    | facebookexternalhit | facebookcatalog | bingpreview | google-inspectiontool | google-read-aloud | apis-google
    | googleother | google-extended | duckassistbot | chatgpt-user | oai-searchbot | perplexity-user | claude-user
    | whatsapp/\d | skypeuripreview | embedly | quora\ link\ preview | pinterest/0 | slack-imgproxy | telegrambot
    | pingdom | uptimerobot | statuscake | site24x7 | newrelicpinger | datadogsynthetics | lighthouse | pagespeed
    | gtmetrix | chrome-lighthouse | headlesschrome | phantomjs | electron-prerender | prerender | selenium
    | screaming\ frog | ahrefs | semrush | archive\.org | wget/ | ia_archiver | yandex(bot|images|metrika) | petalbot
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Makers of phones, and browsers, whose names hold such a word.
_NO_ROBOTS: Final = re.compile(r"\bcubot\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def name_robot(user_agent: str) -> str:
    """Return the word by which a user agent gives itself away as a robot's, or "".

    >>> name_robot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    'Googlebot'
    >>> name_robot("Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36")
    ''
    """
    found = _WORDS.search(_NO_ROBOTS.sub("", user_agent[:_LONGEST]))
    return "" if found is None else found.group().strip("/- ")
