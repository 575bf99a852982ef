// The frames of both sockets, and a connection that sends and receives them.

type ProductAction = 'created' | 'updated' | 'deleted';
type CartReason =
  'snapshot' | 'deleted' | 'expired' | 'short' | 'available' | 'price' | 'changed';

/** The data of each event that the server sends. */
interface ServerFrames {
  welcome: { cursor: string; resumed: boolean };
  position: { cursor: string };
  products: { cursor: string; products: Product[]; remaining: number };
  update_products: {
    cursor: string;
    id: string;
    action: ProductAction;
    product: Product | null;
    version: number;
  };
  cart: { cursor: string; reason: CartReason; cart: Cart };
  viewers: { count: number };
  'chat-messages': { cursor: string; messages: ChatMessage[]; hasMore: boolean };
  'chat-message': ChatMessage & { cursor: string; nonce?: string };
  'chat-deleted': { cursor: string; seq: number };
  /** action: joined, rather than left. */
  user: { user: string; action: boolean; online: number };
  users: { users: string[]; online: number };
  error: { code: string; message: string; nonce?: string };
}

/** The data of each event that a page sends. */
interface ClientFrames {
  join: { user: string };
  leave: Record<string, never>;
  'chat-message': { message: string; nonce: string };
  history: { before: number; limit: number };
}

type FrameHandlers = {
  [Event in keyof ServerFrames]?: (data: ServerFrames[Event]) => void;
};

interface ConnectionState {
  name: 'connecting' | 'live' | 'waiting' | 'offline';
  /** Time of the next attempt; null during one. */
  retryAt: number | null;
  /** When the connection was lost; null if it was never live. */
  liveUntil: number | null;
}

interface Connection {
  /** Sends a frame; false without a live connection. */
  send<Event extends keyof ClientFrames>(event: Event, data?: ClientFrames[Event]): boolean;
  /** Sets the cursor to resume from; null: the page has no complete state. */
  reached(position: string | null): void;
  retryNow(): void;
  /** Closes a connection that is open but unusable, and retries after a wait. */
  retryLater(): void;
}
