//! Listening where nobody asked for it: if somebody else has the port, one sentence is enough.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;

use onem2m_cse::CseConfig;
use onem2m_cse::Error;
use onem2m_cse::binding::{Binding, BindingLimits, BoxFuture, Caller, Door, Listening};
use onem2m_cse::schema::Registry;

/// What is spoken, as people, command lines and URLs call it.
#[derive(Clone, Copy, Debug)]
pub struct Spoken {
    pub name: &'static str,
    pub option: &'static str,
    pub scheme: &'static str,
    pub over_udp: bool,
}

pub const WEB_SOCKET: Spoken = Spoken { name: "WebSocket", option: "--ws", scheme: "ws", over_udp: false };
pub const COAP: Spoken = Spoken { name: "CoAP", option: "--coap", scheme: "coap", over_udp: true };

impl Spoken {
    /// Takes away the addresses that are not free; they are no points of access either.
    pub fn free(self, cse: &mut CseConfig, addresses: &mut Vec<SocketAddr>) {
        addresses.retain(|address| match self.probe(*address) {
            Ok(()) => true,
            Err(error) => {
                let Self { name, option, scheme, .. } = self;
                tracing::warn!("not listening for {name} on {address}: {error}; {option} says where, or nowhere");
                let url = format!("{scheme}://{address}");
                cse.points_of_access.retain(|point| *point != url);
                false
            }
        });
    }

    fn probe(self, address: SocketAddr) -> std::io::Result<()> {
        if self.over_udp { UdpSocket::bind(address).map(drop) } else { TcpListener::bind(address).map(drop) }
    }
}

/// A binding that is done without if it cannot listen: somebody may have taken the port since we looked.
pub struct IfPossible<B>(pub Spoken, pub B);

impl<B: Binding> Binding for IfPossible<B> {
    fn limits(&self) -> BindingLimits {
        self.1.limits()
    }

    fn caller(&mut self, registry: &Arc<Registry>) -> Option<Arc<dyn Caller>> {
        self.1.caller(registry)
    }

    fn serve(self: Box<Self>, door: Arc<dyn Door>) -> BoxFuture<Result<Box<dyn Listening>, Error>> {
        let Self(Spoken { name, option, .. }, binding) = *self;
        Box::pin(async move {
            Ok(Box::new(binding).serve(door).await.unwrap_or_else(|error| {
                tracing::warn!("not listening for {name}: {error}; {option} says where, or nowhere");
                Box::new(Nowhere)
            }))
        })
    }
}

struct Nowhere;

impl Listening for Nowhere {
    fn addresses(&self) -> Vec<String> {
        Vec::new()
    }

    fn stop(self: Box<Self>, _deadline: std::time::Duration) -> BoxFuture<()> {
        Box::pin(async {})
    }
}
