-- What carts keep of products, and when carts end.

-- The table anew, so that what is held stands beside the stock and not behind the long texts.
CREATE TABLE products_anew (
    row         INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 12),
    code        TEXT    NOT NULL UNIQUE,
    title       TEXT    NOT NULL,
    price       INTEGER NOT NULL CHECK (price >= 0),
    status      INTEGER NOT NULL CHECK (status IN (0, 1)),
    stock       INTEGER NOT NULL CHECK (stock >= 0),
    -- Units of the lines of carts that have a hold.
    held        INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    category    TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    -- A JSON array of names, in order.
    thumbnails  TEXT    NOT NULL,
    description TEXT    NOT NULL,
    -- Title, description and code with their letter case folded. The long texts stand last, so that
    -- reading the rest does not walk through them.
    search      TEXT    NOT NULL
) STRICT;

INSERT INTO products_anew (row, id, code, title, price, status, stock, category, version, created_at,
                           updated_at, thumbnails, description, search)
SELECT row, id, code, title, price, status, stock, category, version, created_at, updated_at,
       thumbnails, description, search
FROM products;

DROP TABLE products;
ALTER TABLE products_anew RENAME TO products;

CREATE INDEX products_by_category ON products (category, id);
CREATE INDEX products_by_price ON products (price, id);
CREATE INDEX products_by_category_and_price ON products (category, price, id);

-- Both or none; a line with a hold keeps all its units.
ALTER TABLE cart_lines ADD COLUMN held_since INTEGER;
ALTER TABLE cart_lines ADD COLUMN held_until INTEGER;

CREATE INDEX cart_lines_by_end ON cart_lines (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX cart_lines_by_held_product ON cart_lines (product, held_until)
WHERE held_until IS NOT NULL;

ALTER TABLE carts ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0;

-- 30 days after the last change, 6 hours without a line.
UPDATE carts SET expires_at = updated_at + iif(
    EXISTS (SELECT 1 FROM cart_lines WHERE cart_lines.cart = carts.id), 2592000000, 21600000);

CREATE INDEX carts_by_end ON carts (expires_at);
