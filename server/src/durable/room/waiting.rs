//! Who waits for a room's next nudge.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Everybody who waits for the next nudge.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// How many nudges there were.
    nudges: Cell<u64>,
    wakers: RefCell<Vec<Waker>>,
}

impl Waiting {
    /// The next nudge, counted from this call rather than from the first look at what it gives.
    pub fn next(&self) -> impl Future<Output = ()> + Unpin {
        let before = self.nudges.get();
        poll_fn(move |context| {
            if self.nudges.get() != before {
                return Poll::Ready(());
            }
            self.wakers.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
    }

    /// Wakes everybody who waits.
    pub fn wake(&self) {
        self.nudges.set(self.nudges.get().wrapping_add(1));
        self.wakers.take().into_iter().for_each(Waker::wake);
    }
}
