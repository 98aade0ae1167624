"""What is made of books beside themselves: a product is a file here, and a line in `PRODUCTS`.

One that an edition names among its `products` has its name in `records.schema.report` as well.
"""

from __future__ import annotations

from reportgen.building.products.cover import Cover
from reportgen.building.products.kinds import BookProduct
from reportgen.building.products.sheets import Sheets

PRODUCTS: tuple[BookProduct, ...] = (Cover(), Sheets())
