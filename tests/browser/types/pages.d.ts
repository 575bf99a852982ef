// Values that modules of pages pass to each other.

/** A visible change of a product's field, as strings. */
interface FieldChange {
  field: string;
  from: string;
  to: string;
}

/** A change for the feed of the live page. */
interface FeedChange {
  id: string;
  title: string;
  kind: 'created' | 'deleted' | 'changed';
  changes?: FieldChange[];
}

/** A field that the product table edits. */
type ProductField = 'title' | 'code' | 'category' | 'price' | 'stock' | 'status';

/** A row of the product table. */
interface ProductRow {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly element: HTMLElement;
}
