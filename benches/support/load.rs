//! A load generator: connections that each send a request, wait for its response, and send the next.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a load run measured.
pub struct Measured {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
    pub max: Duration,
    pub wrong: u64,
}

/// Runs `connections` for `seconds` from a thread of its own. `request` makes the n-th request; a response whose status
/// is not `expected` counts as wrong.
pub fn run(
    address: SocketAddr,
    connections: usize,
    seconds: f64,
    expected: u16,
    request: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> Measured {
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(drive(address, connections, Duration::from_secs_f64(seconds), expected, Arc::new(request)))
    };
    std::thread::spawn(work).join().unwrap()
}

async fn drive(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    expected: u16,
    request: Arc<impl Fn(u64) -> Vec<u8> + Send + Sync + 'static>,
) -> Measured {
    let count = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let end = start + time;
    let local = tokio::task::LocalSet::new();
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (request, count) = (request.clone(), count.clone());
            local.spawn_local(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (mut latencies, mut wrong, mut buffer) = (Vec::<u32>::new(), 0_u64, Vec::with_capacity(4096));
                while Instant::now() < end {
                    let bytes = request(count.fetch_add(1, Ordering::Relaxed));
                    let sent = Instant::now();
                    stream.write_all(&bytes).await.unwrap();
                    if response(&mut stream, &mut buffer).await != expected {
                        wrong += 1;
                    }
                    latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
                (latencies, wrong)
            })
        })
        .collect();
    let results = local
        .run_until(async {
            let mut results = Vec::new();
            for task in tasks {
                results.push(task.await.unwrap());
            }
            results
        })
        .await;
    let elapsed = start.elapsed().as_secs_f64();
    let wrong = results.iter().map(|(_, wrong)| wrong).sum();
    let mut all: Vec<u32> = results.into_iter().flat_map(|(latencies, _)| latencies).collect();
    all.sort_unstable();
    let at = |share: f64| {
        let place = ((all.len() as f64 - 1.0) * share) as usize;
        Duration::from_micros(u64::from(all.get(place).copied().unwrap_or(0)))
    };
    Measured { per_second: all.len() as f64 / elapsed, p50: at(0.5), p99: at(0.99), max: at(1.0), wrong }
}

/// Reads one response and answers its status.
async fn response(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = std::str::from_utf8(&buffer[..end]).unwrap();
            let status = head[9..12].parse().unwrap();
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length:").map(|n| n.trim().parse::<usize>())
                })
                .map_or(0, Result::unwrap);
            while buffer.len() < end + 4 + length {
                assert!(stream.read_buf(buffer).await.unwrap() > 0, "the server closed in the middle of a body");
            }
            return status;
        }
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "the server closed in the middle of a head");
    }
}
