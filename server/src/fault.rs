//! Named points in the way of a run at which a test may hang or trap the Worker, so that a kill
//! hits between two exact steps. Nothing is armed unless a test armed it through `/__test/*`,
//! which production doesn't have; an unarmed point is one look at a variable.

use std::cell::RefCell;

/// What happens at an armed point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It stops there until the process is killed, or until it is disarmed.
    Hang,
    /// The instance traps there.
    Trap,
    /// Whoever asks [`is_broken`] there fails, until it is disarmed.
    Break,
}

struct Armed {
    point: String,
    fault: Fault,
    /// How often the point is passed before.
    skip: u32,
}

thread_local! {
    static ARMED: RefCell<Option<Armed>> = const { RefCell::new(None) };
    static REACHED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Arms one point; the one armed before isn't any more. It goes off once, after being passed
/// `skip` times.
pub fn arm(point: &str, fault: Fault, skip: u32) {
    REACHED.set(None);
    ARMED.set(Some(Armed { point: point.to_owned(), fault, skip }));
}

/// Disarms, and lets go on what hangs.
pub fn disarm() {
    ARMED.set(None);
    REACHED.set(None);
}

/// The point that went off last.
pub fn reached() -> Option<String> {
    REACHED.with_borrow(Clone::clone)
}

/// Whether what is at this point must fail.
pub fn is_broken(name: &str) -> bool {
    ARMED.with_borrow(|armed| {
        armed.as_ref().is_some_and(|now| now.point == name && now.fault == Fault::Break)
    })
}

/// Passes a point.
pub async fn point(name: &str) {
    let fault = ARMED.with_borrow_mut(|armed| match armed {
        Some(now) if now.fault == Fault::Break => None,
        Some(now) if now.point == name && now.skip > 0 => {
            now.skip = now.skip.saturating_sub(1);
            None
        }
        Some(now) if now.point == name => armed.take().map(|armed| armed.fault),
        _ => None,
    });
    if let Some(fault) = fault {
        REACHED.set(Some(name.to_owned()));
        go_off(name, fault).await;
    }
}

#[cfg(target_arch = "wasm32")]
async fn go_off(name: &str, fault: Fault) {
    worker::console_warn!("fault point reached: {name}");
    match fault {
        Fault::Trap => crate::test_hooks::trap(),
        Fault::Break => {}
        Fault::Hang => {
            let moment = core::time::Duration::from_millis(50);
            while reached().is_some() {
                worker::send::SendFuture::new(worker::Delay::from(moment)).await;
            }
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
async fn go_off(_name: &str, _fault: Fault) {}
