//! Text with stars.

/// `*` in the pattern stands for any text. Linear but for one place to return to, so no pattern is expensive.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0_usize, 0_usize);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, t));
                p = p.saturating_add(1);
            }
            Some(byte) if Some(byte) == text.get(t) => {
                p = p.saturating_add(1);
                t = t.saturating_add(1);
            }
            _ => match retry {
                Some((star, from)) => {
                    let next = from.saturating_add(1);
                    retry = Some((star, next));
                    p = star.saturating_add(1);
                    t = next;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}
