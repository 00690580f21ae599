//! A binding of one's own: primitives as JSON lines over a Unix socket, both ways.
//!
//! ```sh
//! cargo run --example own_binding -- /tmp/cse.sock &
//! echo '{"op": 2, "to": "cse-in", "fr": "CAdmin", "rqi": "1", "rvi": "3"}' | nc -U /tmp/cse.sock
//! ```

use onem2m_cse::binding::{Binding, BoxFuture, Caller, Door, Listening, Task, message};
use onem2m_cse::primitive::{Access, Request, Response};
use onem2m_cse::{Cse, CseConfig, Error, codec::format::Format, engine::Failure, schema::Registry, value::SmolStr};
use std::{io, path::PathBuf, sync::Arc, time::Duration};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

/// The binding: listens at a path, and calls `unix:/path`.
pub struct JsonLines(pub PathBuf);

impl Binding for JsonLines {
    fn serve(self: Box<Self>, door: Arc<dyn Door>) -> BoxFuture<Result<Box<dyn Listening>, Error>> {
        Box::pin(async move {
            let listener = UnixListener::bind(&self.0).map_err(|error| Error::binding("listening", error))?;
            Ok(Task::start(format!("unix:{}", self.0.display()), async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(BufReader::new(stream), Arc::clone(&door)));
                }
            }))
        })
    }

    fn caller(&mut self, _registry: &Arc<Registry>) -> Option<Arc<dyn Caller>> {
        Some(Arc::new(Dialer))
    }
}

async fn serve(mut stream: BufReader<UnixStream>, door: Arc<dyn Door>) -> io::Result<()> {
    while let Some(line) = read(&mut stream).await? {
        let Some(said) = message::answer(&door, Format::Json, &line, Access::default()).await else { break };
        stream.write_all(&[&said, &b"\n"[..]].concat()).await?;
    }
    Ok(())
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
            let line = message::request(Format::Json, &request, Registry::shared());
            stream.write_all(&[&line, &b"\n"[..]].concat()).await?;
            let line = read(&mut stream).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            message::response(Format::Json, &line, Registry::shared()).map_err(io::Error::other)
        };
        Box::pin(async move {
            let told = tokio::time::timeout(limit, exchange).await.map_err(|_| Failure::TimedOut)?;
            told.map_err(|error: io::Error| Failure::Unreachable(error.to_string()))
        })
    }
}

/// A line, of at most a mebibyte. `None` at the end.
async fn read(stream: &mut BufReader<UnixStream>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let length = stream.take(1024 * 1024).read_until(b'\n', &mut line).await?;
    Ok((length > 0).then_some(line))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("expected a path for the socket")?;
    let cse = Cse::builder(CseConfig::default()).bind(JsonLines(path.into())).start().await?;
    println!("listening: {}", cse.addresses().join(" "));
    Ok(tokio::signal::ctrl_c().await?)
}
