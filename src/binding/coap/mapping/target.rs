//! Where a URL leads (RFC 7252 6.1, 6.4).

use crate::binding::coap::options::{self, Options};
use crate::binding::text::decode;

/// A `coap` or `coaps` URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The scheme in lower case.
    pub scheme: String,
    /// A name or an address; an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    path: Vec<String>,
    query: Vec<String>,
}

impl Target {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// A sentence, when it is none.
    pub fn parse(url: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("{url:?} is no CoAP URL: {what}");
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("it names no scheme"))?;
        let scheme = scheme.to_ascii_lowercase();
        let default = match scheme.as_str() {
            "coap" => 5683,
            "coaps" => 5684,
            _ => return Err(wrong("its scheme is another")),
        };
        if rest.contains('#') {
            return Err(wrong("a fragment is not sent"));
        }
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
        if authority.contains('@') {
            return Err(wrong("it names a user"));
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or_else(|| wrong("its host is none"))?;
                (host, port.strip_prefix(':').or(port.is_empty().then_some("")))
            }
            None => match authority.rsplit_once(':') {
                Some((host, _)) if host.contains(':') => return Err(wrong("an IPv6 address stands in brackets")),
                Some((host, port)) => (host, Some(port)),
                None => (authority, Some("")),
            },
        };
        let port = match port {
            Some("") => default,
            Some(port) => port.parse().map_err(|_| wrong("its port is none"))?,
            None => return Err(wrong("its host is none")),
        };
        if host.is_empty() || port == 0 {
            return Err(wrong("it names no host"));
        }
        let take = |text: &str| {
            let text = decode("URL", text, false).map_err(|_| wrong("its percent-encoding is wrong"))?.into_owned();
            if text.len() > 255 { Err(wrong("a part of it is longer than 255 bytes")) } else { Ok(text) }
        };
        // RFC 7252 6.4: one option for each segment, none for a path that is only a slash.
        let segments = path.split('/').filter(|_| !path.is_empty());
        let arguments = query.into_iter().flat_map(|query| query.split('&')).filter(|argument| !argument.is_empty());
        let path = segments.map(take).collect::<Result<_, _>>()?;
        let query = arguments.map(take).collect::<Result<_, _>>()?;
        // A host is the same in capitals (RFC 3986 3.2.2).
        Ok(Self { scheme, host: host.to_ascii_lowercase(), port, path, query })
    }

    /// Says in options where a request is to go, before what it says itself.
    pub fn put(&self, options: &mut Options) {
        let own = options.clone();
        options.remove(options::URI_QUERY);
        // RFC 7252 5.10.1: an address is where the datagram goes anyway.
        if self.host.parse::<std::net::IpAddr>().is_err() && self.host.len() <= 255 {
            options.add(options::URI_HOST, self.host.clone().into_bytes());
        }
        self.path.iter().for_each(|segment| options.add(options::URI_PATH, segment.clone().into_bytes()));
        self.query.iter().for_each(|argument| options.add(options::URI_QUERY, argument.clone().into_bytes()));
        own.all(options::URI_QUERY).for_each(|argument| options.add(options::URI_QUERY, argument.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let target = |url: &str| Target::parse(url).map(|t| (t.host, t.port, t.path.join("|"), t.query.join("|")));
        let is = |host: &str, port, path: &str, query: &str| Ok((host.into(), port, path.into(), query.into()));
        assert_eq!(target("coap://h"), is("h", 5683, "", ""));
        assert_eq!(target("COAPS://H/"), is("h", 5684, "", ""));
        assert_eq!(target("coap://[::1]:61616/a%2Fb/%C3%A9?x=1&y=%26"), is("::1", 61616, "a/b|é", "x=1|y=&"));
        assert_eq!(target("coap://127.0.0.1:7/~/id-in/x"), is("127.0.0.1", 7, "~|id-in|x", ""));
        for wrong in
            ["http://h", "coap:h", "coap://", "coap://:5683", "coap://h:x", "coap://[::1", "coap://::1", "coap://h/#a"]
        {
            assert!(target(wrong).is_err(), "{wrong}");
        }
        assert!(target("coap://u@h/").is_err() && target("coap://h/%zz").is_err() && target("coap://h:0").is_err());
    }
}
