-- What was bought, as it was at the moment of the purchase: an order names its products, but does not
-- need them. What an order cost is the sum of its lines.

CREATE TABLE orders (
    row          INTEGER PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 12),
    code         TEXT    NOT NULL UNIQUE,
    purchased_at INTEGER NOT NULL,
    purchaser    TEXT    NOT NULL,
    cart         BLOB    NOT NULL,
    cancelled_at INTEGER
) STRICT;

CREATE INDEX orders_by_moment ON orders (purchased_at DESC, id);
CREATE INDEX orders_by_purchaser ON orders (purchaser, purchased_at DESC, id);
CREATE INDEX orders_by_cart ON orders (cart, purchased_at DESC, id);

CREATE TABLE order_lines (
    of_order BLOB    NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    place    INTEGER NOT NULL,
    product  BLOB    NOT NULL,
    code     TEXT    NOT NULL,
    title    TEXT    NOT NULL,
    price    INTEGER NOT NULL CHECK (price >= 0),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (of_order, place)
) STRICT, WITHOUT ROWID;
