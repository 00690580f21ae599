//! A binding of one's own: primitives as JSON lines over a Unix socket, both ways.
//!
//! ```sh
//! cargo run --example own_binding -- /tmp/cse.sock &
//! echo '{"op": 2, "to": "cse-in", "fr": "CAdmin", "rqi": "1", "rvi": "3"}' | nc -U /tmp/cse.sock
//! ```

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use onem2m_cse::binding::{Answer, Binding, BoxFuture, Caller, Door, Listening};
use onem2m_cse::codec::{json, primitive};
use onem2m_cse::engine::Failure;
use onem2m_cse::primitive::{Request, Response};
use onem2m_cse::schema::Registry;
use onem2m_cse::value::{SmolStr, Value};
use onem2m_cse::{Cse, CseConfig, Error};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

/// The binding: listens at a path, and calls `unix:/path`.
pub struct JsonLines(pub PathBuf);

impl Binding for JsonLines {
    fn serve(self: Box<Self>, door: Arc<dyn Door>) -> BoxFuture<Result<Box<dyn Listening>, Error>> {
        Box::pin(async move {
            let refused = |e: io::Error| Error::Binding { doing: "listening".into(), reason: e.to_string() };
            let listener = UnixListener::bind(&self.0).map_err(refused)?;
            let connections = async move {
                let mut open = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    open.spawn(answer(BufReader::new(stream), Arc::clone(&door)));
                    while open.try_join_next().is_some() {}
                }
            };
            Ok(Box::new(Running(self.0, tokio::spawn(connections))) as Box<dyn Listening>)
        })
    }

    fn caller(&mut self, _registry: &Arc<Registry>) -> Option<Arc<dyn Caller>> {
        Some(Arc::new(Dialer))
    }
}

struct Running(PathBuf, JoinHandle<()>);

impl Listening for Running {
    fn addresses(&self) -> Vec<String> {
        vec![format!("unix:{}", self.0.display())]
    }

    fn stop(self: Box<Self>, _deadline: Duration) -> BoxFuture<()> {
        self.1.abort();
        Box::pin(async move { std::fs::remove_file(&self.0).unwrap_or_default() })
    }
}

async fn answer(mut stream: BufReader<UnixStream>, door: Arc<dyn Door>) -> Option<()> {
    loop {
        let request = primitive::to_request(&read(&mut stream).await.ok()?).ok()?;
        let response = match door.request(request) {
            Answer::Now(response) => response,
            Answer::Later(response) => response.await,
        };
        write(&mut stream, primitive::wrap_response(&response)).await.ok()?;
    }
}

/// The way out: a connection for each request.
pub struct Dialer;

impl Caller for Dialer {
    fn schemes(&self) -> &[&str] {
        &["unix"]
    }

    fn call(&self, url: SmolStr, request: Request, limit: Duration) -> BoxFuture<Result<Response, Failure>> {
        let exchange = async move {
            let mut stream = BufReader::new(UnixStream::connect(url.trim_start_matches("unix:")).await?);
            write(&mut stream, primitive::wrap_request(&request)).await?;
            primitive::to_response(&read(&mut stream).await?).map_err(io::Error::other)
        };
        Box::pin(async move {
            let response = tokio::time::timeout(limit, exchange).await.map_err(|_| Failure::TimedOut)?;
            response.map_err(|error| Failure::Unreachable(error.to_string()))
        })
    }
}

async fn read(stream: &mut BufReader<UnixStream>) -> io::Result<Value> {
    let mut line = Vec::new();
    stream.take(1024 * 1024).read_until(b'\n', &mut line).await?;
    json::decode(&line, json::DEFAULT_DEPTH).map_err(io::Error::other)
}

async fn write(stream: &mut BufReader<UnixStream>, value: Value) -> io::Result<()> {
    stream.write_all(&[json::encode(&value), b"\n".to_vec()].concat()).await
}

#[tokio::main]
#[allow(dead_code, reason = "a test takes the rest of this file")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("expected the path of a socket")?;
    let cse = Cse::builder(CseConfig::default()).bind(JsonLines(path.into())).start().await?;
    println!("listening: {}", cse.addresses().join(" "));
    tokio::signal::ctrl_c().await?;
    cse.stop().await;
    Ok(())
}
