-- Lists and searches are answered from memory: what only they needed goes.

DROP INDEX products_by_category;
DROP INDEX products_by_price;
DROP INDEX products_by_category_and_price;

ALTER TABLE products DROP COLUMN search;
