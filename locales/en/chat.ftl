chat-heading = Chat
chat-log-label = Messages
chat-pending-label = Your messages on their way
chat-older = Show older messages
chat-beginning = This is where the conversation begins.
chat-loading = Fetching the conversation
chat-empty = Nobody has written yet. Say hello.
chat-noscript = The chat needs JavaScript. The catalogue works without it.
chat-your-message = Your message
chat-send = Send
chat-hint = Enter sends, Shift + Enter starts a new line
chat-you = You
chat-you-as = You are here as { $user }
chat-today = Today
chat-yesterday = Yesterday

# Who is here.
chat-people-label = People in the chat
chat-online =
    { $count ->
        [one] 1 here
       *[other] { $count } here
    }
chat-others =
    { $count ->
        [one] 1 other
       *[other] { $count } others
    }
chat-joined =
    { $count ->
        [one] { $who } joined
       *[other] { $who } joined
    }
chat-left =
    { $count ->
        [one] { $who } left
       *[other] { $who } left
    }
chat-whole-addresses = Show whole addresses
chat-change-address = Change address

# Joining.
chat-join-heading = Who is writing?
chat-join-text = Your e-mail address is shown beside your messages. Nobody checks it, so anyone could use any address here.
chat-email = E-mail address
chat-email-missing = Give an e-mail address to join.
chat-email-bad = That does not look like an e-mail address. An example: ana@example.com
chat-join-action = Join the chat
chat-join-leave = Back to the catalogue

# Messages on their way.
chat-sending = Sending
chat-failed = Not sent.
chat-outbox-full = { $count } messages are already waiting to be sent. This one stays here until some are gone.
chat-send-again = Send again
chat-discard = Discard
chat-deleted = This message was removed
chat-new =
    { $count ->
        [one] 1 new message
       *[other] { $count } new messages
    }
chat-count-left = { $count } characters left
chat-too-long = { $count } characters too many
chat-rate-limited = That was fast. Your message waits a moment.
chat-muted = This address may not write for a while.
chat-unavailable = The shop cannot store messages right now.
