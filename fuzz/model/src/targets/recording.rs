//! A recording, as a running CSE writes it, or anything that looks like one.

use onem2m_cse::replay::{Stopped, perform, replay};

/// The most of a recording that is played: the rest is for `onem2m-cse replay`.
const BYTES: usize = 48 << 10;

/// What a recording says goes into a new engine; what it says came out is passed over. The same comes out each time, and
/// what is written down then is a recording that replays without a difference.
pub fn recording(data: &[u8]) {
    let data = &data[..data.len().min(BYTES)];
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let (once, twice) = (perform(data, &mut first), perform(data, &mut second));
    assert_eq!(once, twice);
    assert!(first == second, "{}\nis not\n{}", String::from_utf8_lossy(&first), String::from_utf8_lossy(&second));
    // A line that makes no sense ends it; up to there it is as good as any.
    if let Err(stopped @ Stopped::Diverged { .. }) = replay(&first[..]) {
        panic!("{stopped}");
    }
}
