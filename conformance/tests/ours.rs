//! The suite on this project's own CSE, which is a process of its own: everything over HTTP in JSON, a sample over every
//! other binding and format. `docs/support.md` is written from the results.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test speaks by panicking"
)]

mod support;

use std::path::Path;

use onem2m_conformance::report::{Report, summary, support as page};
use onem2m_conformance::verdict::Verdict;
use onem2m_cse::codec::format::Format;
use support::broker::broker;
use support::cse::Cse;
use support::suite::Tester;

/// Of everything something, and what depends on bindings and formats in full.
const SAMPLE: &[&str] = &[
    "CSE/GEN",
    "CSE/DIS",
    "CSE/DMR/CRE/012_CNT",
    "CSE/DMR/CRE/012_SUB",
    "CSE/DMR/CRE/00*_CNT",
    "CSE/DMR/RET/00*_CNT",
    "CSE/DMR/RET/02",
    "CSE/DMR/UPD/00*_ACP",
    "CSE/DMR/DEL/00",
    "CSE/REG/CRE",
    "CSE/SEC/ACP/001",
    "CSE/SUB/UPD",
    "CSE/GMG/005",
    "TS-0004/8.1",
    "TS-0004/7.3.3",
    "TS-0004/7.5.2",
];

/// What nobody has explained, and explanations that are out of date.
fn unexplained(name: &str, report: &Report) -> Vec<String> {
    let failed = report.unexplained().map(summary::failure);
    let sentences = failed.chain(report.mended().map(summary::mended));
    sentences.map(|sentence| format!("{name}: {sentence}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn our_cse_passes_over_every_binding_in_every_format() {
    let broker = broker();
    let mut more = vec!["--ws", "127.0.0.1:0", "--coap", "127.0.0.1:0"];
    if let Some((_, url)) = &broker {
        more.extend(["--mqtt", url]);
    }
    let cse = Cse::start(&more, if broker.is_some() { 4 } else { 3 });
    let tester = Tester::new(&cse.http).await;

    let full = tester.run(&cse.http, Format::Json, &[]).await;
    println!("{}", summary::table(&full));
    let mut wrong = unexplained("http json", &full);

    let sample: Vec<String> = SAMPLE.iter().map(|pattern| (*pattern).to_owned()).collect();
    let mut addresses = vec![("http", cse.http.clone()), ("coap", cse.address("coap")), ("ws", cse.address("ws"))];
    addresses.extend(broker.as_ref().map(|(_, url)| ("mqtt", format!("{url}#{}", tester.pics.identity.cse_id))));
    let mut samples = Vec::new();
    for (binding, address) in &addresses {
        for format in [Format::Json, Format::Cbor, Format::Xml] {
            let name = format!("{binding} {}", format.name().to_ascii_lowercase());
            let report = tester.run(address, format, &sample).await;
            println!("{name}: {} passed", report.count(Verdict::Pass));
            wrong.extend(unexplained(&name, &report));
            samples.push((name, report));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    is_current(&page::write(&tester.pics, &full, &samples), broker.is_some());
}

/// `docs/support.md` says what was found. Where there is no broker, nothing was found of MQTT.
fn is_current(page: &str, with_mqtt: bool) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/support.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, page).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let lines = |text: &str| -> Vec<String> {
        text.lines().filter(|line| with_mqtt || !line.starts_with("| mqtt ")).map(str::to_owned).collect()
    };
    assert_eq!(lines(&written), lines(page), "docs/support.md is out of date: run this test with UPDATE_DOCS=1");
}
