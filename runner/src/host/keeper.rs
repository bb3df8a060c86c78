//! The task that owns a sandbox's jail from its making to its end.

use std::sync::Arc;
use std::time::Duration;

use domain::sandbox::protocol::{JailLoss, Phase, SourceRejection, SourceState};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::record::now_ms;
use super::sandbox::{Sandbox, Stop, Work};
use super::{exec, job};
use crate::jail::wire::{Order, Report, SourceKind, Told};
use crate::jail::{Jail, JailMaker};

/// How long a sandbox may wait for work: longer than one that executes single commands lives.
const IDLE_TIME: Duration = Duration::from_secs(70 * 60);
/// How long unpacking a source may take.
const UNPACK_TIME: Duration = Duration::from_secs(120);

/// Makes the jail, does what work comes, and takes the jail down.
pub(crate) async fn keep(
    maker: Arc<JailMaker>,
    sandbox: Arc<Sandbox>,
    work: UnboundedReceiver<Work>,
) {
    let record = sandbox.record();
    let loss = match maker.make(&record.id, sandbox.uid, &record.limits).await {
        Err(detail) => Some(JailLoss::JailDied { detail }),
        Ok(mut jail) => {
            let cgroup = jail.cgroup.clone();
            sandbox.last_use(|used| used.cgroup = Some(cgroup.clone()));
            sandbox.note(|record| record.phase = Phase::Ready);
            let loss = serve(&maker, &sandbox, &mut jail, work).await;
            let cpu_ms = cgroup.counts().cpu_ms;
            let loss = match loss {
                Some(JailLoss::JailDied { .. }) if cgroup.counts().oom_kills > 0 => {
                    Some(JailLoss::OutOfMemory)
                }
                other => other,
            };
            jail.destroy().await;
            let id = record.id.clone();
            let maker = Arc::clone(&maker);
            let _ = tokio::task::spawn_blocking(move || maker.clean_up(&id, &cgroup)).await;
            let cpu_ms = sandbox.last_use(|used| {
                used.cgroup = None;
                cpu_ms.unwrap_or(used.cpu_ms)
            });
            sandbox.note(|record| record.cpu_ms = cpu_ms);
            loss
        }
    };
    if let Some(loss) = &loss {
        sandbox.say(describe(loss), None);
    }
    sandbox.note(|record| {
        record.ended_at_ms = record.ended_at_ms.or(Some(now_ms()));
        match loss {
            Some(loss) => record.lose_jail(loss),
            None => record.phase = Phase::Stopped,
        }
    });
    let _ = std::fs::remove_file(sandbox.shelf.source());
    sandbox.set_dead();
}

fn describe(loss: &JailLoss) -> String {
    match loss {
        JailLoss::RunnerRestarted => "the runner restarted: the sandbox is lost".to_owned(),
        JailLoss::JailDied { detail } => format!("the sandbox is lost: {detail}"),
        JailLoss::OutOfMemory => "the sandbox is lost: it ran out of memory".to_owned(),
        JailLoss::Cancelled => "the sandbox was cancelled before it had a job".to_owned(),
    }
}

/// Work until a job is done (none), or why there is no jail any more.
async fn serve(
    maker: &JailMaker,
    sandbox: &Sandbox,
    jail: &mut Jail,
    mut work: UnboundedReceiver<Work>,
) -> Option<JailLoss> {
    let mut stop = sandbox.stop_wish();
    loop {
        let idle_until = Instant::now() + IDLE_TIME;
        tokio::select! {
            biased;
            loss = stopped(&mut stop) => return Some(loss),
            next = work.recv() => match next {
                Some(Work::Unpack(kind)) => {
                    if let Err(loss) = unpack(sandbox, jail, kind).await {
                        return Some(loss);
                    }
                }
                Some(Work::RunJob(secrets)) => {
                    return job::run(maker, sandbox, jail, secrets).await.err();
                }
                Some(Work::Exec(exec)) => {
                    if let Err(loss) = exec::run(maker, sandbox, jail, &exec).await {
                        return Some(loss);
                    }
                }
                None => return Some(died("nobody keeps it")),
            },
            told = jail.next() => if told.is_none() {
                return Some(died("its first process ended"));
            },
            () = sleep_until(idle_until) => return Some(died("it waited too long for work")),
        }
    }
}

/// The jail ended by itself.
pub(crate) fn died(detail: &str) -> JailLoss {
    JailLoss::JailDied { detail: detail.to_owned() }
}

/// Waits for a wish to end the sandbox; gives what becomes of it.
async fn stopped(stop: &mut watch::Receiver<Stop>) -> JailLoss {
    let wish = stop.wait_for(|stop| *stop != Stop::No).await.map_or(Stop::Cancel, |wish| *wish);
    wish.loss().unwrap_or(JailLoss::Cancelled)
}

async fn unpack(sandbox: &Sandbox, jail: &mut Jail, kind: SourceKind) -> Result<(), JailLoss> {
    let disk_bytes = sandbox.record().limits.disk_bytes;
    let source = sandbox.shelf.source();
    let mut stop = sandbox.stop_wish();
    let sent = tokio::select! {
        biased;
        loss = stopped(&mut stop) => return Err(loss),
        sent = jail.store(&source) => sent,
    };
    sent.map_err(|error| died(&format!("the source couldn't be handed in: {error}")))?;
    let ordered = jail.order(&Order::Unpack { kind, disk_bytes }).await;
    ordered.map_err(|_| died("its first process ended"))?;
    let state = await_unpacked(sandbox, jail).await?;
    match &state {
        SourceState::Ready { base_commit } => {
            sandbox.say(format!("source unpacked, base commit {base_commit}"), None);
        }
        SourceState::Rejected { detail, .. } => {
            sandbox.say(format!("source rejected: {detail}"), None);
        }
        _ => {}
    }
    sandbox.note(|record| {
        record.source = state;
        record.phase = Phase::Ready;
    });
    Ok(())
}

async fn await_unpacked(sandbox: &Sandbox, jail: &mut Jail) -> Result<SourceState, JailLoss> {
    let mut stop = sandbox.stop_wish();
    let deadline = Instant::now() + UNPACK_TIME;
    let mut verdict = None;
    let mut is_late = false;
    loop {
        let told = tokio::select! {
            biased;
            loss = stopped(&mut stop) => return Err(loss),
            () = sleep_until(deadline), if !is_late => {
                is_late = true;
                let _ = jail.order(&Order::Kill).await;
                continue;
            }
            told = jail.next() => told.ok_or_else(|| died("its first process ended"))?,
        };
        let Told::Report(report) = told else { continue };
        match report {
            Report::Unpacked { base_commit, note } => {
                if let Some(note) = note {
                    sandbox.say(note, None);
                }
                verdict = Some(SourceState::Ready { base_commit });
            }
            Report::Rejected { reason, detail } => {
                verdict = Some(SourceState::Rejected { reason, detail });
            }
            Report::HelperEnded { detail, disk, .. } => {
                sandbox.last_use(|used| used.disk_bytes = disk.used_bytes);
                let reason = SourceRejection::ExpandsPastLimit;
                let why = if is_late { "it took too long" } else { detail.as_str() };
                let detail = format!("unpacking didn't end: {why}");
                return Ok(verdict.unwrap_or(SourceState::Rejected { reason, detail }));
            }
            _ => {}
        }
    }
}
