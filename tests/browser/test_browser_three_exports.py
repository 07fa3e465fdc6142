"""The tutorial of three exports, walked: orders, payments and survey answers by the page, then what hurts, and whom.

Origin: the orders of the Olist sample since March 2018 (see the README beside it), written as plain CSV with the column
names its publisher gave them. How much lower the late answered is asked of the same files directly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, Page
from visiting import IN_CHROMIUM, PATIENCE_MS, Served, Watch, open_browser, settle

from verb_nursery import Nursery

OLIST = Path(__file__).parents[3] / "shared/data/olist"
SINCE = "2018-03-01"
NAMES = ("orders", "payments", "reviews")
pytestmark = [
    *IN_CHROMIUM,
    pytest.mark.shared,
    pytest.mark.skipif(not OLIST.is_dir(), reason="the real data sets do not lie beside the project"),
]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three files as a shop's back office writes them."""
    folder = tmp_path_factory.mktemp("exports")
    kept = f"(select order_id from '{OLIST}/orders.parquet' where order_purchase_timestamp >= '{SINCE}')"
    asked = {
        "orders": f"select o.* exclude (customer_id, sample), customer_unique_id, customer_state from "
        f"'{OLIST}/orders.parquet' o join '{OLIST}/customers.parquet' using (customer_id)",
        "payments": f"select * exclude (sample) from '{OLIST}/order_payments.parquet'",
        "reviews": f"select * exclude (sample) from '{OLIST}/order_reviews.parquet'",
    }
    for name in NAMES:
        wanted = f"select * from ({asked[name]}) where order_id in {kept}"
        target = f"'{folder}/{name}.csv' (header, timestampformat '%Y-%m-%d %H:%M:%S')"
        duckdb.sql(f"copy ({wanted}) to {target}")
    return folder


@pytest.fixture
def begun(chromium: Browser, tmp_path: Path, nursery: Nursery) -> Iterator[tuple[Page, Watch]]:
    """An empty heartline, set up as the tutorial says."""
    with Served(nursery, "serve", tmp_path / "data") as served, open_browser(chromium, served.site) as (page, watch):
        page.goto(served.opening)
        page.get_by_label("Your name").fill("Ana Souza")
        page.get_by_label("E-mail").fill("ana@example.com")
        page.get_by_label("Password", exact=True).fill("four plain words together")
        page.get_by_label("Time zone").select_option("America/Sao_Paulo")
        page.get_by_label("Currency").fill("BRL")
        page.get_by_role("button", name="Begin").click()
        page.get_by_role("link", name="Import a file").click()
        yield page, watch


def test_three_exports_become_a_pain_list_whose_figures_open_their_customers(
    begun: tuple[Page, Watch], exports: Path
) -> None:
    page, _ = begun
    for name in NAMES:
        bring(page, exports / f"{name}.csv")
        page.get_by_role("link", name="Bring another file" if name != NAMES[-1] else "Where it hurts").click()
    row = page.locator(".pains tbody tr").first
    row.wait_for(timeout=PATIENCE_MS)
    told = row.inner_text()
    assert "Promise broken: Order delivered customer" in told
    assert "R$" in told
    gap, half, n = (float(one.replace(",", "")) for one in re.findall(r"−(\d\.\d).±.(\d\.\d) stars\s+n (\d+)", told)[0])
    wanted = ask_files(exports)
    assert gap == pytest.approx(wanted, abs=0.2)
    assert 0 < half < 0.5

    customers = int(row.locator("a[href*='of=touched']").inner_text())
    assert customers >= 30
    opened = open_figure(page, "a[href*='of=touched']")
    assert opened[1] == customers == opened[2]
    assert opened[0] >= customers
    opened = open_figure(page, "a[href*='of=0']")
    assert opened[0] == n
    assert opened[2] == opened[1] <= n


def bring(page: Page, file: Path) -> None:
    """Bring a file and import it with what was guessed."""
    page.locator("input[type=file]").set_input_files(file)
    for press in ("Look at it", "Try it dry", "Import it"):
        page.get_by_role("button", name=press).click(timeout=PATIENCE_MS)
    page.get_by_role("link", name="Bring another file").wait_for(timeout=PATIENCE_MS)


def open_figure(page: Page, link: str) -> tuple[int, int, int]:
    """Press a figure of the first pain, and come back: the touches and customers it says, and the customers listed."""
    page.locator(".pains tbody tr").first.locator(link).click()
    settle(page)
    said = re.findall(r"([\d,]+)\stouch(?:es)? of ([\d,]+)\scustomer", page.locator("main").inner_text())[0]
    touches, customers = (int(one.replace(",", "")) for one in said)
    listed: set[str] = set()
    own = page.url
    for number in range(1, -(-touches // 50) + 1):
        page.goto(f"{own}&page={number}")
        listed |= set(page.locator("main a[href*='/customers/']").evaluate_all("all => all.map(one => one.pathname)"))
    page.goto(own.split("/pains/")[0] + "/pains")
    page.locator(".pains tbody tr").first.wait_for(timeout=PATIENCE_MS)
    return touches, customers, len(listed)


def ask_files(exports: Path) -> float:
    """Return by how many stars those answered lower whose order came late or never, asked of the files directly."""
    asked = f"""
        select avg(review_score) filter (late), avg(review_score) filter (not late)
        from '{exports}/reviews.csv' join (
            select order_id, order_delivered_customer_date is null
                or order_delivered_customer_date::date > order_estimated_delivery_date::date as late
            from '{exports}/orders.csv'
            where order_delivered_customer_date is not null or (order_status <> 'canceled'
                and order_estimated_delivery_date < (select max(order_purchase_timestamp) from '{exports}/orders.csv'))
        ) using (order_id)
    """
    late, punctual = duckdb.sql(asked).fetchall()[0]
    return float(punctual - late)
