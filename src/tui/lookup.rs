//! Something that is read off the screen's thread for what the cursor is on: at most one reading at
//! a time, however fast the cursor moves, and the last answer until a newer one is there.

use super::effect::Ticket;

/// The answer for one key, and what is under way.
#[derive(Debug)]
pub struct Lookup<K, A> {
    known: Option<(K, A)>,
    running: Option<(Ticket, K)>,
    is_stale: bool,
}

impl<K, A> Default for Lookup<K, A> {
    fn default() -> Self {
        Self {
            known: None,
            running: None,
            is_stale: false,
        }
    }
}

impl<K: PartialEq, A> Lookup<K, A> {
    /// Whether a reading is to be started for this key now.
    pub fn wants(&self, key: &K) -> bool {
        self.running.is_none() && (self.is_stale || self.of(key).is_none())
    }

    /// A reading starts.
    pub fn start(&mut self, ticket: Ticket, key: K) {
        self.running = Some((ticket, key));
        self.is_stale = false;
    }

    /// A reading has answered; false if nobody waits for that one.
    pub fn answered(&mut self, ticket: Ticket, answer: A) -> bool {
        if self.running.as_ref().is_none_or(|(own, _)| *own != ticket) {
            return false;
        }
        self.known = self.running.take().map(|(_, key)| (key, answer));
        true
    }

    /// What is known about this key; it may be older than the file.
    pub fn of(&self, key: &K) -> Option<&A> {
        let (known, answer) = self.known.as_ref()?;
        (known == key).then_some(answer)
    }

    /// Something has changed: what is known is shown until it was read again.
    pub fn expire(&mut self) {
        self.is_stale = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reading_at_a_time_and_the_newest_key_next() {
        let mut lookup: Lookup<&str, u8> = Lookup::default();
        assert!(lookup.wants(&"a"));
        lookup.start(Ticket(1), "a");
        assert!(!lookup.wants(&"b"), "the first one is still under way");
        assert!(!lookup.answered(Ticket(9), 9));
        assert!(lookup.answered(Ticket(1), 1));
        assert_eq!((lookup.of(&"a"), lookup.of(&"b")), (Some(&1), None));
        assert!(!lookup.wants(&"a") && lookup.wants(&"b"));
        lookup.expire();
        assert!(lookup.wants(&"a"));
        assert_eq!(lookup.of(&"a"), Some(&1), "shown until it was read again");
        // A change while it is read asks for another reading.
        lookup.start(Ticket(2), "a");
        lookup.expire();
        lookup.answered(Ticket(2), 2);
        assert!(lookup.wants(&"a"));
    }
}
