//! A receiver of notifications that remembers what came, and misbehaves when it is told to.
//!
//! ```text
//! let sink = Sink::start().await;               // subscribe with "nu": [sink.url()]
//! sink.is(Mood::Stall);                         // from the next request on
//! let came = sink.wait_for(3).await;            // the first three requests, in order
//! ```

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What becomes of a request that has come.
#[derive(Clone, Debug)]
pub enum Mood {
    /// HTTP 200 with 2000.
    Take,
    /// This HTTP status, with this `X-M2M-RSC` or none.
    Say(u16, Option<u16>),
    /// The HTTP status of a web server that knows nothing of oneM2M, with a page of this media type.
    Page(u16, &'static str, &'static str),
    /// HTTP 200 with 2000, after this time.
    Late(Duration),
    /// No answer, and no end.
    Stall,
    /// The connection is closed instead of an answer.
    Drop,
    /// These bytes instead of an answer.
    Bytes(&'static str),
}

/// What becomes of a connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// It is kept.
    Keep,
    /// It is closed, and the answer says so.
    Close,
    /// It is closed without a word.
    CloseSilently,
    /// The answer is one of HTTP/1.0, and the connection is closed.
    Http10,
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Came {
    pub method: String,
    pub path: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    /// Null when there was none.
    pub body: Value,
    /// The number of the connection, from 1.
    pub connection: usize,
}

impl Came {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

struct State {
    came: Mutex<Vec<Came>>,
    count: watch::Sender<usize>,
    behaviour: Mutex<(Mood, Manners)>,
}

/// A receiver. It is gone when it is dropped, and so are its connections.
pub struct Sink {
    state: Arc<State>,
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Sink {
    /// One that serves many connections side by side.
    pub async fn start() -> Self {
        Self::listen(SocketAddr::from(([127, 0, 0, 1], 0)), false).await
    }

    /// One that serves one connection at a time: the next one waits until this one is closed.
    pub async fn serial() -> Self {
        Self::listen(SocketAddr::from(([127, 0, 0, 1], 0)), true).await
    }

    /// One at a certain place: a receiver that comes back.
    pub async fn at(address: SocketAddr) -> Self {
        Self::listen(address, false).await
    }

    async fn listen(address: SocketAddr, serial: bool) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            came: Mutex::default(),
            count: watch::Sender::new(0),
            behaviour: Mutex::new((Mood::Take, Manners::Keep)),
        });
        let task = tokio::spawn(accept(Arc::clone(&state), listener, serial));
        Self { state, address, task }
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A URL to give as notification URI.
    pub fn url(&self) -> String {
        format!("http://{}/notify", self.address)
    }

    /// What becomes of the requests that come from now on.
    pub fn is(&self, mood: Mood) {
        lock(&self.state.behaviour).0 = mood;
    }

    /// What becomes of connections from now on.
    pub fn has(&self, manners: Manners) {
        lock(&self.state.behaviour).1 = manners;
    }

    /// Everything that came so far.
    pub fn came(&self) -> Vec<Came> {
        lock(&self.state.came).clone()
    }

    /// Waits until so many requests have come, and returns all that did. Ten seconds at most.
    pub async fn wait_for(&self, count: usize) -> Vec<Came> {
        let mut counter = self.state.count.subscribe();
        let enough = counter.wait_for(|came| *came >= count);
        let in_time = tokio::time::timeout(Duration::from_secs(10), enough).await.is_ok();
        let came = self.came();
        assert!(in_time, "{count} requests were expected, these came: {came:#?}");
        came
    }

    /// Forgets what came. [`Sink::wait_for`] counts from 0 again.
    pub fn forget(&self) {
        lock(&self.state.came).clear();
        self.state.count.send_replace(0);
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

async fn accept(state: Arc<State>, listener: TcpListener, serial: bool) {
    let mut connections = JoinSet::new();
    for number in 1.. {
        let Ok((stream, _)) = listener.accept().await else { return };
        connections.spawn(serve(Arc::clone(&state), stream, number));
        if serial {
            connections.join_next().await;
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Serves a connection until either side has had enough of it.
async fn serve(state: Arc<State>, mut stream: TcpStream, number: usize) {
    let mut bytes = Vec::new();
    while let Some(came) = receive(&mut stream, &mut bytes, number).await {
        let (mood, manners) = lock(&state.behaviour).clone();
        {
            let mut list = lock(&state.came);
            list.push(came.clone());
            state.count.send_replace(list.len());
        }
        let answer = match mood {
            Mood::Take => answer(200, Some(2000), None, manners, &came),
            Mood::Say(http, rsc) => answer(http, rsc, None, manners, &came),
            Mood::Page(http, media, page) => answer(http, None, Some((media, page)), manners, &came),
            Mood::Late(time) => {
                tokio::time::sleep(time).await;
                answer(200, Some(2000), None, manners, &came)
            }
            Mood::Stall => std::future::pending().await,
            Mood::Drop => return,
            Mood::Bytes(bytes) => bytes.to_owned(),
        };
        if stream.write_all(answer.as_bytes()).await.is_err() || manners != Manners::Keep || closes(&came) {
            return;
        }
    }
}

fn closes(came: &Came) -> bool {
    came.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

fn answer(
    http: u16,
    rsc: Option<u16>,
    page: Option<(&'static str, &'static str)>,
    manners: Manners,
    came: &Came,
) -> String {
    let version = if manners == Manners::Http10 { "1.0" } else { "1.1" };
    let mut head = format!("HTTP/{version} {http} Answer\r\n");
    if let Some(rsc) = rsc {
        head += &format!("X-M2M-RSC: {rsc}\r\nX-M2M-RI: {}\r\n", came.header("x-m2m-ri").unwrap_or_default());
    }
    if manners == Manners::Close {
        head += "Connection: close\r\n";
    }
    let (media, body) = page.unwrap_or_default();
    if page.is_some() {
        head += &format!("Content-Type: {media}\r\n");
    }
    // HTTP/1.0 may leave the length out: the end of the connection is the end of the body.
    if manners != Manners::Http10 {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    format!("{head}\r\n{body}")
}

/// Reads one request with its body; `None` when the other side has closed.
async fn receive(stream: &mut TcpStream, bytes: &mut Vec<u8>, connection: usize) -> Option<Came> {
    let end = loop {
        match bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            Some(end) => break end + 4,
            None => more(stream, bytes).await?,
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let (method, path) = (first.next()?, first.next()?);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, value)| value.as_str());
    let whole = end + length.parse::<usize>().unwrap();
    while bytes.len() < whole {
        more(stream, bytes).await?;
    }
    let body = serde_json::from_slice(&bytes[end..whole]).unwrap_or_default();
    bytes.drain(..whole);
    Some(Came { method, path, headers, body, connection })
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut chunk = [0; 4096];
    let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
    bytes.extend_from_slice(&chunk[..read]);
    Some(())
}
