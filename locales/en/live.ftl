# Connection status.
state-connecting = Connecting
state-live = Live
state-reconnecting = Reconnecting in { $seconds } s
state-offline = Offline, data from { $time }
state-offline-never = Offline
state-next-try = next try in { $seconds } s
state-try-now = Try now
state-noscript = Turn on JavaScript for live updates, or reload to see changes.
viewers =
    { $count ->
        [one] only you
       *[other] { $count } watching
    }

# Live page.
live-heading = Live
live-list-heading = All products
live-total =
    { $count ->
        [0] No products
        [one] 1 product
       *[other] { $count } products
    }
live-empty = No products yet. New ones appear here.
live-overflow = New products are on the next page
feed-heading = Latest
feed-empty = Changes appear here.
feed-more = Show more
feed-created = New
feed-deleted = Removed
feed-changed = Changed
feed-price = Price
feed-stock = Stock
feed-title = Name
feed-category = Category
feed-picture = New picture
feed-description = New description
feed-from-to = from { $from } to { $to }
feed-times = { $count } changes
feed-paused =
    { $count ->
        [0] Paused
        [one] Paused, 1 new
       *[other] Paused, { $count } new
    }
changes =
    { $count ->
        [one] 1 product changed
       *[other] { $count } products changed
    }
