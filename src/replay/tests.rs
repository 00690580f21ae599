use std::io::Write;
use std::sync::{Arc, Mutex};

use super::{Head, Player, Recorder, Stopped, perform, replay};
use crate::codec::json;
use crate::config::CseConfig;
use crate::engine::{Answer, Call, Engine, Failure, Input, Output};
use crate::primitive::{ConnectionId, Operation, ReleaseVersion, Request, Response, Status};
use crate::store::memory::MemoryStore;
use crate::value::{SmolStr, Timestamp};

/// A file that somebody else reads.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An engine that is recorded.
struct Day {
    player: Player,
    recorder: Recorder,
    paper: Paper,
    now: Timestamp,
}

impl Day {
    fn begin(most: u64) -> Self {
        let now = Timestamp::parse("20261121T013000").unwrap();
        let mut config = CseConfig { cse_name: "base".into(), ..CseConfig::default() };
        config.limits.results = 7;
        let head = Head::of(&config, &[], &MemoryStore::new(), now).unwrap();
        let paper = Paper::default();
        let recorder = Recorder::new(Box::new(paper.clone()), most, &head).unwrap();
        Self { player: Player::new(head).unwrap(), recorder, paper, now }
    }

    fn engine(&mut self) -> &mut Engine {
        self.player.engine()
    }

    fn happen(&mut self, inputs: Vec<Input>) -> Vec<Output> {
        self.now = self.now.plus_micros(1_500_001);
        self.recorder.inputs(self.now, 60, &inputs);
        let now = self.now;
        let outputs = self.engine().handle_all(inputs, now);
        self.recorder.outputs(&outputs);
        outputs
    }

    fn text(&self) -> String {
        String::from_utf8(self.paper.0.lock().unwrap().clone()).unwrap()
    }
}

fn create(from: &str, to: &str, ty: u32, content: &str) -> Input {
    let mut request = Request::new(Operation::Create, to).from(from).identified(format!("create {ty}"));
    request.resource_type = Some(ty);
    request.content = Some(json::decode(content.as_bytes(), 32).unwrap());
    request.release_version_indicator = ReleaseVersion::R4;
    Input::Request(u64::from(ty), Box::new(request))
}

fn call(outputs: Vec<Output>) -> Call {
    outputs.into_iter().find_map(|output| if let Output::Call(call) = output { Some(call) } else { None }).unwrap()
}

/// Somebody registers, subscribes, is asked whether it wants that, is told, does not answer, and is told again.
fn a_day() -> Day {
    let mut day = Day::begin(1 << 20);
    let ae = r#"{"m2m:ae":{"rn":"Cae1","api":"Na","rr":true,"srv":["3"],"poa":["http://ae1"],"lbl":["ä-\"x\""]}}"#;
    day.happen(vec![create("Cae1", "base", 2, ae), create("Cae1", "base/Cae1", 3, r#"{"m2m:cnt":{"rn":"c"}}"#)]);
    let sub = create("Cae1", "base/Cae1/c", 23, r#"{"m2m:sub":{"rn":"s","nu":["http://other"],"enc":{"net":[3]}}}"#);
    let asked = call(day.happen(vec![sub]));
    let welcome = Response::new(Status::OK, &asked.requests[0]);
    day.happen(vec![Input::Answer(asked.id, Answer::complete(vec![welcome]))]);
    let told = call(day.happen(vec![create("Cae1", "base/Cae1/c", 4, r#"{"m2m:cin":{"con":2.5}}"#)]));
    let failure = Failure::Unreachable("nobody there".into());
    day.happen(vec![Input::Answer(told.id, Answer::failed(failure))]);
    day.happen(vec![Input::Connected(ConnectionId(4), "Cae1".into()), Input::Gone(77)]);
    day.now = day.now.plus_seconds(100);
    day.happen(vec![Input::Due]);
    day.happen(vec![Input::Disconnected(ConnectionId(4))]);
    day.recorder.end();
    day
}

#[test]
fn a_recorded_day_happens_again_to_the_byte() {
    let text = a_day().text();
    let replayed = replay(text.as_bytes()).unwrap();
    assert_eq!((replayed.requests, replayed.rounds, replayed.cut_short), (4, 8, false));
    assert!(replayed.outputs >= 7, "{replayed:?}");
    let mut again = Vec::new();
    perform(text.as_bytes(), &mut again).unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), text);
}

#[test]
fn the_first_difference_is_shown_with_its_line() {
    let text = a_day().text();
    let line = text.lines().position(|line| line.contains("\"reply\":23")).unwrap() + 1;
    let other =
        text.replacen("\"reply\":23,\"primitive\":{\"rsc\":2001", "\"reply\":23,\"primitive\":{\"rsc\":2000", 1);
    let Stopped::Diverged { line: told, recorded, replayed } = replay(other.as_bytes()).unwrap_err() else {
        panic!("no difference was seen")
    };
    assert_eq!(told, u64::try_from(line).unwrap());
    assert!(recorded.contains("\"rsc\":2000") && replayed.contains("\"rsc\":2001"), "{recorded} {replayed}");
    // What did not come, and what came and was not recorded.
    let missing: String =
        text.lines().filter(|line| !line.contains("\"reply\":23")).fold(String::new(), |all, line| all + line + "\n");
    assert!(matches!(replay(missing.as_bytes()), Err(Stopped::Diverged { .. })));
}

#[test]
fn a_recording_that_was_cut_short_is_replayed_as_far_as_it_goes() {
    let text = a_day().text();
    for end in (0..text.len()).step_by(97).filter(|end| *end > text.find('\n').unwrap()) {
        let Some(part) = text.get(..end) else { continue };
        let replayed = replay(part.as_bytes());
        assert!(replayed.is_ok_and(|replayed| replayed.cut_short), "cut at {end}");
    }
}

#[test]
fn a_recording_ends_when_it_is_full() {
    let mut day = Day::begin(900);
    for _ in 0..20 {
        let ae = r#"{"m2m:ae":{"rn":"Cae1","api":"Na","rr":true,"srv":["3"]}}"#;
        day.happen(vec![create("Cae1", "base", 2, ae)]);
    }
    assert!(day.recorder.is_over() && day.text().ends_with("{\"end\":\"full\"}\n") && day.text().len() < 930);
    assert!(replay(day.text().as_bytes()).unwrap().cut_short);
}

#[test]
fn a_restart_and_a_reset_happen_again_too() {
    let mut day = a_day();
    let text = day.text().replace("{\"end\":\"stopped\"}\n", "");
    day.now = day.now.plus_seconds(10);
    let now = day.now;
    let rest = format!(
        "{{\"at\":\"{now}\"}}\n{{\"restart\":true}}\n{{\"at\":\"{now}\"}}\n{{\"due\":true}}\n{{\"at\":\"{now}\"}}\n{{\"reset\":true}}\n{{\"note\":\"done\"}}\n{{\"end\":\"stopped\"}}\n"
    );
    let mut first = Vec::new();
    perform(format!("{text}{rest}").as_bytes(), &mut first).unwrap();
    assert!(!replay(&first[..]).unwrap().cut_short);
    let mut second = Vec::new();
    perform(&first[..], &mut second).unwrap();
    assert_eq!(first, second);
}

#[test]
fn what_was_in_the_store_is_in_the_recording() {
    let mut day = a_day();
    let (reader, now) = (day.engine().reader(), day.now);
    let core = reader.core();
    let head = Head::of(&core.config, &[("x".into(), "# nothing".into())], core.tree.store(), now).unwrap();
    assert!(head.rows.len() > 10);
    let paper = Paper::default();
    let mut recorder = Recorder::new(Box::new(paper.clone()), 1 << 20, &head).unwrap();
    let mut player = Player::new(head.clone()).unwrap();
    let mut request = Request::retrieve("base/Cae1/c/s").from("Cae1").identified("r");
    request.access.ip = Some("10.0.0.1".parse().unwrap());
    request.role_ids = vec![SmolStr::new("role")];
    let inputs = vec![Input::Request(1, Box::new(request))];
    recorder.inputs(day.now, 60, &inputs);
    recorder.outputs(&player.engine().handle_all(inputs, day.now));
    drop(recorder);
    let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("\"rsc\":2000") && text.contains("\"ip\":\"10.0.0.1\""), "{text}");
    assert_eq!(replay(text.as_bytes()).map(|replayed| replayed.outputs), Ok(1));
    let full = Recorder::new(Box::new(Paper::default()), 1000, &head).unwrap_err();
    assert!(full.to_string().contains("more than 1000 bytes"), "{full}");
}

#[test]
fn what_is_no_recording_is_refused_with_a_sentence() {
    let head = r#"{"replay":1,"at":"20261121T013000"}"#;
    for (text, sentence) in [
        (String::new(), "line 1: expected a recording"),
        ("[]\n".into(), "line 1: expected an object"),
        (r#"{"replay":2}"#.into(), "line 1: expected {\"replay\":1"),
        (format!("{head}\n{{\"due\":true}}\n{{\"restart\":true}}\n"), "line 3: expected {\"at\""),
        (format!("{head}\n{{\"dew\":true}}\n"), "line 2: \"dew\": no such line"),
        (format!("{head}\n{{\"row\":[250,\"00\",\"00\"]}}\n"), "there is no table 250"),
        (format!("{head}\n{{\"row\":[1,\"0\",\"0x\"]}}\n"), "line 2: row: expected pairs"),
        (r#"{"replay":1,"at":"20261121T013000","cse":{"limits":{"x":1}}}"#.into(), "x: no such limit"),
        (format!("{head}\n{{\"request\":1}}\n"), "line 2: primitive: expected an object"),
    ] {
        let stopped = replay(text.as_bytes()).unwrap_err().to_string();
        assert!(stopped.contains(sentence), "{text}: {stopped}");
    }
}

#[test]
fn a_note_is_in_the_recording_and_means_nothing_to_a_replay() {
    let mut day = Day::begin(1 << 20);
    day.recorder.note("begun by \"hand\"");
    day.happen(vec![create("Cae1", "base", 2, r#"{"m2m:ae":{"api":"Na","rr":false,"srv":["3"]}}"#)]);
    day.recorder.end();
    let text = day.text();
    assert!(text.contains(r#"{"note":"begun by \"hand\""}"#), "{text}");
    assert_eq!(replay(text.as_bytes()).map(|replayed| replayed.requests), Ok(1));
    let mut again = Vec::new();
    perform(text.as_bytes(), &mut again).unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), text);
}
