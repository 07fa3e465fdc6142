"""Names of people, as a company in a harbour town meets them: from many places, some of them very long.

Each entry is (as written, in Latin letters); the second makes e-mail addresses.
"""

from __future__ import annotations

import unicodedata
from typing import Final

FIRST: Final = (
    "Olivia", "Amelia", "Isla", "Ava", "Freya", "Lily", "Mia", "Rosie", "Poppy", "Ella", "Grace", "Willow", "Alice",
    "Niamh", "Siân", "Zoë", "Chloë", "Maisie", "Imogen", "Oliver", "George", "Arthur", "Noah", "Leo", "Oscar", "Henry",
    "Theo", "Freddie", "Archie", "Rhys", "Callum", "Ewan", "Finlay", "Séamus", "Declan", "Hamish", "Aisha", "Fatima",
    "Zainab", "Amina", "Khadija", "Yusuf", "Ibrahim", "Omar", "Bilal", "Priya", "Ananya", "Lakshmi", "Arjun", "Rohan",
    "Vikram", "Harpreet", "Chidinma", "Ngozi", "Folasade", "Oluwaseun", "Chukwuemeka", "Kwame", "Abena", "Thandiwe",
    "Sipho", "Łukasz", "Agnieszka", "Małgorzata", "Zofia", "Wojciech", "Katarzyna", "Jiří", "Ondřej", "Zsófia",
    "László", "Ioana", "Ștefan", "Dimitra", "Konstantinos", "Eleni", "Giulia", "Lorenzo", "Chiara", "Inês", "João",
    "Beatriz", "Xavier", "Núria", "Iñaki", "María", "José", "Søren", "Astrid", "Bjørn", "Åsa", "Linnéa", "Jürgen",
    "Käthe", "Aleksandra", "Noor", "Thị-Hương", "Minh", "Linh", "Hiroshi", "Yuki", "Sakura", "Ji-woo", "Min-jun",
    "Siddharth", "Gurpreet", "Mahmoud", "Leila", "Shirin", "Ayşe", "Mehmet", "Élodie", "Benoît", "Maëlle", "Tadhg",
    "Caoimhe", "Eilidh", "Angharad", "Llywelyn", "Ffion", "Bronwen", "Precious", "Blessing", "Emmanuel",
)  # fmt: skip
LAST: Final = (
    "Smith", "Jones", "Taylor", "Brown", "Wilson", "Johnson", "Davies", "Robinson", "Wright", "Thompson", "Evans",
    "Walker", "White", "Roberts", "Green", "Hall", "Wood", "Jackson", "Clarke", "Patel", "Khan", "Singh", "Kaur",
    "Begum", "Hussain", "Ali", "Shah", "Chowdhury", "Rahman", "Okafor", "Adeyemi", "Mensah", "Nkosi", "Bello",
    "Abubakar", "Owusu", "Kowalska", "Nowak", "Wiśniewska", "Zieliński", "Szczepański", "Novák", "Dvořáková", "Nagy",
    "Kovács", "Popescu", "Ionescu", "Papadopoulos", "Konstantinopoulou", "Rossi", "Ferrari", "Esposito", "Silva",
    "Ferreira", "García", "Fernández", "Rodríguez", "Etxeberria", "Dubois", "Lefèvre", "Müller", "Schröder",
    "Lindqvist", "Østergaard", "Bergström", "Andersen", "Virtanen", "van-der-Meer", "de-Vries", "O'Brien",
    "O'Sullivan", "Ní-Dhomhnaill", "MacDonald", "Campbell", "Stewart", "McAllister", "Llewellyn", "Pritchard",
    "Nguyễn", "Trần", "Phạm", "Tanaka", "Sato", "Watanabe", "Kim", "Park", "Choi", "Yılmaz", "Demir", "Hosseini",
    "Ahmadi", "Haddad", "Mansour", "Cohen", "Levi", "Raman", "Iyer", "Krishnamurthy", "Venkataraman", "Mukherjee",
    "Fitzgerald", "Featherstone", "Ashworth", "Hargreaves", "Ramsbottom", "Thistlethwaite", "Blenkinsop",
    "Cholmondeley", "Vasconcelos", "Montgomery", "Harrington", "Pemberton", "Winterbottom", "Sykes", "Ogden",
)  # fmt: skip
RUSSIAN_FIRST: Final = (
    ("Анна", "anna", "f"), ("Юлия", "yulia", "f"), ("Екатерина", "ekaterina", "f"), ("Ольга", "olga", "f"),
    ("Светлана", "svetlana", "f"), ("Мария", "maria", "f"), ("Полина", "polina", "f"), ("Дарья", "darya", "f"),
    ("Ксения", "ksenia", "f"), ("Наталья", "natalya", "f"), ("Дмитрий", "dmitry", "m"), ("Сергей", "sergey", "m"),
    ("Алексей", "alexey", "m"), ("Иван", "ivan", "m"), ("Михаил", "mikhail", "m"), ("Андрей", "andrey", "m"),
    ("Николай", "nikolay", "m"), ("Павел", "pavel", "m"), ("Фёдор", "fyodor", "m"), ("Игорь", "igor", "m"),
)  # fmt: skip
RUSSIAN_LAST: Final = (
    ("Иванов", "ivanov"), ("Смирнов", "smirnov"), ("Кузнецов", "kuznetsov"), ("Попов", "popov"),
    ("Соколов", "sokolov"), ("Лебедев", "lebedev"), ("Новиков", "novikov"), ("Морозов", "morozov"),
    ("Волков", "volkov"), ("Зайцев", "zaytsev"), ("Соловьёв", "solovyov"), ("Васильев", "vasilyev"),
    ("Голубев", "golubev"), ("Виноградов", "vinogradov"), ("Богданов", "bogdanov"), ("Воробьёв", "vorobyov"),
)  # fmt: skip
CHINESE_FAMILY: Final = (
    ("王", "wang"), ("李", "li"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"), ("黄", "huang"),
    ("赵", "zhao"), ("吴", "wu"), ("周", "zhou"), ("徐", "xu"), ("孙", "sun"), ("马", "ma"), ("朱", "zhu"),
    ("胡", "hu"), ("欧阳", "ouyang"), ("司马", "sima"), ("林", "lin"), ("何", "he"), ("郭", "guo"),
)  # fmt: skip
CHINESE_GIVEN: Final = (
    ("伟", "wei"), ("芳", "fang"), ("娜", "na"), ("秀英", "xiuying"), ("敏", "min"), ("静", "jing"), ("丽", "li"),
    ("强", "qiang"), ("磊", "lei"), ("洋", "yang"), ("艳", "yan"), ("勇", "yong"), ("杰", "jie"), ("涛", "tao"),
    ("晓明", "xiaoming"), ("雨桐", "yutong"), ("子涵", "zihan"), ("梓萱", "zixuan"), ("浩然", "haoran"),
    ("思远", "siyuan"), ("佳怡", "jiayi"), ("俊熙", "junxi"),
)  # fmt: skip
LONG: Final = (
    "Bartholomew Featherstonehaugh-Cholmondeley",
    "Maximiliana Konstantinopoulou-Featherstonehaugh",
    "Wolfeschlegelsteinhausenbergerdorff & Sons",
    "Ines Maria do Carmo Vasconcelos-Montgomery de Albuquerque",
    "Oluwadamilola Oluwatobiloba Adeyemi-Okonkwo",
    "Venkatanarasimharajuvaripeta Krishnamurthy",
    "Llanfair Gwenllian ferch Rhys-Pritchard-Llewellyn",
    "Aleksandra Brzęczyszczykiewicz-Szczepańska",
    "Константин Константинович Константинопольский-Преображенский",
    "Nguyễn Phúc Thị Hương Giang Quỳnh Anh",
    "Kapitein Willem-Alexander van der Meer-van den Bosch tot Oudekerk",
    "Jean-Baptiste Emmanuel de Rochefoucauld-Montmorency",
)


def spell_latin(name: str) -> str:
    """Spell a name in plain lower-case letters with dots, as an e-mail address has it. Empty where nothing is left."""
    plain = name.replace("ł", "l").replace("Ł", "L").replace("ø", "o").replace("Ø", "O").replace("ı", "i")
    folded = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    words = "".join(letter if letter.isalpha() else " " for letter in folded.lower()).split()
    return ".".join(words)[:40].strip(".")


def name_english(first: int, last: int) -> tuple[str, str]:
    """Name one of the many: the full name and its Latin spelling."""
    name = f"{FIRST[first % len(FIRST)]} {LAST[last % len(LAST)].replace('van-der-', 'van der ')}"
    return name, spell_latin(name)


def name_russian(first: int, last: int) -> tuple[str, str]:
    """Name a Russian customer in Cyrillic; the family name agrees with the first."""
    given, latin, gender = RUSSIAN_FIRST[first % len(RUSSIAN_FIRST)]
    family, family_latin = RUSSIAN_LAST[last % len(RUSSIAN_LAST)]
    ending = "а" if gender == "f" else ""
    return f"{given} {family}{ending}", f"{latin}.{family_latin}{'a' if ending else ''}"


def name_chinese(first: int, last: int) -> tuple[str, str]:
    """Name a Chinese customer, family name first."""
    given, latin = CHINESE_GIVEN[first % len(CHINESE_GIVEN)]
    family, family_latin = CHINESE_FAMILY[last % len(CHINESE_FAMILY)]
    return f"{family}{given}", f"{latin}.{family_latin}"


NAMERS: Final = {"en": name_english, "ru": name_russian, "zh": name_chinese}
