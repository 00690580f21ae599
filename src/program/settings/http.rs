//! HTTP.

use std::time::Duration;

use onem2m_cse::binding::Identities;
use onem2m_cse::binding::http::{ClientConfig, HttpConfig, RateLimit};

use super::given::{Given, guarded, set};
use super::tls::Tls;
use crate::program::file::HttpTable;

/// What the file says, and over it the environment and the command line.
pub fn settings(
    table: &HttpTable,
    given: &Given<'_>,
    tls: &Tls,
    identities: &Identities,
) -> Result<HttpConfig, String> {
    let mut http = HttpConfig::default();
    read(&mut http, table);
    set(&mut http.addresses, &given.addresses(&given.args.http, "ONEM2M_HTTP")?);
    http.allow_plaintext |= given.plaintext_is_allowed()?;
    http.upper_tester |= given.flag(given.args.upper_tester, "ONEM2M_UPPER_TESTER")?;
    http.tls.clone_from(&tls.server);
    http.identities = identities.clone();
    // Without anything said, the caller that is there already does.
    http.client = tls.client.clone().map(|tls| ClientConfig { tls: Some(tls), ..ClientConfig::default() });
    guarded("http", "HTTP", &http.addresses, http.allow_plaintext || http.tls.is_some())?;
    Ok(http)
}

pub fn read(http: &mut HttpConfig, table: &HttpTable) {
    set(&mut http.addresses, &table.addresses);
    set(&mut http.allow_plaintext, &table.allow_plaintext);
    set(&mut http.cors_origins, &table.cors_origins);
    set(&mut http.upper_tester, &table.upper_tester);
    let limits = &mut http.limits;
    set(&mut limits.body_bytes, &table.body_bytes);
    set(&mut limits.head_bytes, &table.head_bytes);
    set(&mut limits.connections, &table.connections);
    set(&mut limits.in_flight, &table.in_flight);
    set(&mut limits.head_timeout, &table.head_timeout.map(Duration::from_secs));
    set(&mut limits.body_timeout, &table.body_timeout.map(Duration::from_secs));
    set(&mut limits.idle_timeout, &table.idle_timeout.map(Duration::from_secs));
    let rate = table.requests_per_second_and_originator;
    limits.rate = rate.map(|per_second| RateLimit { per_second, burst: per_second.max(1.0), originators: 10_000 });
}
