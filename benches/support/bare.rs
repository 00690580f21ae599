//! A hyper server that answers the same bytes to everything and touches nothing: the limit of the machine and the stack.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Answers every request with `status` and `body`, under the headers that a CSE sends, after reading the body.
pub async fn serve(status: u16, body: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(async move {
                let service = service_fn(move |request: Request<Incoming>| async move {
                    let _ = request.into_body().collect().await;
                    let response = Response::builder()
                        .status(status)
                        .header("x-m2m-rsc", if status == 200 { "2000" } else { "2001" })
                        .header("x-m2m-ri", "r")
                        .header("x-m2m-rvi", "3")
                        .header("content-type", "application/json")
                        .body(Full::new(Bytes::from_static(body)));
                    Ok::<_, Infallible>(response.unwrap())
                });
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}
