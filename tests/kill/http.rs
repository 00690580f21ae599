//! As much of an HTTP client as a test needs: one connection, one request at a time.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A connection that is kept.
pub struct Client(BufReader<TcpStream>);

/// What came back, in full.
#[derive(Debug)]
pub struct Answer {
    /// The response status code.
    pub code: u16,
    /// Null where there was none.
    pub body: Value,
}

impl Client {
    pub fn connect(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self(BufReader::new(stream)))
    }

    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, None, None)
    }

    /// Sends a request and reads the answer. An error means that nobody knows whether it was carried out.
    pub fn send(&mut self, method: &str, path: &str, ty: Option<u32>, body: Option<&Value>) -> io::Result<Answer> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let ty = ty.map(|ty| format!(";ty={ty}")).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: cse\r\nx-m2m-origin: CAdmin\r\nx-m2m-ri: r\r\nx-m2m-rvi: 3\r\n\
             content-type: application/json{ty}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes())?;
        self.receive()
    }

    fn receive(&mut self) -> io::Result<Answer> {
        let (mut code, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line)?;
            if !line.ends_with('\n') {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                match line.trim_end().is_empty() {
                    true => break,
                    false => continue,
                }
            };
            match name {
                "x-m2m-rsc" => code = value.parse().unwrap(),
                "content-length" => length = value.parse().unwrap(),
                _ => {}
            }
        }
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes)?;
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Ok(Answer { code, body })
    }
}
