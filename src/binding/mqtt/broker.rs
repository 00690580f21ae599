//! Broker URLs: where a broker is, and what stands behind it (TS-0010 6.6).

/// A URL that begins with `mqtt` or `mqtts`, or one of an operator, which may begin with `ws` or `wss` as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BrokerUrl {
    pub broker: Broker,
    /// What stands behind the host, percent-decoded, without its first slash.
    pub path: String,
    /// Whom a point of access belongs to; the engine puts it there. `None` where the path is a whole topic.
    pub receiver: Option<String>,
}

/// A host and a port, with or without TLS, and with or without a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Broker {
    pub tls: bool,
    /// In small letters, without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
    /// The path of a WebSocket as it stands in the URL, with its first slash. `None` where MQTT is spoken without one.
    pub web: Option<String>,
}

impl BrokerUrl {
    /// Reads a URL of anybody's. One that begins with `ws` belongs to the WebSocket binding, and leads to no broker.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn parse(url: &str) -> Result<Self, String> {
        let read = Self::parse_own(url)?;
        if read.broker.web.is_some() {
            return Err(format!("{url}: expected mqtt://host:port, got another scheme"));
        }
        Ok(read)
    }

    /// Reads the URL of our own broker.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn parse_own(url: &str) -> Result<Self, String> {
        let expected = |what: &str| format!("{url}: expected mqtt://host:port, {what}");
        let (scheme, rest) = url.split_once("://").ok_or_else(|| expected("got no scheme"))?;
        let (tls, is_web, usual) = match scheme.to_ascii_lowercase().as_str() {
            "mqtt" => (false, false, 1883),
            "mqtts" => (true, false, 8883),
            "ws" => (false, true, 80),
            "wss" => (true, true, 443),
            _ => return Err(expected("got another scheme")),
        };
        let (rest, receiver) = match rest.rsplit_once('#') {
            Some((rest, receiver)) => (rest, Some(receiver).filter(|name| !name.is_empty()).map(str::to_owned)),
            None => (rest, None),
        };
        // What stands behind a question mark is for whoever serves the WebSocket, and for nobody else.
        let rest = if is_web { rest } else { rest.split('?').next().unwrap_or(rest) };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(expected("got a password, which does not belong into a URL"));
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| expected("got a port that is none"))?)
            }
            _ => (authority, usual),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if host.is_empty() {
            return Err(expected("got no host"));
        }
        if is_web {
            let web = Some(format!("/{path}"));
            return Ok(Self { broker: Broker { tls, host, port, web }, path: String::new(), receiver });
        }
        let path = decoded(path).ok_or_else(|| expected("got a path that is not UTF-8"))?;
        Ok(Self { broker: Broker { tls, host, port, web: None }, path, receiver })
    }
}

impl Broker {
    /// Whether it is on this machine, as far as its name tells.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
    }

    /// The host as it stands in a URL.
    fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }

    /// The host as the resolver of the client wants it.
    pub fn dialled(&self) -> String {
        self.bracketed()
    }
}

impl std::fmt::Display for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = match (&self.web, self.tls) {
            (None, false) => "mqtt",
            (None, true) => "mqtts",
            (Some(_), false) => "ws",
            (Some(_), true) => "wss",
        };
        write!(f, "{scheme}://{}:{}{}", self.bracketed(), self.port, self.web.as_deref().unwrap_or_default())
    }
}

/// Percent-decoding (RFC 3986 2.1). What is no escape stays as it is.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn brokers_paths_and_receivers_are_told_apart() {
        for (url, broker, path, receiver) in [
            ("mqtt://h", "mqtt://h:1883", "", None),
            ("MQTTS://Host.Example", "mqtts://host.example:8883", "", None),
            ("mqtt://[::1]:1884/", "mqtt://[::1]:1884", "", None),
            ("mqtt://[::1]", "mqtt://[::1]:1883", "", None),
            ("mqtt://h:1/abc/def#Cae1", "mqtt://h:1", "abc/def", Some("Cae1")),
            ("mqtt://h/#Cx#Cae1", "mqtt://h:1883", "#Cx", Some("Cae1")),
            ("mqtt://h/a%20b/%zz?ct=xml", "mqtt://h:1883", "a b/%zz", None),
        ] {
            let Ok(parsed) = BrokerUrl::parse(url) else { panic!("{url}") };
            let came = (parsed.broker.to_string(), parsed.path.as_str(), parsed.receiver.as_deref());
            assert_eq!(came, (broker.to_owned(), path, receiver), "{url}");
        }
        for url in ["", "h:1", "http://h", "mqtt://", "mqtt://:1", "mqtt://h:x", "mqtt://u:p@h", "mqtt://h/%ff"] {
            assert!(BrokerUrl::parse(url).unwrap_err().contains("expected mqtt://"), "{url}");
        }
        for (url, broker) in [
            ("ws://h", "ws://h:80/"),
            ("WSS://H/mqtt?room=a%20b", "wss://h:443/mqtt?room=a%20b"),
            ("ws://[::1]:8083/a/b", "ws://[::1]:8083/a/b"),
        ] {
            assert_eq!(BrokerUrl::parse_own(url).unwrap().broker.to_string(), broker);
            assert!(BrokerUrl::parse(url).unwrap_err().contains("expected mqtt://"), "{url}");
        }
        assert!(BrokerUrl::parse("mqtt://127.0.0.2").unwrap().broker.is_loopback());
        assert!(!BrokerUrl::parse("mqtt://broker").unwrap().broker.is_loopback());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(url in "(mqtts?|wss?)://\\PC{0,40}") {
            let _ = BrokerUrl::parse_own(&url);
        }
    }
}
