//! What a manual says is printed, and what is.

/// Whether a text is what was expected; `…` stands for anything, and on a line of its own for any lines.
pub fn is_like(text: &str, expected: &str) -> bool {
    let mut parts = expected.trim().split('…').map(|part| part.trim_matches('\n'));
    let text = text.trim();
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}
