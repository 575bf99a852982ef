chat-heading = Chat
chat-log-label = Mensajes
chat-pending-label = Mensajes propios en camino
chat-older = Ver mensajes anteriores
chat-beginning = Acá empieza la conversación.
chat-loading = Buscando la conversación
chat-empty = Todavía no escribió nadie. Un saludo alcanza para empezar.
chat-noscript = El chat necesita JavaScript. El catálogo funciona sin él.
chat-your-message = Mensaje
chat-send = Enviar
chat-hint = Enter envía, Shift + Enter hace un renglón nuevo
chat-you = Yo
chat-you-as = En el chat como { $user }
chat-today = Hoy
chat-yesterday = Ayer

# Who is here.
chat-people-label = Personas en el chat
chat-online =
    { $count ->
        [one] 1 persona
       *[other] { $count } personas
    }
chat-others =
    { $count ->
        [one] 1 persona más
       *[other] { $count } personas más
    }
chat-joined =
    { $count ->
        [one] { $who } entró
       *[other] { $who } entraron
    }
chat-left =
    { $count ->
        [one] { $who } salió
       *[other] { $who } salieron
    }
chat-whole-addresses = Ver direcciones completas
chat-change-address = Cambiar dirección

# Joining.
chat-join-heading = ¿Quién escribe?
chat-join-text = La dirección de e-mail se muestra junto a los mensajes. Nadie la verifica: acá cualquiera puede usar cualquier dirección.
chat-email = Dirección de e-mail
chat-email-missing = Indicar una dirección de e-mail para entrar.
chat-email-bad = No parece una dirección de e-mail. Un ejemplo: ana@example.com
chat-join-action = Entrar al chat
chat-join-leave = Volver al catálogo

# Messages on their way.
chat-sending = Enviando
chat-failed = No se envió.
chat-outbox-full = Ya hay { $count } mensajes esperando. Este queda acá hasta que salga alguno.
chat-send-again = Enviar de nuevo
chat-discard = Descartar
chat-deleted = Mensaje eliminado
chat-new =
    { $count ->
        [one] 1 mensaje nuevo
       *[other] { $count } mensajes nuevos
    }
chat-count-left = Quedan { $count } caracteres
chat-too-long = Sobran { $count } caracteres
chat-rate-limited = Fue muy rápido. El mensaje espera un momento.
chat-muted = Esta dirección no puede escribir por un tiempo.
chat-unavailable = La tienda no puede guardar mensajes en este momento.
