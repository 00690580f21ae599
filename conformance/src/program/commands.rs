//! What each command does.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use onem2m_cse::codec::format::Format;

use super::args::{Args, Command};
use super::progress::Progress;
use crate::catalogue::Catalogue;
use crate::exceptions::Exceptions;
use crate::listener::Listener;
use crate::pics::Pics;
use crate::plan::{is_wanted, means_nothing, plan};
use crate::probe::{probe, told};
use crate::report::{Report, compare, html, junit, summary};
use crate::runner::{Running, run as run_steps};
use crate::subject::{CSE, Subject};
use crate::suite::Suite;
use crate::trigger::Trigger;

/// Does it. `false` when something failed that nobody has explained, or passed that is known to fail.
pub async fn run(args: Args) -> Result<bool, String> {
    match &args.command {
        Command::Help => {
            print!("{}", include_str!("help.txt"));
            Ok(true)
        }
        Command::List => {
            list(&args.only);
            Ok(true)
        }
        Command::Probe => ask(&args).await.map(|()| true),
        Command::Run => test(&args).await,
        Command::Client => test_an_ae(&args).await,
        Command::Compare(a, b) => {
            print!("{}", compare::write(&report(a)?, &report(b)?));
            Ok(true)
        }
    }
}

fn list(only: &[String]) {
    let (catalogue, suite) = (Catalogue::standard(), Suite::standard());
    let ids = suite.ids();
    let (mut with, mut without) = (0_usize, 0_usize);
    for purpose in catalogue.purposes().iter().filter(|purpose| is_wanted(&purpose.id, only)) {
        let tested = ids.contains(purpose.id.as_str());
        let counter = if tested { &mut with } else { &mut without };
        *counter = counter.saturating_add(1);
        let mark = if tested { "test   " } else { "no test" };
        println!("{mark}  {:<8} {}  {}", purpose.configuration, purpose.id, purpose.summary);
    }
    let own: Vec<_> = suite.tests().iter().filter(|test| test.summary.is_some() && is_wanted(&test.id, only)).collect();
    for test in &own {
        println!("test     own      {}  {}", test.id, test.summary.unwrap_or_default());
    }
    println!("{with} purposes with a test, {without} without, {} tests of our own", own.len());
}

async fn ask(args: &Args) -> Result<(), String> {
    let target = args.target.as_deref().ok_or("probe: expected --target URL")?;
    let pics = probe(given(args, false)?, target).await?;
    println!("{}", told(&pics));
    if let Some(file) = &args.pics {
        write(file, &pics.to_toml())?;
        println!("written to {}", file.display());
    }
    Ok(())
}

/// The PICS file, if there is one, and over it what the command line says.
fn given(args: &Args, must_exist: bool) -> Result<Pics, String> {
    let mut pics = match &args.pics {
        Some(file) if must_exist || file.exists() => {
            Pics::read(&read(file)?).map_err(|error| format!("{}: {error}", file.display()))?
        }
        _ => Pics::default(),
    };
    if let Some(originator) = &args.originator {
        pics.originators.administrator.clone_from(originator);
    }
    if let Some(profile) = &args.profile {
        pics.subject.profile.clone_from(profile);
    }
    if let Some(release) = &args.release {
        pics.subject.release.clone_from(release);
    }
    if let Some(sp_id) = &args.sp_id {
        pics.identity.sp_id.clone_from(sp_id);
    }
    if let Some(name) = &args.name {
        pics.subject.name.clone_from(name);
    }
    if let Some(address) = &args.listen {
        pics.listener.bind.clone_from(address);
    }
    if let Some(host) = &args.listen_host {
        pics.listener.host.clone_from(host);
    }
    Ok(pics)
}

async fn test(args: &Args) -> Result<bool, String> {
    let mut pics = given(args, true)?;
    if args.pics.is_none() {
        let target = args.target.as_deref().ok_or("run: expected --target URL or --pics FILE")?;
        pics = probe(pics, target).await?;
        // What was said beats what was found.
        if let Some(profile) = &args.profile {
            pics.subject.profile.clone_from(profile);
        }
    }
    if pics.is_ae() {
        return Err(format!("run: {} is the profile of an AE; `client` tests those", pics.subject.profile));
    }
    let address = address(args, &pics)?;
    let format = format(args)?;
    let exceptions = exceptions(args)?;
    let listener = Arc::new(Listener::start(&pics).await?);
    let has_a_registrar = pics.has_a_registrar();
    let (trigger, wait) = trigger(args, &pics);
    let mut subject = Subject::new(pics, &address, format)?.answering(&listener);
    let mut limit = Duration::from_secs(args.limit);
    if has_a_registrar {
        eprintln!("the tester is the registrar /{CSE} with the CSEBase {CSE}-cse, at {}", listener.url());
        subject = subject.registering(&listener, trigger, wait);
        limit = limit.saturating_add(wait.saturating_mul(2));
    }
    let running = Running { jobs: args.jobs, limit };
    carry_out(args, subject, listener, &exceptions, &running).await
}

/// The tester is the registrar of an AE, and waits for what it sends.
async fn test_an_ae(args: &Args) -> Result<bool, String> {
    let mut pics = given(args, true)?;
    if !pics.is_ae() {
        pics.subject.profile = "ADN-AE".into();
    }
    let listener = Arc::new(Listener::start(&pics).await?);
    let (trigger, wait) = trigger(args, &pics);
    // One thing at a time: the registration, what is prepared, and what is tested.
    let limit = wait.saturating_mul(3).saturating_add(Duration::from_secs(args.limit));
    let running = Running { jobs: 1, limit };
    let subject = Subject::ae(pics, &listener, format(args)?, trigger, wait)?;
    eprintln!("the tester is the CSE /{CSE} with the CSEBase {CSE}-cse, at {}", listener.url());
    carry_out(args, subject, listener, &exceptions(args)?, &running).await
}

/// How the subject is brought to send something, and how long it may take. A CSE often does it by itself.
fn trigger(args: &Args, pics: &Pics) -> (Trigger, Duration) {
    let trigger = Trigger::new(args.trigger.as_deref().unwrap_or(&pics.trigger.how));
    let usual = if trigger == Trigger::Hand && pics.is_ae() { BY_HAND } else { pics.trigger.wait };
    (trigger, Duration::from_secs(args.wait.unwrap_or(usual)))
}

/// Seconds that a person may take to have an AE send something.
const BY_HAND: u64 = 120;

fn format(args: &Args) -> Result<Format, String> {
    let format = Format::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(&args.format));
    format.ok_or_else(|| format!("--format: expected json, cbor or xml, got {:?}", args.format))
}

fn exceptions(args: &Args) -> Result<Exceptions, String> {
    let mut exceptions = Exceptions::standard();
    if let Some(file) = &args.exceptions {
        exceptions.extend(Exceptions::read(&read(file)?).map_err(|error| format!("{}: {error}", file.display()))?);
    }
    Ok(exceptions)
}

async fn carry_out(
    args: &Args,
    subject: Subject,
    listener: Arc<Listener>,
    exceptions: &Exceptions,
    running: &Running,
) -> Result<bool, String> {
    let subject = Arc::new(subject);
    let steps = plan(&Catalogue::standard(), &Suite::standard(), exceptions, &subject.pics, &args.only);
    if let Some(pattern) = means_nothing(&args.only, &steps) {
        return Err(format!("--only {pattern}: no test has such an identifier; `list` shows them"));
    }
    let progress = Progress::new(steps.len(), args.quiet);
    let begun = Instant::now();
    let items = run_steps(steps, &subject, &listener, exceptions, running, |item| progress.tell(item)).await;
    progress.clear();
    finish(args, &Report::new(&subject, begun.elapsed().as_secs_f64(), items))
}

/// Where the subject is asked.
fn address(args: &Args, pics: &Pics) -> Result<String, String> {
    let known = pics.addresses.iter().map(|(name, url)| format!("{name} {url}")).collect::<Vec<_>>().join(", ");
    let base = |target: &str| {
        target.trim_end_matches('/').trim_end_matches(&format!("/{}", pics.identity.cse_name)).to_owned()
    };
    match (&args.binding, &args.target) {
        (None, Some(target)) => Ok(base(target)),
        (Some(binding), Some(target)) if target.starts_with(binding.as_str()) => Ok(base(target)),
        (binding, _) => {
            let binding = binding.as_deref().unwrap_or("http");
            let found = pics.addresses.get(binding).cloned();
            found.ok_or_else(|| format!("--binding {binding}: the subject has no such address; it has: {known}"))
        }
    }
}

fn finish(args: &Args, report: &Report) -> Result<bool, String> {
    if let Some(file) = &args.json {
        write(file, &serde_json::to_string(report).map_err(|error| error.to_string())?)?;
    }
    if let Some(file) = &args.junit {
        write(file, &junit::write(report))?;
    }
    if let Some(file) = &args.html {
        write(file, &html::write(report))?;
    }
    print!("{}", summary::table(report));
    println!("{:.1} s", report.seconds);
    Ok(report.is_as_expected())
}

fn report(file: &Path) -> Result<Report, String> {
    serde_json::from_str(&read(file)?).map_err(|error| format!("{}: {error}", file.display()))
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}
