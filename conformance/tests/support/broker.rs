//! An MQTT broker.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command};

/// A broker of this test's own, and where it is. `None` where there is none on this machine.
pub fn broker() -> Option<(Stopped, String)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = std::env::temp_dir().join(format!("conformance-broker-{port}.conf"));
    std::fs::write(
        &config,
        format!("listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nlog_dest none\n"),
    )
    .unwrap();
    let started = ["mosquitto", "/usr/sbin/mosquitto"]
        .iter()
        .find_map(|name| Command::new(name).arg("-c").arg(&config).spawn().ok());
    let Some(child) = started else {
        assert!(std::env::var_os("REQUIRE_SERVICES").is_none(), "mosquitto is required and not there");
        println!("skipped: MQTT, there is no mosquitto");
        return None;
    };
    let begun = std::time::Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed().as_secs() < 10, "the broker does not listen");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Some((Stopped(child, config), format!("mqtt://127.0.0.1:{port}")))
}

/// A process that ends with this value.
pub struct Stopped(Child, PathBuf);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = std::fs::remove_file(&self.1);
    }
}
