//! Makes the seed corpora below `fuzz/corpus/` and the dictionaries below `fuzz/dictionaries/`:
//! `cargo run -p onem2m-cse-model --bin seeds`.
//!
//! They come from the golden vectors of the codecs (`tests/golden/`), from the standard's schemas, from the tree of the
//! fixture and from the lists below, which hold what is known to trip parsers. Running it twice makes the same files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};

use onem2m_cse::codec::json;
use onem2m_cse::codec::primitive::from_request;
use onem2m_cse::schema::{Registry, STANDARD_FILES};
use onem2m_cse_model::fixture;
use onem2m_cse_model::sequence::{Paper, deeds, play};

/// What `words` reads.
const WORDS: &[&str] = &[
    "cse-in/Cae1/c",
    "-/c/la",
    "/id-in/cse-in",
    "//acme.example.com/id-in/-/x",
    "~",
    "_",
    "/",
    "//",
    "///",
    "a//b",
    "a/",
    "/id-in/",
    "20261120T160743",
    "20261120T160743,123456",
    "20261120T160743.5Z",
    "00000101T000000",
    "99991231T235959,999999",
    "20240229T000000",
    "-9223372036854775808",
    "9223372036854775807",
    "1500.7",
    "+5",
    "P1Y2M3DT4H5M6.7S",
    "PT0S",
    "-P1D",
    "P99999999999999Y",
    "* * * * 11 * *",
    "* * * * 11 *",
    "0-5 2,6,10 * * * * *",
    "* 0-5 2,6,10 * * * *",
    "0 0 0 29 2 * *",
    "59 59 23 31 12 6 2026",
    "0 0 0 31 2 * *",
    "*/2 * * * * * *",
    "5-1 * * * * * *",
    "json",
    "application/vnd.onem2m-ntfy+xml",
    "2a",
];

/// What `filter` reads.
const FILTERS: &[&str] = &[
    "fu=1",
    "fu=1&lbl=a&ty=3",
    "fu=1&lbl=a+b&fo=2",
    "fu=1&ty=3&ty=4&lim=1&ofst=2",
    "fu=1&lvl=1",
    "rcn=4",
    "rcn=7",
    "rcn=8&lim=1",
    "fu=1&cra=20261121T000000&crb=20271121T000000",
    "fu=1&sza=1&szb=9",
    "fu=1&cty=text/plain",
    "fu=1&mni=3",
    "fu=1&c.con=one",
    "fu=1&p.rn=Cae1",
    "fu=1&lbq=k:v",
    "fu=1&lbq=k:%3E3;x:1",
    "fu=1&cfs=1&cfq=$.a[0]",
    "fu=1&arp=la",
    "fu=2&sts=3",
    "atrl=ri+ct",
    "fu=1&lim=0",
    "fu=1&lim=-1",
    "fu=1&rt=1",
    "rt=3&rp=500",
    "fu=1&drt=2",
    "fu=1&lbl=*",
    "fu=1&exa=20261121T000000&palb=a&clbl=a&chty=4&pty=2",
    "fu=1&rn=%C3%A9",
    "fu=1&lbl=%00",
    "fu=1&aei=C*",
];

/// What `http` reads.
const HTTP: &[&str] = &[
    "GET /cse-in?fu=1&lim=3 HTTP/1.1\r\nX-M2M-Origin: CAdmin\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\nAccept: application/json\r\n\r\n",
    "POST /cse-in/Cae1 HTTP/1.1\r\nX-M2M-Origin: Cae1\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 4\r\nContent-Type: application/json;ty=3\r\n\r\n{\"m2m:cnt\":{\"rn\":\"c\",\"mni\":3}}",
    "POST /cse-in/Cae1 HTTP/1.1\r\nX-M2M-Origin: Cae1\r\nX-M2M-RI: 1\r\nContent-Type: application/vnd.onem2m-ntfy+xml\r\n\r\n<m2m:sgn xmlns:m2m=\"http://www.onem2m.org/xml/protocols\"><vrq>true</vrq></m2m:sgn>",
    "PUT /~/id-in/cse-in/Cae1/c/la HTTP/1.1\r\nX-M2M-Origin: /id-in/Cae1\r\nX-M2M-RI: 1\r\nX-M2M-RET: 5000\r\nX-M2M-RST: 20301120T160743\r\nX-M2M-OET: 10\r\nX-M2M-RTU: http://a&http://b\r\nX-M2M-EC: 2\r\nX-M2M-GID: g\r\nX-M2M-VSI: v\r\nX-M2M-AS: a+b\r\nContent-Type: application/cbor\r\n\r\n\u{0}",
    "DELETE /_/sp/id/x?rcn=1&rt=2&gstn=1 HTTP/1.1\r\nX-M2M-Origin: C\r\nX-M2M-RI: 1\r\nAuthorization: a.b.c+d.e.f\r\n\r\n",
    "HTTP/1.1 201 Created\r\nX-M2M-RSC: 2001\r\nX-M2M-RI: 1\r\nX-M2M-CTS: 1\r\nX-M2M-CTO: 3\r\nContent-Location: cnt-1\r\nContent-Type: application/json\r\n\r\n{\"m2m:cnt\":{}}",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "GET\r\n\r\n",
];

/// What `engine` reads, besides the tree of the fixture.
const REQUESTS: &[&str] = &[
    r#"{"op":2,"to":"cse-in","fr":"CAdmin","rqi":"1","fc":{"fu":1}}"#,
    r#"{"op":2,"to":"cse-in/Cae1/c/la","fr":"Cae1","rqi":"1","rcn":12}"#,
    r#"{"op":2,"to":"cse-in/Cae1/g/fopt/la","fr":"Cae1","rqi":"1","grtm":["cse-in/Cae1/c"]}"#,
    r#"{"op":1,"to":"cse-in/Cae1/g/fopt","fr":"Cae1","rqi":"1","ty":4,"pc":{"m2m:cin":{"con":1}}}"#,
    r#"{"op":3,"to":"cse-in/Cae1/c","fr":"Cae1","rqi":"1","rcn":9,"pc":{"m2m:cnt":{"mni":0,"lbl":null}}}"#,
    r#"{"op":4,"to":"cse-in/Cae1/c/ol","fr":"Cae1","rqi":"1"}"#,
    r#"{"op":2,"to":"cse-in","fr":"Cae1","rqi":"1","rt":{"rtv":2,"nu":["http://x"]}}"#,
    r#"{"op":2,"to":"cse-in","fr":"Cae1","rqi":"1","rt":1,"rp":"5000"}"#,
    r#"{"op":2,"to":"cse-in/Cae1/pch/pcu","fr":"Cae1","rqi":"1","rqet":"500"}"#,
    r#"{"op":5,"to":"Cae1","fr":"CAdmin","rqi":"1","pc":{"m2m:sgn":{"vrq":true,"sur":"x"}}}"#,
    r#"{"op":1,"to":"cse-in/Cae1/c","fr":"Cae1","rqi":"1","ty":23,"pc":{"m2m:sub":{"nu":["http://x"],"enc":{"net":[3]}}}}"#,
    r#"{"op":1,"to":"cse-in/Cae1/c","fr":"Cae1","rqi":"1","ty":23,"pc":{"m2m:sub":{"nu":["Cae1"],"enc":{"net":[7]}}}}"#,
    r#"{"op":2,"to":"cse-in/Cae1/c","fr":"Cae1","rqi":"1","oet":"5000"}"#,
    r#"{"op":2,"to":"cse-in/Cae1/c","fr":"Cae1","rqi":"1","rset":"-9223372036854775808"}"#,
    r#"{"op":2,"to":"cse-in","fr":"Cae1","rqi":"1","rcn":4,"fc":{"lim":0,"lvl":2,"atr":[{"nm":"mni","val":3}]}}"#,
    "1000000",
];

/// What `topic` reads.
const TOPICS: &[&str] = &[
    "/oneM2M/req/Cae1/id-in/json",
    "/oneM2M/resp/id-in/Cae1/cbor",
    "/oneM2M/reg_req/C/id-in/xml",
    "site/one/oneM2M/req/:sp:cse:Cae/id-in/json",
    "/oneM2M/req/+/#/json",
    "/oneM2M/req//id-in/json",
    "/oneM2M/req/a/b/c/d",
    "//acme.example.com/id-in/Cae1",
    "/id-in/Cae1",
];

/// What `client` reads.
const TOLD: &[&str] = &[
    r#"{"m2m:sgn":{"nev":{"rep":{"m2m:cin":{"con":"x","ri":"cin-1"}},"net":3},"sur":"/id-in/sub-1"}}"#,
    r#"{"m2m:sgn":{"vrq":true,"sur":"/id-in/sub-1","cr":"Cae1"}}"#,
    r#"{"m2m:agn":{"m2m:sgn":[{"sud":true,"sur":"s"},{}]}}"#,
    r#"{"rsc":2000,"pc":{"m2m:agr":{"m2m:rsp":[{"rsc":2000,"fr":"c","pc":{"m2m:cnt":{"ri":"c"}}},{"rsc":4103},{}]}}}"#,
    r#"{"m2m:uri":"cse-in/x"}"#,
    r#"{"m2m:cnt":{"ri":"cnt-1","rn":"c"}}"#,
];

const REPORT: &str = r#"{"subject":"a CSE","address":"http://h","profile":"IN-CSE","release":"3","format":"json","seconds":1.5,
"items":[{"id":"TP/oneM2M/CSE/DMR/CRE/001_CNT","group":"DMR","types":["CNT"],"summary":"s","clause":"c","expected":"2001","verdict":"fail",
"reason":"r","milliseconds":3},{"id":"X","group":"GEN","types":[],"summary":"","clause":"","expected":"","verdict":"pass"}]}"#;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let corpora = corpora(&root.join("../tests/golden"))?;
    for (target, seeds) in &corpora {
        let folder = root.join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        for (name, seed) in seeds {
            fs::write(folder.join(name), seed)?;
        }
        println!("{target}: {} seeds", seeds.len());
    }
    for (target, words) in dictionaries() {
        let lines: String = words.iter().map(|word| format!("\"{}\"\n", escaped(word))).collect();
        fs::create_dir_all(root.join("dictionaries"))?;
        fs::write(root.join("dictionaries").join(format!("{target}.dict")), lines)?;
    }
    Ok(())
}

type Corpora = BTreeMap<String, Vec<(String, Vec<u8>)>>;

fn corpora(golden: &Path) -> Result<Corpora> {
    let mut corpora = Corpora::new();
    let mut add =
        |target: &str, name: String, seed: Vec<u8>| corpora.entry(target.into()).or_default().push((name, seed));
    let mut files: Vec<PathBuf> = fs::read_dir(golden)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".cbor.hex") {
            let hex: Vec<u8> = fs::read(&file)?.into_iter().filter(u8::is_ascii_hexdigit).collect();
            let bytes = hex.chunks(2).filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
            add("cbor", name.trim_end_matches(".hex").into(), bytes.collect());
        } else if name.ends_with(".json") || name.ends_with(".xml") {
            add(if name.ends_with(".xml") { "xml" } else { "json" }, name, fs::read(&file)?);
        }
    }
    for (target, list) in [
        ("words", WORDS),
        ("filter", FILTERS),
        ("http", HTTP),
        ("engine", REQUESTS),
        ("topic", TOPICS),
        ("client", TOLD),
    ] {
        for (place, text) in list.iter().enumerate() {
            add(target, format!("{place:02}"), text.as_bytes().to_vec());
        }
    }
    for (place, (from, to, ty, content)) in fixture::TREE.into_iter().enumerate() {
        let request = fixture::create(from, to, ty, content).identified("1");
        add("engine", format!("tree{place:02}"), json::encode(&from_request(&request).into()));
    }
    add("engine", "all".into(), REQUESTS.join("\n").into_bytes());
    for (file, text) in STANDARD_FILES {
        // The same type under names that nobody has.
        let renamed = text
            .replace("\ntype = ", "\ntype = 4")
            .replace("short = \"", "short = \"z")
            .replace("\nname = \"", "\nname = \"z");
        let name = file.rsplit('/').next().unwrap_or(file);
        add("schema", name.to_owned(), renamed.into_bytes());
    }
    for target in ["formats", "damage"] {
        // Both read choices, not a language: a few even steps through the bytes are as good as anything.
        for step in [1_u8, 7, 31, 101] {
            add(target, format!("step{step}"), (0..96_u8).map(|place| place.wrapping_mul(step)).collect());
        }
    }
    for (place, text) in REQUESTS.iter().enumerate() {
        add("message", format!("{place:02}"), [b"\0", text.as_bytes()].concat());
    }
    add("message", "response".into(), b"\0{\"rsc\":2000,\"rqi\":\"1\",\"pc\":{\"m2m:cnt\":{\"ri\":\"c\"}}}".to_vec());
    for seed in 1..=12_u8 {
        add("sequence", format!("day{seed:02}"), day(seed, 60));
        add("faulty", format!("day{seed:02}"), day(seed.wrapping_mul(19), 60));
        add("requests", format!("some{seed:02}"), day(seed.wrapping_mul(37), 100));
    }
    for (place, seed) in [3_u8, 8, 21].into_iter().enumerate() {
        let paper = Paper::default();
        // A day that goes wrong is the business of its test.
        let _ = play(&deeds(&day(seed, 4)), Some(&paper));
        // What comes at its end, when all is compared, is the same each day.
        let text = paper.text();
        let lines = text.split_inclusive(|byte| *byte == b'\n').take(120).flatten().copied();
        add("recording", format!("day{place:02}"), lines.collect());
    }
    let pics = onem2m_conformance::pics::Pics::default().to_toml();
    let exceptions = fs::read_to_string(golden.join("../../conformance/exceptions.toml"))?;
    let exceptions: String = exceptions.split_inclusive("\n[[").take(3).collect();
    let exceptions = exceptions.trim_end_matches("[[");
    for (kind, name, text) in [
        (0, "answer", "HTTP/1.1 404 Not Found\r\nX-M2M-RSC: 4004\r\n\r\n{}"),
        (1, "pics", pics.as_str()),
        (2, "exceptions", exceptions),
        (3, "report", REPORT),
    ] {
        add("tester", name.into(), [&[kind], text.as_bytes()].concat());
    }
    conversations(&mut add);
    Ok(corpora)
}

/// Two AEs register, each has a container, and one of them a group and a polling channel; then many things happen, a few of
/// each kind.
fn day(seed: u8, deeds: u8) -> Vec<u8> {
    let begun = [
        [0, 0, 0, 9, 9, 9],
        [0, 1, 0, 9, 9, 9],
        [2, 4, 0, 9, 9, 9],
        [2, 4, 1, 9, 9, 9],
        [24, 4, 0, 0x2B, 0, 9],
        [29, 4, 0, 9, 9, 2],
        [33, 4, 0, 0, 8, 9],
    ];
    let mut state = u32::from(seed).wrapping_mul(0x9E37_79B9) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    begun.into_iter().flatten().chain((0..u16::from(deeds) * 6).map(|_| next())).collect()
}

/// What `coap`, `coap_mapping` and `dtls` read.
fn conversations(add: &mut impl FnMut(&str, String, Vec<u8>)) {
    // Small and large bodies; datagrams that are lost, repeated and late; a stranger's GET, and what is no message.
    let get = [5, 10, 0x42, 1, 0x12, 0x34, 7, 7, 0xB3, b'a', b'b', b'c'];
    for (place, seed) in [
        vec![0, 30, 0, 200, 4, 20],
        vec![2, 0, 2, 1, 2, 2, 8, 20, 4, 200, 8, 9, 4, 255],
        [&get[..], &[13, 4, 0x60, 0, 0, 1], &get, &[4, 100], &get].concat(),
        vec![21, 4, 0x70, 0, 0, 1, 5, 3, 0x40, 0xFF, 0xFF, 8, 100, 2, 6, 2, 4, 4, 255, 4, 255],
    ]
    .into_iter()
    .enumerate()
    {
        add("coap", format!("{place:02}"), seed);
    }
    for code in [1_u8, 2, 3, 4, 0x44, 0x84] {
        let choices = (0..80_u8).map(|place| place.wrapping_mul(code.wrapping_add(12)));
        add("coap_mapping", format!("code{code:02x}"), std::iter::once(code).chain(choices).collect());
    }
    // A ClientHello of DTLS 1.2 without a cookie and one with a wrong one, an alert, and what is cut short.
    let hello = |cookie: &[u8]| {
        let mut body = vec![0xFE, 0xFD];
        body.extend([7; 32]);
        body.push(0);
        body.push(u8::try_from(cookie.len()).unwrap_or(0));
        body.extend(cookie);
        body.extend([0, 4, 0xC0, 0xA8, 0x00, 0xFF, 1, 0]);
        let length = u8::try_from(body.len()).unwrap_or(0);
        let mut handshake = vec![1, 0, 0, length, 0, 0, 0, 0, 0, 0, 0, length];
        handshake.extend(body);
        let mut record = vec![22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, u8::try_from(handshake.len()).unwrap_or(0)];
        record.extend(handshake);
        record
    };
    let sent = |datagram: &[u8]| [&[0, 0, u8::try_from(datagram.len()).unwrap_or(0)][..], datagram].concat();
    let alert = [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0];
    for (place, seed) in
        [sent(&hello(&[])), [sent(&hello(&[])), sent(&hello(&[9; 32]))].concat(), sent(&alert), sent(&hello(&[])[..20])]
            .into_iter()
            .enumerate()
    {
        add("dtls", format!("{place:02}"), seed);
    }
}

/// Words that a mutation would hardly find by itself.
fn dictionaries() -> BTreeMap<&'static str, BTreeSet<String>> {
    let registry = Registry::shared();
    let mut names: BTreeSet<String> =
        registry.types().flat_map(|of| of.attributes()).map(|a| a.short.to_string()).collect();
    names.extend(registry.types().map(|of| of.root.to_string()));
    let parameters = [
        "op", "to", "fr", "rqi", "ty", "pc", "ot", "rqet", "rset", "oet", "rt", "rtv", "nu", "rp", "rcn", "ec", "da",
        "gid", "grtm", "gstn", "fc", "drt", "rvi", "vsi", "rsc", "cnst", "cnot", "m2m:rqp", "m2m:rsp", "m2m:atrl",
        "m2m:sgn",
    ];
    let conditions = [
        "crb", "cra", "ms", "us", "sts", "stb", "exb", "exa", "lbl", "lbq", "clbl", "palb", "ty", "chty", "pty", "sza",
        "szb", "cty", "smf", "fo", "cfs", "cfq", "gmty", "geom", "gsf", "fu", "lim", "lvl", "ofst", "arp", "atr",
        "catr", "patr",
    ];
    let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    let quoted: BTreeSet<String> = names
        .iter()
        .cloned()
        .chain(own(&parameters))
        .chain(own(&conditions))
        .map(|name| format!("\"{name}\":"))
        .collect();
    let paths = own(&[
        "cse-in/Cae1/c",
        "cse-in/Cae1/g/fopt",
        "/la",
        "/ol",
        "/fopt",
        "/pcu",
        "Cae1",
        "Csecret",
        "CAdmin",
        "//acme.example.com/id-in/",
    ]);
    let tags = names.iter().cloned().chain(own(&parameters)).map(|name| format!("<{name}>")).chain(own(&[
        "<![CDATA[",
        "]]>",
        "<fn:map>",
        "<fn:array>",
        "<fn:string",
        "xsi:type=\"",
        "xsi:nil=\"true\"",
        "&lt;",
        "&#x41;",
        "xmlns:m2m=\"",
        "http://www.onem2m.org/xml/protocols",
        "<!--",
        "-->",
        "<?xml version=\"1.0\"?>",
        "<!DOCTYPE",
        "rn=\"",
    ]));
    let headers = own(&[
        "X-M2M-Origin: ",
        "X-M2M-RI: ",
        "X-M2M-RVI: ",
        "X-M2M-RET: ",
        "X-M2M-RST: ",
        "X-M2M-OET: ",
        "X-M2M-RTU: ",
        "X-M2M-EC: ",
        "X-M2M-GID: ",
        "X-M2M-VSI: ",
        "X-M2M-AS: ",
        "X-M2M-OT: ",
        "X-M2M-RSC: ",
        "X-M2M-CTS: ",
        "X-M2M-CTO: ",
        "Authorization: ",
        "Content-Type: application/json;ty=",
        "Content-Type: application/xml",
        "Content-Type: application/cbor",
        "Accept: ",
        "Content-Location: ",
        "\r\n",
        "\r\n\r\n",
        "/~/",
        "/_/",
        "%2F",
    ]);
    let arguments = names.iter().cloned().chain(own(&conditions)).map(|name| format!("&{name}=")).chain(own(&[
        "&c.",
        "&p.",
        "&fu=1",
        "%20",
        "+",
        "*",
        "20261121T000000",
    ]));
    let schema = own(&[
        "short = \"",
        "type = \"",
        "n = \"0..1\"",
        "n = \"1(L)\"",
        "c = \"M\"",
        "u = \"NP\"",
        "a = \"OA\"",
        "list of ",
        "nonEmptyList of ",
        "[attributes]",
        "[complex.",
        "[enumeration.",
        "children = [",
        "virtual = { ",
        "common = [",
        "announceable = true",
        "m2m:",
    ]);
    BTreeMap::from([
        ("json", quoted.clone()),
        ("engine", quoted.into_iter().chain(paths).collect()),
        ("xml", tags.collect()),
        ("http", headers.into_iter().chain(own(&conditions).into_iter().map(|name| format!("&{name}="))).collect()),
        ("filter", arguments.collect()),
        ("schema", schema),
    ])
}

fn escaped(word: &str) -> String {
    word.replace('\\', "\\\\").replace('"', "\\\"").replace('\r', "\\x0d").replace('\n', "\\x0a")
}
