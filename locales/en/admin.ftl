# Admin pages.
admin-nav-label = Admin
admin-products = Products
admin-orders = Orders
admin-chat = Chat
admin-invalid = Needs attention
admin-figures = Health
admin-log-out = Log out
admin-unprotected = No admin token is set: anyone on this machine is an admin.

# Login.
admin-login = Admin
admin-login-heading = Admin
admin-login-text = For shop staff. Enter the token the server was started with.
admin-token = Admin token
admin-log-in = Log in
admin-wrong-token = Wrong token.
admin-too-many-tries = Too many attempts. Wait a minute and try again.
admin-session-over = Your session has expired. Log in to continue; the last change was not saved.

# Confirmations.
admin-done-saved = Saved.
admin-done-created = Created. Add pictures next.
admin-done-deleted = Deleted.
admin-done-pictured = Pictures added.
admin-done-unpictured = Picture removed.
admin-done-cancelled = Cancelled. The items are back in stock.
admin-done-removed = Message removed.
admin-done-muted = This address can’t post until the mute ends.
admin-done-unmuted = This address can post again.

# Products.
admin-new = New product
admin-search = Search title, text or code
admin-all-categories = All categories
admin-all-statuses = Any status
admin-for-sale = For sale
admin-off = Not for sale
admin-column-title = Product
admin-column-category = Category
admin-column-price = Price
admin-column-stock = Stock
admin-column-status = Status
admin-edit = Open
admin-edit-title = Open { $title }
admin-delete = Delete
admin-delete-title = Delete { $title }
admin-table-hint = Click a value to edit it. Drop pictures on a row to add them.
admin-no-products = No products yet
admin-no-products-text = Create the first one.

# Product fields, and why a value is rejected.
# What a field takes.
admin-bad-line = { $min } to { $max } characters, on one line.
admin-bad-optional-line = At most { $max } characters, on one line.
admin-bad-money = A number from { $min } to { $max } with 2 decimals at most.
admin-bad-count = A whole number from { $min } to { $max }.
admin-bad-choice = Choose one.
admin-bad-text = At most { $max } characters.
admin-code-taken = Another product has this code.
admin-form-bad = Not saved. Check the marked fields.

# One product.
admin-save = Save
admin-create = Create
admin-back = Back to products
admin-see-in-shop = View in shop
admin-fix = This product has invalid data. Check every field; saving rewrites all of them and removes unreadable pictures.
admin-pictures = Pictures
admin-add-pictures = Drop pictures here, or choose them
admin-picture-kinds = PNG, JPEG, WebP or GIF, 10 MiB each
admin-upload = Upload
admin-uploading = Uploading
admin-remove-picture = Remove
admin-remove-picture-name = Remove the picture { $name }
admin-delete-product = Delete this product
admin-delete-text = It is removed from the shop and from every cart, with its pictures. Orders keep it.
admin-delete-sure = Delete permanently

# Edit conflicts.
admin-conflict = Someone else changed this product. Nothing was saved. Your values are in the fields; the saved ones are below each.
admin-conflict-delete = Someone else changed this product, so it was not deleted. Check it again.
admin-stored-now = Saved version:
admin-take-theirs = Use this
admin-keep-mine = Save mine
admin-take-all-theirs = Use the saved version

# Orders.
admin-order-count =
    { $count ->
        [0] No orders
        [one] 1 order
       *[other] { $count } orders
    }
admin-search-orders = Buyer’s e-mail or order code
admin-order-state = State
admin-order-sold = Sold
admin-order-cancelled = Cancelled
admin-no-orders = No orders yet
admin-no-orders-text = Orders appear here.
admin-no-such-orders = No order with this e-mail or code
admin-order-page = View as buyer
admin-all-orders = All orders
admin-cancel-order = Cancel this order
admin-cancel-text = All items go back into stock and the buyer’s page says it was cancelled. This can’t be undone.
admin-cancel-sure = Cancel the order

# Chat.
admin-see-chat = Open the chat
admin-remove-message = Remove
admin-remove-message-of = Remove { $user }’s message
admin-remove-message-text = It disappears from every open page.
admin-remove-message-sure = Remove permanently
admin-no-messages = No messages yet
admin-older-messages = Older messages
admin-newest-messages = Newest messages
admin-mute = Mute
admin-mute-user = Mute { $user }
admin-mute-text = Block new messages for
admin-mute-hour = an hour
admin-mute-day = a day
admin-mute-month = 30 days
admin-mutes = Muted now
admin-mute-until = until
admin-unmute = Unmute
admin-unmute-user = Unmute { $user }

# Invalid products.
admin-invalid-text = These products were written by another program and have invalid data. They are not for sale until fixed.
admin-invalid-more = There are more. They appear as you fix these.
admin-faults = Problems
admin-fault = { $field } is invalid
admin-fault-shared = Duplicate code
admin-all-valid = All good
admin-all-valid-text = Every product is valid.

# Used by the scripts of these pages.
admin-edit-cell = Change { $field } of { $title }: { $value }
admin-saved = { $field } of { $title }: { $value }
admin-not-saved = Not saved: can’t reach the shop. Try again.
admin-gone = Someone else deleted this product.
admin-yours = Yours: { $value }
admin-theirs = Saved: { $value }
admin-take-theirs-short = Use saved
admin-keep-mine-short = Keep mine
admin-changed-here = Someone just changed this to { $value }
admin-log-in-again = Your session has expired.
admin-going = Deleting in { $seconds } s
admin-gone-now = { $title } was deleted.
admin-undo = Undo
admin-undone = { $title } was kept.
admin-not-deleted = { $title } was changed and not deleted. Check it and delete it again.
admin-picture-added =
    { $count ->
        [one] 1 picture was added.
       *[other] { $count } pictures were added.
    }
admin-picture-bad = Not a readable PNG, JPEG, WebP or GIF.
admin-picture-large = At most { $count } pictures at once, 10 MiB and 40 megapixels each.
admin-picture-many = A product has { $count } pictures at most.
admin-picture-failed = Not uploaded. Check your connection and try again.

# Server health.
admin-figures-noscript = Live figures need JavaScript.
admin-figures-live = Updated every second
admin-figures-lost = No response from the server. Data from { $time }.
admin-figure-sockets = Open sockets
admin-figure-deliveries = Frames delivered per second
admin-figure-slow = Slow connections
admin-figure-lag = Commit to page, p99, ms
admin-figure-commit = Commit, p99, ms
admin-figure-requests = Requests per second
admin-figure-refusals = Refused per second
admin-figure-memory = Memory, MiB
admin-figure-peak = Peak { $value } in 2 minutes
