//! What listens where, and what to try first.

use std::io::Write as _;

use super::settings::Settings;

/// Says it on standard output. Nobody has to listen: a closed one does not end the CSE.
pub fn greet(settings: &Settings, addresses: &[String]) {
    let _ = writeln!(std::io::stdout(), "{}", greeting(settings, addresses));
}

fn greeting(settings: &Settings, addresses: &[String]) -> String {
    let of = |schemes: &[&str]| -> Vec<&str> {
        let is_of = |address: &&str| address.split_once(':').is_some_and(|(scheme, _)| schemes.contains(&scheme));
        addresses.iter().map(String::as_str).filter(is_of).collect()
    };
    let web = of(&["http", "https"]);
    let kept = match &settings.data {
        Some(path) => format!("in {}", path.display()),
        None => "in memory only".to_owned(),
    };
    // Scripts read the first line, and go on over HTTP.
    let ready = if web.is_empty() { addresses } else { &web.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>() };
    let mut lines = vec![format!("{} is ready: {}", settings.cse.cse_id, ready.join(" "))];
    for (name, schemes) in [
        ("WebSocket", &["ws", "wss"][..]),
        ("CoAP", &["coap", "coaps"]),
        ("MQTT", &["mqtt", "mqtts", "mqtt+ws", "mqtt+wss"]),
    ] {
        let urls = of(schemes);
        lines.push(format!("{name}: {}", if urls.is_empty() { "none".to_owned() } else { urls.join(" ") }));
    }
    lines.push(format!("resources are kept {kept}"));
    lines.push("\nTry:".to_owned());
    let name = &settings.cse.cse_name;
    let admin = settings.cse.administrator.as_deref().unwrap_or("CAdmin");
    match web.first() {
        Some(url) => {
            // Whom curl is to trust, only the operator knows.
            let curl = if url.starts_with("https") { "curl --cacert CA.pem" } else { "curl" };
            let headers =
                |number| format!("  {curl} -H 'X-M2M-Origin: {admin}' -H 'X-M2M-RI: {number}' -H 'X-M2M-RVI: 3'");
            lines.push(format!("{} {url}/{name}", headers(1)));
            lines.push(format!("{} '{url}/{name}?fu=1&lim=10'", headers(2)));
        }
        None => {
            let url = addresses.first().map_or("", String::as_str);
            lines.push(format!("  onem2m-cse request {url} RETRIEVE {name} --originator {admin}"));
        }
    }
    lines.join("\n")
}
