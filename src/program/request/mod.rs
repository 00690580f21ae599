//! `onem2m-cse request`: one request to any CSE, and its response for people or for scripts.

mod body;
mod compose;
mod secure;
mod show;
mod words;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use onem2m_cse::client::{Client, ClientConfig, ClientError, Retry};
use onem2m_cse::primitive::Response;

use words::{Asked, Wanted};

/// What the process ends with.
const REFUSED: u8 = 1;
const MISTAKE: u8 = 2;
const NOT_REACHED: u8 = 3;

/// Bytes of a response that somebody at a terminal may want. Beyond: the connection is given up.
const RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// Sends the request that the words describe. 0: a success; 1: the CSE refused; 2: the words make no request; 3: nobody
/// answered.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let wanted = match words::parse(words) {
        Ok(Asked::Help) => {
            print!("{}", words::HELP);
            return ExitCode::SUCCESS;
        }
        Ok(Asked::Request(wanted)) => *wanted,
        Err(reason) => return super::fail(&reason, MISTAKE),
    };
    let as_json = wanted.as_json;
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return super::fail(&format!("cannot start the runtime: {error}"), NOT_REACHED),
    };
    match runtime.block_on(send(wanted)) {
        Ok(response) => {
            // Nobody has to read it.
            let _ = std::io::stdout().write_all(show::text(&response, as_json).as_bytes());
            if response.status.is_success() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) }
        }
        Err(error @ ClientError::Impossible(_)) => super::fail(&error.to_string(), MISTAKE),
        Err(error) => super::fail(&error.to_string(), NOT_REACHED),
    }
}

async fn send(wanted: Wanted) -> Result<Response, ClientError> {
    let config = ClientConfig {
        format: wanted.format,
        release: wanted.request.release_version_indicator,
        timeout: wanted.timeout,
        retry: Retry::never(),
        response_bytes: RESPONSE_BYTES,
        ..ClientConfig::default()
    };
    let client = Client::builder(wanted.url.as_str()).config(config);
    let client = wanted.secure.apply(&wanted.url, client).map_err(ClientError::Impossible)?;
    client.build()?.request(wanted.request).await
}
