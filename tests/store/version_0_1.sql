-- The rows of a small shop as version 0.1 wrote them, with times relative to now. Of the answers,
-- row 1 and 2 are HTTP responses, row 3 is the outcome of a purchase form; their keys and
-- fingerprints are those that version 0.1 computed.

INSERT INTO products VALUES (
    1, x'6b0e4b6de0f6a9bbf9007eb1', 'V-1', 'Vase', 1999, 1, 8, 3, 'c', 2, 1796098925707,
    1796098934105, '["a.png"]', 'x', 'vase' || char(31) || 'x' || char(31) || 'v-1'
);
INSERT INTO thumbnail_names VALUES ('a.png', x'6b0e4b6de0f6a9bbf9007eb1');

INSERT INTO carts VALUES (
    1, x'628b0ba9d695547535ac6429', 3, 1796098933394, unixepoch() * 1000,
    (unixepoch() + 2592000) * 1000
);
INSERT INTO cart_lines VALUES (
    x'628b0ba9d695547535ac6429', x'6b0e4b6de0f6a9bbf9007eb1', 1, 3, unixepoch() * 1000,
    (unixepoch() + 3600) * 1000
);

INSERT INTO orders VALUES (
    1, x'a35ce36d7d5d0faf14a1298c', '96AT-93VR', 1796098934105, 'ana@example.com',
    x'628b0ba9d695547535ac6429', NULL
);
INSERT INTO order_lines VALUES (
    x'a35ce36d7d5d0faf14a1298c', 0, x'6b0e4b6de0f6a9bbf9007eb1', 'V-1', 'Vase', 1999, 2
);

INSERT INTO messages VALUES (
    1, x'6b0e4b926aaf28726500fe02', 'ana@example.com', 'hello', 1796098962445, NULL
);
INSERT INTO mutes VALUES ('bo@example.com', (unixepoch() + 3600) * 1000);

-- Row 1 is the mark that the first migration inserts.
INSERT INTO changes VALUES
    (2, 3954295818463761137, 1, x'6b0e4b6de0f6a9bbf9007eb1', 1, 'Vase', NULL),
    (3, 6847589231565711920, 6, x'628b0ba9d695547535ac6429', NULL, NULL, NULL),
    (4, 8946343866374535608, 2, x'6b0e4b6de0f6a9bbf9007eb1', 2, 'Vase', NULL),
    (5, 2580191971725143002, 6, x'628b0ba9d695547535ac6429', NULL, NULL, NULL),
    (6, -3410147107712480888, 4, x'6b0e4b926aaf28726500fe02', NULL, NULL, 1),
    (7, 939775315487473074, 2, x'6b0e4b6de0f6a9bbf9007eb1', 2, 'Vase', NULL),
    (8, 679951993514600190, 6, x'628b0ba9d695547535ac6429', NULL, NULL, NULL);

INSERT INTO answers VALUES (
    1,
    x'b847a25465c86815c921c08fc70833d8051bf31b383c726f2bc2b4dade4acb3a',
    x'fac2b253fe62ade411f93d72d0673d88faec7430c36a21f8643c0ae6b6d97fb3',
    unixepoch() * 1000,
    CAST('{"status":201,"headers":[["etag","\"1\""],["content-type","application/json"],["location","/api/products/6b0e4b6de0f6a9bbf9007eb1"]],"body":"{\"status\":201,\"payload\":{\"_id\":\"6b0e4b6de0f6a9bbf9007eb1\",\"title\":\"Vase\",\"description\":\"x\",\"code\":\"V-1\",\"price\":19.99,\"status\":true,\"stock\":10,\"available\":10,\"category\":\"c\",\"thumbnails\":[],\"version\":1,\"createdAt\":\"2026-12-01T04:22:05.707Z\",\"updatedAt\":\"2026-12-01T04:22:05.707Z\"}}"}' AS BLOB)
), (
    2,
    x'3e5519ab0369b665cf8df447bf0c14fe8709b729652b1303ab3ceffbc43d3d5a',
    x'fac2b253fe62ade411f93d72d0673d88faec7430c36a21f8643c0ae6b6d97fb3',
    unixepoch() * 1000,
    CAST('{"status":409,"headers":[["cache-control","no-store"],["content-type","application/problem+json"],["x-content-type-options","nosniff"]],"body":"{\"type\":\"about:blank\",\"title\":\"Conflict\",\"status\":409,\"detail\":\"another product has this code\",\"message\":\"another product has this code\",\"code\":\"duplicate_code\"}"}' AS BLOB)
), (
    3,
    x'75c36bea5b85f94b05e6fc3d25eb3bb1fc438bab4f21440f9ba28deeae614196',
    x'12e411dba3909d457890d3ac56d5f9e099802ab5372a3f0b2f3ed5ee68886391',
    unixepoch() * 1000,
    CAST('{"Bought":{"order":"a35ce36d7d5d0faf14a1298c","left":false}}' AS BLOB)
);

PRAGMA user_version = 5;
