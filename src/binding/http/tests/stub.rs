//! A door with nobody behind it but an echo, and a raw client that can misbehave.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::{HttpConfig, HttpServer, serve};
use crate::binding::{Answer, BoxFuture, Door, Health, UpperTesterCommand};
use crate::primitive::{Content, Operation, Request, Response, ResponseType, Status};
use crate::value::Map;

/// Answers every request with success, remembers what came, and is slow when the target says so.
#[derive(Default)]
pub(super) struct Stub {
    pub(super) seen: Mutex<Vec<Request>>,
    pub(super) sick: bool,
}

impl Stub {
    pub(super) fn last(&self) -> Request {
        self.seen.lock().unwrap().last().cloned().expect("a request")
    }
}

impl Door for Stub {
    fn request(&self, request: Request) -> Answer {
        let status = match request.operation {
            Operation::Create => Status::CREATED,
            Operation::Update => Status::UPDATED,
            Operation::Delete => Status::DELETED,
            Operation::Retrieve | Operation::Notify => Status::OK,
        };
        let mut response = Response::new(status, &request);
        response.content = Some(Content::Json(bytes::Bytes::from_static(br#"{"m2m:cnt":{"rn":"temps"}}"#)));
        if request.operation == Operation::Create {
            response.created = Some("cse-in/temps".into());
        }
        response.silent = request.response_type == Some(ResponseType::NoResponse);
        let slow = request.to.ends_with("slow");
        let large = request.to.ends_with("large");
        if large {
            response.content = Some(Content::Value(Map::from_iter([("x", "y".repeat(3_000_000))]).into()));
        }
        self.seen.lock().unwrap().push(request);
        if slow {
            return Answer::Later(Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(300)).await;
                response
            }));
        }
        Answer::Now(response)
    }

    fn is_query_attribute(&self, short: &str) -> bool {
        matches!(short, "cr" | "mni" | "con")
    }

    fn cse_id(&self) -> &str {
        "/id-in"
    }

    fn cse_name(&self) -> &str {
        "cse-in"
    }

    fn health(&self) -> Health {
        if self.sick { Health::NotReady("starting".into()) } else { Health::Ready }
    }

    fn upper_tester(&self, command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>> {
        Box::pin(async move {
            match command {
                UpperTesterCommand::Status => Ok(Some("RUNNING".into())),
                UpperTesterCommand::GetConfig(key) if key == "cse.type" => Ok(Some("1".into())),
                UpperTesterCommand::GetConfig(key) => Err(format!("{key}: unknown key")),
                _ => Ok(None),
            }
        })
    }
}

pub(super) fn config() -> HttpConfig {
    HttpConfig { addresses: vec![SocketAddr::from(([127, 0, 0, 1], 0))], ..HttpConfig::default() }
}

pub(super) async fn start(config: HttpConfig) -> (Arc<Stub>, HttpServer, SocketAddr) {
    let stub = Arc::new(Stub::default());
    let server = serve(Arc::clone(&stub) as Arc<dyn Door>, config).await.unwrap();
    let address = server.addresses()[0];
    (stub, server, address)
}

/// A peer that sends exactly what it is told to, byte by byte if need be.
pub(super) struct Peer {
    socket: TcpStream,
    left: Vec<u8>,
}

/// What a peer got.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(super) fn rsc(&self) -> &str {
        self.header("x-m2m-rsc").unwrap_or("none")
    }
}

impl Peer {
    pub(super) fn new(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self { socket, left: Vec::new() }
    }

    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // A server that has hung up makes this fail; what it said before is still to be read.
        let _ = self.socket.write_all(bytes.as_ref());
    }

    /// Reads until the connection closes.
    pub(super) fn rest(&mut self) -> String {
        let mut bytes = std::mem::take(&mut self.left);
        let mut chunk = [0; 4096];
        while let Ok(read @ 1..) = self.socket.read(&mut chunk) {
            bytes.extend_from_slice(&chunk[..read]);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Reads one response; `None` when the connection closes first.
    pub(super) fn receive(&mut self) -> Option<Got> {
        loop {
            if let Some(got) = self.parse() {
                return Some(got);
            }
            let mut chunk = [0; 4096];
            match self.socket.read(&mut chunk) {
                Ok(read @ 1..) => self.left.extend_from_slice(&chunk[..read]),
                _ => return None,
            }
        }
    }

    fn parse(&mut self) -> Option<Got> {
        let end = self.left.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(self.left[..end].to_vec()).unwrap();
        let status = head[9..12].parse().unwrap();
        let mut got = Got { status, head, body: String::new() };
        let length: usize = got.header("content-length").map_or(0, |length| length.parse().unwrap());
        let whole = end + length;
        if self.left.len() < whole {
            return None;
        }
        got.body = String::from_utf8(self.left[end..whole].to_vec()).unwrap();
        self.left.drain(..whole);
        Some(got)
    }
}

/// One request on a connection of its own.
pub(super) async fn ask(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Got {
    let bytes = bytes.as_ref().to_vec();
    blocking(move || {
        let mut peer = Peer::new(address);
        peer.send(&bytes);
        peer.receive().unwrap_or_else(|| panic!("no answer to {}", String::from_utf8_lossy(&bytes)))
    })
    .await
}

pub(super) async fn blocking<T: Send + 'static>(story: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(story).await.unwrap()
}

/// A GET with what every request needs.
pub(super) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-M2M-Origin: CAdmin\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 4\r\n\r\n")
}

/// A CREATE of a container.
pub(super) fn post(body: &str) -> String {
    format!(
        "POST /cse-in HTTP/1.1\r\nHost: x\r\nX-M2M-Origin: CAdmin\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 4\r\n\
         Content-Type: application/json;ty=3\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
