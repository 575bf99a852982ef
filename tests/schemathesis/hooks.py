"""What no description can say of good requests: files of their kinds, and what only the shop's present state knows.

Bad requests are left as they were made. In good ones alone these values are set, because with a made-up one the shop rightly
refuses what the document allows; no check is changed here.
"""

import atexit
import csv
import io
import json
import os
import struct
import uuid
import zlib

import requests
import schemathesis
from hypothesis import strategies as st

# Long enough for a busy machine.
PATIENCE = 10


def png(width, height):
    """A picture of one colour."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = zlib.compress((b"\0" + b"\x80\x60\x40" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def table(rows):
    """Products as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ["code", "title", "price", "stock"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def lines(rows):
    """Products as NDJSON."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


WORD = st.text("abcdefghijklmnopqrstuvwxyzáñ €\"',;", min_size=1, max_size=20).map("x".__add__)
ROW = st.fixed_dictionaries({"code": WORD, "title": WORD, "price": st.integers(0, 1000), "stock": st.integers(-1, 1000)})
# A schema knows texts and bytes, no formats of files. Bad rows (a stock of -1) are told in the answer.
schemathesis.openapi.media_type("image/png", st.builds(png, st.integers(1, 8), st.integers(1, 8)))
schemathesis.openapi.media_type("text/csv", st.lists(ROW, max_size=5).map(table))
schemathesis.openapi.media_type("application/x-ndjson", st.lists(ROW, max_size=5).map(lines))


class Shop:
    """What the shop has at this moment."""

    def __init__(self, case):
        self.base = case.operation.schema.get_base_url().rstrip("/")

    def goods(self):
        """Products that can be bought."""
        query = {"status": "true", "query": "stock:1", "limit": "100"}
        return requests.get(f"{self.base}/api/products", query, timeout=PATIENCE).json()["payload"]

    def images(self):
        """Products and the names of their images."""
        return [(product["_id"], name) for product in self.goods() for name in product["thumbnails"]]

    def version(self, product):
        """The version of a product as `If-Match` has it; of one that is not there, any."""
        return requests.get(f"{self.base}/api/products/{product}", timeout=PATIENCE).headers.get("ETag", "*")

    def new_cart(self):
        """The id of a cart with nothing in it."""
        return requests.post(f"{self.base}/api/carts", timeout=PATIENCE).json()["payload"]["_id"]

    def put_into(self, cid, pid):
        requests.post(f"{self.base}/api/carts/{cid}/products/{pid}", json={"quantity": 1}, timeout=PATIENCE)


def set_headers(case, shop):
    # A key that was used asks for its first answer again, or is refused with another body.
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    # Every other version than the present one is refused.
    if "If-Match" in case.headers:
        case.headers["If-Match"] = shop.version(case.path_parameters["pid"])


def set_body(case, shop):
    # Products take only names of images that are there.
    if case.body.get("thumbnails"):
        case.body["thumbnails"] = [name for _, name in shop.images()[:1]]
    # Carts take only products that are there, and add up lines of the same one, so that their sum can be too much.
    if case.body.get("products"):
        chosen = list(zip(case.body["products"], shop.goods()))
        case.body["products"] = [{**line, "product": product["_id"]} for line, product in chosen]


def set_path(case, shop, operation):
    # No answer leads to the lines of a cart, or to images: unknown ones would be asked for alone.
    if operation in ("addToCart", "setCartLine", "removeCartLine") and (goods := shop.goods()):
        case.path_parameters.update(cid=shop.new_cart(), pid=goods[0]["_id"])
        if operation != "addToCart":
            shop.put_into(**case.path_parameters)
    if operation in ("getImage", "getSmallImage", "deleteThumbnail") and (images := shop.images()):
        product, name = images[-1]
        case.path_parameters["name"] = name + (".webp" if operation == "getSmallImage" else "")
        if operation == "deleteThumbnail":
            case.path_parameters["pid"] = product


def is_good(case):
    return case.meta is None or case.meta.generation.mode.is_positive


def name_of(case):
    return case.operation.definition.raw["operationId"]


@schemathesis.hook
def before_call(context, case, kwargs):
    if not is_good(case):
        return
    shop, operation = Shop(case), name_of(case)
    if case.headers:
        set_headers(case, shop)
    if isinstance(case.body, dict):
        set_body(case, shop)
    set_path(case, shop, operation)
    # An empty cart cannot be bought.
    if operation == "purchaseCart" and (goods := shop.goods()):
        shop.put_into(case.path_parameters["cid"], goods[0]["_id"])


succeeded = set()


@schemathesis.hook
def after_call(context, case, response):
    if 200 <= response.status_code < 300:
        succeeded.add(name_of(case))


@atexit.register
def tell_successes():
    """Leaves the operations that did what was asked at least once, for scripts/schemathesis."""
    with open(os.environ["VITRINA_SUCCEEDED"], "w", encoding="utf-8") as file:
        file.writelines(f"{name}\n" for name in sorted(succeeded))
