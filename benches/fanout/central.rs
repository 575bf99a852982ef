//! The design of the actix chat example: one server actor has the address of every session, and
//! sends each a copy of every message.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::time::{Duration, Instant};

use actix::{
    Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, Recipient,
    Running, StreamHandler, WrapFuture,
};
use actix_web::web::{Data, Payload, get};
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer};
use actix_web_actors::ws::{self, ProtocolError, WebsocketContext};

const ROOM: &str = "main";
/// Heartbeat of a session, with the times of vitrina.
const PING_INTERVAL: Duration = Duration::from_secs(25);
const PING_TIMEOUT: Duration = Duration::from_secs(35);

#[derive(Message)]
#[rtype(result = "()")]
struct Text(String);

#[derive(Message)]
#[rtype(result = "usize")]
struct Connect(Recipient<Text>);

#[derive(Message)]
#[rtype(result = "()")]
struct Disconnect(usize);

#[derive(Message)]
#[rtype(result = "()")]
struct Publish {
    room: &'static str,
    text: String,
}

#[derive(Default)]
struct ChatServer {
    sessions: HashMap<usize, Recipient<Text>>,
    rooms: HashMap<String, HashSet<usize>>,
    last: usize,
}

impl Actor for ChatServer {
    type Context = Context<Self>;
}

impl Handler<Connect> for ChatServer {
    type Result = usize;

    fn handle(&mut self, Connect(session): Connect, _: &mut Self::Context) -> usize {
        self.last += 1;
        self.sessions.insert(self.last, session);
        let room = self.rooms.entry(ROOM.to_owned()).or_default();
        room.insert(self.last);
        self.last
    }
}

impl Handler<Disconnect> for ChatServer {
    type Result = ();

    fn handle(&mut self, Disconnect(id): Disconnect, _: &mut Self::Context) {
        self.sessions.remove(&id);
        for room in self.rooms.values_mut() {
            room.remove(&id);
        }
    }
}

impl Handler<Publish> for ChatServer {
    type Result = ();

    fn handle(&mut self, Publish { room, text }: Publish, _: &mut Self::Context) {
        for id in self.rooms.get(room).into_iter().flatten() {
            if let Some(session) = self.sessions.get(id) {
                session.do_send(Text(text.clone()));
            }
        }
    }
}

struct Session {
    id: usize,
    last_received: Instant,
    server: Addr<ChatServer>,
}

impl Actor for Session {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(PING_INTERVAL, |session, ctx| {
            if session.last_received.elapsed() > PING_TIMEOUT {
                ctx.stop();
            } else {
                ctx.ping(b"");
            }
        });
        let connected = self.server.send(Connect(ctx.address().recipient()));
        let registered = connected.into_actor(self).map(|id, session, ctx| match id {
            Ok(id) => session.id = id,
            Err(_) => ctx.stop(),
        });
        ctx.wait(registered);
    }

    fn stopping(&mut self, _: &mut Self::Context) -> Running {
        self.server.do_send(Disconnect(self.id));
        Running::Stop
    }
}

impl Handler<Text> for Session {
    type Result = ();

    fn handle(&mut self, Text(text): Text, ctx: &mut Self::Context) {
        ctx.text(text);
    }
}

impl StreamHandler<Result<ws::Message, ProtocolError>> for Session {
    fn handle(&mut self, item: Result<ws::Message, ProtocolError>, ctx: &mut Self::Context) {
        self.last_received = Instant::now();
        match item {
            Ok(ws::Message::Text(text)) => self.server.do_send(Publish {
                room: ROOM,
                text: text.to_string(),
            }),
            Ok(ws::Message::Ping(payload)) => ctx.pong(&payload),
            Ok(ws::Message::Close(_)) | Err(_) => ctx.stop(),
            Ok(_) => {}
        }
    }
}

async fn open(
    request: HttpRequest,
    incoming: Payload,
    server: Data<Addr<ChatServer>>,
) -> Result<HttpResponse, Error> {
    let session = Session {
        id: 0,
        last_received: Instant::now(),
        server: server.get_ref().clone(),
    };
    ws::start(session, &request, incoming)
}

/// Serves until the process is killed.
pub(crate) fn serve() -> io::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let server = ChatServer::default().start();
        let http = HttpServer::new(move || {
            let server = Data::new(server.clone());
            App::new().app_data(server).route("/ws", get().to(open))
        })
        .workers(1)
        .backlog(4096)
        .tcp_nodelay(true)
        .bind(("127.0.0.1", 0))?;
        for address in http.addrs() {
            writeln!(io::stdout(), "listening on {address} ")?;
        }
        http.run().await
    })
}
