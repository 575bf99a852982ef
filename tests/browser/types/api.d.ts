// Bodies of the REST interface: the members that scripts of pages read.

interface Product {
  _id: string;
  title: string;
  description: string;
  code: string;
  price: number;
  status: boolean;
  stock: number;
  available: number;
  category: string;
  thumbnails: string[];
  version: number;
}

interface CartLine {
  product: Product;
  quantity: number;
  /** Units that this cart can have now, including its own hold. */
  available: number;
  subtotal: number;
  /** RFC 3339; absent without a hold. */
  heldUntil?: string;
}

interface Cart {
  _id: string;
  products: CartLine[];
  total: number;
  warnings: { code: string; product: string }[];
  version: number;
}

interface ChatMessage {
  seq: number;
  user: string;
  message: string;
  /** RFC 3339. */
  datetime: string;
}

/** The body of an error; empty if there was no response. */
interface Problem {
  code?: string;
  /** From a form of a page: a sentence in the page's language. */
  text?: string;
  /** With `insufficient_stock`. */
  available?: number;
}

/** status is 0 without a response. */
interface ApiFailure {
  ok: false;
  status: number;
  problem: Problem;
}

type ApiResult<Payload> = { ok: true; status: number; payload: Payload } | ApiFailure;

/** The result of a cart form. problem is a sentence. */
type CartResult =
  | { cart: Cart; problem?: undefined; available?: undefined }
  | { cart?: undefined; problem: string; available?: number };

/** The live figures of the server. */
interface ServerFigures {
  uptimeSeconds: number;
  memoryBytes: number | null;
  sockets: { products: number; chat: number };
  deliveries: { frames: number };
  readers: { slow: number };
  feed: { lag: { p99Ms: number | null } };
  commit: { p99Ms: number | null };
  requests: { total: number; refused: number };
}
