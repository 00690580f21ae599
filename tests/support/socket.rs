//! An application that speaks oneM2M over a WebSocket.
//!
//! ```text
//! let mut lamp = Socket::open(address).await;
//! let answer = lamp.ask(json!({"op": 2, "to": "cse-in", "fr": "Clamp"})).await;
//! let told = lamp.told().await;                 // a request of the CSE, answered with 2000
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

const PATIENCE: Duration = Duration::from_secs(10);

/// One end of a connection.
pub struct Socket {
    pub ws: WebSocketStream<TcpStream>,
    /// Requests of the CSE that came while something else was waited for.
    came: VecDeque<Value>,
    count: u32,
}

impl Socket {
    /// To `127.0.0.1:8180` or `ws://127.0.0.1:8180`.
    pub async fn open(address: &str) -> Self {
        Self::try_open(address, &[("Sec-WebSocket-Protocol", "oneM2M.json")]).await.unwrap()
    }

    /// With these headers beside what every handshake has.
    pub async fn try_open(address: &str, headers: &[(&str, &str)]) -> Result<Self, Error> {
        let address = address.trim_start_matches("ws://");
        let stream = TcpStream::connect(address).await.unwrap();
        let mut request = hyper::Request::get(format!("ws://{address}/"))
            .header("Host", address)
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", generate_key());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (ws, _) = timeout(PATIENCE, client_async(request.body(()).unwrap(), stream)).await.unwrap()?;
        Ok(Self::over(ws))
    }

    /// Over a connection that is open.
    pub const fn over(ws: WebSocketStream<TcpStream>) -> Self {
        Self { ws, came: VecDeque::new(), count: 0 }
    }

    pub async fn send(&mut self, text: impl Into<String>) {
        self.ws.send(Message::text(text.into())).await.unwrap();
    }

    async fn next(&mut self) -> Value {
        loop {
            let message = timeout(PATIENCE, self.ws.next()).await.expect("a message in time");
            if let Message::Text(text) = message.expect("an open connection").unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// Sends a request without waiting. Answers its identifier.
    pub async fn begin(&mut self, mut request: Value) -> String {
        self.count += 1;
        let identifier = format!("q{}", self.count);
        request["rqi"] = json!(identifier);
        if request.get("rvi").is_none() {
            request["rvi"] = json!("3");
        }
        self.send(request.to_string()).await;
        identifier
    }

    /// The next response.
    pub async fn response(&mut self) -> Value {
        loop {
            let message = self.next().await;
            if message.get("rsc").is_some() {
                return message;
            }
            self.came.push_back(message);
        }
    }

    /// Sends a request and waits for its response.
    pub async fn ask(&mut self, request: Value) -> Value {
        let identifier = self.begin(request).await;
        let response = self.response().await;
        assert_eq!(response["rqi"], json!(identifier));
        response
    }

    /// The next request of the CSE, not answered yet.
    pub async fn asked(&mut self) -> Value {
        match self.came.pop_front() {
            Some(request) => request,
            None => {
                let request = self.next().await;
                assert!(request.get("op").is_some(), "{request}");
                request
            }
        }
    }

    /// The next request of the CSE, answered with 2000.
    pub async fn told(&mut self) -> Value {
        let request = self.asked().await;
        self.send(json!({"rsc": 2000, "rqi": request["rqi"]}).to_string()).await;
        request
    }

    /// Registers an AE that is reached over this connection only, with a container `c`.
    pub async fn register(&mut self, originator: &str) {
        let ae = json!({"rn": originator, "api": "Napp", "rr": false, "srv": ["3"]});
        let request = json!({"op": 1, "to": "cse-in", "fr": originator, "ty": 2, "pc": {"m2m:ae": ae}});
        assert_eq!(self.ask(request).await["rsc"], json!(2001));
        let to = format!("cse-in/{originator}");
        let request = json!({"op": 1, "to": to, "fr": originator, "ty": 3, "pc": {"m2m:cnt": {"rn": "c"}}});
        assert_eq!(self.ask(request).await["rsc"], json!(2001));
    }

    /// Subscribes to that container: every instance is told.
    pub async fn subscribe(&mut self, originator: &str, target: &str) -> Value {
        let sub = json!({"rn": "s", "nu": [target], "nct": 1, "enc": {"net": [3]}});
        let to = format!("cse-in/{originator}/c");
        self.ask(json!({"op": 1, "to": to, "fr": originator, "ty": 23, "pc": {"m2m:sub": sub}})).await
    }

    /// The code with which the other side closes, if it says one; what else comes is passed over.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            match timeout(PATIENCE, self.ws.next()).await.expect("an end in time") {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

/// A request that creates an instance in an AE's container.
pub fn instance(originator: &str, content: &str) -> Value {
    let to = format!("cse-in/{originator}/c");
    json!({"op": 1, "to": to, "fr": originator, "ty": 4, "pc": {"m2m:cin": {"con": content}}})
}

/// The content of the instance that a notification tells of.
pub fn content(told: &Value) -> &str {
    told["pc"]["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"].as_str().unwrap()
}
