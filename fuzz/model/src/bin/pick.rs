//! Picks small seeds out of a recording: `pick RECORDING CORPUS`. `fuzz/seeds.sh` says how the recording is made.
//!
//! Of requests that are alike in operation, type, parameters and result, the shortest is taken. `recording` gets whole
//! conversations of one originator each, as long as one shows something that none before it did.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use onem2m_cse::binding::http::mapping::outgoing;
use onem2m_cse::codec::format::Format;
use onem2m_cse::codec::primitive::to_request;
use onem2m_cse::schema::Registry;
use onem2m_cse_model::targets;
use serde_json::{Value, json};

/// The most bytes of one conversation, and the most conversations.
const CONVERSATION: usize = 16 << 10;
const CONVERSATIONS: usize = 24;

/// The most seeds of each other target.
const SEEDS: usize = 48;

/// The longest seed of these.
const SEED: usize = 1500;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match &words[..] {
        [recording, corpus] => fs::read_to_string(recording)
            .map_err(|error| error.to_string())
            .and_then(|text| pick(&text, Path::new(corpus))),
        _ => Err("expected RECORDING CORPUS".into()),
    };
    if let Err(reason) = done {
        eprintln!("pick: {reason}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// What happened at one instant.
#[derive(Default)]
struct Round {
    lines: Vec<Value>,
    outputs: Vec<Value>,
}

fn pick(text: &str, corpus: &Path) -> Result<(), String> {
    let mut lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let head = lines.next().ok_or("an empty recording")?;
    let mut rounds: Vec<Round> = Vec::new();
    for line in lines {
        let kind = line.as_object().and_then(|line| line.keys().next().cloned()).unwrap_or_default();
        if line.get("reply").is_some() || line.get("call").is_some() {
            rounds.last_mut().unwrap_or(&mut Round::default()).outputs.push(line);
        } else if kind == "at" && line.get("replay").is_none() {
            rounds.push(Round { lines: vec![line], outputs: Vec::new() });
        } else if let Some(round) = rounds.last_mut() {
            round.lines.push(line);
        }
    }
    let mut shortest: BTreeMap<(&str, String), Vec<u8>> = BTreeMap::new();
    let mut put = |target: &'static str, signature: String, seed: Vec<u8>| {
        let kept = shortest.entry((target, signature)).or_insert_with(|| seed.clone());
        if seed.len() < kept.len() {
            *kept = seed;
        }
    };
    for (round, line) in rounds.iter().flat_map(|round| round.lines.iter().map(move |line| (round, line))) {
        let Some(primitive) = line.get("primitive").filter(|_| line.get("request").is_some()) else { continue };
        let signature = signature(primitive, result(round, line));
        put("json", signature.clone(), primitive.to_string().into_bytes());
        put("engine", signature.clone(), primitive.to_string().into_bytes());
        if let Some(message) = http(primitive) {
            put("http", signature, message);
        }
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_length: Vec<_> = shortest.into_iter().filter(|(_, seed)| seed.len() <= SEED).collect();
    by_length.sort_by_key(|(_, seed)| seed.len());
    // The longer ones say more: of those that are left over, the short ones go.
    for ((target, _), seed) in by_length.into_iter().rev() {
        let count = counts.entry(target).or_default();
        if *count < SEEDS {
            write(corpus, target, *count, &seed)?;
            *count += 1;
        }
    }
    let conversations = conversations(&head, &rounds);
    for (place, conversation) in conversations.iter().enumerate() {
        write(corpus, "recording", place, conversation)?;
    }
    println!("{counts:?}, {} conversations", conversations.len());
    Ok(())
}

fn write(corpus: &Path, target: &'static str, place: usize, seed: &[u8]) -> Result<(), String> {
    let (_, run) = targets::ALL.iter().find(|(name, _)| *name == target).ok_or("no such target")?;
    run(seed);
    let folder = corpus.join(target);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    fs::write(folder.join(format!("run{place:02}")), seed).map_err(|error| error.to_string())
}

/// What became of a request, if it was answered at once.
fn result(round: &Round, line: &Value) -> u64 {
    let reply = round.outputs.iter().find(|output| output.get("reply") == line.get("request"));
    reply.and_then(|reply| reply["primitive"]["rsc"].as_u64()).unwrap_or(0)
}

/// What a request has in common with those that are like it.
fn signature(primitive: &Value, result: u64) -> String {
    let keys = |value: &Value| value.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>().join(" "));
    let root = keys(&primitive["pc"]).unwrap_or_default();
    format!("{} {} {root} {} {result}", primitive["op"], primitive["ty"], keys(primitive).unwrap_or_default())
}

/// The same as an HTTP message.
fn http(primitive: &Value) -> Option<Vec<u8>> {
    let value = onem2m_cse::codec::json::decode(primitive.to_string().as_bytes(), 64).ok()?;
    let request = to_request(&value).ok()?;
    let url = outgoing::url("http://host", &request.to);
    let message = outgoing::request(&url, &request, Format::Json, Registry::shared()).ok()?;
    let (parts, body) = message.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut text = format!("{} {path} HTTP/1.1\r\n", parts.method).into_bytes();
    for (name, value) in &parts.headers {
        text.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    text.extend(b"\r\n");
    text.extend(&body[..]);
    Some(text)
}

/// Conversations of one originator each with a CSE of its own.
fn conversations(head: &Value, rounds: &[Round]) -> Vec<Vec<u8>> {
    let mut by: BTreeMap<String, Vec<&Round>> = BTreeMap::new();
    let mut askers: BTreeMap<u64, String> = BTreeMap::new();
    for round in rounds {
        let from = round.lines.iter().find_map(|line| line["primitive"]["fr"].as_str());
        let answered = round.lines.iter().find_map(|line| askers.get(&line.get("answer")?.as_u64()?).cloned());
        let Some(from) = from.map(str::to_owned).or(answered) else { continue };
        for call in round.outputs.iter().filter_map(|output| output.get("call")?.as_u64()) {
            askers.insert(call, from.clone());
        }
        by.entry(from).or_default().push(round);
    }
    let mut known = BTreeSet::new();
    let mut all: Vec<(Vec<u8>, BTreeSet<String>)> = by.values().map(|rounds| conversation(head, rounds)).collect();
    all.sort_by_key(|(text, _)| text.len());
    let mut picked = Vec::new();
    for (text, signatures) in all.into_iter().filter(|(text, _)| text.len() <= CONVERSATION) {
        if picked.len() < CONVERSATIONS && signatures.iter().filter(|one| !known.contains(*one)).count() > 1 {
            known.extend(signatures);
            picked.push(text);
        }
    }
    picked
}

fn conversation(head: &Value, rounds: &[&Round]) -> (Vec<u8>, BTreeSet<String>) {
    let mut text = format!("{head}\n").into_bytes();
    let (mut signatures, mut calls) = (BTreeSet::new(), BTreeMap::new());
    for round in rounds {
        for line in &round.lines {
            let mut line = line.clone();
            if let Some(call) = line.get("answer").and_then(Value::as_u64) {
                // A CSE that hears nothing else numbers its calls otherwise.
                line["answer"] = json!(calls.get(&call).copied().unwrap_or(call));
            }
            if line.get("request").is_some() {
                signatures.insert(signature(&line["primitive"], result(round, &line)));
            }
            text.extend(format!("{line}\n").into_bytes());
        }
        for call in round.outputs.iter().filter_map(|output| output.get("call")?.as_u64()) {
            let next = calls.len() as u64 + 1;
            calls.insert(call, next);
        }
    }
    (text, signatures)
}
