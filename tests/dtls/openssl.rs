//! `openssl s_client` at our server, and our client at `openssl s_server`.

use std::net::SocketAddr;
use std::time::Duration;

use onem2m_cse::binding::coap::shield::Shield as _;
use onem2m_cse::binding::dtls::{DtlsConfig, DtlsLimits, DtlsShield};

use super::echo::{Echo, Post};
use super::peers::{Authority, Talk, hex, installed, keyed, run, text};

const CLIENT: [&str; 3] = ["s_client", "-dtls1_2", "-connect"];

/// `openssl` does not speak the suite that TS-0003 10.2.2 wants unless it is told to.
fn with_key<'a>(identity: &'a str, key: &'a str) -> [&'a str; 6] {
    ["-cipher", "PSK-AES128-CCM8", "-psk_identity", identity, "-psk", key]
}

fn is_missing() -> bool {
    installed(&["openssl"]).is_empty()
}

/// Speaks to a server as long as it is kept.
fn client(echo: &Echo, more: &[&str]) -> Talk {
    let address = echo.address.to_string();
    Talk::start("openssl", &[&CLIENT, &[&*address][..], more].concat())
}

/// A client that is not let in, and what it says about that.
async fn refused(echo: &Echo, more: &[&str]) -> String {
    let address = echo.address.to_string();
    let (is_done, said) = run("openssl", &[&CLIENT, &[&*address][..], more].concat()).await;
    assert!(!is_done, "{said}");
    said
}

#[tokio::test]
async fn a_client_with_a_key_is_known_by_its_identity() {
    if is_missing() {
        return;
    }
    let echo = Echo::new(keyed("meter", "a shared key")).await;
    let mut client = client(&echo, &with_key("meter", &hex("a shared key")));
    client.say("good day").await;
    assert_eq!(client.hear("good day").await, "meter: good day");
    client.say("Q").await;
    client.end().await;
    let seen = echo.until(|seen| seen.associations == 0).await;
    assert_eq!((seen.messages.len(), &*seen.ends), (1, &["the peer has closed the association".to_owned()][..]));
}

#[tokio::test]
async fn another_key_and_an_unknown_identity_are_refused_alike() {
    if is_missing() {
        return;
    }
    let echo = Echo::new(keyed("meter", "a shared key")).await;
    for (identity, key, end) in [
        ("meter", "another key", r#"PSK identity "meter": its key is another one than this side has"#),
        ("stranger", "a shared key", r#"PSK identity "stranger": is not known here"#),
    ] {
        let said = refused(&echo, &with_key(identity, &hex(key))).await;
        assert!(said.contains("alert decrypt error"), "{said}");
        let seen = echo.until(|seen| seen.ends.iter().any(|reason| reason == end)).await;
        assert_eq!((seen.associations, seen.handshakes, seen.messages.len()), (0, 0, 0));
    }
}

#[tokio::test]
async fn a_client_with_a_certificate_is_known_by_its_names() {
    if is_missing() {
        return;
    }
    let authority = Authority::new("one");
    let echo = Echo::new(authority.side("127.0.0.1")).await;
    let (own, roots) = (authority.issue("//acme.example.com/id-in/Cmeter"), authority.roots());
    let arguments = ["-cert", text(&own), "-CAfile", text(&roots), "-verify_return_error", "-verify_ip", "127.0.0.1"];
    let mut client = client(&echo, &arguments);
    client.say("good day").await;
    assert_eq!(client.hear("good day").await, "//acme.example.com/id-in/Cmeter: good day");
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_none_is_refused() {
    if is_missing() {
        return;
    }
    let (authority, other) = (Authority::new("one"), Authority::new("another"));
    let echo = Echo::new(authority.side("127.0.0.1")).await;
    let said = refused(&echo, &["-cert", text(&other.issue("meter.example"))]).await;
    assert!(said.contains("unknown ca"), "{said}");
    let said = refused(&echo, &[]).await;
    assert!(said.contains("handshake failure"), "{said}");
    let seen = echo.until(|seen| seen.ends.len() == 2).await;
    assert_eq!((seen.associations, seen.handshakes, seen.messages.len()), (0, 0, 0));
    let [first, second] = &*seen.ends else { panic!("{seen:?}") };
    assert_eq!(first, "the peer's certificate is not accepted: UnknownIssuer");
    assert_eq!(second, "the peer has shown no certificate");
}

#[tokio::test]
async fn what_was_silent_for_too_long_is_told_goodbye() {
    if is_missing() {
        return;
    }
    let limits = DtlsLimits { idle: Duration::from_millis(300), ..DtlsLimits::default() };
    let echo = Echo::new(DtlsConfig { limits, ..keyed("meter", "a shared key") }).await;
    let mut client = client(&echo, &with_key("meter", &hex("a shared key")));
    client.say("good day").await;
    client.hear("meter: good day").await;
    client.end().await;
    assert_eq!(echo.until(|seen| seen.associations == 0).await.ends, ["it was silent for 0 s"]);
}

/// `openssl s_server` on a port that the system picks.
async fn server(more: &[&str]) -> (Talk, SocketAddr) {
    let own = ["s_server", "-dtls1_2", "-accept", "127.0.0.1:0"];
    let without = if more.contains(&"-cert") { &[][..] } else { &["-nocert"] };
    let mut server = Talk::start("openssl", &[&own, without, more].concat());
    let accept = server.hear("ACCEPT").await;
    (server, accept.trim_start_matches("ACCEPT ").parse().unwrap())
}

#[tokio::test]
async fn our_client_shows_its_key_to_a_server() {
    if is_missing() {
        return;
    }
    let (mut server, address) = server(&with_key("meter", &hex("a shared key"))).await;
    let mut post = Post::new(DtlsShield::client(keyed("meter", "a shared key")).unwrap()).await;
    post.send(address, b"from us\n").await;
    post.next().await;
    let (answer, _) = tokio::join!(post.ask(address, b"and more\n"), async {
        server.hear("and more").await;
        server.say("from openssl").await;
    });
    assert_eq!(answer.unwrap(), b"from openssl\n");
}

#[tokio::test]
async fn our_client_gives_up_a_server_that_has_another_key() {
    if is_missing() {
        return;
    }
    let (_server, address) = server(&with_key("meter", &hex("another key"))).await;
    // It does not say so, but passes over what it cannot read.
    let limits = DtlsLimits { handshake: Duration::from_secs(1), ..DtlsLimits::default() };
    let side = DtlsConfig { limits, ..keyed("meter", "a shared key") };
    let mut post = Post::new(DtlsShield::client(side).unwrap()).await;
    let reason = post.ask(address, b"from us\n").await.unwrap_err();
    assert_eq!(reason, "the peer did not answer in the time of a handshake");
    assert_eq!((post.shield.associations(), post.shield.handshakes()), (0, 0));
}

#[tokio::test]
async fn our_client_and_a_server_show_certificates_to_each_other() {
    if is_missing() {
        return;
    }
    let authority = Authority::new("one");
    let (own, roots) = (authority.issue("cse.example"), authority.roots());
    let arguments = ["-cert", text(&own), "-CAfile", text(&roots), "-Verify", "1", "-verify_return_error"];
    let (mut server, address) = server(&arguments).await;
    let mut post = Post::new(DtlsShield::client(authority.side("meter.example")).unwrap()).await;
    post.shield.expect(address, "cse.example");
    let (answer, _) = tokio::join!(post.ask(address, b"from us\n"), async {
        server.hear("subject=CN = meter.example").await;
        server.hear("from us").await;
        server.say("from openssl").await;
    });
    assert_eq!(answer.unwrap(), b"from openssl\n");
}

#[tokio::test]
async fn our_client_turns_away_from_who_is_not_expected() {
    if is_missing() {
        return;
    }
    let (authority, other) = (Authority::new("one"), Authority::new("another"));
    let own = authority.issue("cse.example");
    for (side, expected, reason) in [
        (authority.side("meter.example"), "other.example", "NotValidForName"),
        (other.side("meter.example"), "cse.example", "UnknownIssuer"),
    ] {
        let (_server, address) = server(&["-cert", text(&own)]).await;
        let mut post = Post::new(DtlsShield::client(side).unwrap()).await;
        post.shield.expect(address, expected);
        let told = post.ask(address, b"from us\n").await.unwrap_err();
        assert!(told.starts_with("the peer's certificate is not accepted: ") && told.contains(reason), "{told}");
    }
}
