//! A CSE that answers HTTP, in ten lines.
//!
//! Run `cargo run --example hello`, then
//! `curl -H 'X-M2M-Origin: CAdmin' -H 'X-M2M-RI: 1' -H 'X-M2M-RVI: 3' http://127.0.0.1:8080/cse-in`.
//! You will see the CSEBase as JSON. Everything is kept in memory and is gone after Ctrl-C.

use onem2m_cse::binding::http::HttpConfig;
use onem2m_cse::{Cse, CseConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cse = Cse::builder(CseConfig::default()).bind(HttpConfig::default()).start().await?;
    println!("listening: {}/cse-in", cse.addresses().join(" "));
    tokio::signal::ctrl_c().await?;
    cse.stop().await;
    Ok(())
}
