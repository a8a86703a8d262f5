//! How other threads reach the loop, which waits for them and for the terminal at once.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _, pipe};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use super::Message;

/// Where the loop takes its messages from.
pub(super) struct Mail {
    messages: Receiver<Message>,
    bell: PipeReader,
    is_rung: Arc<AtomicBool>,
}

/// Where others put them in.
#[derive(Clone)]
pub(super) struct Letterbox {
    messages: Sender<Message>,
    bell: Arc<PipeWriter>,
    /// Whether the bell has rung and nobody has come yet: once is enough.
    is_rung: Arc<AtomicBool>,
}

/// Both ends.
pub(super) fn mail() -> io::Result<(Letterbox, Mail)> {
    let (sender, messages) = mpsc::channel();
    let (bell, ringer) = pipe()?;
    let is_rung = Arc::new(AtomicBool::new(false));
    let letterbox = Letterbox {
        messages: sender,
        bell: Arc::new(ringer),
        is_rung: Arc::clone(&is_rung),
    };
    let mail = Mail {
        messages,
        bell,
        is_rung,
    };
    Ok((letterbox, mail))
}

impl Letterbox {
    /// Nobody receives any more when the program is about to end: then it is lost.
    pub(super) fn send(&self, message: Message) {
        let is_sent = self.messages.send(message).is_ok();
        // The message first: whoever comes for the bell finds it.
        if is_sent && !self.is_rung.swap(true, Ordering::SeqCst) {
            // It fails if nobody is there to hear it.
            let _ = (&*self.bell).write_all(b"!");
        }
    }
}

impl Mail {
    /// Can be read when there may be a message.
    pub(super) fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    /// Ends the ringing, before the messages are taken: one that comes later rings again.
    pub(super) fn silence(&mut self) {
        // What rings has sent its byte, or is about to: there is no other end to this.
        let _ = self.bell.read(&mut [0]);
        self.is_rung.store(false, Ordering::SeqCst);
    }

    /// The next message, if there is one.
    pub(super) fn take(&self) -> Option<Message> {
        self.messages.try_recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::super::Signal;
    use super::*;

    #[test]
    fn every_message_wakes_whoever_waits() {
        const SENDERS: usize = 4;
        const EACH: usize = 5_000;
        let (letterbox, mut mail) = mail().unwrap();
        for _ in 0..SENDERS {
            let letterbox = letterbox.clone();
            thread::spawn(move || {
                for _ in 0..EACH {
                    letterbox.send(Message::Signal(Signal::Resized));
                }
            });
        }
        let begin = Instant::now();
        let mut received = 0;
        while received < SENDERS * EACH {
            let mut sources = [PollFd::from_borrowed_fd(mail.bell(), PollFlags::IN)];
            let limit = Timespec {
                tv_sec: 10,
                tv_nsec: 0,
            };
            let woken = poll(&mut sources, Some(&limit)).unwrap();
            assert_eq!(woken, 1, "{received} messages, and no bell");
            mail.silence();
            received += std::iter::from_fn(|| mail.take()).count();
        }
        assert!(begin.elapsed() < Duration::from_secs(60));
        assert!(mail.take().is_none());
    }
}
