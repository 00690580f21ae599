//! Stands between the suite and a CSE, in both directions, and breaks one thing at a time.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value as Json;
use tokio::net::{TcpListener, TcpStream};

mod message;

pub use message::{Answered, Asked};
use message::{bytes, parse, read, write};

/// What a fault remembers, by whatever key it likes.
pub type Memory = HashMap<String, Json>;

/// Where a fault lies.
#[derive(Clone, Copy)]
pub enum Turn {
    /// In what is asked.
    Request(fn(&mut Asked, &mut Memory)),
    /// In what is answered.
    Answer(fn(&Asked, &mut Answered, &mut Memory)),
    /// In what is told: it goes out so many times.
    Notification(fn(&mut Asked, &mut Memory) -> usize),
    /// What is answered to notifications counts for nothing: all were welcome.
    Deaf,
    /// Nothing is carried out, where it answers something: a code and HTTP's.
    Instead(fn(&Asked) -> Option<(u32, u16)>),
}

struct State {
    /// Where the CSE is, and where the suite listens.
    cse: String,
    listener: String,
    /// Where notifications are told to go instead.
    ear: String,
    turn: Mutex<Option<Turn>>,
    memory: Mutex<Memory>,
}

/// The one between.
pub struct Proxy {
    state: Arc<State>,
    pub url: String,
}

impl Proxy {
    /// Stands before a CSE, and before the listener of the suite. Both without `http://`.
    pub async fn start(cse: &str, listener: &str) -> Self {
        let (front, back) = (listen().await, listen().await);
        let state = Arc::new(State {
            cse: cse.to_owned(),
            listener: listener.to_owned(),
            ear: back.1.to_string(),
            turn: Mutex::default(),
            memory: Mutex::default(),
        });
        let url = format!("http://{}", front.1);
        tokio::spawn(serve(front.0, Arc::clone(&state), true));
        tokio::spawn(serve(back.0, Arc::clone(&state), false));
        Self { state, url }
    }

    /// Breaks this from now on, and nothing else.
    pub fn turn(&self, turn: Option<Turn>) {
        *self.state.turn.lock().unwrap() = turn;
        self.state.memory.lock().unwrap().clear();
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn serve(listener: TcpListener, state: Arc<State>, forth: bool) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let state = Arc::clone(&state);
                async move { Ok::<_, Infallible>(if forth { state.ask(request).await } else { state.tell(request).await }) }
            });
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

impl State {
    async fn ask(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let mut asked = read(request, &self.listener, &self.ear).await;
        let turn = *self.turn.lock().unwrap();
        let identifier = asked.fields.get("x-m2m-ri").cloned();
        match turn {
            Some(Turn::Request(turn)) => turn(&mut asked, &mut self.memory.lock().unwrap()),
            Some(Turn::Instead(turn)) => {
                if let Some((code, http)) = turn(&asked) {
                    let mut answered =
                        Answered { status: StatusCode::OK, fields: HeaderMap::new(), content: Json::Null };
                    answered.set_code(code, http);
                    answered.fields.insert("x-m2m-rvi", HeaderValue::from_static("3"));
                    identifier.map(|identifier| answered.fields.insert("x-m2m-ri", identifier));
                    return write(answered, &self.ear, &self.listener);
                }
            }
            _ => {}
        }
        let mut answered = forward(&self.cse, &asked).await;
        if let Some(Turn::Answer(turn)) = turn {
            turn(&asked, &mut answered, &mut self.memory.lock().unwrap());
        }
        write(answered, &self.ear, &self.listener)
    }

    async fn tell(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let mut told = read(request, "", "").await;
        let turn = *self.turn.lock().unwrap();
        let times = match turn {
            Some(Turn::Notification(turn)) => turn(&mut told, &mut self.memory.lock().unwrap()),
            _ => 1,
        };
        let mut answered = Answered { status: StatusCode::OK, fields: HeaderMap::new(), content: Json::Null };
        answered.set_code(2000, 200);
        told.fields.get("x-m2m-ri").cloned().map(|identifier| answered.fields.insert("x-m2m-ri", identifier));
        for _ in 0..times {
            let real = forward(&self.listener, &told).await;
            if !matches!(turn, Some(Turn::Deaf)) {
                answered = real;
            }
        }
        write(answered, "", "")
    }
}

async fn forward(host: &str, asked: &Asked) -> Answered {
    let stream = TcpStream::connect(host).await.unwrap();
    let (mut sender, connection) = handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let query: Vec<String> = asked.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let target = format!("/{}{mark}{}", asked.path, query.join("&"));
    let mut request = Request::new(Full::new(bytes(&asked.content, "", "")));
    *request.method_mut() = asked.method.clone();
    *request.uri_mut() = target.parse().unwrap();
    *request.headers_mut() = asked.fields.clone();
    request.headers_mut().remove(CONTENT_LENGTH);
    request.headers_mut().remove(TRANSFER_ENCODING);
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    Answered { status: head.status, fields: head.headers, content: parse(&bytes, "", "") }
}
