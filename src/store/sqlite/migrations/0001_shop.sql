-- The shop's first schema. Ids are 12-byte blobs, which sort as their hexadecimal texts do; moments
-- are milliseconds since 1970; money is in minor units.

-- "Vitr" in ASCII: by this mark a file of ours is told from other programs' files.
PRAGMA application_id = 0x56697472;

CREATE TABLE products (
    row         INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 12),
    code        TEXT    NOT NULL UNIQUE,
    title       TEXT    NOT NULL,
    price       INTEGER NOT NULL CHECK (price >= 0),
    status      INTEGER NOT NULL CHECK (status IN (0, 1)),
    stock       INTEGER NOT NULL CHECK (stock >= 0),
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

CREATE INDEX products_by_category ON products (category, id);
CREATE INDEX products_by_price ON products (price, id);
CREATE INDEX products_by_category_and_price ON products (category, price, id);

-- Which products name an image: the JSON arrays of `products`, turned over.
CREATE TABLE thumbnail_names (
    name    TEXT NOT NULL,
    product BLOB NOT NULL,
    PRIMARY KEY (name, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE carts (
    row        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 12),
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- `product` is no foreign key: the line of a deleted product stays until it was told.
CREATE TABLE cart_lines (
    cart     BLOB    NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
    product  BLOB    NOT NULL,
    -- Grows with each product that is put into the cart.
    place    INTEGER NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (cart, place),
    UNIQUE (cart, product)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT never gives a number twice, also not the number of a deleted last row.
CREATE TABLE messages (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    id       BLOB    NOT NULL UNIQUE CHECK (length(id) = 12),
    user     TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    datetime INTEGER NOT NULL,
    nonce    TEXT
) STRICT;

CREATE UNIQUE INDEX messages_by_nonce ON messages (user, nonce) WHERE nonce IS NOT NULL;

-- Every committed change in the order of commits, without a gap; the oldest rows are trimmed away.
CREATE TABLE changes (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Tells this file's number from the same number in another life of the file.
    tag     INTEGER NOT NULL DEFAULT (random()),
    -- 0 a mark, 1 product created, 2 updated, 3 deleted, 4 message appended, 5 deleted, 6 cart.
    kind    INTEGER NOT NULL,
    entity  BLOB,
    -- Of a product: its version by this change and its title.
    version INTEGER,
    title   TEXT,
    -- Of a message.
    seq     INTEGER
) STRICT;

-- A place to stand before the first change.
INSERT INTO changes (kind) VALUES (0);

-- Written to find out whether the file takes writes.
CREATE TABLE pulse (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    beat INTEGER NOT NULL
) STRICT;

INSERT INTO pulse (id, beat) VALUES (1, 0);
