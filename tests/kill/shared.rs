//! Two containers that all clients write to: the order among clients is the CSE's, within what they saw.

/// A container that keeps the newest [`MOST`].
pub const BOUNDED: &str = "bounded";
/// A container that keeps all.
pub const UNBOUNDED: &str = "unbounded";
/// `mni` of the bounded ones.
pub const MOST: usize = 20;

/// An instance that somebody sent to a shared container.
#[derive(Clone, Debug)]
pub struct Post {
    pub board: &'static str,
    pub content: String,
    /// When it was sent.
    pub sent: u64,
    /// When the answer came, if it came.
    pub acknowledged: Option<u64>,
}

/// A shared container of one round and what clients know about it.
pub struct Board {
    pub path: String,
    pub most: usize,
    pub posts: Vec<Post>,
    /// What it held after its round. From then on nobody writes to it.
    pub seen: Option<Vec<String>>,
}

impl Board {
    /// Holds a listing, oldest first, against what clients know. Answers how many of those in doubt were there.
    pub fn verify(&mut self, listed: &[String]) -> u64 {
        let path = &self.path;
        if let Some(seen) = &self.seen {
            assert_eq!(seen, listed, "{path} has changed although nobody wrote to it");
            return 0;
        }
        let find = |content: &String| self.posts.iter().find(|post| post.content == *content);
        let known: Vec<&Post> = listed
            .iter()
            .map(|content| find(content).unwrap_or_else(|| panic!("{path}: who wrote {content}?")))
            .collect();
        let sure = self.posts.iter().filter(|post| post.acknowledged.is_some()).count();
        let (fewest, most) = (sure.min(self.most), self.posts.len().min(self.most));
        assert!((fewest..=most).contains(&known.len()), "{path}: {} instances, not {fewest} to {most}", known.len());
        let missing = |post: &&Post| post.acknowledged.is_some() && !listed.contains(&post.content);
        let missing: Vec<&Post> = self.posts.iter().filter(missing).collect();
        assert!(missing.is_empty() || listed.len() == self.most, "{path}: acknowledged and lost: {missing:?}");
        // What was sent after something else had been acknowledged is newer than that; those that made room are the oldest.
        let mut newest_sent = missing.iter().map(|post| post.sent).max().unwrap_or(0);
        for post in &known {
            let in_order = post.acknowledged.is_none_or(|at| at > newest_sent);
            assert!(in_order, "{path}: {post:?} stands behind what came later: {listed:?}");
            newest_sent = newest_sent.max(post.sent);
        }
        let there = known.iter().filter(|post| post.acknowledged.is_none()).count();
        self.seen = Some(listed.to_vec());
        there as u64
    }
}
