"""Values that a document cannot describe: file contents, and ids and versions of the shop.

They are set in valid requests, because the shop rightly refuses generated ids, which the document
allows. Invalid requests and the checks are not changed.
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

# Enough for a busy machine.
TIMEOUT = 10


def png(width, height):
    """An image of one colour."""

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
# A schema describes strings and bytes, not file formats. Bad rows (a stock of -1) are reported in
# the response.
schemathesis.openapi.media_type("image/png", st.builds(png, st.integers(1, 8), st.integers(1, 8)))
schemathesis.openapi.media_type("text/csv", st.lists(ROW, max_size=5).map(table))
schemathesis.openapi.media_type("application/x-ndjson", st.lists(ROW, max_size=5).map(lines))


class Shop:
    """The current state of the shop."""

    def __init__(self, case):
        self.base = case.operation.schema.get_base_url().rstrip("/")

    def available_products(self):
        """Products that can be bought."""
        query = {"status": "true", "query": "stock:1", "limit": "100"}
        return requests.get(f"{self.base}/api/products", query, timeout=TIMEOUT).json()["payload"]

    def images(self):
        """Products and the names of their images."""
        return [(product["_id"], name) for product in self.available_products() for name in product["thumbnails"]]

    def version(self, product):
        """The version of a product for `If-Match`; `*` for an unknown one."""
        return requests.get(f"{self.base}/api/products/{product}", timeout=TIMEOUT).headers.get("ETag", "*")

    def new_cart(self):
        """The id of a new, empty cart."""
        return requests.post(f"{self.base}/api/carts", timeout=TIMEOUT).json()["payload"]["_id"]

    def put_into(self, cid, pid):
        requests.post(f"{self.base}/api/carts/{cid}/products/{pid}", json={"quantity": 1}, timeout=TIMEOUT)


def set_headers(case, shop):
    # A used key gets its saved response, or is refused with another body.
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    # Every version except the current one is refused.
    if "If-Match" in case.headers:
        case.headers["If-Match"] = shop.version(case.path_parameters["pid"])


def set_body(case, shop):
    # Products accept only names of existing images.
    if case.body.get("thumbnails"):
        case.body["thumbnails"] = [name for _, name in shop.images()[:1]]
    # Carts accept only existing products, and add up lines with the same one, which may exceed the
    # limit.
    if case.body.get("products"):
        chosen = list(zip(case.body["products"], shop.available_products()))
        case.body["products"] = [{**line, "product": product["_id"]} for line, product in chosen]


def set_path(case, shop, operation):
    # No response links to cart lines or images, so only unknown ones would be requested.
    if operation in ("addToCart", "setCartLine", "removeCartLine") and (products := shop.available_products()):
        case.path_parameters.update(cid=shop.new_cart(), pid=products[0]["_id"])
        if operation != "addToCart":
            shop.put_into(**case.path_parameters)
    if operation in ("getImage", "getSmallImage", "deleteThumbnail") and (images := shop.images()):
        product, name = images[-1]
        case.path_parameters["name"] = name + (".webp" if operation == "getSmallImage" else "")
        if operation == "deleteThumbnail":
            case.path_parameters["pid"] = product


def is_valid(case):
    return case.meta is None or case.meta.generation.mode.is_positive


def name_of(case):
    return case.operation.definition.raw["operationId"]


@schemathesis.hook
def before_call(context, case, kwargs):
    if not is_valid(case):
        return
    shop, operation = Shop(case), name_of(case)
    if case.headers:
        set_headers(case, shop)
    if isinstance(case.body, dict):
        set_body(case, shop)
    set_path(case, shop, operation)
    # An empty cart cannot be bought.
    if operation == "purchaseCart" and (products := shop.available_products()):
        shop.put_into(case.path_parameters["cid"], products[0]["_id"])


succeeded = set()


@schemathesis.hook
def after_call(context, case, response):
    if 200 <= response.status_code < 300:
        succeeded.add(name_of(case))


@atexit.register
def save_successes():
    """Writes the operations that succeeded at least once, for scripts/schemathesis."""
    with open(os.environ["VITRINA_SUCCEEDED"], "w", encoding="utf-8") as file:
        file.writelines(f"{name}\n" for name in sorted(succeeded))
