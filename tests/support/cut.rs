//! A wire that can be cut: what comes to it goes on to somebody else, until somebody says `now`.

use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Cut {
    port: u16,
    cut: Arc<watch::Sender<()>>,
}

impl Cut {
    /// In front of whoever is at a URL.
    pub async fn before(url: &str) -> Self {
        let far = url.split_once("://").unwrap().1.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(watch::Sender::new(()));
        let told = cut.subscribe();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (far, mut told) = (far.clone(), told.clone());
                told.mark_unchanged();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(far).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = told.changed() => {}
                    }
                });
            }
        });
        Self { port, cut }
    }

    /// Its URL.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// Cuts all that goes through it.
    pub fn now(&self) {
        self.cut.send_replace(());
    }
}
