//! The same stories over every binding, in every serialization, and in process: each ends byte for byte alike.
#![cfg(feature = "server")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test speaks by panicking"
)]

#[path = "stories/book.rs"]
mod book;
#[path = "stories/canonical.rs"]
mod canonical;
#[allow(dead_code, reason = "its main is not called here")]
#[path = "../examples/own_binding.rs"]
mod own_binding;
mod support;
#[path = "stories/ways.rs"]
mod ways;

use book::Story;
use canonical::canonical;
use onem2m_cse::codec::format::Format;
use ways::Way;

/// Tells all stories one way: for each request the story, the line, and what came of it.
async fn tell(way: &Way, stories: &[Story]) -> Vec<(String, String)> {
    let mut told = Vec::new();
    for story in stories {
        let registration = way.ask(story.registration()).await;
        assert_eq!(registration.status.code(), 2001, "{way}: {}: {:?}", story.name, registration.value());
        for line in &story.lines {
            let response = way.ask(line.request.clone()).await;
            told.push((format!("{}: {}", story.name, line.text), canonical(&response)));
        }
    }
    told
}

async fn in_process(stories: &[Story]) -> Vec<(String, String)> {
    let way = Way::in_process().await;
    let told = tell(&way, stories).await;
    way.end().await;
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_ends_as_the_book_says() {
    let stories = book::read();
    assert!(stories.len() >= 60, "{}", stories.len());
    let told = in_process(&stories).await;
    let lines: Vec<&book::Line> = stories.iter().flat_map(|story| &story.lines).collect();
    assert_eq!(told.len(), lines.len());
    let wrong: Vec<String> = told
        .iter()
        .zip(lines)
        .filter(|((_, got), line)| !got.starts_with(&format!("{{\"rsc\":{},", line.status)))
        .map(|((line, got), _)| format!("{line}\n    {got}"))
        .collect();
    assert!(wrong.is_empty(), "{} requests end otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_binding_and_serialization_tells_the_same() {
    let stories = book::read();
    let expected = in_process(&stories).await;
    let mut table = vec![format!("in process: {} stories, {} requests", stories.len(), expected.len())];
    let mut wrong = Vec::new();
    for name in ways::NAMES {
        for format in Format::ALL {
            let Some(way) = Way::open(name, format).await else { continue };
            let told = tell(&way, &stories).await;
            let differ: Vec<String> = expected
                .iter()
                .zip(&told)
                .filter(|(expected, told)| expected != told)
                .map(|((line, expected), (_, told))| format!("{way}: {line}\n    {told}\n  in process\n    {expected}"))
                .collect();
            table.push(format!("{way}: {} of {} the same", told.len() - differ.len(), told.len()));
            wrong.extend(differ);
            way.end().await;
        }
    }
    println!("{}", table.join("\n"));
    assert!(wrong.is_empty(), "{}\n{}", table.join("\n"), wrong.join("\n"));
}
