//! The program.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    onem2m_conformance::program::main().await
}
