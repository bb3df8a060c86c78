//! How to begin, above the operations.

use super::html::{code, escape, inline};

/// A part of the introduction: its anchor, its heading, its paragraphs, an example.
struct Part(&'static str, &'static str, &'static [&'static str], &'static str);

const PARTS: [Part; 7] = [
    Part(
        "begin",
        "Begin",
        &[
            "Make a key in the settings, under API keys, with no more scopes than the program needs. \
             It is shown once. Send it as a bearer:",
        ],
        "curl https://monotask.example/api/v1/me \\\n  -H \"Authorization: Bearer $MONOTASK_KEY\"",
    ),
    Part(
        "tokens",
        "Tokens for 15 minutes",
        &[
            "A key can be exchanged for a token that holds for at most 15 minutes and may carry fewer \
             scopes. Give that, not the key, to what you trust less. The public keys that tokens are \
             signed with are at `/.well-known/jwks.json`.",
            "A key acts in the name of its owner, with at most the owner's present role. Revoking it, \
             or removing its owner, ends its tokens too.",
        ],
        "",
    ),
    Part(
        "repeat",
        "Safe retries",
        &[
            "Every POST takes an `Idempotency-Key`: 8 to 64 visible characters, new for each thing to \
             do. The same request under the same key gets the first answer for 24 hours, byte for byte, \
             with `Idempotency-Replayed: true`. Another request under it is refused with 422 \
             `key_reused`. Only a secret is never shown again: it is null in every answer but the first.",
        ],
        "curl -X POST https://monotask.example/api/v1/projects/MONO/tasks \\\n  -H \"Authorization: \
         Bearer $MONOTASK_KEY\" \\\n  -H \"Idempotency-Key: $(uuidgen)\" \\\n  -H \"Content-Type: \
         application/json\" \\\n  -d '{\"title\": \"Say hello\", \"steps\": [\"echo hello\"], \"ready\": true}'",
    ),
    Part(
        "versions",
        "Versions",
        &[
            "What can change has a version: its `ETag`. To change it, name the version that you saw in \
             `If-Match`. Without it the answer is 428; when somebody was faster it is 412, with \
             `current_version` in the problem. `*` takes whatever is there, and a list takes any of its \
             versions; neither goes together with an `Idempotency-Key`.",
            "A GET with `If-None-Match` gets 304 while the version is still the same.",
        ],
        "",
    ),
    Part(
        "lists",
        "Lists",
        &[
            "A list comes in pages: `limit` (1 to 100, 50 unless given) and `cursor`. `next` in the \
             body is the next page's cursor, null on the last; the same stands in the `Link` header.",
        ],
        "",
    ),
    Part(
        "problems",
        "Problems",
        &[
            "What goes wrong is told as `application/problem+json` with a stable `code`, and \
             `request_id` for questions to us. 422 names the fields in `errors`. What belongs to \
             another workspace, or to a project that the key doesn't reach, answers as if it weren't \
             there.",
            "Bodies are strict: unknown fields, names that stand twice, and numbers that aren't exact \
             below 2^53 are refused.",
        ],
        "",
    ),
    Part(
        "limits",
        "Limits",
        &[
            "Reads, writes, uploads and sign-ins are counted apart, for each key. Beyond a limit the \
             answer is 429 with `Retry-After`. JSON bodies have at most 1 MB.",
            "Pages of other sites may use the API with a bearer, if the workspace's settings name \
             their origin.",
        ],
        "",
    ),
];

/// The way to each part.
pub fn index() -> String {
    let link = |part: &Part| format!("<li><a href=\"#{}\">{}</a></li>", part.0, escape(part.1));
    let links: String = PARTS.iter().map(link).collect();
    format!("<h2>Getting started</h2><ul>{links}</ul>")
}

/// The parts.
pub fn section() -> String {
    let part = |Part(id, heading, paragraphs, example): &Part| {
        let text: String =
            paragraphs.iter().map(|text| format!("<p>{}</p>", inline(text))).collect();
        let example = if example.is_empty() { String::new() } else { code(example) };
        format!("<section><h2 id=\"{id}\">{}</h2>{text}{example}</section>", escape(heading))
    };
    PARTS.iter().map(part).collect()
}
