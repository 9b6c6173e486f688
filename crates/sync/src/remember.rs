//! What is remembered of peers that went away: up to where each told its heads, so that it need not tell them all again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use commonwheel_record::{CollectiveId, FeedId, Hash, PublicKey};

use crate::limits::{MAX_REMEMBERED_HEADS, MAX_REMEMBERED_PEERS};
use crate::session::Session;
use crate::wire::Since;

/// What one peer told, all of which was dealt with. Follow sets are not kept: a peer that was restarted must be told ours
/// before it can say what we share.
#[derive(Debug)]
struct Memory {
    since: (Since, Hash, Hash),
    handles: BTreeMap<u64, FeedId>,
    told_of: BTreeSet<CollectiveId>,
}

/// The peers that went away last, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Remembered(VecDeque<(PublicKey, Memory)>);

impl Remembered {
    /// Keeps what a peer told, unless some of it was still open: then it must tell everything again.
    pub(crate) fn keep(&mut self, peer: PublicKey, session: Session) {
        let open = session.incomplete
            || session.after.is_some()
            || !(session.told.is_empty() && session.deferred.is_empty() && session.founding.is_empty());
        let Some(since) = session.since.filter(|_| !open) else { return };
        let Session { handles, told_of, .. } = session;
        self.0.push_back((peer, Memory { since, handles, told_of }));
        while self.0.len() > MAX_REMEMBERED_PEERS || self.heads() > MAX_REMEMBERED_HEADS {
            self.0.pop_front();
        }
    }

    /// Gives a session what is remembered of its peer.
    pub(crate) fn recall(&mut self, peer: &PublicKey, session: &mut Session) {
        let found = self.0.iter().position(|(of, _)| of == peer);
        let Some((_, memory)) = found.and_then(|at| self.0.remove(at)) else { return };
        session.since = Some(memory.since);
        session.handles = memory.handles;
        session.told_of = memory.told_of;
    }

    fn heads(&self) -> usize {
        self.0.iter().map(|(_, memory)| memory.handles.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Peer;

    fn session(heads: u64) -> Session {
        let mut session = Peer::new(0).session;
        session.since = Some((Since { instance: 1, arrival: heads }, Hash::default(), Hash::default()));
        session.handles = (0..heads).map(|handle| (handle, FeedId([1; 32]))).collect();
        session
    }

    fn recalled(remembered: &mut Remembered, peer: u8) -> Option<u64> {
        let mut session = Peer::new(0).session;
        remembered.recall(&PublicKey([peer; 32]), &mut session);
        session.since.map(|(since, ..)| since.arrival)
    }

    #[test]
    fn a_peer_is_recalled_once() {
        let mut remembered = Remembered::default();
        remembered.keep(PublicKey([1; 32]), session(3));
        assert_eq!(recalled(&mut remembered, 2), None);
        assert_eq!(recalled(&mut remembered, 1), Some(3));
        assert_eq!(recalled(&mut remembered, 1), None);
    }

    #[test]
    fn what_is_open_is_told_again() {
        let mut remembered = Remembered::default();
        let mut lost = session(3);
        lost.incomplete = true;
        remembered.keep(PublicKey([1; 32]), lost);
        let mut half = session(3);
        half.after = Some(1);
        remembered.keep(PublicKey([1; 32]), half);
        assert_eq!(recalled(&mut remembered, 1), None);
    }

    #[test]
    fn the_oldest_go_first() {
        let mut remembered = Remembered::default();
        let many = MAX_REMEMBERED_PEERS + 1;
        (0..many).for_each(|peer| remembered.keep(PublicKey([peer as u8; 32]), session(1)));
        assert_eq!(recalled(&mut remembered, 0), None);
        assert_eq!(recalled(&mut remembered, 1), Some(1));
        remembered.keep(PublicKey([9; 32]), session(MAX_REMEMBERED_HEADS as u64));
        assert_eq!((recalled(&mut remembered, 2), remembered.0.len()), (None, 1));
    }
}
