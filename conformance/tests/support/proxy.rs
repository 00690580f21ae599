//! Stands between the suite and a CSE, in both directions, and breaks one thing at a time.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value as Json;
use tokio::net::{TcpListener, TcpStream};

/// A request on its way, or one that was sent.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    /// The path, without the slash in front.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub fields: HeaderMap,
    pub content: Json,
}

impl Asked {
    /// The attributes in the content.
    pub fn attributes(&mut self) -> Option<&mut serde_json::Map<String, Json>> {
        inside(&mut self.content)
    }

    /// Takes an argument out of the query. Whether it was there.
    pub fn drop_argument(&mut self, name: &str) -> bool {
        let before = self.query.len();
        self.query.retain(|(known, _)| known != name);
        before != self.query.len()
    }

    /// The value of an argument of the query.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn set(&mut self, name: &'static str, value: &str) {
        self.fields.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }

    pub fn creates(&self) -> Option<u32> {
        let media = self.fields.get("content-type")?.to_str().ok()?;
        (self.method == Method::POST).then(|| media.split_once("ty=")?.1.parse().ok())?
    }
}

/// An answer on its way.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub fields: HeaderMap,
    pub content: Json,
}

impl Answered {
    /// The attributes in the content.
    pub fn attributes(&mut self) -> Option<&mut serde_json::Map<String, Json>> {
        inside(&mut self.content)
    }

    /// The response status code.
    pub fn code(&self) -> u32 {
        let code = self.fields.get("x-m2m-rsc").and_then(|code| code.to_str().ok()?.parse().ok());
        code.unwrap_or_default()
    }

    /// Sets the response status code, and HTTP's.
    pub fn set_code(&mut self, code: u32, http: u16) {
        self.fields.insert("x-m2m-rsc", HeaderValue::from(code));
        self.status = StatusCode::from_u16(http).unwrap();
    }
}

fn inside(content: &mut Json) -> Option<&mut serde_json::Map<String, Json>> {
    content.as_object_mut()?.values_mut().next()?.as_object_mut()
}

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

/// Reads a message. Addresses that it names are changed on the way.
async fn read(request: Request<Incoming>, from: &str, to: &str) -> Asked {
    let (head, body) = request.into_parts();
    let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let query = head.uri.query().unwrap_or_default();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let query =
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (n.into(), v.into())).collect();
    let path = head.uri.path().trim_start_matches('/').to_owned();
    Asked { method: head.method, path, query, fields: head.headers, content: parse(&bytes, from, to) }
}

fn parse(bytes: &[u8], from: &str, to: &str) -> Json {
    let text = String::from_utf8_lossy(bytes);
    let text = if from.is_empty() { text.into_owned() } else { text.replace(from, to) };
    // What is no JSON goes through as it is, wrapped in a text that nobody else writes.
    serde_json::from_str(&text).unwrap_or_else(|_| if text.is_empty() { Json::Null } else { Json::String(text) })
}

fn bytes(content: &Json, from: &str, to: &str) -> Bytes {
    let text = match content {
        Json::Null => String::new(),
        Json::String(raw) => raw.clone(),
        content => content.to_string(),
    };
    if from.is_empty() { text.into() } else { text.replace(from, to).into() }
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

fn write(answered: Answered, from: &str, to: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(bytes(&answered.content, from, to)));
    *response.status_mut() = answered.status;
    *response.headers_mut() = answered.fields;
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().remove(TRANSFER_ENCODING);
    response
}
