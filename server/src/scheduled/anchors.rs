//! Anchoring the logs of workspaces in R2, and holding them against their anchors.

use domain::anchor::{Anchor, ChainSecret, Difference, Verifier};
use domain::clock::Clock;
use domain::ids::WorkspaceId;
use serde_json::json;
use worker::{Bucket, Conditional, Env, Object};

use crate::bindings;
use crate::clock::PlatformClock;
use crate::sandboxes::EVIDENCE_BUCKET;
use crate::store::SqlStore;
use crate::telemetry;

/// Most workspaces looked at by one sweep, those first that were looked at longest ago.
const MAX_WORKSPACES: u32 = 20;
/// Most events that one anchor covers, and that one read of verifying takes.
const MAX_EVENTS: u32 = 2_000;
/// Most bodies that one read of verifying takes.
const MAX_BODIES: u32 = 200;

/// Why a log wasn't anchored or verified; for the log.
type Failed = String;

/// Anchors what was added to the logs. Without a secret it can't, and says so.
pub(super) async fn sweep(env: &Env, store: &SqlStore) {
    let Some(secret) = secret(env) else {
        let least = ChainSecret::MIN_BYTES;
        let what = format!(
            "CHAIN_SECRET isn't set or has fewer than {least} bytes: the log isn't anchored, so \
             rewriting the database would not show"
        );
        return telemetry::log_warning("log_not_anchored", &json!({ "cause": what }));
    };
    let looked_at = match store.workspaces_to_anchor(MAX_WORKSPACES).await {
        Ok(looked_at) => looked_at,
        Err(error) => return telemetry::log_error("anchors_not_read", None, &error),
    };
    for (workspace, hint) in looked_at {
        if let Err(cause) = anchor(env, store, &secret, workspace, hint).await {
            let fields = json!({ "workspace": workspace.to_string(), "cause": cause });
            telemetry::log_warning("log_not_anchored", &fields);
        }
    }
}

fn secret(env: &Env) -> Option<ChainSecret> {
    ChainSecret::parse(&bindings::text(env, bindings::CHAIN_SECRET)?)
}

fn said(error: impl core::fmt::Display) -> Failed {
    error.to_string()
}

/// Anchors a workspace's newest events. The database says from where to look for the last anchor; what
/// is there says from where to go on.
async fn anchor(
    env: &Env,
    store: &SqlStore,
    secret: &ChainSecret,
    workspace: WorkspaceId,
    hint: i64,
) -> Result<(), Failed> {
    // A quiet workspace costs no listing.
    if store.log_lines(workspace, hint, 1).await.map_err(said)?.is_empty() {
        return store.note_anchored(workspace, hint, PlatformClock.now()).await.map_err(said);
    }
    let bucket = env.bucket(EVIDENCE_BUCKET).map_err(said)?;
    let last = last_anchor(&bucket, workspace, hint).await;
    // Looked at, whatever comes of it: one that can't be anchored must not keep the others waiting.
    let known = last.as_ref().map_or(hint, |last| last.as_ref().map_or(0, |last| last.to));
    let now = PlatformClock.now();
    store.note_anchored(workspace, known, now).await.map_err(said)?;
    let last = last?;
    if last.as_ref().is_some_and(|last| !last.is_authentic(secret)) {
        return Err("the last anchor isn't authentic".to_owned());
    }
    let lines = store.log_lines(workspace, known, MAX_EVENTS).await.map_err(said)?;
    if lines.is_empty() {
        return Ok(());
    }
    let next = Anchor::next(secret, last.as_ref(), workspace, &lines, now)
        .ok_or("events are missing behind the last anchor")?;
    let body = serde_json::to_string(&next).map_err(said)?;
    // Never over another one: an anchor is written once.
    let absent = Conditional {
        etag_matches: None,
        etag_does_not_match: Some("*".to_owned()),
        uploaded_before: None,
        uploaded_after: None,
    };
    let key = Anchor::object_key(workspace, next.to);
    let put = bucket.put(key, body).only_if(absent).execute().await.map_err(said)?;
    if put.is_none() {
        return Err(format!("there is an anchor up to {} already", next.to));
    }
    store.note_anchored(workspace, next.to, now).await.map_err(said)
}

/// The last anchor of a workspace, looked for from the one that ends at `hint`.
async fn last_anchor(
    bucket: &Bucket,
    workspace: WorkspaceId,
    hint: i64,
) -> Result<Option<Anchor>, Failed> {
    let newer = list(bucket, workspace, hint).await?;
    if let Some(object) = newer.last() {
        return read(bucket, &object.key()).await;
    }
    if hint == 0 {
        return Ok(None);
    }
    // Nothing is anchored over the place where one was: it would look as if it had never been.
    let key = Anchor::object_key(workspace, hint);
    read(bucket, &key).await?.ok_or_else(|| format!("{key} is gone")).map(Some)
}

/// The anchors that end after `after`, in their order.
async fn list(bucket: &Bucket, workspace: WorkspaceId, after: i64) -> Result<Vec<Object>, Failed> {
    let mut all = vec![];
    let mut behind = Anchor::object_key(workspace, after);
    loop {
        let prefix = format!("anchors/{workspace}/");
        let page = bucket.list().prefix(prefix).start_after(behind).execute().await;
        let page = page.map_err(said)?;
        let (objects, is_cut) = (page.objects(), page.truncated());
        let Some(last) = objects.last() else { return Ok(all) };
        behind = last.key();
        all.extend(objects);
        if !is_cut {
            return Ok(all);
        }
    }
}

async fn read(bucket: &Bucket, key: &str) -> Result<Option<Anchor>, Failed> {
    let Some(object) = bucket.get(key).execute().await.map_err(said)? else { return Ok(None) };
    let Some(body) = object.body() else { return Ok(None) };
    let text = body.text().await.map_err(said)?;
    serde_json::from_str(&text).map(Some).map_err(|error| format!("{key}: {error}"))
}

/// Holds a workspace's whole log against its anchors; gives what differs.
///
/// # Errors
/// In words, when it can't be read.
pub async fn verify(
    env: &Env,
    store: &SqlStore,
    workspace: WorkspaceId,
) -> Result<Vec<Difference>, Failed> {
    let secret = secret(env).ok_or("no CHAIN_SECRET")?;
    let bucket = env.bucket(EVIDENCE_BUCKET).map_err(said)?;
    let mut anchors = vec![];
    for object in list(&bucket, workspace, 0).await? {
        anchors.extend(read(&bucket, &object.key()).await?);
    }
    let mut verifier = Verifier::begin(&secret, workspace, anchors);
    verifier.is_said_to_reach(store.anchored_seq(workspace).await.map_err(said)?);
    let mut after = 0;
    loop {
        let events = store.stored_events(workspace, after, MAX_BODIES).await.map_err(said)?;
        let Some(last) = events.last() else { return Ok(verifier.finish()) };
        after = last.line.seq;
        events.iter().for_each(|event| verifier.take(event));
    }
}
