//! What will be run: file, environment and command line together, checked.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use onem2m_cse::CseConfig;
use onem2m_cse::binding::http::{HttpConfig, RateLimit};
use onem2m_cse::binding::ws::WsConfig;
use onem2m_cse::config::{CseType, Limits};
use onem2m_cse::store::Durability;
use onem2m_cse::store::fjall::FjallConfig;
use onem2m_cse::value::SmolStr;

use super::args::Args;
use super::file::{CseTable, File, HttpTable, WsTable};

/// Everything that the program needs to know.
#[derive(Debug)]
pub struct Settings {
    pub cse: CseConfig,
    pub http: HttpConfig,
    pub ws: WsConfig,
    /// Whether somebody said where to listen for WebSocket. If not, a port that is taken is done without.
    pub ws_asked: bool,
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
    let mut cse = CseConfig::default();
    identity(&mut cse, &file.cse)?;
    let mut http = HttpConfig::default();
    web(&mut http, &file.http);
    let mut ws = WsConfig::default();
    sockets(&mut ws, &file.ws);
    overrides(args, &environment, &mut cse, &mut http)?;
    let ws_said = match &args.ws {
        Some(addresses) => Some(addresses.clone()),
        None => environment("ONEM2M_WS").map(|list| addresses("ONEM2M_WS", &list)).transpose()?,
    };
    let ws_asked = ws_said.is_some() || file.ws.addresses.is_some();
    set(&mut ws.addresses, &ws_said);
    ws.allow_plaintext |= args.allow_plaintext || flag(&environment, "ONEM2M_ALLOW_PLAINTEXT")?;
    let memory = args.memory || flag(&environment, "ONEM2M_MEMORY")? || file.store.memory == Some(true);
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
        let http = http.addresses.iter().map(|address| ("http", address));
        let listening = http.chain(ws.addresses.iter().map(|address| ("ws", address)));
        let listening = listening.filter(|(_, address)| address.port() != 0);
        cse.points_of_access = listening.map(|(scheme, address)| format!("{scheme}://{address}").into()).collect();
    }
    cse.check()?;
    let open = http.addresses.iter().find(|address| !address.ip().is_loopback());
    if let Some(address) = open.filter(|_| !http.allow_plaintext) {
        return Err(format!(
            "http: {address} is reached by other machines and HTTP is not encrypted; listen on 127.0.0.1 with something in front that speaks TLS, or say --allow-plaintext"
        ));
    }
    let open = ws.addresses.iter().find(|address| !address.ip().is_loopback());
    if let Some(address) = open.filter(|_| !ws.allow_plaintext) {
        return Err(format!(
            "ws: {address} is reached by other machines and WebSocket is not encrypted; listen on 127.0.0.1 with something in front that speaks TLS, or say --allow-plaintext"
        ));
    }
    Ok(Settings {
        cse,
        http,
        ws,
        ws_asked,
        data,
        store,
        json_log,
        log_level: log_level.unwrap_or_else(|| "info".into()),
        schemas: schemas.collect::<Result<_, String>>()?,
    })
}

fn identity(cse: &mut CseConfig, table: &CseTable) -> Result<(), String> {
    let text = |place: &mut SmolStr, value: &Option<String>| {
        if let Some(value) = value {
            *place = value.into();
        }
    };
    text(&mut cse.cse_id, &table.id);
    text(&mut cse.cse_name, &table.name);
    text(&mut cse.sp_id, &table.sp_id);
    cse.cse_type = match table.kind.as_deref() {
        None | Some("in") => CseType::In,
        Some("mn") => CseType::Mn,
        Some("asn") => CseType::Asn,
        Some(other) => return Err(format!("cse.type: expected in, mn or asn, got {other:?}")),
    };
    let list = |values: &Vec<String>| values.iter().map(SmolStr::from).collect();
    cse.points_of_access = table.points_of_access.as_ref().map(list).unwrap_or_default();
    if let Some(administrator) = &table.administrator {
        cse.administrator = (!administrator.is_empty()).then(|| administrator.into());
    }
    if let Some(originators) = &table.allowed_ae_originators {
        cse.allowed_ae_originators = list(originators);
    }
    set(&mut cse.registered_aes_may_retrieve_cse_base, &table.registered_aes_may_retrieve_cse_base);
    set(&mut cse.registered_aes_may_create, &table.registered_aes_may_create);
    set(&mut cse.maximum_lifetime, &table.maximum_lifetime);
    set(&mut cse.cache_entries, &table.cache_entries);
    limits(&mut cse.limits, table);
    Ok(())
}

fn limits(limits: &mut Limits, table: &CseTable) {
    set(&mut limits.results, &table.results);
    set(&mut limits.tree_depth, &table.tree_depth);
    set(&mut limits.discovery_work, &table.discovery_work);
    set(&mut limits.waiting_requests, &table.waiting_requests);
    set(&mut limits.call_timeout, &table.call_timeout);
    set(&mut limits.long_poll, &table.long_poll);
    set(&mut limits.asking_requests, &table.asking_requests);
    set(&mut limits.calls, &table.calls);
    set(&mut limits.calls_per_target, &table.calls_per_target);
    set(&mut limits.subscription_targets, &table.subscription_targets);
    set(&mut limits.notifications_per_target, &table.notifications_per_target);
    set(&mut limits.polled_requests, &table.polled_requests);
    set(&mut limits.group_members, &table.group_members);
    set(&mut limits.group_depth, &table.group_depth);
    set(&mut limits.request_resources, &table.request_resources);
    set(&mut limits.request_lifetime, &table.request_lifetime);
}

fn web(http: &mut HttpConfig, table: &HttpTable) {
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

fn overrides(
    args: &Args,
    environment: &impl Fn(&str) -> Option<String>,
    cse: &mut CseConfig,
    http: &mut HttpConfig,
) -> Result<(), String> {
    let pick = |said: &Option<String>, name: &str| said.clone().or_else(|| environment(name));
    set(&mut cse.cse_id, &pick(&args.cse_id, "ONEM2M_CSE_ID").map(SmolStr::from));
    set(&mut cse.cse_name, &pick(&args.cse_name, "ONEM2M_CSE_NAME").map(SmolStr::from));
    set(&mut cse.sp_id, &pick(&args.sp_id, "ONEM2M_SP_ID").map(SmolStr::from));
    if let Some(administrator) = pick(&args.admin, "ONEM2M_ADMIN") {
        cse.administrator = (!administrator.is_empty()).then(|| administrator.into());
    }
    if !args.http.is_empty() {
        http.addresses.clone_from(&args.http);
    } else if let Some(list) = environment("ONEM2M_HTTP") {
        http.addresses = addresses("ONEM2M_HTTP", &list)?;
    }
    http.allow_plaintext |= args.allow_plaintext || flag(environment, "ONEM2M_ALLOW_PLAINTEXT")?;
    http.upper_tester |= args.upper_tester || flag(environment, "ONEM2M_UPPER_TESTER")?;
    Ok(())
}

fn sockets(ws: &mut WsConfig, table: &WsTable) {
    set(&mut ws.addresses, &table.addresses);
    set(&mut ws.allow_plaintext, &table.allow_plaintext);
    set(&mut ws.origins, &table.origins);
    let limits = &mut ws.limits;
    set(&mut limits.connections, &table.connections);
    set(&mut limits.message_bytes, &table.message_bytes);
    set(&mut limits.in_flight, &table.in_flight);
    set(&mut limits.handshake_timeout, &table.handshake_timeout.map(Duration::from_secs));
    set(&mut limits.first_message_timeout, &table.first_message_timeout.map(Duration::from_secs));
    set(&mut limits.ping_interval, &table.ping_interval.map(Duration::from_secs));
    set(&mut limits.pong_timeout, &table.pong_timeout.map(Duration::from_secs));
    set(&mut limits.write_timeout, &table.write_timeout.map(Duration::from_secs));
}

/// Addresses with commas between.
fn addresses(name: &str, list: &str) -> Result<Vec<SocketAddr>, String> {
    let words = list.split(',').map(str::trim).filter(|address| !address.is_empty());
    let addresses: Result<_, _> = words.map(str::parse).collect();
    addresses.map_err(|_| format!("{name}: expected addresses such as 127.0.0.1:8080, got {list:?}"))
}

fn set<T: Clone>(place: &mut T, value: &Option<T>) {
    if let Some(value) = value {
        place.clone_from(value);
    }
}

fn flag(environment: &impl Fn(&str) -> Option<String>, name: &str) -> Result<bool, String> {
    match environment(name).as_deref() {
        None | Some("" | "0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(other) => Err(format!("{name}: expected true or false, got {other:?}")),
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
        writeln!(f, "CSE             {} named {}, of {}", self.cse.cse_id, self.cse.cse_name, self.cse.sp_id)?;
        writeln!(f, "administrator   {}", self.cse.administrator.as_deref().unwrap_or("none"))?;
        writeln!(f, "HTTP            {}", list(self.http.addresses.iter().map(ToString::to_string).collect()))?;
        writeln!(f, "WebSocket       {}", list(self.ws.addresses.iter().map(ToString::to_string).collect()))?;
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
        assert_eq!(settings.cse.points_of_access, ["http://127.0.0.1:8080", "ws://127.0.0.1:8180"]);
    }

    #[test]
    fn the_printed_defaults_are_the_defaults() {
        let file: File = File::parse(super::super::file::DEFAULT).unwrap();
        let (mut cse, mut http) = (CseConfig::default(), HttpConfig::default());
        identity(&mut cse, &file.cse).unwrap();
        web(&mut http, &file.http);
        assert_eq!(format!("{cse:?}"), format!("{:?}", CseConfig::default()));
        assert_eq!(format!("{http:?}"), format!("{:?}", HttpConfig::default()));
        let mut ws = WsConfig::default();
        sockets(&mut ws, &file.ws);
        assert_eq!(format!("{ws:?}"), format!("{:?}", WsConfig::default()));
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
    fn an_open_address_needs_a_word() {
        assert!(gather_line("--http 0.0.0.0:8080", &[]).unwrap_err().contains("--allow-plaintext"));
        assert!(gather_line("--http 0.0.0.0:8080 --allow-plaintext", &[]).is_ok());
        assert!(gather_line("", &[("ONEM2M_MEMORY", "maybe")]).is_err());
    }
}
