use std::time::Duration;

use super::*;

/// What is heard when a handshake cannot succeed.
fn refused(server: DtlsConfig, client: DtlsConfig) -> Vec<(&'static str, String)> {
    let mut world = World::pair(server, client);
    world.send(CLIENT, SERVER, "hello");
    world.pass(Duration::from_secs(60));
    let (associations, handshakes) = (world.shield(SERVER).associations(), world.shield(SERVER).handshakes());
    assert_eq!((associations, handshakes, world.shield(CLIENT).handshakes()), (0, 0, 0));
    let heard = std::mem::take(&mut world.heard).into_iter();
    let mut heard: Vec<_> = heard
        .map(|heard| match heard {
            Heard::Gone(at, _, reason) => (at, reason),
            Heard::Message(..) => panic!("{heard:?}"),
        })
        .collect();
    heard.sort();
    heard
}

#[test]
fn another_key_is_refused_and_both_sides_know() {
    let heard = refused(with_keys(&[("meter", "key")]), with_keys(&[("meter", "other")]));
    let here = "PSK identity \"meter\": its key is another one than this side has";
    let there = "the peer ended it: the keys or signatures are not the expected ones (alert 51)";
    assert_eq!(heard, [(SERVER, here.into()), (CLIENT, there.into())]);
}

#[test]
fn an_unknown_identity_is_refused_as_another_key_is() {
    let heard = refused(with_keys(&[("meter", "key")]), with_keys(&[("other", "key")]));
    let here = "PSK identity \"other\": is not known here";
    let there = "the peer ended it: the keys or signatures are not the expected ones (alert 51)";
    assert_eq!(heard, [(SERVER, here.into()), (CLIENT, there.into())]);
}

#[test]
fn a_certificate_of_somebody_else_is_refused() {
    let (authority, other) = (Authority::new("one"), Authority::new("another"));
    let client = DtlsConfig { certificate: Some(other.issue(vec![dns("a")])), ..authority.side(vec![]) };
    let heard = refused(authority.side(vec![ip(SERVER)]), client);
    assert_eq!(heard[0].1, "the peer's certificate is not accepted: UnknownIssuer");
    assert_eq!(heard[1].1, "the peer ended it: nobody whom it trusts has issued the certificate (alert 48)");
}

#[test]
fn a_certificate_that_has_expired_is_refused() {
    let authority = Authority::new("one");
    let mut about = rcgen::CertificateParams::new(vec!["a".into()]).unwrap();
    about.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let client = DtlsConfig { certificate: Some(authority.sign(about)), ..authority.side(vec![]) };
    let heard = refused(authority.side(vec![ip(SERVER)]), client);
    assert!(heard[0].1.starts_with("the peer's certificate is not accepted: CertExpired"), "{heard:?}");
    assert_eq!(heard[1].1, "the peer ended it: the certificate has expired, or is not valid yet (alert 45)");
}

#[test]
fn a_client_accepts_the_server_only_whom_it_expects() {
    let authority = Authority::new("one");
    let side = |name: &str| authority.side(vec![dns(name)]);
    let heard = refused(side("cse.example"), side("meter"));
    assert_eq!(heard.len(), 2, "its address is not in its certificate: {heard:?}");

    let mut world = World::pair(side("cse.example"), side("meter"));
    world.shield(CLIENT).expect(address(SERVER), "CSE.example");
    world.send(CLIENT, SERVER, "hello");
    assert_eq!(world.settle(), [message(SERVER, CLIENT, "hello", &["meter"])]);

    world.shield(CLIENT).expect(address(SERVER), "other.example");
    world.send(CLIENT, SERVER, "secret");
    let heard = world.settle();
    assert!(!heard.iter().any(|heard| matches!(heard, Heard::Message(..))), "{heard:?}");
    assert_eq!(world.shield(CLIENT).associations(), 0);
}

#[test]
fn nothing_in_common_is_told_at_once() {
    let authority = Authority::new("one");
    let heard = refused(authority.side(vec![ip(SERVER)]), with_keys(&[("meter", "key")]));
    assert_eq!(heard[0].1, "the peer offers none of the cipher suites that are spoken here");
    assert!(heard[1].1.ends_with("nothing was found that both sides speak and accept (alert 40)"));
}

#[test]
fn goodbye_is_said_both_ways() {
    for (one, other) in [(CLIENT, SERVER), (SERVER, CLIENT)] {
        let mut world = World::pair(with_keys(&[("meter", "key")]), with_keys(&[("meter", "key")]));
        world.send(CLIENT, SERVER, "hello");
        world.settle();
        world.close(one);
        let here = Heard::Gone(one, other, "this side closes".into());
        let there = Heard::Gone(other, one, "the peer has closed the association".into());
        assert_eq!(world.settle(), [here, there]);
        assert_eq!((world.shield(SERVER).associations(), world.shield(CLIENT).associations()), (0, 0));
        world.send(CLIENT, SERVER, "again");
        assert_eq!(world.settle(), [message(SERVER, CLIENT, "again", &["meter"])]);
    }
}

#[test]
fn a_server_that_is_not_there_is_given_up() {
    let keys = || with_keys(&[("meter", "key")]);
    let mut world = World::pair(keys(), keys());
    world.loss = 100;
    world.send(CLIENT, SERVER, "hello");
    world.pass(Duration::from_secs(29));
    assert!(world.heard.is_empty());
    assert!((5..=6).contains(&world.carried), "said again after about 1, 2, 4, 8 seconds: {}", world.carried);
    world.pass(Duration::from_secs(2));
    let reason = "the peer did not answer in the time of a handshake";
    assert_eq!(world.heard, [Heard::Gone(CLIENT, SERVER, reason.into())]);
}

#[test]
fn a_server_begins_nothing() {
    let mut world = World::pair(with_keys(&[("meter", "key")]), with_keys(&[("meter", "key")]));
    world.send(SERVER, CLIENT, "hello");
    let reason = "there is no association with it, and a server begins none";
    assert_eq!(world.settle(), [Heard::Gone(SERVER, CLIENT, reason.into())]);
}

#[test]
fn settings_that_cannot_work_are_told_by_name() {
    let told = |config: DtlsConfig| DtlsShield::client(config).err().unwrap().to_string();
    let authority = Authority::new("one");
    let (one, other) = (authority.side(vec![]), authority.issue(vec![]));
    assert!(told(DtlsConfig::default()).contains("roots: none"));
    assert!(told(with_keys(&[("", "key")])).contains("expected 1 to 128"));
    assert!(told(with_keys(&[("a", "")])).contains("expected 1 to 64"));
    let twice = DtlsShield::server(with_keys(&[("a", "1"), ("a", "2")])).err().unwrap().to_string();
    assert!(twice.contains("twice"), "{twice}");
    let nowhere = DtlsConfig { keys: vec![PreSharedKey::new("a", "1").at("no host")], ..DtlsConfig::default() };
    assert!(told(nowhere).contains("expected a domain name or an address"));
    assert!(told(DtlsConfig { roots: "nonsense".into(), ..one.clone() }).contains("roots: no certificate in it"));
    assert!(
        told(DtlsConfig { certificate: None, ..one.clone() }).contains("neither a pre-shared key nor a certificate")
    );
    let own = one.certificate.clone().unwrap();
    let mixed = CertificateAndKey { key: other.key, ..own.clone() };
    assert!(
        told(DtlsConfig { certificate: Some(mixed), ..one.clone() }).contains("not the private key of the certificate")
    );
    let keyless = CertificateAndKey { key: own.certificate.clone(), ..own };
    assert!(
        told(DtlsConfig { certificate: Some(keyless), ..one }).contains("expected PEM, -----BEGIN PRIVATE KEY-----")
    );
    assert!(!format!("{:?}", with_keys(&[("a", "secret")])).contains("115"));
}
