//! What will be run: file, environment and command line together, checked.

mod coap;
mod coaps;
mod cse;
mod given;
mod http;
mod mqtt;
mod tls;
mod ws;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use onem2m_cse::CseConfig;
use onem2m_cse::binding::coap::CoapConfig;
use onem2m_cse::binding::http::HttpConfig;
use onem2m_cse::binding::mqtt::MqttConfig;
use onem2m_cse::binding::ws::WsConfig;
use onem2m_cse::store::Durability;
use onem2m_cse::store::fjall::FjallConfig;
use onem2m_cse::value::SmolStr;

use super::args::Args;
use super::file::File;
use coaps::Coaps;
use given::Given;

/// Everything that the program needs to know.
#[derive(Debug)]
pub struct Settings {
    pub cse: CseConfig,
    pub http: HttpConfig,
    pub ws: WsConfig,
    /// Whether somebody said where to listen for WebSocket. If not, a port that is taken is done without.
    pub ws_asked: bool,
    pub coap: CoapConfig,
    /// The same for CoAP.
    pub coap_asked: bool,
    pub coaps: Coaps,
    /// `None`: no broker.
    pub mqtt: Option<MqttConfig>,
    /// `None`: in memory.
    pub data: Option<PathBuf>,
    pub store: FjallConfig,
    pub json_log: bool,
    pub log_level: String,
    pub schemas: Vec<(String, String)>,
}

/// Puts the settings together. `environment` looks a variable up.
pub fn gather(args: &Args, environment: impl Fn(&str) -> Option<String>) -> Result<Settings, String> {
    let path = args.config.clone().or_else(|| environment("ONEM2M_CONFIG").map(PathBuf::from));
    let file = path.as_deref().map(File::read).transpose()?.unwrap_or_default();
    let given = Given { args, environment: &environment };
    let mut cse = cse::settings(&file.cse, &given)?;
    let tls = tls::settings(&file.tls, &given)?;
    let identities = tls::identities(&file.identities)?;
    let http = http::settings(&file.http, &given, &tls, &identities)?;
    let (ws, ws_asked) = ws::settings(&file.ws, &given, &tls, &identities)?;
    let (coap, coap_asked) = coap::settings(&file.coap, &given)?;
    let coaps = coaps::settings(&coap, &file.coap, &file.psk, &given, &tls, &identities)?;
    let mqtt = mqtt::settings(&file.mqtt, &given, &tls)?;
    let memory = given.flag(args.memory, "ONEM2M_MEMORY")? || file.store.memory == Some(true);
    let data = args.data.clone().or_else(|| environment("ONEM2M_DATA").map(PathBuf::from)).or(file.store.path);
    let data = (!memory).then(|| data.unwrap_or_else(|| PathBuf::from("./cse-data")));
    cse.durability = match file.store.durability.as_deref().unwrap_or("synced") {
        "synced" => Durability::Synced,
        "buffered" => Durability::Buffered,
        other => return Err(format!("store.durability: expected synced or buffered, got {other:?}")),
    };
    let store = match file.store.profile.as_deref().unwrap_or("default") {
        "default" => FjallConfig::default(),
        "small" => FjallConfig::small(),
        other => return Err(format!("store.profile: expected default or small, got {other:?}")),
    };
    let format = args.log.clone().or_else(|| environment("ONEM2M_LOG")).or(file.log.format);
    let json_log = match format.as_deref().unwrap_or("text") {
        "text" => false,
        "json" => true,
        other => return Err(format!("log: expected text or json, got {other:?}")),
    };
    let log_level = args.log_level.clone().or_else(|| environment("ONEM2M_LOG_LEVEL")).or(file.log.level);
    let schemas = file.schemas.files.iter().map(|path| {
        let text =
            std::fs::read_to_string(path).map_err(|e| format!("cannot read the schema {}: {e}", path.display()))?;
        Ok((path.display().to_string(), text))
    });
    if cse.points_of_access.is_empty() {
        cse.points_of_access = points_of_access(&http, &ws, &coap, coaps.server.as_ref(), mqtt.as_ref());
    }
    cse.check()?;
    Ok(Settings {
        cse,
        http,
        ws,
        ws_asked,
        coap,
        coap_asked,
        coaps,
        mqtt,
        data,
        store,
        json_log,
        log_level: log_level.unwrap_or_else(|| "info".into()),
        schemas: schemas.collect::<Result<_, String>>()?,
    })
}

/// Where the bindings listen. A port that the system chooses is not known yet.
fn points_of_access(
    http: &HttpConfig,
    ws: &WsConfig,
    coap: &CoapConfig,
    coaps: Option<&CoapConfig>,
    mqtt: Option<&MqttConfig>,
) -> Vec<SmolStr> {
    let http_scheme = if http.tls.is_some() { "https" } else { "http" };
    let ws_scheme = if ws.tls.is_some() { "wss" } else { "ws" };
    let http = http.addresses.iter().map(|address| (http_scheme, address));
    let ws = ws.addresses.iter().map(|address| (ws_scheme, address));
    let coap = coap.addresses.iter().map(|address| ("coap", address));
    let coaps = coaps.into_iter().flat_map(|coaps| &coaps.addresses).map(|address| ("coaps", address));
    let listening = http.chain(ws).chain(coap).chain(coaps).filter(|(_, address)| address.port() != 0);
    let urls = listening.map(|(scheme, address)| SmolStr::from(format!("{scheme}://{address}")));
    urls.chain(mqtt.map(|mqtt| SmolStr::from(&mqtt.broker))).collect()
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
        writeln!(f, "CSE             {} named {}, of {}", self.cse.cse_id, self.cse.cse_name, self.cse.sp_id)?;
        writeln!(f, "administrator   {}", self.cse.administrator.as_deref().unwrap_or("none"))?;
        let addresses = |addresses: &[SocketAddr]| list(addresses.iter().map(ToString::to_string).collect());
        let tls = if self.http.tls.is_some() { ", with TLS" } else { "" };
        writeln!(f, "HTTP            {}{tls}", addresses(&self.http.addresses))?;
        writeln!(f, "WebSocket       {}{tls}", addresses(&self.ws.addresses))?;
        writeln!(f, "CoAP            {}", addresses(&self.coap.addresses))?;
        let coaps = self.coaps.server.as_ref().map_or(&[][..], |coaps| &coaps.addresses);
        writeln!(f, "CoAP over DTLS  {}", addresses(coaps))?;
        writeln!(f, "MQTT broker     {}", self.mqtt.as_ref().map_or("none", |mqtt| &mqtt.broker))?;
        writeln!(f, "points of access {}", list(self.cse.points_of_access.iter().map(ToString::to_string).collect()))?;
        match &self.data {
            Some(path) => writeln!(f, "data            {}, {:?}", path.display(), self.cse.durability),
            None => writeln!(f, "data            in memory only"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::args;

    fn gather_line(line: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
        let args = args::parse(line.split_whitespace().map(Into::into)).unwrap();
        gather(&args, |name| environment.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_command_line_wins_over_the_environment() {
        let settings = gather_line("--cse-id /a", &[("ONEM2M_CSE_ID", "/b"), ("ONEM2M_CSE_NAME", "base")]).unwrap();
        assert_eq!((&*settings.cse.cse_id, &*settings.cse.cse_name), ("/a", "base"));
        assert_eq!(
            settings.cse.points_of_access,
            ["http://127.0.0.1:8080", "ws://127.0.0.1:8180", "coap://127.0.0.1:5683"]
        );
    }

    #[test]
    fn the_printed_defaults_are_the_defaults() {
        let file: File = File::parse(super::super::file::DEFAULT).unwrap();
        let (mut cse, mut http) = (CseConfig::default(), HttpConfig::default());
        cse::read(&mut cse, &file.cse).unwrap();
        http::read(&mut http, &file.http);
        assert_eq!(format!("{cse:?}"), format!("{:?}", CseConfig::default()));
        assert_eq!(format!("{http:?}"), format!("{:?}", HttpConfig::default()));
        let mut ws = WsConfig::default();
        ws::read(&mut ws, &file.ws);
        assert_eq!(format!("{ws:?}"), format!("{:?}", WsConfig::default()));
        let mut coap = CoapConfig::default();
        coap::read(&mut coap, &file.coap);
        assert_eq!(format!("{coap:?}"), format!("{:?}", CoapConfig::default()));
        let mut mqtt = MqttConfig::default();
        mqtt::read(&mut mqtt, &file.mqtt).unwrap();
        assert_eq!(format!("{mqtt:?}"), format!("{:?}", MqttConfig::default()));
    }

    #[test]
    fn websocket_is_listened_for_unless_somebody_says_otherwise() {
        let of = |line: &str, environment: &[(&str, &str)]| {
            let settings = gather_line(line, environment).unwrap();
            (settings.ws_asked, settings.ws.addresses.len())
        };
        assert_eq!(of("", &[]), (false, 1));
        assert_eq!(of("--ws=", &[("ONEM2M_WS", "127.0.0.1:1")]), (true, 0));
        assert_eq!(of("--ws 127.0.0.1:0 --ws [::1]:0", &[]), (true, 2));
        assert_eq!(of("", &[("ONEM2M_WS", "")]), (true, 0));
        assert!(gather_line("--ws 0.0.0.0:8180", &[]).unwrap_err().contains("--allow-plaintext"));
    }

    #[test]
    fn coap_is_listened_for_and_mqtt_needs_a_broker() {
        let settings = gather_line("", &[]).unwrap();
        assert!(!settings.coap_asked && settings.coaps.server.is_none() && settings.mqtt.is_none());
        assert_eq!(settings.coap.addresses, ["127.0.0.1:5683".parse().unwrap()]);
        let settings = gather_line("--coap= --mqtt mqtt://localhost", &[("ONEM2M_MQTT_PASSWORD", "x")]).unwrap();
        assert!(settings.coap_asked && settings.coap.addresses.is_empty());
        assert_eq!(settings.mqtt.unwrap().broker, "mqtt://localhost");
        assert_eq!(settings.cse.points_of_access.last().map(|url| &**url), Some("mqtt://localhost"));
    }

    #[test]
    fn what_is_secure_needs_certificates_or_keys() {
        let of = |line: &str| gather_line(line, &[]).unwrap_err();
        assert!(of("--coaps 127.0.0.1:0").contains("--tls CERT KEY"), "{}", of("--coaps 127.0.0.1:0"));
        assert!(of("--tls no/such.pem no/such.key").contains("no/such.pem"));
        assert!(of("--tls-client-roots ca.pem").contains("tls.client_roots"));
        let said = gather_line("", &[("ONEM2M_TLS", "one")]).unwrap_err();
        assert!(said.contains("CERT,KEY"), "{said}");
    }

    #[test]
    fn an_open_address_needs_a_word() {
        assert!(gather_line("--http 0.0.0.0:8080", &[]).unwrap_err().contains("--allow-plaintext"));
        assert!(gather_line("--http 0.0.0.0:8080 --allow-plaintext", &[]).is_ok());
        assert!(gather_line("", &[("ONEM2M_MEMORY", "maybe")]).is_err());
    }
}
